"""What a user picked with the mouse: a cell, part of a column, a whole column, a table's column."""

from dataclasses import replace

from cellsense.cells import CellKind, kind_of
from cellsense.errors import SelectionError
from cellsense.sheets.interface import Area, Sheet, TableArea, column_letter
from cellsense.sheets.selection import Selection, select_place


def select_picked(sheet: Sheet, picked: Area, *, whole: bool = False) -> Selection:
    """Turn picked cells into a column of texts.

    One cell stands for its whole column, as far as its table or list goes; more cells for
    themselves, without the header among them, or with `whole` for their column too. Raises
    SelectionError.
    """
    if picked.first_column != picked.last_column:
        raise SelectionError(
            f"{_address(picked)} has {picked.last_column - picked.first_column + 1} columns: "
            "select cells of one column, the one with the reviews."
        )
    column = select_place(sheet, picked.first_column, _table_at(sheet, picked))
    all_rows = whole or picked.first_row == picked.last_row
    first = column.first_row if all_rows else max(column.first_row, picked.first_row)
    last = column.last_row if all_rows else min(column.last_row, picked.last_row)
    part = first > column.first_row or last < column.last_row
    chosen = replace(column, first_row=first, last_row=last, part=part)
    if first > last or not _holds_text(chosen):
        raise SelectionError(f"{_address(picked)} holds no text to classify.")
    return chosen


def _table_at(sheet: Sheet, picked: Area) -> TableArea | None:
    for table in sheet.tables():
        area = table.area
        if (
            area.first_column <= picked.first_column <= area.last_column
            and picked.first_row <= area.last_row
            and picked.last_row >= area.first_row
        ):
            return table
    return None


def _holds_text(selection: Selection) -> bool:
    for row, value in selection.sheet.column(selection.column.column, selection.first_row):
        if row > selection.last_row:
            return False
        if kind_of(value) is CellKind.TEXT:
            return True
    return False


def _address(area: Area) -> str:
    first, last = column_letter(area.first_column), column_letter(area.last_column)
    return f"{first}{area.first_row}:{last}{area.last_row}"
