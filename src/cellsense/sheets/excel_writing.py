"""Columns that are added to a sheet of a running Excel, or written over.

Values are set in blocks and read back: Excel doesn't say when it changes or leaves out what it is
given.
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from cellsense.cells import CellValue
from cellsense.errors import CellsenseError, OutputError
from cellsense.sheets import excel_native
from cellsense.sheets.excel_cells import ExcelCells, address_of, area_of, overlap
from cellsense.sheets.excel_looks import TEXT_FORMAT, continue_look, format_scores
from cellsense.sheets.interface import Addition, Area, Sheet

if TYPE_CHECKING:
    from xlwings.main import Table

_MOST_ROWS = 1_000  # in one call
# Letters and no truth value: what Excel takes for no formula, number or date.
_PLAIN = re.compile(r"(?!(?:true|false)$)[^\W\d_](?:[^\W\d_]|[ -])*", re.IGNORECASE)

Values = Sequence[CellValue]


def write(sheet: Sheet, cells: ExcelCells, addition: Addition) -> None:
    """Write an addition. Raises OutputError."""
    target = _target(sheet, addition)
    if target is None:
        return
    _refuse(cells, addition, target)
    with _other_tables_kept(sheet, cells, addition, target):
        if addition.header_row is not None:
            _write_header(cells, addition, addition.header_row)
        _dress(cells, addition)
        for first, rows in _blocks(addition, target):
            _write_rows(cells, first, addition.column, rows)
    if addition.grow_autofilter:
        _grow_autofilter(sheet, cells, addition)


def _target(sheet: Sheet, addition: Addition) -> Area | None:
    """Return all cells that may change."""
    header = [] if addition.header_row is None else [addition.header_row]
    rows = [*header, *addition.values]
    if not rows:
        return None
    first, last = min(rows), max(rows)
    if addition.replaces and not addition.only_given_rows:
        last = max(last, _last_replaced(sheet, addition, first))
    return Area(first, addition.column, last, addition.last_column)


def _last_replaced(sheet: Sheet, addition: Addition, first: int) -> int:
    """Return the last row of an earlier run: not of totals or of a table that stands below."""
    last, _ = sheet.extent()
    column = Area(first, addition.column, max(first, last), addition.last_column)
    for table in sheet.tables():
        if overlap(column, table.area):
            above = table.area.first_row - 1
            within = table.area.last_row - table.has_totals
            last = min(last, within if table.area.first_row <= first else above)
    return last


# ---- what stands in the way ---------------------------------------------------------------------


def _refuse(cells: ExcelCells, addition: Addition, target: Area) -> None:
    name, where = cells.name, address_of(target)
    if cells.reading(lambda: excel_native.is_protected(cells.sheet)):
        raise OutputError(
            f'The sheet "{name}" is protected: unprotect it (Review > Unprotect Sheet) and run it '
            "again."
        )
    if cells.is_merged(target):
        raise OutputError(f'"{name}" has merged cells in {where}; unmerge them first.')
    if not addition.replaces:
        if cells.is_filled(target):
            raise OutputError(
                f'"{name}" has cells with something in them in {where}, where the new columns '
                "would go: move them away first."
            )
        return

    def has_array() -> bool:
        area = cells.range(target)
        return area.has_array is not False or excel_native.has_spill(area)

    if cells.reading(has_array):
        raise OutputError(
            f'"{name}" has a formula with several results in {where}; delete it first, or choose '
            "other names for the new columns."
        )


@contextmanager
def _other_tables_kept(
    sheet: Sheet, cells: ExcelCells, addition: Addition, target: Area
) -> Iterator[None]:
    """Keep Excel from adding the new columns to a table that stands at their left."""
    left = Area(target.first_row, addition.column - 1, target.last_row, addition.column - 1)
    beside = [
        table
        for table in sheet.tables()
        if overlap(left, table.area)
        and table.area.last_column < addition.column
        and table.name != addition.grow_table
    ]
    if not beside:
        yield
        return
    app = cells.reading(lambda: cells.sheet.book.app)
    grow = cells.writing(lambda: excel_native.stop_tables_growing(app))
    try:
        yield
    finally:
        cells.writing(lambda: excel_native.let_tables_grow(app, grow))


# ---- header -------------------------------------------------------------------------------------


def _write_header(cells: ExcelCells, addition: Addition, row: int) -> None:
    if addition.grow_table is not None:
        _grow_table(cells, addition)
    if not addition.replaces and addition.column > 1:
        left = Area(row, addition.column - 1, row, addition.column - 1)
        onward = Area(row, addition.column - 1, row, addition.last_column)
        with suppress(OutputError):  # without the look, the columns are still right
            cells.writing(lambda: continue_look(cells.range(left), cells.range(onward)))
    _write_rows(cells, row, addition.column, [addition.names])


def _grow_table(cells: ExcelCells, addition: Addition) -> None:
    """Let a table reach over the new columns, before anything stands there."""

    def grow() -> int:
        # By its place, as xlwings takes a busy Excel for one without such a table.
        (table,) = [item for item in cells.sheet.tables if item.name == addition.grow_table]
        area = area_of(table.range)
        if table.show_totals:
            _append_columns(cells, table, addition)
        elif area.last_column < addition.last_column:
            grown = Area(*_corner(area), area.last_row, addition.last_column)
            table.resize(cells.range(grown))
        return area_of(table.range).last_column

    if cells.writing(grow) != addition.last_column:
        raise OutputError(
            f'Excel didn\'t enlarge the table "{addition.grow_table}": clear its filter, or make a '
            "range of it (Table Design > Convert to Range), and run it again."
        )


def _append_columns(cells: ExcelCells, table: "Table", addition: Addition) -> None:
    """Add columns one by one: only this takes a totals row along."""
    present = {column.name for column in table.columns}
    for name in addition.names:
        if name not in present:
            table.columns.add(name)
    # They look like the column before them, a date's format included.
    area = area_of(table.range)
    new = Area(area.first_row + 1, addition.column, area.last_row - 1, area.last_column)
    if new.first_row <= new.last_row:
        cells.range(new).number_format = "General"


def _corner(area: Area) -> tuple[int, int]:
    return area.first_row, area.first_column


# ---- cells --------------------------------------------------------------------------------------


def _dress(cells: ExcelCells, addition: Addition) -> None:
    if not addition.values:
        return
    first, last = min(addition.values), max(addition.values)
    model = addition.look_like
    if model is not None and not addition.replaces:
        lender = Area(first, model, first, model)
        new = Area(first, addition.column, last, addition.last_column)
        with suppress(CellsenseError):  # without the look, the columns are still right
            cells.lend_look(lender, new)
    for place, column in enumerate(range(addition.column, addition.last_column + 1)):
        if any(isinstance(values[place], float) for values in addition.values.values()):
            scores = Area(first, column, last, column)
            cells.writing(partial(_format_scores, cells, scores))


def _format_scores(cells: ExcelCells, area: Area) -> None:
    format_scores(cells.range(area))


def _blocks(addition: Addition, target: Area) -> Iterator[tuple[int, list[Values]]]:
    """Yield (first row, values); rows without values are among them where they may be emptied."""
    empty = (None,) * len(addition.names)
    rows: Sequence[int] = sorted(addition.values)
    if addition.replaces and not addition.only_given_rows:
        rows = range(target.first_row + (addition.header_row is not None), target.last_row + 1)
    gap = 1 if addition.only_given_rows else _MOST_ROWS
    place = 0
    while place < len(rows):
        first = last = rows[place]
        while place < len(rows) and rows[place] < first + _MOST_ROWS and rows[place] <= last + gap:
            last = rows[place]
            place += 1
        yield first, [addition.values.get(row, empty) for row in range(first, last + 1)]


def _write_rows(cells: ExcelCells, first: int, column: int, rows: Sequence[Values]) -> None:
    """Set values and check them."""
    last = first + len(rows) - 1
    area = Area(first, column, last, column + len(rows[0]) - 1)
    for place in range(len(rows[0])):
        if any(_may_be_changed(values[place]) for values in rows):
            texts = Area(first, column + place, last, column + place)
            cells.writing(partial(_expect_text, cells, texts))
    cells.writing(lambda: _put(cells, area, rows))
    for row in _rows_not_taken(cells, area, rows):
        _write_row_again(cells, row, column, rows[row - first])


def _write_row_again(cells: ExcelCells, row: int, column: int, values: Values) -> None:
    """Write one row, cell by cell: a block may go astray where rows are filtered out."""
    for place, value in enumerate(values, start=column):
        cell = Area(row, place, row, place)
        if isinstance(value, str):
            cells.writing(partial(_expect_text, cells, cell))
        cells.writing(partial(_put, cells, cell, [[value]]))
    area = Area(row, column, row, column + len(values) - 1)
    if _rows_not_taken(cells, area, [values]):
        raise OutputError(
            f'Excel didn\'t take what was written to {address_of(area)} of "{cells.name}": finish '
            "the cell that is being edited, clear the sheet's filters (Data > Clear), and run it "
            "again."
        )


def _expect_text(cells: ExcelCells, area: Area) -> None:
    """Have Excel take what comes as text, be it `=1+1` or `12`."""
    cells.range(area).number_format = TEXT_FORMAT


def _put(cells: ExcelCells, area: Area, rows: Sequence[Values]) -> None:
    cells.range(area).value = [list(values) for values in rows]


def _rows_not_taken(cells: ExcelCells, area: Area, rows: Sequence[Values]) -> list[int]:
    found = cells.values(area)
    pairs = enumerate(zip(rows, found, strict=True), start=area.first_row)
    return [row for row, (values, present) in pairs if not all(map(_is_same, values, present))]


def _may_be_changed(value: CellValue) -> bool:
    return isinstance(value, str) and _PLAIN.fullmatch(value) is None


def _is_same(written: CellValue, found: CellValue) -> bool:
    if isinstance(written, int | float) and isinstance(found, int | float):
        return math.isclose(written, found, abs_tol=1e-9)
    return written == found


# ---- filter -------------------------------------------------------------------------------------


def _grow_autofilter(sheet: Sheet, cells: ExcelCells, addition: Addition) -> None:
    """Let the sheet's filter reach over the new columns, unless that loses what it filters by."""
    area = sheet.autofilter()
    if area is None:
        return

    def move() -> None:
        criteria = cells.range(area).autofilter.criteria
        if all(criterion.type == "none" for criterion in criteria):
            grown = Area(*_corner(area), area.last_row, addition.last_column)
            excel_native.move_filter(cells.range(grown))

    cells.writing(move)
