"""Keeps new columns visible: splits hidden `<col>` ranges, gives a width where none is defined."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from cellsense.sheets.xlsx.cut import element_name, is_whole, opened, set_attributes
from cellsense.sheets.xlsx.refs import whole_number

WIDTH = "12.7109375"  # what Excel stores for a column of 12 characters

_SHOWN: dict[str, str | None] = {
    "width": WIDTH,
    "customWidth": "1",
    "hidden": None,
    "collapsed": None,
    "outlineLevel": None,
}


@dataclass(frozen=True, slots=True)
class ColumnRange:
    """A `<col>` element, where it stands in the part, and the columns it is for."""

    first: int
    last: int
    hidden: bool
    tag: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ColumnEdit:
    """Bytes to put in the place of others."""

    start: int
    end: int
    new: bytes


class ColumnList:
    """The `<cols>` of a sheet, as it comes by."""

    def __init__(self) -> None:
        self.began = False
        self._start = self._end = 0
        self._tag = b""
        self._ranges: list[ColumnRange] = []
        self._open: tuple[dict[str, str], bytes, int] = ({}, b"", 0)

    def start(self, place: int, tag: bytes) -> None:
        """Take its start tag."""
        self.began = True
        self._start, self._tag = place, tag

    def end(self, place: int) -> None:
        """Take its end tag, or (`<cols/>`) the place after it."""
        self._end = place

    def start_column(self, attributes: dict[str, str], place: int, tag: bytes) -> None:
        """Take the start tag of a `<col>`."""
        self._open = attributes, tag, place

    def end_column(self, end: int) -> None:
        """Take the place after a `<col>`."""
        attributes, tag, start = self._open
        self._ranges.append(column_range(attributes, tag, start, end))

    def edits(self, columns: list[int], prefix: str, data_place: int) -> list[ColumnEdit]:
        """Return the edits that keep columns visible; `data_place` is where the rows begin."""
        name = f"{prefix}col".encode()
        new = new_columns(columns, name)
        if not self.began:
            element = b"<%ss>%s</%ss>" % (name, new, name)
            return [ColumnEdit(data_place, data_place, element)]
        if self._ranges:
            return column_edits(self._ranges, columns, name, self._end)
        if is_whole(self._tag):
            element = opened(self._tag) + new + b"</" + element_name(self._tag) + b">"
            return [ColumnEdit(self._start, self._end, element)]
        return [ColumnEdit(self._end, self._end, new)]


def column_range(attributes: dict[str, str], tag: bytes, start: int, end: int) -> ColumnRange:
    """Read a `<col>` element; one that can't be read is for no column."""
    first, last = (whole_number(attributes.get(key)) or 0 for key in ("min", "max"))
    hidden = attributes.get("hidden") in ("1", "true")
    return ColumnRange(first, last, hidden or attributes.get("width") == "0", tag, start, end)


def column_edits(
    ranges: list[ColumnRange], columns: Iterable[int], name: bytes, end: int
) -> list[ColumnEdit]:
    """Return the edits to the `<col>` elements of a sheet, in the order of their places.

    `name` is what a new element is called, `end` where it goes if it is the last.
    """
    wanted = sorted(columns)
    edits = [_split(item, wanted) for item in ranges if item.hidden and _holds(item, wanted)]
    uncovered = [
        column for column in wanted if not any(item.first <= column <= item.last for item in ranges)
    ]
    for first, last in _runs(uncovered):
        after = [item.start for item in ranges if item.first > last]
        place = min(after, default=max((item.end for item in ranges), default=end))
        edits.append(ColumnEdit(place, place, new_column(name, first, last)))
    return sorted(edits, key=lambda edit: (edit.start, edit.end))


def new_columns(columns: Iterable[int], name: bytes) -> bytes:
    """Return `<col>` elements for a sheet without any."""
    return b"".join(new_column(name, first, last) for first, last in _runs(sorted(columns)))


def new_column(name: bytes, first: int, last: int) -> bytes:
    """Return a `<col>` element with the width of new columns."""
    return b'<%s min="%d" max="%d" width="%s" customWidth="1"/>' % (
        name,
        first,
        last,
        WIDTH.encode(),
    )


def _holds(item: ColumnRange, columns: list[int]) -> bool:
    return any(item.first <= column <= item.last for column in columns)


def _split(item: ColumnRange, wanted: list[int]) -> ColumnEdit:
    """Cut a hidden range into hidden and shown pieces."""
    inside = [column for column in wanted if item.first <= column <= item.last]
    pieces: list[bytes] = []
    done = item.first
    for first, last in _runs(inside):
        if done < first:
            pieces.append(_piece(item, done, first - 1, {}))
        pieces.append(_piece(item, first, last, _SHOWN))
        done = last + 1
    if done <= item.last:
        pieces.append(_piece(item, done, item.last, {}))
    return ColumnEdit(item.start, item.end, b"".join(pieces))


def _piece(item: ColumnRange, first: int, last: int, change: dict[str, str | None]) -> bytes:
    piece = set_attributes(item.tag, {"min": str(first), "max": str(last), **change})
    if piece.endswith(b"/>"):
        return piece
    return piece + b"</" + element_name(item.tag) + b">"


def _runs(columns: list[int]) -> list[tuple[int, int]]:
    """Group columns that stand side by side: [3, 4, 7] → [(3, 4), (7, 7)]."""
    groups = groupby(enumerate(columns), key=lambda pair: pair[1] - pair[0])
    runs = [[column for _, column in group] for _, group in groups]
    return [(run[0], run[-1]) for run in runs]
