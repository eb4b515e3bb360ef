"""Labelled texts → what a model trains on, and what it is judged by."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cellsense.errors import TrainingError
from cellsense.labelled import examples

LEAST_TEXTS = 20
LEAST_PER_LABEL = 2
_SENTIMENTS = ("negative", "neutral", "positive")


@dataclass(frozen=True)
class Split:
    """Texts and classes (places in `labels`) for training, and others for validation."""

    labels: tuple[str, ...]
    texts: list[str]
    classes: list[int]
    validation_texts: list[str]
    validation_classes: list[int]
    notes: tuple[str, ...]


def split(
    texts: Sequence[str],
    labels: Sequence[str],
    *,
    share: float,
    seed: int,
    allowed: Sequence[str] | None = None,
) -> Split:
    """Draw the validation texts, of each label the same share and one at least.

    Raises TrainingError for one label only, labels that
    aren't `allowed`, and too few texts.
    """
    _check_allowed(labels, allowed)
    found = examples(texts, labels)
    sure = found.labels
    names = in_order(sure.values())
    _check_enough(Counter(sure.values()), names)
    random = np.random.RandomState(seed)
    held: set[str] = set()
    for name in names:
        of_it = [text for text, label in sure.items() if label == name]
        count = min(len(of_it) - 1, max(1, round(share * len(of_it))))
        held.update(of_it[place] for place in random.permutation(len(of_it))[:count])
    place = {name: number for number, name in enumerate(names)}
    train = [text for text in sure if text not in held]
    validation = [text for text in sure if text in held]
    return Split(
        labels=names,
        texts=train,
        classes=[place[sure[text]] for text in train],
        validation_texts=validation,
        validation_classes=[place[sure[text]] for text in validation],
        notes=found.notes,
    )


def in_order(labels: Iterable[str]) -> tuple[str, ...]:
    """Return the different labels: by number, from negative to positive, or by the alphabet."""
    names = sorted(set(labels))
    if all(name.isdecimal() for name in names):
        return tuple(sorted(names, key=int))
    if all(name.casefold() in _SENTIMENTS for name in names):
        return tuple(sorted(names, key=lambda name: _SENTIMENTS.index(name.casefold())))
    return tuple(names)


def _check_allowed(labels: Sequence[str], allowed: Sequence[str] | None) -> None:
    if allowed is None:
        return
    unknown = Counter(label for label in labels if label not in allowed)
    if unknown:
        shown = ", ".join(f'"{name}" ({rows:,})' for name, rows in unknown.most_common(5))
        more = ", …" if len(unknown) > 5 else ""
        raise TrainingError(
            f"The label column holds {shown}{more}, which --labels doesn't name: mend these rows, "
            "or name the labels too."
        )


def _check_enough(counts: Counter[str], names: tuple[str, ...]) -> None:
    if len(names) < 2:
        only = names[0] if names else "none"
        raise TrainingError(
            f'All texts have the same label, "{only}": there is nothing to tell apart. Name the '
            "column that holds the labels with --label."
        )
    rare = [name for name in names if counts[name] < LEAST_PER_LABEL]
    if rare:
        shown = ", ".join(f'"{name}"' for name in rare[:5]) + (", …" if len(rare) > 5 else "")
        raise TrainingError(
            f"Too few texts of {len(rare):,} of the {len(names):,} labels, with one each: {shown}. "
            f"Every label needs {LEAST_PER_LABEL} texts: add some, or take these rows out."
        )
    if counts.total() < LEAST_TEXTS:
        raise TrainingError(
            f"There are {counts.total()} labelled texts: training needs {LEAST_TEXTS} at least, "
            "and some hundreds to be any good."
        )
