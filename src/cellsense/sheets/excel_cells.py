"""Areas of cells in a running Excel: their values, what stands in them, what they are part of."""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cellsense.cells import ERROR_CODES, CellValue, ErrorValue
from cellsense.errors import UnreadableFileError
from cellsense.sheets.excel_calls import patiently
from cellsense.sheets.excel_looks import Look, lend_look, look_of
from cellsense.sheets.interface import Area, column_letter, column_number

if TYPE_CHECKING:
    import xlwings as xw

Block = list[list[CellValue]]
Result = TypeVar("Result")

_MOST_ROWS = 5_000  # in one call
_MOST_CELLS = 200_000

# xlwings knows the seven errors of old, and passes the numbers of newer ones on.
_NEWER_ERRORS = {
    -2146826245: "#GETTING_DATA",
    -2146826243: "#SPILL!",
    -2146826242: "#CONNECT!",
    -2146826241: "#BLOCKED!",
    -2146826240: "#UNKNOWN!",
    -2146826239: "#FIELD!",
    -2146826238: "#CALC!",
}
_ERROR_NUMBERS = range(-2146826290, -2146826200)


class ExcelCells:
    """The cells of a sheet, by areas."""

    def __init__(self, sheet: "xw.Sheet") -> None:
        self.sheet = sheet
        self.name = patiently(lambda: str(sheet.name), "name the sheet", UnreadableFileError)
        self._looks: dict[tuple[int, int], Look] = {}

    def reading(self, action: Callable[[], Result]) -> Result:
        """Ask Excel for something, again while it is busy."""
        return patiently(action, f'read the sheet "{self.name}"', UnreadableFileError)

    def writing(self, action: Callable[[], Result]) -> Result:
        """Have Excel change something, again while it is busy."""
        return patiently(action, f'write to the sheet "{self.name}"')

    def range(self, area: Area) -> "xw.Range":
        """Return the area as a range of xlwings."""
        first = (area.first_row, area.first_column)
        return self.sheet.range(first, (area.last_row, area.last_column))

    def used(self) -> Area:
        """Return what Excel takes for used: formats count, and it need not start in A1."""
        return self.reading(lambda: area_of(self.sheet.used_range))

    def values(self, area: Area) -> Block:
        """Return the values, row by row."""

        def read() -> Any:
            return self.range(area).options(ndim=2, err_to_str=True).value

        return [[_value(cell) for cell in row] for row in self.reading(read)]

    def blocks(self, area: Area, rows: int) -> Iterator[tuple[int, Block]]:
        """Yield (first row, values) of one part of the area after the other.

        The first part has so many rows; the others are larger, as who goes on wants all.
        """
        for part in _parts(area, rows):
            yield part.first_row, self.values(part)

    def lend_look(self, model: Area, cells: Area) -> None:
        """Give new cells the look of another one, as the column's first ones got it."""
        columns = (model.first_column, cells.first_column)
        if columns not in self._looks:
            self._looks[columns] = self.reading(
                lambda: look_of(self.range(model), self.range(cells)[0, 0])
            )
        look = self._looks[columns]
        self.writing(lambda: lend_look(look, self.range(cells)))

    def is_filled(self, area: Area) -> bool:
        """Tell whether a value or a formula stands anywhere in the area."""
        # A formula may give "" and is still there; an empty cell's formula is "".
        return any(
            cell != ""
            for part in _parts(area, _MOST_ROWS)
            for row in self.reading(partial(self._formulas, part))
            for cell in row
        )

    def _formulas(self, area: Area) -> Sequence[Sequence[object]]:
        return _two_dimensional(self.range(area).formula)

    def is_merged(self, area: Area) -> bool:
        """Tell whether any cell of the area is merged with another."""
        return self.reading(lambda: self.range(area).merge_cells) is not False


def area_of(cells: "xw.Range") -> Area:
    """Return the area of a range."""
    row, column, (rows, columns) = cells.row, cells.column, cells.shape
    return Area(row, column, row + rows - 1, column + columns - 1)


def area_at(address: str) -> Area:
    """Return the area with an address such as $A$1:$C$9."""
    corners = re.findall(r"\$?([A-Z]+)\$?(\d+)", address)
    (left, top), (right, bottom) = corners[0], corners[-1]
    return Area(int(top), column_number(left), int(bottom), column_number(right))


def address_of(area: Area) -> str:
    """Return an area's address as users know it: C2, C2:D9."""
    first = f"{column_letter(area.first_column)}{area.first_row}"
    last = f"{column_letter(area.last_column)}{area.last_row}"
    return first if first == last else f"{first}:{last}"


def overlap(one: Area, other: Area) -> bool:
    """Tell whether two areas have a cell in common."""
    return (
        one.first_row <= other.last_row
        and other.first_row <= one.last_row
        and one.first_column <= other.last_column
        and other.first_column <= one.last_column
    )


def _parts(area: Area, rows: int) -> Iterator[Area]:
    columns = area.last_column - area.first_column + 1
    most = max(1, min(_MOST_ROWS, _MOST_CELLS // max(1, columns)))
    first, step = area.first_row, min(rows, most)
    while first <= area.last_row:
        last = min(first + step - 1, area.last_row)
        yield Area(first, area.first_column, last, area.last_column)
        first, step = last + 1, min(4 * step, most)


def _two_dimensional(cells: Any) -> Sequence[Sequence[object]]:
    """Frame a cell that comes alone, and a row that does (on a Mac)."""
    if not isinstance(cells, list | tuple):
        return [[cells]]
    return cells if isinstance(cells[0], list | tuple) else [cells]


def _value(cell: Any) -> CellValue:
    if isinstance(cell, str):
        return ErrorValue(cell) if cell in ERROR_CODES else cell
    if type(cell) is int and cell in _ERROR_NUMBERS:  # Excel's own numbers are floats
        return ErrorValue(_NEWER_ERRORS.get(cell, "#UNKNOWN!"))
    if isinstance(cell, Decimal):  # cells in a currency
        return float(cell)
    value: CellValue = cell
    return value
