"""The embedded encoder: texts → vectors whose angle tells how near their meanings are.

all-MiniLM-L6-v2 (sentence-transformers, Apache-2.0) in int8: the mean of its last layer, set to
length 1. A long text's vector is the mean of its windows', weighted by their tokens.
"""

import threading
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from cellsense.inference.engine import Engine, Rows
from cellsense.models.config import ModelConfig
from cellsense.models.resolve import resolve_encoder

WINDOW = 256  # tokens
WIDTH = 384

Vectors = npt.NDArray[np.float64]


class Encoder:
    """The encoder, loaded."""

    def __init__(self) -> None:
        from cellsense.inference.load import load_int8  # which imports this module

        labels = tuple(map(str, range(WIDTH)))
        files = resolve_encoder()
        config = ModelConfig(labels, "none", WINDOW)
        self._engine: Engine[str] = load_int8(files.folder, config, files.int8)
        self.description = self._engine.description

    def run(self, texts: Sequence[str]) -> Iterator[Rows]:
        """Yield, as they get ready, vectors of shape (384,) by position in `texts`."""
        for rows in self._engine.run(texts):
            yield {place: row / np.linalg.norm(row) for place, row in rows.items()}

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """Return vectors of shape (texts, 384)."""
        found = np.zeros((len(texts), WIDTH))
        for rows in self.run(texts):
            for place, row in rows.items():
                found[place] = row
        return found


_lock = threading.Lock()


def shared_encoder() -> Encoder:
    """Return the process's one encoder, so that it loads once."""
    with _lock:
        return _load()


@cache
def _load() -> Encoder:
    return Encoder()
