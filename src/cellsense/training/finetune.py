"""A round of the embedded model's recipe: examples, their targets, and the loop over them."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from cellsense.classifier import Classifier, Dtype
from cellsense.models.resolve import resolve_model
from cellsense.training.emoji import teach_emoji
from cellsense.training.encode import Targets, encode, one_hot
from cellsense.training.fit import STATE, Fit, Plan, Step
from cellsense.training.measure import score_texts
from cellsense.training.mixture import Examples
from cellsense.training.recipe import Recipe
from cellsense.training.written import NAME as WRITTEN

_REPORT_SECONDS = 60.0


def finetune(
    recipe: Recipe,
    number: int,
    examples: Examples,
    start: Path,
    out: Path,
    report: Callable[[str], None] = print,
) -> None:
    """Train head and encoder for round `number` (from 0), from `start` to a checkpoint in `out`.

    A round that was killed goes on from its last state in `out`.
    """
    this_round = recipe.rounds[number]
    prepared = out / "start"
    if recipe.base.emoji:
        teach_emoji(start, prepared)
    else:
        shutil.copytree(start, prepared, dirs_exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(prepared)
    names = dict(enumerate(recipe.labels))
    model = AutoModelForSequenceClassification.from_pretrained(
        prepared,
        num_labels=len(names),
        id2label=names,
        label2id={label: index for index, label in names.items()},
        classifier_dropout=recipe.optimisation.dropout,
        dtype=torch.float32,
    )
    targets = one_hot(examples.classes, len(names))
    if this_round.teacher_share:
        taught = _teach(start, examples, targets, report)
        targets += this_round.teacher_share * (taught - targets)
    encoded = encode(
        tokenizer,
        examples.texts,
        targets,
        this_round.max_tokens,
        recipe.optimisation.head_share,
    )
    plan = Plan(
        recipe.optimisation,
        this_round.learning_rate,
        1,
        recipe.seed + number,
        int8_activations=this_round.int8_activations,
    )
    fit = Fit(model, encoded, plan, out)
    report(
        f"{len(encoded.rows):,} texts, {encoded.lengths.sum():,} tokens, {fit.total:,} batches"
        + (f", {fit.done:,} of them done before" if fit.done else "")
    )
    fit.run(_reporter(report), lambda _: False)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    shutil.rmtree(prepared)
    (out / STATE).unlink()  # at the end: as long as it is there, the round isn't done


def in_work(out: Path) -> bool:
    """Tell whether a round was begun in a folder, and not brought to its end."""
    return (out / STATE).exists()


def _teach(
    start: Path, examples: Examples, targets: Targets, report: Callable[[str], None]
) -> Targets:
    """Return what the round before thinks of the texts (born-again, Furlanello et al., 2018).

    It dampens wrong labels. Written sentences aren't in doubt: they keep their label.
    """
    report("asking the round before")
    places = [place for place, name in enumerate(examples.corpora) if name != WRITTEN]
    taught = targets.copy()
    dtype: Dtype = "int8" if resolve_model(start).int8.is_file() else "auto"
    teacher = Classifier(start, "cpu", dtype=dtype, use_cache=False)
    scores = score_texts(teacher, [examples.texts[place] for place in places])
    taught[places] = scores.astype(np.float32)
    return taught


def _reporter(report: Callable[[str], None]) -> Callable[[Step], None]:
    said = 0.0

    def on_step(step: Step) -> None:
        nonlocal said
        if time.monotonic() - said > _REPORT_SECONDS or step.done == step.total:
            said = time.monotonic()
            report(
                f"{step.done:5d}/{step.total} loss {step.loss:.4f}, {step.seconds_left:.0f} s left"
            )

    return on_step
