"""Labels in the analyst's words without any download: how near a text's meaning is to a label's.

Each label becomes a short sentence; both are turned into vectors by the embedded encoder, and the
cosine of their angle into a score. It reads topics, not what is said about them, and is weaker than
a model of natural language inference: docs/labels.md has figures.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from cellsense.inference.encoder import Encoder
from cellsense.inference.engine import Rows
from cellsense.inference.zero_shot import Question

HYPOTHESIS = "a review about {}"
# Which makes the right one of ten topics likeliest, and the cosine from which more than one fits;
# found on reviews of ten kinds of products.
_SHARPNESS = 17.0
_FITS_FROM = 0.2


class NearestEngine:
    """The encoder and the labels that are asked for."""

    def __init__(self, encoder: Encoder, asked: Question) -> None:
        self.description = encoder.description
        self._encoder = encoder
        self._several = asked.several
        self._labels = encoder.vectors(asked.hypotheses)

    def run(self, texts: Sequence[str]) -> Iterator[Rows]:
        """Yield, as they get ready, rows of probabilities (labels,) by position in `texts`."""
        for vectors in self._encoder.run(texts):
            yield {place: self._scores(vector) for place, vector in vectors.items()}

    def _scores(self, vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        near = self._labels @ vector
        if self._several:
            return np.asarray(1 / (1 + np.exp(-_SHARPNESS * (near - _FITS_FROM))))
        powers = np.exp(_SHARPNESS * (near - near.max()))
        return np.asarray(powers / powers.sum())
