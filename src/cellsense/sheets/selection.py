"""Which sheet, which column, which rows: everything that is decided before a text is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import dropwhile, islice, takewhile

from cellsense.cells import CellValue
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
from cellsense.sheets.interface import Area, Row, Sheet, TableArea, column_letter

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
    preview: Sequence[Row]  # the first data rows, with all their cells
    runner_up: str | None = None  # what else could have been meant, when nothing was named
    part: bool = False  # some rows of the column only


@dataclass(frozen=True, slots=True)
class _Region:
    """A part of a sheet with a header of its own: a formatted table, or what is in none."""

    rows: Sequence[Row]  # the first ones
    header_row: int | None
    table: TableArea | None

    @property
    def header(self) -> Mapping[int, CellValue]:
        return header_cells(self.rows, self.header_row)

    @property
    def data(self) -> list[Row]:
        return [row for row in self.rows if self.header_row is None or row.number > self.header_row]


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
        suggesting = [error for error in failures if "Did you mean" in str(error)]
        if len(failures) == 1 or suggesting:
            raise (suggesting or failures)[0]
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
    rows = _preview(sheet)
    regions = _regions(sheet, rows, column)
    if column is None:
        return _selection(sheet, rows, *_choose(sheet, regions))
    region, chosen = _find(sheet, regions, column)
    return _selection(sheet, rows, region, chosen, None)


def select_place(sheet: Sheet, column: int, table: TableArea | None) -> Selection:
    """Choose a column by its place: in a table, or in what lies outside of all tables.

    Raises SelectionError.
    """
    rows = _preview(sheet)
    name = None if table is None else table.name
    for region in _regions(sheet, rows, None):
        if name == (None if region.table is None else region.table.name):
            header = header_text(region.header.get(column))
            return _selection(sheet, rows, region, TextColumn(column, header), None)
    raise _no_rows(sheet)


def _preview(sheet: Sheet) -> list[Row]:
    rows = list(sheet.rows(_PREVIEW))
    if not rows:
        raise SelectionError(f'The sheet "{sheet.name}" is empty.')
    return rows


def _rows_of(sheet: Sheet, table: TableArea) -> list[Row]:
    """Read the first rows of a table that begins below the preview."""
    area = table.area
    below = dropwhile(lambda row: row.number < area.first_row, sheet.rows())
    return list(islice(takewhile(lambda row: row.number <= area.last_row, below), _PREVIEW))


def _selection(
    sheet: Sheet,
    rows: Sequence[Row],
    region: _Region,
    chosen: TextColumn,
    alternative: str | None,
) -> Selection:
    if not region.data:
        raise _no_rows(sheet)
    last_row, _ = sheet.extent()
    if region.table is not None:
        last_row = region.table.area.last_row - region.table.has_totals
    else:
        last_row = _last_row_above_tables(sheet, chosen.column, region.data[0].number, last_row)
    rows = [*rows, *(row for row in region.rows if row.number > rows[-1].number)]
    number = region.header_row
    return Selection(
        sheet=sheet,
        column=chosen,
        header_row=number,
        header={place: header_text(value) for place, value in header_cells(rows, number).items()},
        first_row=region.data[0].number if number is None else number + 1,
        last_row=last_row,
        table=region.table,
        preview=[row for row in rows if number is None or row.number > number],
        runner_up=alternative,
    )


def _find_sheet(sheets: Sequence[Sheet], name: str) -> Sheet:
    for form in (str, str.casefold):
        for sheet in sheets:
            if form(sheet.name) == form(name):
                return sheet
    raise SelectionError(
        f'There is no sheet "{name}". {near_names(name, [sheet.name for sheet in sheets])}'
    )


def _regions(sheet: Sheet, rows: Sequence[Row], column: str | None) -> list[_Region]:
    """Part the preview into the formatted tables and the rest of the sheet."""
    tables = [table for table in sheet.tables() if table.has_header]
    regions = [
        _Region(
            _inside(rows, table.area) or _inside(_rows_of(sheet, table), table.area),
            table.area.first_row,
            table,
        )
        for table in tables
    ]
    rest = _outside(rows, [table.area for table in tables])
    if not rest:
        return regions
    number = sheet.known_header
    if number is None:
        number = find_header(rest)
        if column is not None and not is_in_header(column, header_cells(rest, number)):
            # The name asked for may stand in a row that doesn't look like a header.
            named = find_named_header(rest, column)
            number = number if named is None else named
    return [*regions, _Region(rest, number, None)]


def _choose(sheet: Sheet, regions: Sequence[_Region]) -> tuple[_Region, TextColumn, str | None]:
    ranked = [
        (candidate, region)
        for region in regions
        for candidate in rank_text_columns(region.data, region.header)
    ]
    ranked.sort(key=lambda pair: -pair[0].score)
    if ranked:
        chosen, region = ranked[0]
        second = runner_up([candidate for candidate, _ in ranked])
        return region, chosen, str(second) if second else None
    widest = max(regions, key=lambda region: len(region.rows))
    if not widest.data or (len(widest.rows) == 1 and widest.table is None):
        raise _no_rows(sheet)
    names = [header_text(value) for value in widest.header.values()] or [
        column_letter(column) for column in sorted({c for row in widest.rows for c in row.cells})
    ]
    raise SelectionError(
        f'No column of sheet "{sheet.name}" looks like review text: name one with --column. '
        + near_names("", names)
    )


def _no_rows(sheet: Sheet) -> SelectionError:
    return SelectionError(
        f'The sheet "{sheet.name}" has no rows below its header: there is nothing to label.'
    )


def _find(sheet: Sheet, regions: Sequence[_Region], column: str) -> tuple[_Region, TextColumn]:
    """Find the column asked for: by a header of any region, else by its place."""
    _, last_column = sheet.extent()
    for region in regions:
        if is_in_header(column, region.header):
            return region, find_column(column, region.header, last_column)
    every = {place: value for region in regions for place, value in region.header.items()}
    place = find_column(column, every, last_column).column
    holding = [r for r in regions if any(place in row.cells for row in r.rows)] or regions
    region = max(holding, key=lambda region: sum(place in row.cells for row in region.data))
    return region, TextColumn(place, header_text(region.header.get(place)))


def _inside(rows: Sequence[Row], area: Area) -> list[Row]:
    columns = range(area.first_column, area.last_column + 1)
    found = []
    for row in rows:
        if area.first_row <= row.number <= area.last_row:
            cells = {column: row.cells[column] for column in columns if column in row.cells}
            if cells:
                found.append(Row(row.number, cells))
    return found


def _outside(rows: Sequence[Row], areas: Sequence[Area]) -> list[Row]:
    found = []
    for row in rows:
        beside = [area for area in areas if area.first_row <= row.number <= area.last_row]
        cells = {
            column: value
            for column, value in row.cells.items()
            if not any(area.first_column <= column <= area.last_column for area in beside)
        }
        if cells:
            found.append(Row(row.number, cells))
    return found


def _last_row_above_tables(sheet: Sheet, column: int, first_row: int, last_row: int) -> int:
    """Return the last row before a table that stands below in the same column."""
    starts = [
        table.area.first_row
        for table in sheet.tables()
        if table.area.first_column <= column <= table.area.last_column
        and table.area.first_row > first_row
    ]
    return min([last_row, *(start - 1 for start in starts)])
