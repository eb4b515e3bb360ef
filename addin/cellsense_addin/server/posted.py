"""A worksheet as the task pane describes it: the picked column's cells, and no value of any other.

Where labels go depends on the rest of the sheet, too: which row names the columns, which cells are
in use. So the pane sends the names in that one row, and of all other cells an outline that tells
what kind of thing each holds, not what.
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import BaseModel, Field

from cellsense.cells import CellValue, ErrorValue
from cellsense.errors import OutputError
from cellsense.sheets.interface import MAX_COLUMNS, MAX_ROWS, Addition, Area, Row, TableArea

_OUTLINES: dict[str, CellValue] = {
    "number": 7.5,
    "year": 2000.0,
    "share": 0.5,
    "zero": 0.0,
    "one": 1.0,
    "boolean": True,
    "error": ErrorValue("#N/A"),
}

RowNumber = Annotated[int, Field(ge=1, le=MAX_ROWS)]
ColumnNumber = Annotated[int, Field(ge=1, le=MAX_COLUMNS)]
Cell = str | bool | float | None


class PostedArea(BaseModel):
    """A rectangle of cells, its corners included."""

    first_row: RowNumber
    first_column: ColumnNumber
    last_row: RowNumber
    last_column: ColumnNumber

    def area(self) -> Area:
        """Return it as the sheets know it."""
        return Area(self.first_row, self.first_column, self.last_row, self.last_column)


class PostedTable(BaseModel):
    """A table; its columns' names only if it holds the picked cells."""

    name: str
    area: PostedArea
    columns: list[str] = []
    has_header: bool = True
    has_totals: bool = False

    def table(self) -> TableArea:
        """Return it as the sheets know it."""
        return TableArea(
            self.name,
            self.area.area(),
            tuple(self.columns),
            has_header=self.has_header,
            has_totals=self.has_totals,
        )


class PostedRow(BaseModel):
    """One of the first rows: the picked column's cell, and the outline of the others."""

    number: RowNumber
    cell: Cell = None
    others: dict[ColumnNumber, str] = {}


class Facts(BaseModel):
    """What the pane sends of the active sheet.

    `picked` holds the selected areas: none if a shape is selected. `cells` are those of the picked
    column around its first text, by row. `spans` tells the first and the last used row of each
    column. `header` holds the names in `header_row`; it is None until the pane was told which row
    that is, and empty if there is none.
    """

    name: str
    is_protected: bool = False
    picked: list[PostedArea] = Field(max_length=1000)
    used: PostedArea | None = None
    tables: list[PostedTable] = []
    autofilter: PostedArea | None = None
    rows: list[PostedRow] = Field(default=[], max_length=2000)
    cells: dict[RowNumber, Cell] = {}
    spans: dict[ColumnNumber, tuple[RowNumber, RowNumber]] = {}
    header_row: int | None = None
    header: dict[ColumnNumber, str] | None = None


class PostedSheet:
    """A sheet (see `cellsense.sheets.interface`) to decide by; it isn't written to.

    Args:
        facts: what the pane sent.
        column: the picked column.
    """

    hidden = False

    def __init__(self, facts: Facts, column: int) -> None:
        self._facts = facts
        self._column = column

    @property
    def name(self) -> str:
        """The name on the tab."""
        return self._facts.name

    @property
    def known_header(self) -> int | None:
        """The header's row, once the pane has sent its names."""
        return self._facts.header_row

    def extent(self) -> tuple[int, int]:
        """Return (last used row, last used column)."""
        areas = [table.area for table in self._facts.tables]
        areas += [self._facts.used] if self._facts.used else []
        # Columns of formulas that show nothing are in use, and yet outside of the used area.
        columns = [*(area.last_column for area in areas), *self._facts.spans]
        return max((area.last_row for area in areas), default=0), max(columns, default=0)

    def tables(self) -> list[TableArea]:
        """Return the tables."""
        return [table.table() for table in self._facts.tables]

    def autofilter(self) -> Area | None:
        """Return the area of the sheet's own filter."""
        return self._facts.autofilter.area() if self._facts.autofilter else None

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the first rows of the sheet, or of the table that was picked."""
        for row in self._facts.rows[:limit]:
            cells = {column: _outlined(kind) for column, kind in row.others.items()}
            if row.number == self._facts.header_row:
                cells.update(self._facts.header or {})
            if not _is_blank(row.cell):
                cells[self._column] = row.cell
            if cells:
                yield Row(row.number, dict(sorted(cells.items())))

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield the known cells of the picked column; of another, one that tells it is in use."""
        if column == self._column:
            known = {row.number: row.cell for row in self._facts.rows} | self._facts.cells
            for number in sorted(known):
                if number >= first_row and not _is_blank(known[number]):
                    yield number, known[number]
        elif column in self._facts.spans:
            first, last = self._facts.spans[column]
            if first_row <= last:
                yield max(first, first_row), "in use"

    def write(self, addition: Addition) -> None:
        """Refuse: the pane writes."""
        raise OutputError(f"Columns of {addition.names} can't be written from here.")


def _outlined(kind: str) -> CellValue:
    """Return a cell of such a kind; texts are numbered, so that equal ones can be told."""
    return _OUTLINES.get(kind, kind)


def _is_blank(cell: Cell) -> bool:
    return cell is None or cell == ""
