"""What a model in training makes of the validation texts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from cellsense.evaluation.metrics import Metrics, measure
from cellsense.training.encode import Encoded, padded

_TOKENS = 8192  # in a batch


@dataclass(frozen=True)
class Judgement:
    """`logits` has the shape (texts, labels)."""

    logits: npt.NDArray[np.float64]
    classes: npt.NDArray[np.int64]
    labels: tuple[str, ...]

    @property
    def loss(self) -> float:
        """The mean of the negative logarithm of the right label's probability."""
        probability = self._probabilities()[np.arange(len(self.classes)), self.classes]
        return float(-np.log(np.clip(probability, 1e-12, None)).mean())

    def metrics(self, temperature: float = 1.0) -> Metrics:
        """Measure, with all logits divided by a temperature."""
        scores = self._probabilities(temperature)
        guesses = scores.argmax(axis=1)
        return measure(self.classes, guesses, scores.max(axis=1), self.labels)

    def _probabilities(self, temperature: float = 1.0) -> npt.NDArray[np.float64]:
        scaled = self.logits / temperature
        values = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(values / values.sum(axis=1, keepdims=True))


def judge(model: Any, examples: Encoded, labels: tuple[str, ...], device: str) -> Judgement:
    """Classify the examples with a model that is in evaluation mode."""
    order = np.argsort(-examples.lengths, kind="stable")
    logits = np.zeros(examples.targets.shape)
    start = 0
    with torch.inference_mode():
        while start < len(order):
            size = max(1, _TOKENS // int(examples.lengths[order[start]]))
            places = order[start : start + size]
            ids, mask = padded([examples.rows[place] for place in places], examples.pad)
            found = model(
                input_ids=torch.from_numpy(ids).to(device),
                attention_mask=torch.from_numpy(mask).to(device),
            ).logits
            logits[places] = found.float().cpu().numpy()
            start += size
    return Judgement(logits, examples.targets.argmax(axis=1), labels)
