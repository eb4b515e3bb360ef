"""How good a classifier's labels and scores are, against labelled texts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cellsense.classifier import Classifier
from cellsense.evaluation.metrics import calibration_error, measure, reliability
from cellsense.training.mixture import Examples

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
_NAMES = ("NEGATIVE", "NEUTRAL", "POSITIVE")

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1. `binary` leaves NEUTRAL out of the texts and of the vote."""

    texts: int
    accuracy: float
    macro_f1: float | None  # None where a corpus has two classes
    calibration_error: float  # of the three-way vote
    binary: float
    binary_calibration_error: float


def score_texts(classifier: Classifier, texts: list[str]) -> Scores:
    """Return probabilities of shape (texts, labels), in the order of the model's labels."""
    rows = []
    for prediction in classifier.predict(texts, all_scores=True):
        if prediction is None or prediction.scores is None:
            rows.append([1 / len(classifier.labels)] * len(classifier.labels))
        else:
            rows.append(list(prediction.scores.values()))
    return np.array(rows)


def figures(scores: Scores, examples: Examples) -> Figures:
    """Compare probabilities of three classes with what the texts are labelled as."""
    classes = np.array(examples.classes)
    overall = measure(classes, scores.argmax(axis=1), scores.max(axis=1), _NAMES)
    polar = classes != NEUTRAL
    share = scores[polar][:, [NEGATIVE, POSITIVE]]
    share = share / share.sum(axis=1, keepdims=True)
    right = share.argmax(axis=1) * POSITIVE == classes[polar]
    return Figures(
        texts=len(classes),
        accuracy=overall.accuracy,
        macro_f1=overall.macro_f1 if len(set(examples.classes)) > 2 else None,
        calibration_error=overall.calibration_error,
        binary=float(right.mean()),
        binary_calibration_error=calibration_error(reliability(share.max(axis=1), right)),
    )
