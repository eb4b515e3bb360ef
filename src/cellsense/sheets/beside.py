"""Other columns of the rows whose texts were selected: by name, and their cells."""

from itertools import takewhile

from cellsense.cells import CellValue
from cellsense.sheets.columns import TextColumn, find_column
from cellsense.sheets.header import is_in_header
from cellsense.sheets.selection import Selection


def find_beside(selection: Selection, wanted: str) -> TextColumn:
    """Find a column by header, letter or number: in the texts' table, else in their header row.

    Raises SelectionError.
    """
    header: dict[int, CellValue] = {**selection.header}
    if selection.table is not None:
        area = selection.table.area
        columns = range(area.first_column, area.last_column + 1)
        inside = {place: name for place, name in header.items() if place in columns}
        header = inside if is_in_header(wanted, inside) else header
    return find_column(wanted, header, selection.sheet.extent()[1])


def cells_beside(selection: Selection, column: int) -> dict[int, CellValue]:
    """Read the cells of a column in the selected rows, by row; empty ones are absent."""
    cells = selection.sheet.column(column, selection.first_row)
    return dict(takewhile(lambda cell: cell[0] <= selection.last_row, cells))
