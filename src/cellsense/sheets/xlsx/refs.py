"""References such as `B2:D10`, and what rows and cells say about where they are."""

import re
from collections.abc import Mapping

from cellsense.sheets.interface import MAX_COLUMNS, MAX_ROWS, Area, column_letter, column_number

_RANGE = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})(?::\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6}))?")
_LETTERS = re.compile(r"[A-Z]{1,3}")


class BadReferenceError(ValueError):
    """A row or cell is numbered in a way that leaves open where it stands."""


def parse_range(reference: str) -> Area | None:
    """`B2:D10` or `B2` → an area, its corners in order; None if it is anything else."""
    match = _RANGE.fullmatch(reference.strip())
    if match is None:
        return None
    left, top, right, bottom = match.groups()
    rows = sorted((int(top), int(bottom or top)))
    columns = sorted((column_number(left), column_number(right or left)))
    if rows[1] > MAX_ROWS or columns[1] > MAX_COLUMNS:
        return None
    return Area(rows[0], columns[0], rows[1], columns[1])


def format_range(area: Area) -> str:
    """Write an area as `B2:D10`, or as `B2` if it is one cell."""
    first = f"{column_letter(area.first_column)}{area.first_row}"
    last = f"{column_letter(area.last_column)}{area.last_row}"
    return first if first == last else f"{first}:{last}"


def union(one: Area, other: Area) -> Area:
    """Return the smallest area that holds both."""
    return Area(
        min(one.first_row, other.first_row),
        min(one.first_column, other.first_column),
        max(one.last_row, other.last_row),
        max(one.last_column, other.last_column),
    )


def whole_number(text: str | None) -> int | None:
    """Read a number that an attribute says in digits; None if it says anything else."""
    # Python refuses thousands of digits with an error, and takes those of other scripts.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


class _Columns(dict[str, int]):
    """Column letters → number, remembered: a sheet asks for the same few a million times."""

    def __missing__(self, letters: str) -> int:
        if not _LETTERS.fullmatch(letters) or (number := column_number(letters)) > MAX_COLUMNS:
            raise BadReferenceError(f"a cell in column {letters!r}")
        self[letters] = number
        return number


_columns = _Columns()


def row_number(attributes: Mapping[str, str], previous: int) -> int:
    """Return a row's number: its `r`, or else the one after `previous`."""
    written = attributes.get("r")
    if written is None:
        number = previous + 1
    elif written.isascii() and written.isdigit() and len(written) <= 7:
        number = int(written)
    else:
        raise BadReferenceError(f"a row numbered {written[:20]!r}")
    if not previous < number <= MAX_ROWS:
        raise BadReferenceError(f"row {number} after row {previous}")
    return number


def cell_column(attributes: Mapping[str, str], previous: int, row: str) -> int:
    """Return a cell's column: that of its `r`, or else the one after `previous`.

    `row` is the number of its row, in digits. Of a cell that claims to be in another one, most
    programs believe it, so what is written beside it would seem to belong elsewhere.
    """
    written = attributes.get("r")
    if written is not None:
        if not written.endswith(row):
            raise BadReferenceError(f"a cell {written[:20]!r} in row {row}")
        return _columns[written.removesuffix(row)]
    if previous >= MAX_COLUMNS:
        raise BadReferenceError("a cell beyond column XFD")
    return previous + 1
