"""How answers were made, for whoever reads the figures later."""

from dataclasses import dataclass
from pathlib import Path

from cellsense.classifier import Classifier


@dataclass(frozen=True, slots=True)
class Made:
    """The file, the model and its labels, and where it ran.

    For labels that stand in the file, `model` says so, and fingerprint and device are empty.
    """

    file: str
    labels: tuple[str, ...]
    model: str
    revision: str | None  # a hub model's commit
    fingerprint: str
    device: str
    note: str | None = None  # what to expect of the answers, where that isn't plain
    scored: bool = True  # False for labels without scores


def made_by(classifier: Classifier, file: str) -> Made:
    """Describe answers of a classifier to the texts of a file."""
    return Made(
        Path(file).name,
        classifier.labels,
        classifier.name,
        classifier.revision,
        classifier.fingerprint,
        classifier.description,
        classifier.note,
    )
