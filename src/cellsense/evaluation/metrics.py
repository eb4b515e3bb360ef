"""What is measured, in numpy: labels against labels, and scores against how often they are right.

Labels are whole numbers here, places in the model's list of labels.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

BINS = 15
_Z = 1.96  # of a 95 % interval

Places = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """One label's figures, shares between 0 and 1; None where there's nothing to divide by."""

    label: str
    precision: float | None  # None where the label is never guessed
    recall: float | None  # None where no row has the label
    f1: float | None  # None where both are so
    support: int  # rows that have the label
    guessed: int  # rows that got it


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows with a score above `low`, up to `high`; means are None where there is no row."""

    low: float
    high: float
    rows: int
    right: int
    score: float | None  # mean
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Metrics:
    """All figures, shares between 0 and 1.

    `confusion[i][j]` counts the rows that have the label i and got the label j. `macro_f1` is the
    mean over the labels that occur, given or guessed.
    """

    rows: int
    right: int
    accuracy: float
    macro_f1: float
    mean_score: float
    calibration_error: float
    labels: tuple[LabelFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    bins: tuple[Bin, ...]


def measure(meant: Places, guessed: Places, scores: Floats, labels: Sequence[str]) -> Metrics:
    """Compare what rows are labelled with what was guessed.

    Args:
        meant: shape (rows,), at least one row.
        guessed: shape (rows,).
        scores: shape (rows,), the guessed labels' probabilities, between 0 and 1.
        labels: the names of the places.
    """
    counts = confusion_matrix(meant, guessed, len(labels))
    right = meant == guessed
    figures = tuple(_figures(name, place, counts) for place, name in enumerate(labels))
    bins = reliability(scores, right)
    return Metrics(
        rows=len(meant),
        right=int(right.sum()),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean([item.f1 for item in figures if item.f1 is not None])),
        mean_score=float(scores.mean()),
        calibration_error=calibration_error(bins),
        labels=figures,
        confusion=tuple(tuple(row) for row in counts.tolist()),
        bins=bins,
    )


def confusion_matrix(meant: Places, guessed: Places, labels: int) -> Places:
    """Return counts of shape (labels, labels): rows are what's meant, columns what's guessed."""
    flat = np.bincount(meant * labels + guessed, minlength=labels * labels)
    return flat.reshape(labels, labels).astype(np.int64)


def reliability(scores: Floats, right: npt.NDArray[np.bool_]) -> tuple[Bin, ...]:
    """Part the rows into 15 equal bins of the score, each without its lower edge."""
    places = np.clip(np.ceil(scores * BINS).astype(np.int64) - 1, 0, BINS - 1)
    rows = np.bincount(places, minlength=BINS)
    hits = np.bincount(places, weights=right, minlength=BINS)
    sums = np.bincount(places, weights=scores, minlength=BINS)
    return tuple(
        Bin(
            low=place / BINS,
            high=(place + 1) / BINS,
            rows=int(number),
            right=int(hits[place]),
            score=float(sums[place] / number) if number else None,
            accuracy=float(hits[place] / number) if number else None,
        )
        for place, number in enumerate(rows)
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error (Guo et al., 2017): the bins' gaps, by their rows."""
    total = sum(item.rows for item in bins)
    gaps = [
        abs(item.score - item.accuracy) * item.rows
        for item in bins
        if item.score is not None and item.accuracy is not None
    ]
    return sum(gaps) / total


def interval(right: int, rows: int) -> tuple[float, float]:
    """Return where a share lies in 95 of 100 such samples (Wilson, 1927); `rows` is above 0."""
    share, weight = right / rows, _Z**2 / rows
    middle = (share + weight / 2) / (1 + weight)
    half = _Z * sqrt(share * (1 - share) / rows + weight / rows / 4) / (1 + weight)
    return max(0.0, middle - half), min(1.0, middle + half)


def _figures(label: str, place: int, counts: Places) -> LabelFigures:
    hits = int(counts[place, place])
    support, guessed = int(counts[place].sum()), int(counts[:, place].sum())
    return LabelFigures(
        label=label,
        precision=hits / guessed if guessed else None,
        recall=hits / support if support else None,
        f1=2 * hits / (support + guessed) if support + guessed else None,
        support=support,
        guessed=guessed,
    )
