"""Scores that mean something: one temperature for all logits (Guo et al., 2017)."""

import numpy as np
import numpy.typing as npt

_LOWEST, _HIGHEST = 0.2, 5.0
_HALVINGS = 40

Scores = npt.NDArray[np.float64]


def logs_of(probabilities: Scores) -> Scores:
    """Return logarithms, which do for logits."""
    return np.asarray(np.log(np.clip(probabilities, 1e-12, None)))


def best_temperature(
    logs: Scores, classes: npt.NDArray[np.int64], examples: int | None = None
) -> float:
    """Return the temperature under which the right labels are likeliest, between 0.2 and 5.

    `logs` are logits of shape (texts, labels). The loss is convex in the inverse temperature: its
    slope is halved in on.

    Of few `examples` all may be right by chance, and no temperature would be low enough: each is
    then a little of every label, 2 parts of `examples` + 2 (after Platt, 1999).
    """
    right = logs[np.arange(len(classes)), classes]
    if examples is not None:
        every = 2 / (examples + 2)
        right = (1 - every) * right + every * logs.mean(axis=1)

    def slope(inverse: float) -> float:
        scaled = logs * inverse
        weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        expected = (weights * logs).sum(axis=1) / weights.sum(axis=1)
        return float((expected - right).mean())

    low, high = 1 / _HIGHEST, 1 / _LOWEST
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if slope(middle) > 0:
            high = middle
        else:
            low = middle
    return 2 / (low + high)
