"""The one small interface between what holds cells and what labels them.

Rows and columns are counted from 1, as spreadsheets show them; column 1 is A. A backend executes:
where new columns go and what they are called is decided in `placement`, once for all backends.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from cellsense.cells import CellValue

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

Fill = Callable[["Worksheet", str], None]

MAX_COLUMNS = 16_384
MAX_ROWS = 1_048_576


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one row that hold something, by column."""

    number: int
    cells: Mapping[int, CellValue]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, its corners included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True, slots=True)
class TableArea:
    """A formatted table ("list object") with its header and totals rows."""

    name: str
    area: Area
    columns: tuple[str, ...]
    has_header: bool = True
    has_totals: bool = False
    can_grow: bool = True  # False for query tables and the like, whose columns come from outside


@dataclass(frozen=True, slots=True)
class Addition:
    """Columns to write, side by side.

    `values` holds one tuple per row, as long as `names`; None leaves a cell empty. With
    `replaces`, cells that stand in the columns already are overwritten, in all rows from
    `header_row` (or the first row of `values`) down, also where there is no new value; else the
    columns are known to be empty. With `only_given_rows` besides (open workbooks only), just the
    rows of `values` are overwritten.
    """

    column: int
    names: tuple[str, ...]
    header_row: int | None
    values: Mapping[int, tuple[CellValue, ...]]
    replaces: bool = False
    look_like: int | None = None  # column that lends its cells' look (font, borders, alignment)
    grow_table: str | None = None  # name of the table whose last column is the one before
    grow_autofilter: bool = False
    only_given_rows: bool = False
    texts: tuple[int, ...] = (0,)  # places of the columns that hold texts; the others hold numbers

    @property
    def last_column(self) -> int:
        """The column of the last name."""
        return self.column + len(self.names) - 1


class Sheet(Protocol):
    """A sheet that can be read and can gain columns."""

    @property
    def name(self) -> str:
        """The name on the tab; for files without sheets, the file's stem."""

    @property
    def hidden(self) -> bool:
        """True if a user doesn't see the sheet."""

    @property
    def known_header(self) -> int | None:
        """The header's row where the format says it (0: names stand outside the rows)."""

    def extent(self) -> tuple[int, int]:
        """Return (last used row, last used column): cells, tables, merges and pivots; (0, 0)."""

    def tables(self) -> list[TableArea]:
        """Return the formatted tables."""

    def autofilter(self) -> Area | None:
        """Return the area of the sheet's own filter (a table's filter belongs to the table)."""

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the first `limit` rows that hold anything, all of them without a limit."""

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield (row, value) of one column from `first_row` on, for cells that hold anything."""

    def write(self, addition: Addition) -> None:
        """Add or replace columns: in a file on `Workbook.save`, in an open workbook at once."""


class Workbook(Protocol):
    """A file that holds one or more sheets."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets with cells, in the order of their tabs."""

    @property
    def notes(self) -> list[str]:
        """What the user should know (a signature that becomes invalid, …), a line each."""

    def save(self, target: Path) -> None:
        """Write the file with all additions to `target`, which doesn't exist yet.

        The caller names a temporary file beside the real target and renames it when all is well.
        """

    def close(self) -> None:
        """Let go of the file."""


@runtime_checkable
class TakesSheets(Protocol):
    """A workbook that can gain sheets."""

    @property
    def own_sheets(self) -> list[str]:
        """The tabs that earlier runs of cellsense added."""

    def add_sheet(self, name: str, subject: str, fill: Fill, *, replace: bool) -> str:
        """Add a tab at the end, written on `Workbook.save`, and return its name.

        Args:
            name: on the tab; a number follows if there is one of that name.
            subject: what the sheet is about, which `fill` writes to A2.
            fill: writes cells, tables and charts to an empty openpyxl worksheet, without styles; is
                given what the names of its tables begin with, as no other name does.
            replace: a sheet of an earlier run about the same is written anew in its place.

        Raises OutputError.
        """


def column_letter(column: int) -> str:
    """Turn 1 into A, 27 into AA."""
    letters = ""
    while column:
        column, remainder = divmod(column - 1, 26)
        letters = chr(65 + remainder) + letters
    return letters


def column_number(letters: str) -> int:
    """Turn A into 1, AA into 27; any case."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number
