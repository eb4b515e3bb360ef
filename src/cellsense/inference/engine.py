"""The stages in a row: the next batches are prepared while one runs."""

import queue
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from cellsense.errors import ModelError
from cellsense.inference.backend import Backend, DeviceMemoryError
from cellsense.inference.batches import Batch, pad, plan_batches
from cellsense.inference.finish import Combiner, probabilities
from cellsense.inference.windows import Windows
from cellsense.models.config import ModelConfig

Rows = dict[int, npt.NDArray[np.float64]]

# Texts sorted by length together: enough to fill batches evenly. The first lot is smaller, so
# that the device doesn't wait for it.
_FIRST_LOT = 512
_LOT = 8192
_QUEUED = 8


Given = TypeVar("Given")  # a text, or a pair of texts


class TextEngine(Protocol):
    """What turns texts into scores."""

    description: str

    def run(self, texts: Sequence[str]) -> Iterator[Rows]:
        """Yield, as they get ready, rows of scores (labels,) by position in `texts`."""


class Engine(Generic[Given]):
    """A loaded model with its tokenizer."""

    def __init__(
        self,
        config: ModelConfig,
        tokenizer: Windows[Given],
        backend: Backend,
        batch_size: int | None = None,
    ) -> None:
        self.config = config
        self.description = backend.description
        self._tokenizer = tokenizer
        self._backend = backend
        self._limits = backend.limits
        if batch_size is not None:
            longest_batch = batch_size * config.window
            rows = min(batch_size, backend.limits.rows) if backend.limits.rows == 1 else batch_size
            self._limits = replace(self._limits, tokens=longest_batch, rows=rows)

    def run(self, texts: Sequence[Given]) -> Iterator[Rows]:
        """Yield, as they get ready, rows of probabilities (labels,) by position in `texts`.

        Closing the iterator stops the work after the batches that are running.
        """
        combiner = Combiner()
        running: deque[tuple[Batch, Future[npt.NDArray[np.float32]]]] = deque()
        most = self._backend.workers * 2
        with (
            closing(_Preparation(self._prepare(texts, combiner))) as prepared,
            ThreadPoolExecutor(self._backend.workers, "cellsense-forward") as pool,
        ):
            try:
                for batch in prepared:
                    running.append((batch, pool.submit(self._forward, batch)))
                    if len(running) >= most:
                        yield from self._finish(*running.popleft(), combiner)
                while running:
                    yield from self._finish(*running.popleft(), combiner)
            finally:
                for _, future in running:
                    future.cancel()

    def _prepare(self, texts: Sequence[Given], combiner: Combiner) -> Iterator[Batch]:
        start, size = 0, _FIRST_LOT
        while start < len(texts):
            windows = self._tokenizer.windows(texts[start : start + size], start)
            combiner.expect(windows)
            for group in plan_batches(windows, self._limits):
                yield pad(group, self._backend.padding)
            start, size = start + size, _LOT

    def _forward(self, batch: Batch) -> npt.NDArray[np.float32]:
        try:
            return self._backend.logits(batch)
        except DeviceMemoryError:
            if len(batch) == 1:
                raise
        # Later batches are planned smaller; those that wait in the queue are halved as they come.
        rows = len(batch) // 2
        tokens = max(1, batch.ids.size // 2)
        limits = self._limits
        self._limits = replace(
            limits, tokens=min(limits.tokens, tokens), rows=min(limits.rows, rows)
        )
        first, second = batch.halves()
        return np.concatenate([self._forward(first), self._forward(second)])

    def _finish(
        self, batch: Batch, future: "Future[npt.NDArray[np.float32]]", combiner: Combiner
    ) -> Iterator[Rows]:
        rows = probabilities(future.result(), self.config.function)
        if not np.isfinite(rows).all():
            raise ModelError(
                "The model's scores are no numbers: its weights are broken, or its precision too "
                "low for it. Take another model, or dtype float32."
            )
        complete = combiner.add(batch.windows, rows)
        if complete:
            yield complete


class _Preparation:
    """Runs an iterator in a thread of its own, a few items ahead."""

    def __init__(self, items: Iterator[Batch]) -> None:
        self._items = items
        self._queue: queue.Queue[Batch | BaseException | None] = queue.Queue(_QUEUED)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._work, name="cellsense-prepare", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Batch]:
        while (item := self._queue.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            self._drain()
            self._thread.join(timeout=0.05)

    def _work(self) -> None:
        last: BaseException | None = None
        try:
            for item in self._items:
                if self._stopped.is_set():
                    return
                self._queue.put(item)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that reads
            last = error
        self._queue.put(last)
        if last is not None:
            self._queue.put(None)

    def _drain(self) -> None:
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                return
