"""Labels in the analyst's words: each becomes a hypothesis that an NLI model judges for each text.

As transformers' zero-shot-classification (Yin et al., 2019, "Benchmarking Zero-shot Text
Classification"): without several labels the entailment logits of all labels share one softmax; with
them every label has a softmax of its own, of entailment against contradiction. The logits of a long
text's windows are averaged, weighted by their tokens.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cellsense.errors import ModelError, OptionError
from cellsense.inference.engine import Engine, Rows
from cellsense.models.config import ModelConfig
from cellsense.prediction import check_label

HYPOTHESIS = "This example is {}."  # transformers' default
# By its description an NLI model of this kind. It was not at hand to be run.
NLI_MODEL = "MoritzLaurer/deberta-v3-base-zeroshot-v2.0"
_ENTAILMENT = "entail"


@dataclass(frozen=True, slots=True)
class Question:
    """The labels that are asked for."""

    labels: tuple[str, ...]
    several: bool = False  # any number of them may be right
    hypothesis: str = HYPOTHESIS

    @property
    def hypotheses(self) -> list[str]:
        """A sentence for each label."""
        return [self.hypothesis.replace("{}", label) for label in self.labels]

    def check(self) -> None:
        """Raise OptionError for what can't be asked."""
        if not self.labels or not all(label.strip() for label in self.labels):
            raise OptionError('There is a label without a name: write labels as "price,delivery".')
        for label in self.labels:
            check_label(label, self.several)
        folded = [label.casefold() for label in self.labels]
        twice = next((label for label in self.labels if folded.count(label.casefold()) > 1), None)
        if twice is not None:
            raise OptionError(f'The label "{twice}" is named twice: leave one out.')
        if len(self.labels) < 2 and not self.several:
            raise OptionError("One label alone is always right: name two or more, or --several.")
        if "{}" not in self.hypothesis:
            raise OptionError(
                f'The hypothesis "{self.hypothesis}" has no {{}}, where the label goes.'
            )


class ZeroShotEngine:
    """An NLI model and the question it is asked."""

    def __init__(
        self, engine: "Engine[tuple[str, str]]", nli: ModelConfig, asked: Question
    ) -> None:
        self.description = engine.description
        self._engine = engine
        self._entailment = entailment(nli)
        # As transformers takes it: the other end of the labels.
        self._contradiction = -1 if self._entailment == 0 else 0
        self._asked = asked

    def run(self, texts: Sequence[str]) -> Iterator[Rows]:
        """Yield, as they get ready, rows of probabilities (labels,) by position in `texts`."""
        hypotheses = self._asked.hypotheses
        count = len(hypotheses)
        pairs = [(text, hypothesis) for text in texts for hypothesis in hypotheses]
        waiting: dict[int, dict[int, npt.NDArray[np.float64]]] = {}
        for rows in self._engine.run(pairs):
            complete: Rows = {}
            for pair, logits in rows.items():
                text, label = divmod(pair, count)
                found = waiting.setdefault(text, {})
                found[label] = logits
                if len(found) == count:
                    del waiting[text]
                    complete[text] = self._probabilities(
                        np.array([found[number] for number in range(count)])
                    )
            if complete:
                yield complete

    def _probabilities(self, logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Turn logits of shape (labels, NLI classes) into probabilities (labels,)."""
        if self._asked.several:
            both = logits[:, [self._contradiction, self._entailment]]
            return _softmax(both, axis=1)[:, 1]
        return _softmax(logits[:, self._entailment], axis=0)


def entailment(config: ModelConfig) -> int:
    """Return the place of the label that says a hypothesis follows. Raises ModelError."""
    for place, label in enumerate(config.labels):
        if label.lower().startswith(_ENTAILMENT):
            return place
    raise ModelError(
        "Labels of your own need a model for natural language inference (NLI), one with a label "
        f'"entailment"; this one has {", ".join(config.labels[:5])}. One such is {NLI_MODEL}.'
    )


def _softmax(values: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
    powers = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(powers / powers.sum(axis=axis, keepdims=True))
