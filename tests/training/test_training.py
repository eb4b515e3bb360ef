"""Training end to end on a small scale: mixture, fine-tuning, export; and the measures."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_models
import torch
from transformers import AutoModelForSequenceClassification

from cellsense import Classifier
from cellsense.errors import TrainingError
from cellsense.evaluation.temperature import best_temperature
from cellsense.training.encode import clip_tokens, length_batches
from cellsense.training.export import export_folder, scale_head
from cellsense.training.finetune import finetune
from cellsense.training.measure import figures, score_texts
from cellsense.training.mixture import Examples, held_out_sets, training_mixture, validation_set
from cellsense.training.recipe import CorpusRule, Recipe, Round, load_recipe

GOOD = ["the", "kettle", "looks", "great", "we", "love", "our", "new", "lamp", "wonderful"]
BAD = ["it", "broke", "after", "two", "days", "terrible", "cheap", "plastic", "smell", "noise"]
FLAT = ["one", "star", "battery", "delivery", "was", "okay", "fine", "average", "so", "my"]


def corpus(folder: Path, name: str, texts: int) -> None:
    random = np.random.RandomState(len(name))
    rows = []
    for number in range(texts):
        label, words = [("negative", BAD), ("neutral", FLAT), ("positive", GOOD)][number % 3]
        rows.append({"text": " ".join([*random.choice(words, 6), str(number)]), "label": label})
    pd.DataFrame(rows).to_parquet(folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    for name, texts in (("first", 900), ("second", 240), ("away", 90)):
        corpus(folder, name, texts)
    return folder


@pytest.fixture
def recipe() -> Recipe:
    published = load_recipe()
    return replace(
        published,
        base=replace(published.base, emoji=False),
        rounds=(Round(2e-2, 16), Round(5e-3, 16, int8_activations=True, teacher_share=0.3)),
        optimisation=replace(published.optimisation, batch_tokens=64),
        corpora={
            "first": CorpusRule({"negative": 90, "neutral": 60, "positive": 90}, 1, "", ""),
            "second": CorpusRule({"negative": 500, "positive": 500}, 1, "", ""),
        },
        held_out=("away",),
        held_out_per_class=10,
        window=32,
    )


def test_the_published_recipe_is_whole() -> None:
    recipe = load_recipe()
    assert recipe.labels == ("NEGATIVE", "NEUTRAL", "POSITIVE")
    assert not set(recipe.held_out) & set(recipe.corpora)
    assert all(rule.licence and rule.what for rule in recipe.corpora.values())


def test_mixture_keeps_to_the_caps_and_away_from_validation(corpora: Path, recipe: Recipe) -> None:
    first, second = (training_mixture(corpora, recipe, number) for number in (0, 1))
    validation = validation_set(corpora, recipe)
    counts = pd.Series(list(zip(first.corpora, first.classes, strict=True))).value_counts()
    assert counts[("first", 0)] == 90
    assert counts[("first", 1)] == 60
    assert ("second", 1) not in counts
    assert not set(validation.texts) & (set(first.texts) | set(second.texts))
    assert len(validation.texts) == 80
    assert training_mixture(corpora, recipe, 0) == first


def test_the_next_round_takes_new_texts_as_far_as_they_last(corpora: Path, recipe: Recipe) -> None:
    first, second = (training_mixture(corpora, recipe, number) for number in (0, 1))

    def of(examples: Examples, name: str) -> set[str]:
        return {t for t, c in zip(examples.texts, examples.corpora, strict=True) if c == name}

    assert not of(first, "first") & of(second, "first")
    assert of(first, "second") == of(second, "second")


def test_held_out_corpora_are_balanced(corpora: Path, recipe: Recipe) -> None:
    examples = held_out_sets(corpora, recipe)["away"]
    assert sorted(examples.classes) == [0] * 10 + [1] * 10 + [2] * 10


def test_a_missing_corpus(tmp_path: Path, recipe: Recipe) -> None:
    with pytest.raises(TrainingError, match="first is missing"):
        training_mixture(tmp_path, recipe, 0)


def test_clipping_keeps_head_and_tail() -> None:
    assert clip_tokens(list(range(10)), 5, 0.7) == [0, 1, 2, 8, 9]
    assert clip_tokens([1, 2], 5, 0.7) == [1, 2]


def test_batches_hold_every_example_once() -> None:
    lengths = np.random.RandomState(0).randint(1, 40, 500)
    batches = length_batches(lengths, 120, seed=1)
    assert sorted(index for batch in batches for index in batch) == list(range(500))
    assert max(len(batch) * lengths[batch].max() for batch in batches) <= 120


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")
def test_rounds_then_export(corpora: Path, recipe: Recipe, tmp_path: Path) -> None:
    start = small_models.save("classless", tmp_path / "base")
    said: list[str] = []
    for number in (0, 1):
        examples = training_mixture(corpora, recipe, number)
        finetune(recipe, number, examples, start, tmp_path / f"{number}", said.append)
        start = tmp_path / f"{number}"
    assert any("loss" in line for line in said)
    validation = validation_set(corpora, recipe)
    trained = Classifier(start, "cpu", dtype="float32")
    scores = score_texts(trained, validation.texts)
    assert figures(scores, validation).accuracy > 0.8

    scale_head(start, 2.0, tmp_path / "scaled")
    export_folder(tmp_path / "scaled", tmp_path / "out", recipe.window, validation.texts[:20])
    exported = Classifier(tmp_path / "out", "cpu", dtype="float32")
    int8 = Classifier(tmp_path / "out", "cpu", dtype="int8")
    assert exported.labels == recipe.labels
    softer = np.exp(np.log(scores) / 2)
    softer /= softer.sum(axis=1, keepdims=True)
    assert score_texts(exported, validation.texts) == pytest.approx(softer, abs=5e-3)
    agreement = score_texts(int8, validation.texts).argmax(axis=1) == scores.argmax(axis=1)
    assert agreement.mean() > 0.95
    weights = AutoModelForSequenceClassification.from_pretrained(tmp_path / "out")
    assert {parameter.dtype for parameter in weights.parameters()} == {torch.float16}


def test_best_temperature_undoes_overconfidence() -> None:
    random = np.random.RandomState(0)
    logits = random.normal(size=(20_000, 3))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    classes = np.array([random.choice(3, p=row) for row in true])
    over = np.exp(logits * 2)
    over /= over.sum(axis=1, keepdims=True)
    assert best_temperature(np.log(over), classes) == pytest.approx(2, rel=0.05)


def test_figures_leave_neutral_out_of_the_binary_vote() -> None:
    scores = np.array([[0.3, 0.5, 0.2], [0.2, 0.5, 0.3], [0.2, 0.1, 0.7], [0.1, 0.8, 0.1]])
    found = figures(scores, Examples(["a", "b", "c", "d"], [0, 2, 0, 1], ["x"] * 4))
    assert found.accuracy == pytest.approx(1 / 4)
    assert found.binary == pytest.approx(2 / 3)
    assert found.macro_f1 is not None
    assert figures(scores[:2], Examples(["a", "b"], [0, 2], ["x"] * 2)).macro_f1 is None


def test_training_without_its_extra_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "onnx.py").write_text("raise ModuleNotFoundError(name='onnx')\n")
    done = subprocess.run(
        [sys.executable, "-m", "cellsense.training", "score", "embedded", "--corpora", "."],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "needs the package onnx: run `pip install 'cellsense[train]'`" in line
