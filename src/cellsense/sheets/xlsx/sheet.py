"""One worksheet of an .xlsx file."""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from cellsense.cells import CellValue
from cellsense.errors import OutputError
from cellsense.sheets.interface import Addition, Area, Row, TableArea, column_letter
from cellsense.sheets.xlsx.cellreader import CellReader, RowReader
from cellsense.sheets.xlsx.columnreader import ColumnReader
from cellsense.sheets.xlsx.layout import LayoutReader
from cellsense.sheets.xlsx.lookup import StringIndexes
from cellsense.sheets.xlsx.manifest import SheetEntry
from cellsense.sheets.xlsx.plan import check
from cellsense.sheets.xlsx.scan import Known
from cellsense.sheets.xlsx.tables import PivotReader, TableReader

if TYPE_CHECKING:
    from cellsense.sheets.xlsx.workbook import XlsxWorkbook

Found = TypeVar("Found")


class XlsxSheet:
    """Reads a worksheet part in a stream, and remembers what `XlsxWorkbook.save` is to write."""

    known_header: int | None = None

    def __init__(self, book: "XlsxWorkbook", entry: SheetEntry, part: str) -> None:
        """Take the workbook, the tab and its part."""
        self.part = part
        self.entry = entry
        self.additions: list[Addition] = []
        self.known = Known()
        self._book = book

    @property
    def name(self) -> str:
        """The name on the tab."""
        return self.entry.name

    @property
    def hidden(self) -> bool:
        """True if a user doesn't see the sheet."""
        return self.entry.hidden

    def extent(self) -> tuple[int, int]:
        """Return (last used row, last used column)."""
        return self._layout.last_row, self._layout.last_column

    def tables(self) -> list[TableArea]:
        """Return the formatted tables."""
        return [table for table in self.table_parts.values() if table is not None]

    def autofilter(self) -> Area | None:
        """Return the area of the sheet's own filter."""
        return self._layout.autofilter

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the first `limit` rows that hold anything."""
        if self._book.strings.many:
            yield from islice(self._rows_of_many_strings(limit), limit)
        else:
            yield from islice(self._read(RowReader(self._book.values, self.known)), limit)

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield (row, value) of one column; notes formulas that have no stored value."""
        values, known = self._book.values, self.known
        if self._book.strings.many:
            indexes = StringIndexes()
            first = ColumnReader(indexes, known, column)
            deque(self._read(first), maxlen=0)
            values, known = self._book.values_in_order(indexes), Known(True, first.only_plain)
        reader = ColumnReader(values, known, column)
        for row, value in self._read(reader):
            if row >= first_row:
                yield row, value
        count = reader.formulas_without_value
        if count:
            formulas = "1 formula has" if count == 1 else f"{count:,} formulas have"
            self._book.note(
                f'"{self.name}", column {column_letter(column)}: {formulas} no stored value and '
                "counted as empty; open the file in Excel and save it to have them read."
            )

    def _rows_of_many_strings(self, limit: int | None) -> Iterator[Row]:
        """Read the first `limit` rows or more, and no more shared strings than these need."""
        raw = limit
        while True:
            indexes = StringIndexes()
            found, last = 0, 0
            for row in islice(self._read(RowReader(indexes, self.known)), raw):
                found, last = found + 1, row.number
            values = self._book.values_in_order(indexes)
            rows = self._read(RowReader(values, self.known))
            if raw is None or limit is None:
                return rows
            first = []
            for row in rows:
                if row.number > last:
                    break
                first.append(row)
            if found < raw or len(first) >= limit:
                return iter(first)
            raw *= 4  # some of the rows hold nothing but empty strings

    def _read(self, reader: CellReader[Found]) -> Iterator[Found]:
        """Yield what a reader finds in the part, as it goes on."""
        for _ in self._book.package.feed(self.part, reader):
            yield from reader.take()

    def write(self, addition: Addition) -> None:
        """Take an addition, for `XlsxWorkbook.save`."""
        check(addition, self.name)
        for column in range(addition.column, addition.last_column + 1):
            if column in self._layout.formula_columns:  # whose cells may not be stored
                raise OutputError(
                    f'An array formula of "{self.name}" fills column {column_letter(column)}: '
                    "choose other columns."
                )
        if addition.grow_table is not None:
            self._check_growth(addition)
        for table in self.tables():
            addition = self._with_names_of(table, addition)
        self.additions.append(addition)

    @cached_property
    def table_parts(self) -> dict[str, TableArea | None]:
        """The table parts of the sheet and what they say."""
        package = self._book.package
        return {
            part: package.parse(part, TableReader()).table
            for kind, part in package.relationships(self.part).values()
            if kind == "table" and package.has(part)
        }

    def read_whole(self) -> Known:
        """Return what is known of the part once all of it is read."""
        self.extent()
        return self.known

    def names_grown(self, table: TableArea) -> tuple[str, ...]:
        """Return the names of the columns that additions put into a table."""
        grown = (item for item in self.additions if item.grow_table == table.name)
        return tuple(name for addition in grown for name in addition.names)

    @property
    def totals_rows(self) -> set[int]:
        """The rows in which tables that an addition reaches have their totals."""
        return {
            table.area.last_row
            for table in self.tables()
            if table.has_totals and any(_overlaps(table, item) for item in self.additions)
        }

    @cached_property
    def _layout(self) -> LayoutReader:
        package = self._book.package
        layout = package.parse(self.part, LayoutReader(), large=True)
        self.known = layout.found
        for table in self.tables():
            layout.include(table.area)
        for kind, part in package.relationships(self.part).values():
            if kind == "pivotTable" and package.has(part):
                for area in package.parse(part, PivotReader()).areas:
                    layout.include(area)
        return layout

    def _check_growth(self, addition: Addition) -> None:
        for table in self.tables():
            if table.name == addition.grow_table:
                grown = table.area.last_column + len(self.names_grown(table))
                beside = grown + 1 == addition.column
                if table.can_grow and beside and addition.header_row == table.area.first_row:
                    return
        raise OutputError(
            f'The table "{addition.grow_table}" of "{self.name}" can\'t take in column '
            f"{column_letter(addition.column)}; write the columns outside of it."
        )

    def _with_names_of(self, table: TableArea, addition: Addition) -> Addition:
        """Write a table's headers as the table has them, or Excel would repair the file."""
        if not table.has_header or addition.header_row != table.area.first_row:
            return addition
        own = dict(enumerate(table.columns, start=table.area.first_column))
        columns = range(addition.column, addition.last_column + 1)
        for column, name in zip(columns, addition.names, strict=True):
            if own.get(column, name).casefold() != name.casefold():
                raise OutputError(
                    f'The table "{table.name}" calls column {column_letter(column)} '
                    f'"{own[column]}", not "{name}": rename it in Excel, or choose other columns.'
                )
        names = zip(columns, addition.names, strict=True)
        return replace(addition, names=tuple(own.get(column, name) for column, name in names))


def _overlaps(table: TableArea, addition: Addition) -> bool:
    area = table.area
    return area.first_column <= addition.last_column and addition.column <= area.last_column
