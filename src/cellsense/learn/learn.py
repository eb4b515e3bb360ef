"""Labelled texts → a learned head, with an accuracy that nobody has to take on trust."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt

import numpy as np
import numpy.typing as npt

from cellsense.errors import TrainingError
from cellsense.evaluation.temperature import best_temperature, logs_of
from cellsense.labelled import examples
from cellsense.learn.features import features, name_vectors
from cellsense.learn.head import fit
from cellsense.learn.model import Learned
from cellsense.one_line import shorten
from cellsense.prediction import check_label

LEAST_PER_LABEL = 3
_LONGEST = 40  # characters of a label in a message
_FOLDS = 5
_REPEATS = 4
_Z = 1.96  # of a 95 % interval

Places = npt.NDArray[np.int64]


def learn(texts: Sequence[str], labels: Sequence[str], seed: int = 0) -> Learned:
    """Fit a head to the examples, and judge it by cross-validation.

    The judgement is the mean over four rounds of stratified folds, five or as many as the rarest
    label has examples. Texts with several labels are left out. Raises TrainingError for one label
    only, or too few examples.
    """
    known = examples(texts, labels).labels
    counts = Counter(known.values())
    names = tuple(sorted(counts))
    _check(counts, names)
    given, named = features(list(known)), name_vectors(names)
    places = np.array([names.index(label) for label in known.values()])
    folds = min(_FOLDS, *counts.values())
    random = np.random.RandomState(seed)
    held = [_held_out(given, places, names, named, folds, random) for _ in range(_REPEATS)]
    right = [float((scores.argmax(axis=1) == places).mean()) for scores in held]
    accuracy = float(np.mean(right))
    stacked, repeated = np.concatenate(held), np.tile(places, _REPEATS)
    return Learned(
        fit(given, places, names, named),
        best_temperature(logs_of(stacked), repeated, len(places)),
        accuracy,
        _Z * sqrt(max(accuracy * (1 - accuracy), 0.25 / len(places)) / len(places)),
        {name: counts[name] for name in names},
    )


def _held_out(
    given: npt.NDArray[np.float64],
    places: Places,
    names: tuple[str, ...],
    named: npt.NDArray[np.float64],
    folds: int,
    random: np.random.RandomState,
) -> npt.NDArray[np.float64]:
    """Return the probabilities that each example gets from a head that never saw it."""
    fold = np.zeros(len(places), dtype=np.int64)
    for place in range(len(names)):
        of_it = random.permutation(np.flatnonzero(places == place))
        fold[of_it] = np.arange(len(of_it)) % folds
    scores = np.zeros((len(places), len(names)))
    for number in range(folds):
        away = fold == number
        head = fit(given[~away], places[~away], names, named)
        scores[away] = head.probabilities(given[away])
    return scores


def _check(counts: Counter[str], names: tuple[str, ...]) -> None:
    if len(names) < 2:
        only = f'All examples have the label "{names[0]}"' if names else "There is no sure example"
        raise TrainingError(f"{only}: label some of another kind too.")
    rare = [name for name in names if counts[name] < LEAST_PER_LABEL]
    if rare:
        shown = ", ".join(f'"{shorten(name, _LONGEST)}" ({counts[name]})' for name in rare[:5])
        more = f" and {len(rare) - 5:,} more labels" if len(rare) > 5 else ""
        raise TrainingError(
            f"Too few examples of {shown}{more}: every label needs {LEAST_PER_LABEL} at least, and "
            "eight are a start."
        )
    for name in names:
        check_label(name)
