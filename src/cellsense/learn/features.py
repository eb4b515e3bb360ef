"""What a head sees of a text: its vector, and how the embedded model feels about it.

The vector tells what a text is about, and hardly whether it is praise: with the sentiment beside
it, eight examples a label reached 76 % instead of 63 % on recommendations and 66 % instead of 54 %
on hotels in three classes, and lost a point on topics.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from cellsense.inference.encoder import WIDTH, shared_encoder
from cellsense.inference.engine import Engine
from cellsense.inference.load import load_int8
from cellsense.inference.nearest import HYPOTHESIS
from cellsense.models.config import read_config
from cellsense.models.resolve import resolve_model

SENTIMENTS = ("NEGATIVE", "NEUTRAL", "POSITIVE")
_SENTIMENT = 0.2  # its weight against the vector, which has length 1
_LEAST = 1e-6

Vectors = npt.NDArray[np.float64]


def features(texts: Sequence[str]) -> Vectors:
    """Return features of shape (texts, 387)."""
    if not texts:
        return np.zeros((0, WIDTH + len(SENTIMENTS)))
    vectors = shared_encoder().vectors(texts)
    scores = np.zeros((len(texts), len(SENTIMENTS)))
    for rows in _sentiment().run(texts):
        for place, row in rows.items():
            scores[place] = row
    logits = np.log(np.clip(scores, _LEAST, 1))
    centred = logits - logits.mean(axis=1, keepdims=True)
    return np.hstack([vectors, _SENTIMENT * centred])


def name_vectors(labels: Sequence[str]) -> Vectors:
    """Return vectors of shape (labels, 384) of what labels are called."""
    names = [label.replace("_", " ") for label in labels]
    return shared_encoder().vectors([HYPOTHESIS.format(name) for name in names])


@cache
def _sentiment() -> Engine[str]:
    """Load the embedded model, once."""
    files = resolve_model(None)
    return load_int8(files.folder, read_config(files.folder), files.int8)
