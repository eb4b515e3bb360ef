"""Where the header row is: often the first row, but titles, logos and notes come before it."""

import re
from collections.abc import Mapping, Sequence
from statistics import median

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.sheets.interface import Row

_LAST_START = 40  # header rows further down than this many filled rows are not looked for
_LOOK_BELOW = 50
_LONGEST_NAME = 80  # characters


def find_header(rows: Sequence[Row]) -> int | None:
    """Return the number of the row that names the columns; None if no row does.

    `rows` are the first filled rows of a sheet.
    """
    for position, row in enumerate(rows[:_LAST_START]):
        below = rows[position + 1 : position + 1 + _LOOK_BELOW]
        if below and _names_columns(row, below):
            return row.number
    return None


def find_named_header(rows: Sequence[Row], name: str) -> int | None:
    """Return the number of the first row that holds `name` as a whole cell, in any case."""
    return next((row.number for row in rows[:_LAST_START] if is_in_header(name, row.cells)), None)


def is_in_header(name: str, cells: Mapping[int, CellValue]) -> bool:
    """Tell whether a cell of text reads `name`, in any case."""
    wanted = " ".join(name.split()).casefold()
    return any(
        header_text(value).casefold() == wanted
        for value in cells.values()
        if kind_of(value) is CellKind.TEXT
    )


def header_text(value: CellValue) -> str:
    """Return a header cell as one line of text."""
    return "" if value is None else " ".join(str(value).split())


def _names_columns(row: Row, below: Sequence[Row]) -> bool:
    values = row.cells.values()
    if not all(_is_name(value) or _is_year(value) for value in values):
        return False
    # Some headers hold a name twice; answers such as "yes, yes, no, yes" repeat much more.
    if len({header_text(value).casefold() for value in values}) < 0.7 * len(values):
        return False
    # A title stands alone above a wide table; a header covers most of the columns in use.
    usual_width = median(len(other.cells) for other in below)
    if len(row.cells) < 0.6 * usual_width:
        return False
    return any(_differs(column, value, below) for column, value in row.cells.items())


def _is_name(value: CellValue) -> bool:
    return (
        isinstance(value, str)
        and kind_of(value) is CellKind.TEXT
        and len(value) <= _LONGEST_NAME
        and not value.strip().endswith((".", "!"))
    )


def _is_year(value: CellValue) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d(?:\.0)?", str(value).strip()) is not None


def _differs(column: int, name: CellValue, below: Sequence[Row]) -> bool:
    """Tell whether the cells below are of another sort than the name above them."""
    values = [row.cells[column] for row in below if column in row.cells]
    if not values:
        return False
    texts = [str(value) for value in values if kind_of(value) is CellKind.TEXT]
    if len(texts) < 0.7 * len(values):
        return True
    return median(len(text) for text in texts) >= 2 * len(str(name))


def header_cells(rows: Sequence[Row], number: int | None) -> Mapping[int, CellValue]:
    """Return the cells of the header row, by column."""
    return next((row.cells for row in rows if row.number == number), {})
