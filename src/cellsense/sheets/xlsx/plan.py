"""What is to be written to one sheet: its additions, row by row."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from cellsense.cells import CellValue
from cellsense.errors import OutputError
from cellsense.sheets.interface import MAX_COLUMNS, MAX_ROWS, Addition, Area, column_letter


@dataclass(frozen=True, slots=True)
class NewCell:
    """A cell to write."""

    column: int
    value: CellValue
    is_header: bool


def first_row(addition: Addition) -> int:
    """Return the first row that an addition is about."""
    if addition.header_row is not None:
        return addition.header_row
    return min(addition.values, default=1)


def check(addition: Addition, sheet_name: str) -> None:
    """Raise OutputError for an addition that no sheet can hold."""
    if not addition.names or not 1 <= addition.column <= addition.last_column <= MAX_COLUMNS:
        raise OutputError(
            f'"{sheet_name}" has no room for {len(addition.names)} columns at column '
            f"{addition.column}: the last one is XFD. Delete columns, or work on a copy."
        )
    rows = [] if addition.header_row is None else [addition.header_row]
    rows += [min(addition.values), max(addition.values)] if addition.values else []
    if rows and not 1 <= min(rows) <= max(rows) <= MAX_ROWS:
        raise OutputError(f'"{sheet_name}" has rows 1 to {MAX_ROWS:,}, not {max(rows):,}.')


class Plan:
    """The additions to one sheet, from left to right."""

    def __init__(
        self, sheet_name: str, additions: Sequence[Addition], kept: Collection[int] = ()
    ) -> None:
        """Merge additions; the rows `kept` (a table's totals) aren't cleared by a replacement."""
        self.sheet_name = sheet_name
        self.additions = sorted(additions, key=lambda addition: addition.column)
        self._kept = frozenset(kept)
        for left, right in zip(self.additions, self.additions[1:], strict=False):
            if left.last_column >= right.column:
                at = column_letter(right.column)
                raise OutputError(f'"{sheet_name}" was given column {at} twice; write it once.')
        self._first_rows = [first_row(addition) for addition in self.additions]

    @property
    def columns(self) -> list[int]:
        """The columns that are written."""
        return [
            column
            for addition in self.additions
            for column in range(addition.column, addition.last_column + 1)
        ]

    @property
    def look_like(self) -> int | None:
        """The column whose cells lend the new ones their look."""
        return next((item.look_like for item in self.additions if item.look_like), None)

    @property
    def last_filter_column(self) -> int | None:
        """The column that the sheet's filter is to reach."""
        grown = [item.last_column for item in self.additions if item.grow_autofilter]
        return max(grown, default=None)

    @cached_property
    def rows(self) -> Sequence[int]:
        """The rows in which something is written, in order."""
        rows = set(self.header_rows)
        for addition in self.additions:
            rows.update(
                row for row, values in addition.values.items() if values.count(None) < len(values)
            )
        return array("L", sorted(rows))

    @cached_property
    def header_rows(self) -> frozenset[int]:
        """The rows in which names are written."""
        rows = (addition.header_row for addition in self.additions)
        return frozenset(row for row in rows if row is not None)

    def area(self) -> Area | None:
        """Return the area that is written."""
        if not self.rows:
            return None
        return Area(self.rows[0], self.columns[0], self.rows[-1], self.columns[-1])

    def cells(self, row: int) -> Iterator[NewCell]:
        """Yield what is written in a row, from left to right."""
        for addition in self.additions:
            is_header = row == addition.header_row
            values = addition.names if is_header else addition.values.get(row, ())
            for column, value in enumerate(values, start=addition.column):
                if value is not None:
                    yield NewCell(column, value, is_header)

    def clears(self, row: int, column: int | None = None) -> bool:
        """Tell if old cells in a row (in one column of it) are to go."""
        return row not in self._kept and any(
            addition.replaces
            and row >= first
            and (column is None or addition.column <= column <= addition.last_column)
            for addition, first in zip(self.additions, self._first_rows, strict=True)
        )

    def forbids_merge(self, area: Area) -> bool:
        """Tell if merged cells would hide what is written."""
        if (area.first_row, area.first_column) == (area.last_row, area.last_column):
            return False
        rows = self.rows
        written = bisect_right(rows, area.last_row) > bisect_left(rows, area.first_row)
        return written and any(
            area.first_column <= addition.last_column and area.last_column >= addition.column
            for addition in self.additions
        )
