"""How good a classifier's labels and scores are, against labelled texts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.metrics import accuracy_score, f1_score

from cellsense.classifier import Classifier
from cellsense.training.mixture import Examples

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
_BINS = 15

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figures:
    """Shares between 0 and 1. `binary` leaves NEUTRAL out of the texts and of the vote."""

    texts: int
    accuracy: float
    macro_f1: float | None  # None where a corpus has two classes
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
    guessed = scores.argmax(axis=1)
    polar = classes != NEUTRAL
    share = scores[polar][:, [NEGATIVE, POSITIVE]]
    share = share / share.sum(axis=1, keepdims=True)
    right = share.argmax(axis=1) * POSITIVE == classes[polar]
    three = len(set(examples.classes)) > 2
    return Figures(
        texts=len(classes),
        accuracy=float(accuracy_score(classes, guessed)),
        macro_f1=float(f1_score(classes, guessed, average="macro")) if three else None,
        binary=float(right.mean()),
        binary_calibration_error=calibration_error(share.max(axis=1), right),
    )


def calibration_error(confidence: Scores, right: npt.NDArray[np.bool_]) -> float:
    """Return the expected calibration error over 15 equal bins (Guo et al., 2017)."""
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        abs(confidence[bins == number].mean() - right[bins == number].mean())
        * (bins == number).sum()
        for number in range(_BINS)
        if (bins == number).any()
    ]
    return float(sum(gaps) / len(confidence))


def best_temperature(scores: Scores, classes: npt.NDArray[np.int64]) -> float:
    """Return the temperature that makes the labels likeliest (Guo et al., 2017)."""
    logs = np.log(np.clip(scores, 1e-12, None))

    def loss(temperature: float) -> float:
        scaled = logs / temperature
        scaled -= scaled.max(axis=1, keepdims=True)
        chosen = scaled[np.arange(len(classes)), classes]
        return float((np.log(np.exp(scaled).sum(axis=1)) - chosen).mean())

    return float(minimize_scalar(loss, bounds=(0.2, 5.0), method="bounded").x)
