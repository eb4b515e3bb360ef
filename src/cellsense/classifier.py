"""Texts → predictions: what isn't text stays out, equal texts are classified once, order stays."""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Literal

from cellsense.cells import CellKind, kind_of
from cellsense.errors import OptionError
from cellsense.prediction import Prediction, Progress

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cellsense.inference.engine import Engine

Dtype = Literal["auto", "int8", "float32", "bfloat16", "float16"]


class Classifier:
    """Puts a label and a score beside every text.

    Nothing is loaded before the first text, then once, also under concurrent calls. Texts longer
    than the model's window are read whole, in windows that overlap by a quarter; the windows'
    probabilities are averaged, weighted by their number of tokens.

    Args:
        model: None for the embedded model, a folder, or a hub id.
        device: "auto", "cpu", "cuda", "cuda:1", "xpu", "mps", or a CUDA index.
        revision: a hub model's branch, tag or commit.
        dtype: "auto" is int8 for the embedded model on a CPU, float32 for others on a CPU, and
            bfloat16 on CUDA and XPU.
        batch_size: rows in a batch; found automatically when None. The int8 path runs each text
            by itself, so that its score doesn't depend on its neighbours.

    Errors in the arguments are raised when the model is loaded: MissingModelError, ModelError,
    DeviceError, OptionError.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        device: str | int = "auto",
        *,
        revision: str | None = None,
        dtype: Dtype = "auto",
        batch_size: int | None = None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise OptionError(f"A batch of {batch_size} texts is none: use 1 or more.")
        self._model = model
        self._device = device
        self._revision = revision
        self._dtype = dtype
        self._batch_size = batch_size
        self._engine: Engine | None = None
        self._lock = threading.Lock()

    def load(self) -> "Engine":
        """Load the model now rather than at the first text."""
        with self._lock:
            if self._engine is None:
                from cellsense.device import resolve_device
                from cellsense.inference.load import load_engine
                from cellsense.models.resolve import resolve_model

                device = resolve_device(self._device)
                files = resolve_model(self._model, self._revision)
                self._engine = load_engine(files, device, self._dtype, self._batch_size)
            return self._engine

    @property
    def loaded(self) -> bool:
        """True once the model is in memory."""
        return self._engine is not None

    @property
    def description(self) -> str:
        """Device, runtime and precision, such as "cpu, onnx int8"; loads the model."""
        return self.load().description

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels the model knows; loads the model."""
        return self.load().config.labels

    def predict(
        self, texts: Iterable[object], *, all_scores: bool = False
    ) -> list[Prediction | None]:
        """Classify cells of any kind; a prediction for each text, None for everything else.

        Takes any iterable (list, generator, pandas Series, numpy array) of any cells. With
        `all_scores`, `Prediction.scores` holds every label's probability.
        """
        cells = _as_list(texts)
        answers: list[Prediction | None] = [None] * len(cells)
        for step in self.stream(cells, all_scores=all_scores):
            for row, prediction in step.rows.items():
                answers[row] = prediction
        return answers

    def stream(self, texts: Iterable[object], *, all_scores: bool = False) -> Iterator[Progress]:
        """Classify, yielding what is answered step by step, for progress bars.

        Rows come in the order they get ready. Closing the iterator cancels the rest.
        """
        cells = _as_list(texts)
        rows_of: dict[str, list[int]] = {}
        empty: dict[int, Prediction | None] = {}
        for row, cell in enumerate(cells):
            if isinstance(cell, str) and kind_of(cell) is CellKind.TEXT:
                rows_of.setdefault(cell, []).append(row)
            else:
                empty[row] = None
        done = len(empty)
        yield Progress(done, len(cells), empty)
        if not rows_of:
            return
        engine = self.load()
        unique = list(rows_of)
        for complete in engine.run(unique):
            answered: dict[int, Prediction | None] = {}
            for position, row_scores in complete.items():
                prediction = _prediction(engine.config.labels, row_scores, all_scores)
                answered.update(dict.fromkeys(rows_of[unique[position]], prediction))
            done += len(answered)
            yield Progress(done, len(cells), answered)


def _prediction(
    labels: tuple[str, ...], scores: "npt.NDArray[np.float64]", all_scores: bool
) -> Prediction:
    best = int(scores.argmax())
    every = dict(zip(labels, scores.tolist(), strict=True)) if all_scores else None
    return Prediction(labels[best], float(scores[best]), every)


def _as_list(texts: Iterable[object]) -> list[object]:
    if isinstance(texts, str | bytes):
        # A string is an iterable of its letters: that is never what was meant.
        raise OptionError("One text was given where a list is expected: write [text].")
    if hasattr(texts, "to_pylist"):  # pyarrow's own scalars are no strings
        texts = texts.to_pylist()
    if isinstance(texts, Mapping) or hasattr(texts, "columns") or getattr(texts, "ndim", 1) != 1:
        # Iterating would give keys, column names or rows.
        raise OptionError("A table was given where one column is expected: name the column.")
    return list(texts)


@cache
def shared_classifier(
    model: str | os.PathLike[str] | None = None, device: str | int = "auto"
) -> Classifier:
    """Return the process's one classifier for these arguments, so that a model loads once."""
    return Classifier(model, device)
