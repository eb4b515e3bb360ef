"""The second opinion: workbooks through openpyxl, which writes them anew and loses parts.

`OpenpyxlSheet` also serves users who hold an openpyxl worksheet themselves.
"""

import datetime
import warnings
import zlib
from collections.abc import Iterator
from copy import copy
from itertools import count, groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from cellsense.cells import CellValue, ErrorValue
from cellsense.errors import OptionError, OutputError, UnreadableFileError
from cellsense.sheets.failures import cause, missing
from cellsense.sheets.interface import (
    MAX_COLUMNS,
    MAX_ROWS,
    Addition,
    Area,
    Fill,
    Row,
    Sheet,
    TableArea,
    column_letter,
)
from cellsense.sheets.own import free_prefix, is_own

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.table import Table
    from openpyxl.worksheet.worksheet import Worksheet

LOSSES = (
    "openpyxl writes the file anew: cached formula values are lost until Excel recalculates, and "
    "images, shapes, sparklines, slicers, form controls, threaded comments, newer conditional "
    "formats and printer settings may be gone"
)
# What openpyxl lets through when a file is damaged; measured on 54 hostile workbooks.
_LOAD_ERRORS = (
    *(BadZipFile, zlib.error, EOFError, OSError, RuntimeError, OverflowError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError),
    SyntaxError,  # broken XML
)
_SAVE_ERRORS = (OSError, KeyError, ValueError, TypeError, AttributeError, IndexError)
_FORMULA_STARTS = ("=", "+", "-", "@")


