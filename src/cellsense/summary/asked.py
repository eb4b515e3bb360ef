"""The columns that a summary parts the rows by: categories, and dates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import SelectionError
from cellsense.sheets.beside import cells_beside, find_beside
from cellsense.sheets.columns import TextColumn
from cellsense.sheets.interface import column_letter
from cellsense.sheets.selection import Selection
from cellsense.summary.periods import AmbiguousDatesError, Periods, find_periods, is_date

_DATES = 0.8  # the share of a column's cells in the preview from which it is one of dates


@dataclass(frozen=True, slots=True)
class Asked:
    """Columns beside the texts, read: names and cells by row of those with categories."""

    by: Sequence[tuple[str, Mapping[int, CellValue]]]
    date: str
    periods: Periods | None
    notes: tuple[str, ...] = ()


def read_asked(selection: Selection, by: Sequence[str], date: str | None) -> Asked:
    """Read the columns `by`, and the one of dates: that named, or the first that looks so.

    Raises SelectionError for a column that isn't there, or holds no dates.
    """
    try:
        columns = list(dict.fromkeys(find_beside(selection, name) for name in by))
        named = None if date is None else find_beside(selection, date)
    except SelectionError as error:
        raise SelectionError(f'Sheet "{selection.sheet.name}": {error}') from error
    dated = named or _dates(selection)
    groups = [(_told(column), cells_beside(selection, column.column)) for column in columns]
    if dated is None:
        return Asked(groups, "", None)
    note = ""
    try:
        periods = find_periods(cells_beside(selection, dated.column))
    except AmbiguousDatesError as error:
        periods = None
        note = (
            f"{dated} isn't shown over time: a date such as {error} may be the day or the month "
            "first; dates as 2026-03-31 are read."
        )
    if named is not None and periods is None:
        raise SelectionError(note or f"{named} holds no dates: name another with --date.")
    return Asked(groups, _told(dated), periods, (note,) if note else ())


def _told(column: TextColumn) -> str:
    return column.header or f"Column {column_letter(column.column)}"


def _dates(selection: Selection) -> TextColumn | None:
    """Find the column with the most dates, if most of its cells are some; the first of equals."""
    best, most = None, 0
    for column in sorted({place for row in selection.preview for place in row.cells}):
        values = [row.cells[column] for row in selection.preview if column in row.cells]
        held = [value for value in values if kind_of(value) is not CellKind.BLANK]
        dates = sum(map(is_date, held))
        if dates > most and dates >= _DATES * len(held):
            best, most = TextColumn(column, selection.header.get(column, "")), dates
    return best
