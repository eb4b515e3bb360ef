"""A worksheet of a running Excel, through xlwings: on Windows and on a Mac.

Each call into Excel takes time of its own, so cells are read and written in blocks.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from cellsense.cells import CellValue
from cellsense.sheets import excel_native
from cellsense.sheets.excel_cells import ExcelCells, area_at, area_of, overlap
from cellsense.sheets.excel_writing import write
from cellsense.sheets.interface import Addition, Area, Row, TableArea

if TYPE_CHECKING:
    import xlwings as xw
    from xlwings.main import Table

_FEW_ROWS = 500  # first; a block of a column is often all that is wanted


class XlwingsSheet:
    """A sheet in Excel; `write` changes it at once.

    Reading and writing raise OutputError while Excel is busy. Rows can be written bit by bit: the
    first ones with the header, then additions without `header_row`, `grow_table` and `replaces`.
    """

    known_header: int | None = None

    def __init__(self, sheet: "xw.Sheet") -> None:
        """Wrap a sheet of xlwings."""
        self._sheet = sheet
        self._cells = ExcelCells(sheet)

    @property
    def name(self) -> str:
        """The name on the tab."""
        return self._cells.name

    @property
    def hidden(self) -> bool:
        """True if a user doesn't see the sheet."""
        # On Windows -1 is visible, 0 hidden, 2 hidden from the list of hidden sheets as well.
        return self._cells.reading(lambda: self._sheet.visible not in (True, -1))

    def extent(self) -> tuple[int, int]:
        """Return (last used row, last used column); cells with a format only don't count."""
        filled, merged = self._cells.is_filled, self._cells.is_merged
        used = self._cells.used()
        top, left = used.first_row, used.first_column
        bottom, right = used.last_row, used.last_column
        row = _last(top, bottom, lambda a, b: filled(Area(a, left, b, right)))
        column = _last(left, right, lambda a, b: filled(Area(top, a, row, b)))
        # Merged cells may be empty, and reach beyond all that is filled.
        merged_row = _last(max(top, row + 1), bottom, lambda a, b: merged(Area(a, left, b, right)))
        beside = max(left, column + 1)
        merged_column = _last(beside, right, lambda a, b: merged(Area(top, a, bottom, b)))
        tables = [table.area for table in self.tables()]
        return (
            max([row, merged_row, *(area.last_row for area in tables)]),
            max([column, merged_column, *(area.last_column for area in tables)]),
        )

    def tables(self) -> list[TableArea]:
        """Return the formatted tables."""
        return self._cells.reading(lambda: [_table_area(table) for table in self._sheet.tables])

    def autofilter(self) -> Area | None:
        """Return the area of the sheet's own filter."""
        address = self._cells.reading(lambda: excel_native.filter_address(self._sheet))
        if address is None:
            return None
        area = area_at(address)
        # While a cell of a table is selected, Excel may answer with that table's filter.
        return None if any(overlap(area, table.area) for table in self.tables()) else area

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the first `limit` rows that hold anything."""
        return islice(self._filled_rows(limit or _FEW_ROWS), limit)

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield (row, value) of one column for cells that hold anything."""
        bottom, filled = self._cells.used().last_row, self._cells.is_filled
        last = _last(first_row, bottom, lambda a, b: filled(Area(a, column, b, column)))
        for first, block in self._cells.blocks(Area(first_row, column, last, column), _FEW_ROWS):
            for number, (value,) in enumerate(block, start=first):
                if value is not None:
                    yield number, value

    def write(self, addition: Addition) -> None:
        """Write the cells, let the table or filter reach over them, and read them back.

        Raises OutputError for what stands in the way, before anything is changed.
        """
        write(self, self._cells, addition)

    def _filled_rows(self, wanted: int) -> Iterator[Row]:
        for first, block in self._cells.blocks(Area(1, 1, *self.extent()), wanted):
            for number, values in enumerate(block, start=first):
                held = {place: value for place, value in enumerate(values, 1) if value is not None}
                if held:
                    yield Row(number, held)


def _table_area(table: "Table") -> TableArea:
    header = table.header_row_range
    if header is None:
        names = [column.name for column in table.columns]
    else:
        (names,) = header.options(ndim=2).value
    return TableArea(
        name=str(table.name),
        area=area_of(table.range),
        columns=tuple(str(name) for name in names),
        has_header=header is not None,
        has_totals=bool(table.show_totals),
        can_grow=header is not None and excel_native.is_plain_table(table),
    )


def _last(first: int, last: int, is_marked: Callable[[int, int], bool]) -> int:
    """Return the last of the rows or columns from `first` to `last` that is marked; 0 for none.

    `is_marked` answers for a stretch of them. It is asked from the end, where the answer mostly is,
    about longer and longer stretches.
    """
    end, length = last, 1
    while end >= first:
        start = max(first, end - length + 1)
        if is_marked(start, end):
            break
        end, length = start - 1, 4 * length
    else:
        return 0
    while start < end:
        middle = (start + end + 1) // 2
        if is_marked(middle, end):
            start = middle
        else:
            end = middle - 1
    return start
