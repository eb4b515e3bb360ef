"""Finds what a worksheet part uses: its extent, its filter and its merged cells."""

from collections.abc import Iterable

from cellsense.sheets.interface import MAX_COLUMNS, MAX_ROWS, Area, column_number
from cellsense.sheets.xlsx.cut import attributes_of
from cellsense.sheets.xlsx.plain import formula_area_pattern, reach_pattern
from cellsense.sheets.xlsx.refs import cell_column, parse_range, row_number
from cellsense.sheets.xlsx.scan import Known, SheetElements


class LayoutReader(SheetElements):
    """Finds the used extent, the filter and the merged cells, without reading values."""

    def __init__(self) -> None:
        super().__init__(Known())
        self.last_row = 0
        self.last_column = 0
        self.autofilter: Area | None = None
        self.formula_columns: set[int] = set()  # that array formulas fill from the left
        self._last_cell = 0  # the last column of a cell in a plain block
        self._block = ""

    @property
    def found(self) -> Known:
        """What is known of the part when all of it is read."""
        last = self._last_cell if self.only_plain else MAX_COLUMNS
        return Known(sound=True, plain=self.only_plain, last_column=last)

    def include(self, area: Area) -> None:
        """Count an area as used."""
        self.last_row = max(self.last_row, area.last_row)
        self.last_column = max(self.last_column, area.last_column)

    def take_block(self, block: bytes) -> None:
        self.take_numbers(block)
        # From the end, the first content; it is in the row whose start tag is the next before it.
        last = max(block.rfind(f"<{self.prefix}{name}".encode()) for name in ("v", "f", "is"))
        if last >= 0:
            self.last_row = max(self.last_row, self.last_number(block, last))
        right = self._last_cell + 1
        if right <= MAX_COLUMNS and reach_pattern(self.prefix, right, filled=False).search(block):
            self._last_cell = _last(self.patterns.cells.findall(block))
        right = self.last_column + 1
        filled = (
            reach_pattern(self.prefix, right, filled=True) if right <= self._last_cell else None
        )
        if filled and filled.search(block):
            self.last_column = _last(self.patterns.filled_cells.findall(block))
        if b"ref" in block:
            for attributes in formula_area_pattern(self.prefix).findall(block):
                self._include_formula(attributes_of(attributes))

    def _start(self, written: str, attributes: dict[str, str]) -> None:  # noqa: C901, PLR0912 - see the base
        self.depth = depth = self.depth + 1
        if self.in_data:
            if depth == 4:
                if self.in_row and self.local_name(written) == "c":
                    self.column = cell_column(attributes, self.column, self.digits)
            elif depth == 5:
                # A cell with a style and nothing in it doesn't count.
                if (local := self.local_name(written)) in ("v", "f", "is"):
                    self.last_column = max(self.last_column, self.column)
                    self.last_row = max(self.last_row, self.row)
                    if local == "f":
                        self._include_formula(attributes)
            elif depth == 3:
                self.in_row = self.local_name(written) == "row"
                if self.in_row:
                    self.row = row_number(attributes, self.row)
                    self.digits = str(self.row)
                    self.column = 0
        elif depth == 2:
            self._block = self.local_name(written)
            if self._block == "sheetData":
                self.open_data(written)
            elif self._block == "autoFilter":
                self.autofilter = parse_range(attributes.get("ref", ""))
        elif depth == 3 and self._block == "mergeCells":
            self._include_merge(attributes.get("ref", ""))
        elif depth == 1:
            self.open_root(written)

    def _include_formula(self, attributes: dict[str, str]) -> None:
        """Count what an array formula or a data table fills: its cells may not be stored."""
        if attributes.get("t") in ("array", "dataTable"):
            area = parse_range(attributes.get("ref", ""))
            if area is not None:
                self.include(area)
                self.formula_columns.update(range(area.first_column + 1, area.last_column + 1))

    def _include_merge(self, reference: str) -> None:
        area = parse_range(reference)
        # A banner merged across whole rows must not leave the sheet without a free column.
        if area and area.last_column < MAX_COLUMNS and area.last_row < MAX_ROWS:
            self.include(area)

    def _end(self, written: str) -> None:  # noqa: ARG002
        if self.depth == 2:
            self.in_data = False
        self.depth -= 1


def _last(letters: Iterable[bytes]) -> int:
    return max(column_number(item.decode()) for item in set(letters))
