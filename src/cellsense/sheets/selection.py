"""Which sheet, which column, which rows: everything that is decided before a text is read."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellsense.errors import SelectionError, near_names
from cellsense.sheets.columns import (
    WORTH_MENTIONING,
    TextColumn,
    find_column,
    rank_text_columns,
    runner_up,
)
from cellsense.sheets.header import (
    find_header,
    find_named_header,
    header_cells,
    header_text,
    is_in_header,
)
from cellsense.sheets.interface import Row, Sheet, TableArea

_PREVIEW = 400  # filled rows


@dataclass(frozen=True, slots=True)
class Selection:
    """A column of texts in a sheet. Its data rows run from `first_row` to `last_row`."""

    sheet: Sheet
    column: TextColumn
    header_row: int | None
    header: dict[int, str]  # names of all columns, by column
    first_row: int
    last_row: int
    table: TableArea | None
    preview: Sequence[Row]  # the first data rows
    runner_up: str | None = None  # what else could have been meant, when nothing was named


def select(sheets: Sequence[Sheet], sheet: str | None, column: str | None) -> Selection:
    """Choose by the names given; what isn't named is the column that most looks like reviews.

    Raises SelectionError: no such sheet or column, or nothing that looks like review text.
    """
    if sheet is not None:
        return select_in_sheet(_find_sheet(sheets, sheet), column)
    visible = [item for item in sheets if not item.hidden] or list(sheets)
    found, failures = [], []
    for item in visible:
        try:
            found.append(select_in_sheet(item, column))
        except SelectionError as error:
            failures.append(error)
    if not found:
        if len(failures) == 1:
            raise failures[0]
        names = ", ".join(f'"{item.name}"' for item in visible)
        what = f'a column "{column}"' if column else "a column that looks like review text"
        raise SelectionError(f"None of the sheets {names} has {what}: name one with --column.")
    best, *others = sorted(found, key=lambda selection: -selection.column.score)
    if others and best.runner_up is None:
        second = others[0]
        if column is not None or second.column.score >= WORTH_MENTIONING * best.column.score:
            return replace(best, runner_up=f'sheet "{second.sheet.name}" {second.column}')
    return best


def select_in_sheet(sheet: Sheet, column: str | None) -> Selection:
    """Choose a column of one sheet. Raises SelectionError."""
    rows = list(sheet.rows(_PREVIEW))
    if not rows:
        raise SelectionError(f'The sheet "{sheet.name}" is empty.')
    last_row, last_column = sheet.extent()
    tables = sheet.tables()
    number = _header_row(sheet, rows, tables, column)
    cells = header_cells(rows, number)
    data = [row for row in rows if number is None or row.number > number]
    alternative = None
    if column is not None:
        chosen = find_column(column, cells, last_column)
    else:
        ranked = rank_text_columns(data, cells)
        if not ranked:
            names = [header_text(value) for value in cells.values()]
            raise SelectionError(
                f'No column of sheet "{sheet.name}" looks like review text: name one with '
                f"--column. {near_names('', names)}"
            )
        chosen = ranked[0]
        second = runner_up(ranked)
        alternative = str(second) if second else None
    table = next((item for item in tables if _holds(item, chosen.column, number)), None)
    first_row = 1 if number is None else number + 1
    if table is not None:
        last_row = table.area.last_row - table.has_totals
    elif number is None:
        first_row = rows[0].number
    names_by_column = {place: header_text(value) for place, value in cells.items()}
    return Selection(
        sheet, chosen, number, names_by_column, first_row, last_row, table, data, alternative
    )


def _find_sheet(sheets: Sequence[Sheet], name: str) -> Sheet:
    for form in (str, str.casefold):
        for sheet in sheets:
            if form(sheet.name) == form(name):
                return sheet
    raise SelectionError(
        f'There is no sheet "{name}". {near_names(name, [sheet.name for sheet in sheets])}'
    )


def _header_row(
    sheet: Sheet, rows: Sequence[Row], tables: Sequence[TableArea], column: str | None
) -> int | None:
    if sheet.known_header is not None:
        return sheet.known_header
    starts = [item.area.first_row for item in tables if item.has_header]
    if len(starts) == 1:
        return starts[0]
    found = find_header(rows)
    if column is not None and not is_in_header(column, header_cells(rows, found)):
        # The name asked for may stand in a row that doesn't look like a header.
        found = find_named_header(rows, column) or found
    return found if found is not None else min(starts, default=None)


def _holds(table: TableArea, column: int, header_row: int | None) -> bool:
    area = table.area
    inside = area.first_column <= column <= area.last_column
    return inside and table.has_header and area.first_row == header_row
