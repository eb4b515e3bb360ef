"""Finish: logits of windows → one row of probabilities per text.

The rule for texts longer than the window: the probabilities of its windows are averaged, each
weighted by the number of tokens the window holds.
"""

import numpy as np
import numpy.typing as npt

from cellsense.inference.windows import Window
from cellsense.models.config import ScoreFunction


def probabilities(
    logits: npt.NDArray[np.float32], function: ScoreFunction
) -> npt.NDArray[np.float64]:
    """Apply what the checkpoint's config asks for, row by row."""
    values = logits.astype(np.float64)
    if function == "softmax":
        values = np.exp(values - values.max(axis=-1, keepdims=True))
        return np.asarray(values / values.sum(axis=-1, keepdims=True))
    if function == "sigmoid":
        return np.asarray(1.0 / (1.0 + np.exp(-values)))
    return values


class Combiner:
    """Collects windows until a text is complete."""

    def __init__(self) -> None:
        self._missing: dict[int, int] = {}
        self._sums: dict[int, npt.NDArray[np.float64]] = {}
        self._weights: dict[int, int] = {}

    def expect(self, windows: list[Window]) -> None:
        """Announce windows that are on their way."""
        for window in windows:
            self._missing[window.text] = self._missing.get(window.text, 0) + 1

    def add(
        self, windows: list[Window], rows: npt.NDArray[np.float64]
    ) -> dict[int, npt.NDArray[np.float64]]:
        """Take the rows of some windows; return the texts that became complete, with theirs."""
        complete = {}
        for window, row in zip(windows, rows, strict=True):
            text = window.text
            self._sums[text] = self._sums.get(text, 0.0) + row * window.tokens
            self._weights[text] = self._weights.get(text, 0) + window.tokens
            self._missing[text] -= 1
            if not self._missing[text]:
                del self._missing[text]
                complete[text] = self._sums.pop(text) / self._weights.pop(text)
        return complete