class OpenpyxlSheet:
    """A worksheet in memory; `write` changes it at once."""

    known_header: int | None = None

    def __init__(self, worksheet: "Worksheet", values: "Worksheet | None" = None) -> None:
        """Wrap a worksheet; `values` is the same one loaded with `data_only=True`.

        Without `values`, cells with a formula count as empty: what they show isn't known.
        """
        if not hasattr(worksheet, "_cells"):
            message = "The worksheet is read-only or write-only; load the workbook without that."
            raise OptionError(message)
        self._sheet = worksheet
        self._values = values if values is not None else worksheet

    @property
    def name(self) -> str:
        """The name on the tab."""
        return str(self._sheet.title)

    @property
    def hidden(self) -> bool:
        """True if a user doesn't see the sheet."""
        return bool(self._sheet.sheet_state != "visible")

    def extent(self) -> tuple[int, int]:
        """Return (last used row, last used column); cells with a style only don't count."""
        areas = [_area(str(merged)) for merged in self._sheet.merged_cells.ranges]
        areas += [_area(table.ref) for table in self._sheet.tables.values()]
        areas += [_area(pivot.location.ref) for pivot in self._sheet._pivots]
        used = [key for key, cell in self._sheet._cells.items() if cell.value is not None]
        rows = [row for row, _ in used] + [area.last_row for area in areas]
        columns = [column for _, column in used] + [area.last_column for area in areas]
        return max(rows, default=0), max(columns, default=0)

    def tables(self) -> list[TableArea]:
        """Return the formatted tables."""
        return [self._table_area(table) for table in self._sheet.tables.values()]

    def autofilter(self) -> Area | None:
        """Return the area of the sheet's own filter."""
        reference = self._sheet.auto_filter.ref
        return _area(reference) if reference else None

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the first `limit` rows that hold anything."""
        return islice(self._filled_rows(), limit)

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield (row, value) of one column for cells that hold anything."""
        cells = self._values._cells
        for row in sorted(row for row, index in cells if index == column and row >= first_row):
            value = _value(cells[row, column])
            if value is not None:
                yield row, value

    def write(self, addition: Addition) -> None:
        """Write the cells, and let the table or filter reach over them."""
        self._refuse_merged(addition)
        if addition.replaces:
            self._clear(addition)
        if addition.header_row is not None:
            self._write_header(addition, addition.header_row)
        for row, values in addition.values.items():
            for column, value in enumerate(values, start=addition.column):
                if value is not None:
                    self._put_like(addition.look_like, self._sheet.cell(row, column), value)
        if addition.grow_table is not None:
            _grow_table(self._sheet.tables[addition.grow_table], addition)
        if addition.grow_autofilter:
            self._sheet.auto_filter.ref = _grown(self._sheet.auto_filter.ref, addition)

    def _filled_rows(self) -> Iterator[Row]:
        # Not iter_rows: it makes a cell for each place up to the last column.
        cells = self._values._cells
        for number, keys in groupby(sorted(cells), key=lambda key: int(key[0])):
            values = {column: _value(cells[row, column]) for row, column in keys}
            held = {column: value for column, value in values.items() if value is not None}
            if held:
                yield Row(number, held)

    def _table_area(self, table: "Table") -> TableArea:
        area = _area(table.ref)
        names = tuple(str(column.name) for column in table.tableColumns)
        if not names:  # made in this session: openpyxl names the columns when it saves
            cells = range(area.first_column, area.last_column + 1)
            names = tuple(str(self._sheet.cell(area.first_row, cell).value) for cell in cells)
        has_header = table.headerRowCount != 0
        can_grow = has_header and table.tableType in (None, "worksheet")
        return TableArea(
            table.displayName, area, names, has_header, bool(table.totalsRowCount), can_grow
        )

    def _refuse_merged(self, addition: Addition) -> None:
        for merged in self._sheet.merged_cells.ranges:
            area = _area(str(merged))
            beside = area.last_column < addition.column or area.first_column > addition.last_column
            if not beside and area.last_row >= _first_row(addition):
                message = f'"{self.name}" has merged cells at {merged}; unmerge them first.'
                raise OutputError(message)

    def _clear(self, addition: Addition) -> None:
        first = _first_row(addition)
        for (row, column), cell in self._sheet._cells.items():
            if addition.only_given_rows and row not in addition.values:
                continue
            if row >= first and addition.column <= column <= addition.last_column:
                cell.value = None

    def _put_like(self, column: int | None, cell: "Cell", value: CellValue) -> None:
        model = self._sheet._cells.get((cell.row, column))
        plain = model is not None and model.number_format == "General" and not model.quotePrefix
        if plain and not cell.has_style:
            cell._style = copy(model._style)
        _put(cell, value)

    def _write_header(self, addition: Addition, row: int) -> None:
        neighbour = self._sheet._cells.get((row, addition.column - 1))
        for column, name in enumerate(addition.names, start=addition.column):
            cell = self._sheet.cell(row, column)
            if neighbour is not None and neighbour.has_style and not addition.replaces:
                cell._style = copy(neighbour._style)
                cell.quotePrefix = 0
            _put(cell, name)


class OpenpyxlWorkbook:
    """An .xlsx or .xlsm file, loaded by openpyxl: once as it is, once for the formulas' values."""

    def __init__(self, path: Path) -> None:
        """Load the file."""
        self.path = path
        macros = path.suffix.lower() in (".xlsm", ".xltm")
        self._book, warned = _load(path, keep_vba=macros, rich_text=True)
        values, _ = _load(path, data_only=True)
        self._own = [sheet for sheet in self._book.worksheets if is_own(sheet.tables)]
        self.sheets: list[Sheet] = [
            OpenpyxlSheet(sheet, values[sheet.title])
            for sheet in self._book.worksheets
            if sheet not in self._own
        ]
        self.notes = [LOSSES, *warned]

    @property
    def own_sheets(self) -> list[str]:
        """The tabs of earlier runs; see `TakesSheets`."""
        return [sheet.title for sheet in self._own]

    def add_sheet(self, name: str, subject: str, fill: Fill, *, replace: bool) -> str:
        """Add a tab at the end; see `TakesSheets`."""
        old = next((sheet for sheet in self._own if str(sheet["A2"].value) == subject), None)
        if replace and old is not None:
            self._own.remove(old)
            self._book.remove(old)
        tabs = {
            sheet.title.casefold() for sheet in (*self._book.worksheets, *self._book.chartsheets)
        }
        titles = (name if place == 1 else f"{name} {place}" for place in count(1))
        title = next(title for title in titles if title.casefold() not in tabs)
        tables = [table for sheet in self._book.worksheets for table in sheet.tables]
        prefix = free_prefix([*tables, *self._book.defined_names])
        fill(self._book.create_sheet(title), prefix)
        return title

    def save(self, target: Path) -> None:
        """Write the workbook to `target`."""
        try:
            self._book.save(target)
        except _SAVE_ERRORS as error:
            message = f"openpyxl can't write {target}: {cause(error)}. Use the default way."
            raise OutputError(message) from error

    def close(self) -> None:
        """Let go of the file, which stays open for the sake of its macros."""
        self._book.close()
        if self._book.vba_archive is not None:
            self._book.vba_archive.close()


