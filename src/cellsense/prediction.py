"""What a classification gives."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cellsense.errors import OptionError

TO_REVIEW = "TO REVIEW"  # stands in the label's place where the score is below the threshold
NONE = "NONE"  # … and where any number of labels may fit, and none does
BETWEEN = ", "  # labels that fit the same text
FITS = 0.5  # the score from which a label fits, where several may
OTHER_LANGUAGE = "OTHER LANGUAGE"  # … and where the model doesn't read the text's language
INSTEAD = (NONE, TO_REVIEW, OTHER_LANGUAGE)


@dataclass(frozen=True, slots=True)
class Prediction:
    """A label and the calibrated probability of that label, between 0 and 1.

    `scores` holds the probability of every label, when asked for. Where the label is TO REVIEW, the
    score is that of the likeliest label; where it is OTHER LANGUAGE, how sure it is that the text
    is in a language that the model doesn't read, and `language` is its ISO 639-1 code.
    """

    label: str
    score: float
    scores: Mapping[str, float] | None = None
    language: str | None = None

    def above(self, threshold: float | None) -> "Prediction":
        """Return the prediction, or one that is TO REVIEW if its score is below the threshold."""
        if threshold is None or self.score >= threshold or self.language or self.label == NONE:
            return self
        return replace(self, label=TO_REVIEW)


def check_label(label: str, several: bool = False) -> None:
    """Raise OptionError for a label that would be taken for something else."""
    if label.strip().upper() in INSTEAD:
        raise OptionError(f'"{label}" stands for something else: call the label another name.')
    if several and BETWEEN in label:
        raise OptionError(f'The label "{label}" has a comma, which stands between labels.')


def check_threshold(threshold: float | None) -> None:
    """Raise OptionError for what is no probability."""
    if threshold is not None and not 0 <= threshold <= 1:
        raise OptionError(f"A threshold of {threshold:g} is no probability: use 0 to 1, as 0.7.")


@dataclass(frozen=True, slots=True)
class Progress:
    """A step of a running classification.

    `rows` are the positions, in the texts given, that were answered in this step; rows that hold
    no text are answered with None in the first. `done` counts all rows answered so far.
    """

    done: int
    total: int
    rows: Mapping[int, Prediction | None]
