"""Reads one column of a worksheet, most of it by regular expression."""

from collections.abc import Iterator

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
        tag = len(f"<{self.prefix}v>")
        contents = [text or value[tag:] for _, _, _, value, text in cells]
        kinds = {attributes: _kind(attributes) for attributes in {cell[1] for cell in cells}}
        shared = all(kind == "s" for kind, _ in kinds.values())
        if shared and all(map(bytes.isdigit, contents)):
            values = self.values.shared(contents)
        else:
            values = list(self._values(cells, contents, kinds))
        numbers = [int(cell[0]) for cell in cells]
        # By row, so that of two cells in one place the last counts.
        found = dict(zip(numbers, values, strict=True))
        self.found += [cell for cell in found.items() if cell[1] is not None]

    def _values(
        self,
        cells: list[_Cell],
        contents: list[bytes],
        kinds: dict[bytes, tuple[str, str | None]],
    ) -> Iterator[CellValue]:
        for (_, attributes, formula, value, _), content in zip(cells, contents, strict=True):
            kind, style = kinds[attributes]
            if formula and not content:
                self.count_formula(kind, has_value=bool(value))
            yield self.values.value(kind, style, parsed(content)) if content else None


def _kind(attributes: bytes) -> tuple[str, str | None]:
    """Return a cell's type and style."""
    found = attributes_of(attributes)
    return found.get("t", "n"), found.get("s")
