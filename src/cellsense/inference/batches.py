"""Batch: windows → padded arrays, longest first, under a budget of tokens with padding counted."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import numpy.typing as npt

from cellsense.inference.windows import Window


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How large a batch may be: padded tokens, and rows; `alike` asks for rows of one length."""

    tokens: int
    rows: int
    alike: bool = False


@dataclass(frozen=True, slots=True)
class Padding:
    """How a checkpoint, and the device it is on, want short rows filled up."""

    token: int
    left: bool = False
    multiple: int = 1  # of this many tokens a row is


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrays of shape (rows, longest window); `windows` says whose rows they are."""

    windows: list[Window]
    ids: npt.NDArray[np.int64]
    mask: npt.NDArray[np.int64]
    type_ids: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.windows)

    def halves(self) -> "tuple[Batch, Batch]":
        """Split in two, for a device that ran out of memory."""
        middle = len(self) // 2
        return self._rows(slice(0, middle)), self._rows(slice(middle, None))

    def _rows(self, rows: slice) -> "Batch":
        return Batch(self.windows[rows], self.ids[rows], self.mask[rows], self.type_ids[rows])


def plan_batches(windows: Sequence[Window], limits: BatchLimits) -> Iterator[list[Window]]:
    """Cut the windows, sorted by length, so that rows × longest stays within the budget.

    Longest first: a device too small for a batch shows it at once. A window longer than the
    budget gets a batch of its own.
    """
    batch: list[Window] = []
    for window in sorted(windows, key=lambda window: len(window.ids), reverse=True):
        if batch and not _fits(window, batch, limits):
            yield batch
            batch = []
        batch.append(window)
    if batch:
        yield batch


def _fits(window: Window, batch: list[Window], limits: BatchLimits) -> bool:
    longest = len(batch[0].ids)
    if limits.alike and len(window.ids) != longest:
        return False
    return len(batch) < limits.rows and longest * (len(batch) + 1) <= limits.tokens


def pad(windows: list[Window], padding: Padding) -> Batch:
    """Lay the windows out as arrays."""
    lengths = np.array([len(window.ids) for window in windows], dtype=np.int64)
    width = -(-int(lengths.max()) // padding.multiple) * padding.multiple
    places = np.arange(width)
    # At once for all rows: one by one they would keep a fast device waiting.
    if padding.left:
        filled = places >= width - lengths[:, np.newaxis]
    else:
        filled = places < lengths[:, np.newaxis]
    ids = np.full(filled.shape, padding.token, dtype=np.int64)
    ids[filled] = _flat(window.ids for window in windows)
    type_ids = np.zeros(filled.shape, dtype=np.int64)
    type_ids[filled] = _flat(window.type_ids for window in windows)
    return Batch(windows, ids, filled.astype(np.int64), type_ids)


def _flat(rows: Iterable[list[int]]) -> npt.NDArray[np.int64]:
    return np.fromiter(chain.from_iterable(rows), dtype=np.int64)