def _load(path: Path, **options: bool) -> tuple["Workbook", list[str]]:
    """Return the workbook and what openpyxl warns of."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            book = load_workbook(path, **options)
    except FileNotFoundError as error:
        raise missing(path) from error
    except (*_LOAD_ERRORS, InvalidFileException) as error:
        message = f"openpyxl can't read {path}: {cause(error)}. Save it again in Excel."
        raise UnreadableFileError(message) from error
    if not book.worksheets:
        message = (
            f"openpyxl finds no sheets in {path}; save it as an ordinary .xlsx, not a strict one."
        )
        raise UnreadableFileError(message)
    return book, list(dict.fromkeys(f"openpyxl: {warning.message}" for warning in caught))


def _first_row(addition: Addition) -> int:
    if addition.header_row is not None:
        return addition.header_row
    return min(addition.values, default=MAX_ROWS + 1)


# ---- cells --------------------------------------------------------------------------------------


def _value(cell: "Cell") -> CellValue:
    value: Any = cell.value
    if value is None or cell.data_type == "f" or value == "":
        return None
    if cell.data_type == "e":
        return ErrorValue(value)
    if isinstance(value, datetime.timedelta):  # a time above 24 hours; a number of days to Excel
        return value / datetime.timedelta(days=1)
    if isinstance(value, str | int | float | datetime.date | datetime.time):
        return value
    return str(value)  # rich text


def _put(cell: "Cell", value: CellValue) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str) or isinstance(value, ErrorValue):
        cell.value = value
        if cell.is_date and isinstance(value, int | float):
            cell.number_format = "General"  # empty cells may have a style: 0.5 would read 12:00
        return
    cell.value = ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    cell.data_type = "s"  # openpyxl takes "=…" for a formula and "#N/A" for an error
    if value.startswith(_FORMULA_STARTS):
        cell.quotePrefix = 1  # else Excel makes a formula of it when a user edits the cell


# ---- areas and tables ---------------------------------------------------------------------------


def _area(reference: str) -> Area:
    from openpyxl.utils import range_boundaries

    first_column, first_row, last_column, last_row = range_boundaries(reference)
    return Area(first_row or 1, first_column or 1, last_row or MAX_ROWS, last_column or MAX_COLUMNS)


def _grown(reference: str, addition: Addition) -> str:
    area = _area(reference)
    first, last = column_letter(area.first_column), column_letter(addition.last_column)
    return f"{first}{area.first_row}:{last}{area.last_row}"


def _grow_table(table: "Table", addition: Addition) -> None:
    from openpyxl.worksheet.table import TableColumn

    table.ref = _grown(table.ref, addition)
    if table.autoFilter is not None and table.autoFilter.ref:
        table.autoFilter.ref = _grown(table.autoFilter.ref, addition)
    if not table.tableColumns:  # made in this session: openpyxl names the columns when it saves
        return
    free = max(int(column.id) for column in table.tableColumns) + 1
    for identifier, name in enumerate(addition.names, start=free):
        table.tableColumns.append(TableColumn(id=identifier, name=name.replace("\n", "_x000a_")))
