"""A softmax head on vectors: logistic regression with L2, fitted by accelerated gradients."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_MOST_STEPS = 1000
_CLOSE = 1e-6

Vectors = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Head:
    """`weights` has the shape (labels, width + 1), the last column for a constant."""

    labels: tuple[str, ...]
    weights: Vectors

    def probabilities(self, vectors: Vectors) -> Vectors:
        """Return probabilities of shape (texts, labels) for vectors of shape (texts, width)."""
        return _softmax(_with_constant(vectors) @ self.weights.T)


def fit(vectors: Vectors, places: Places, labels: tuple[str, ...], strength: float) -> Head:
    """Fit a head to vectors of shape (texts, width) and their labels' places.

    All labels weigh the same, however many texts they have. `strength` is that of the L2 penalty,
    against the mean loss; the constants are nearly free of it. Gradient steps with momentum after
    Nesterov, as long as the steepest direction allows.
    """
    given = _with_constant(vectors)
    counts = np.bincount(places, minlength=len(labels))
    weight = (1 / (len(labels) * counts))[places]
    targets = np.eye(len(labels))[places]
    penalty = np.full(given.shape[1], strength)
    penalty[-1] = 1e-4
    steepest = 0.5 * np.linalg.norm(given * np.sqrt(weight)[:, None], 2) ** 2 + strength
    weights = np.zeros((len(labels), given.shape[1]))
    ahead, pace = weights, 1.0
    for _ in range(_MOST_STEPS):
        error = (_softmax(given @ ahead.T) - targets) * weight[:, None]
        slope = error.T @ given + penalty * ahead
        following = ahead - slope / steepest
        faster = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        ahead = following + (pace - 1) / faster * (following - weights)
        change = float(np.abs(following - weights).max())
        weights, pace = following, faster
        if change < _CLOSE:
            break
    return Head(labels, weights)


def _with_constant(vectors: Vectors) -> Vectors:
    return np.hstack([vectors, np.ones((len(vectors), 1))])


def _softmax(values: Vectors) -> Vectors:
    powers = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
