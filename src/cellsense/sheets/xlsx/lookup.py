"""Looks up shared strings for cells: in a table, or in a stream when there may be a million."""

from array import array
from collections.abc import Callable, Sequence
from functools import cached_property

from cellsense.cells import CellValue
from cellsense.sheets.xlsx.limits import STRINGS_AT_ONCE
from cellsense.sheets.xlsx.package import Package
from cellsense.sheets.xlsx.strings import StringReader
from cellsense.sheets.xlsx.values import Values

Lookup = Callable[[int], str | None]
_END = object()


class StringIndexes(Values):
    """Notes which shared strings cells refer to, in the order of the cells.

    What it makes of a cell only says that there may be a value.
    """

    def __init__(self) -> None:
        self.found = array("I")

    def shared(self, numbers: Sequence[str | bytes]) -> Sequence[CellValue]:
        self.found.extend(int(digits) for digits in numbers if len(digits) < 10)
        return [True] * len(numbers)

    def value(self, kind: str, style: str | None, text: str) -> CellValue:
        if kind == "s":
            super().value(kind, style, text)
        return True


class SharedStrings:
    """The shared strings of a workbook."""

    def __init__(self, package: Package, part: str | None) -> None:
        """Take the part that holds them, if there is one."""
        self._package = package
        self._part = part

    @property
    def many(self) -> bool:
        """True if there are so many that a table of all would take too much memory."""
        entry = self._package.entry(self._part) if self._part else None
        return entry is not None and entry.file_size > STRINGS_AT_ONCE

    def get(self, index: int) -> str | None:
        """Return a string, from a table of all; None if there is no such string."""
        return self._table.get(index)

    def in_order(self, indexes: "array[int]") -> Lookup:
        """Return what looks strings up in just this order (and none after), while it reads them.

        A string is held from where it is read to where it's last looked up. Excel numbers strings
        as they first come in the rows, so few are held; in rows that were sorted since, up to all.
        """
        if self._part is None or not indexes:
            return lambda _: None
        wanted, is_last = _uses(indexes)
        reader = StringReader(wanted)
        progress = self._package.feed(self._part, reader)
        lasts = iter(is_last)

        def look_up(index: int) -> str | None:
            while index >= reader.count and next(progress, _END) is not _END:
                pass
            return reader.texts.pop(index, None) if next(lasts, False) else reader.texts.get(index)

        return look_up

    @cached_property
    def _table(self) -> dict[int, str]:
        reader = StringReader()
        return self._package.parse(self._part, reader, large=True).texts if self._part else {}


def _uses(indexes: "array[int]") -> "tuple[array[int], bytes]":
    """Return the different indexes, ascending, and for each use if it's the last of its index."""
    import numpy as np

    backwards = np.frombuffer(indexes, np.uintc)[::-1]
    wanted, last = np.unique(backwards, return_index=True)
    is_last = np.zeros(len(indexes), bool)
    is_last[len(indexes) - 1 - last] = True
    return array("I", wanted.tobytes()), is_last.tobytes()
