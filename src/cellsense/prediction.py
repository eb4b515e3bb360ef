"""What a classification gives."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Prediction:
    """A label and the calibrated probability of that label, between 0 and 1.

    `scores` holds the probability of every label, when asked for.
    """

    label: str
    score: float
    scores: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a running classification.

    `rows` are the positions, in the texts given, that were answered in this step; rows that hold
    no text are answered with None in the first. `done` counts all rows answered so far.
    """

    done: int
    total: int
    rows: Mapping[int, Prediction | None]
