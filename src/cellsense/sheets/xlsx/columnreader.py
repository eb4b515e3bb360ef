"""Reads one column of a worksheet, most of it by regular expression."""

from cellsense.cells import CellValue
from cellsense.sheets.xlsx.cellreader import CellReader
from cellsense.sheets.xlsx.cut import attributes_of
from cellsense.sheets.xlsx.plain import cell_pattern
from cellsense.sheets.xlsx.scan import Known
from cellsense.sheets.xlsx.text import parsed
from cellsense.sheets.xlsx.values import Values

_Cell = tuple[bytes, bytes, bytes, bytes, bytes]  # what `cell_pattern` finds


class ColumnReader(CellReader[tuple[int, CellValue]]):
    """Finds the cells of one column that hold anything, as (row, value)."""

    def __init__(self, values: Values, known: Known, column: int) -> None:
        super().__init__(values, known, only=column)
        self._column = column

    def take_row(self, number: int, cells: dict[int, CellValue]) -> None:
        self.found.append((number, cells[self._column]))

    def take_block(self, block: bytes) -> None:
        self.take_numbers(block)
        cells = cell_pattern(self.prefix, self._column).findall(block)
        values = self._values(cells)
        # By row, so that of two cells in one place the last counts.
        found = dict(zip([int(cell[0]) for cell in cells], values, strict=True))
        self.found += [cell for cell in found.items() if cell[1] is not None]

    def _values(self, cells: list[_Cell]) -> list[CellValue]:
        tag = len(f"<{self.prefix}v>")
        kinds = {attributes: _kind(attributes) for attributes in {cell[1] for cell in cells}}
        values: list[CellValue] = [None] * len(cells)
        places: list[int] = []  # of cells that refer to shared strings, looked up all at once
        numbers: list[bytes] = []
        for place, (_, attributes, formula, value, text) in enumerate(cells):
            kind, style = kinds[attributes]
            content = text or value[tag:]
            if kind == "s" and content.isdigit():
                places.append(place)
                numbers.append(content)
            elif content:
                values[place] = self.values.value(kind, style, parsed(content))
            elif formula:
                self.count_formula(kind, has_value=bool(value))
        for place, found in zip(places, self.values.shared(numbers), strict=True):
            values[place] = found
        return values


def _kind(attributes: bytes) -> tuple[str, str | None]:
    """Return a cell's type and style."""
    found = attributes_of(attributes)
    return found.get("t", "n"), found.get("s")
