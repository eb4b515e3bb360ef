"""Reads a worksheet part: its cells, and what lies around them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cellsense.sheets.interface import MAX_COLUMNS, MAX_ROWS, Area, Row
from cellsense.sheets.xlsx.markup import Elements, MarkupError
from cellsense.sheets.xlsx.refs import cell_column, parse_range, row_number
from cellsense.sheets.xlsx.values import Values

if TYPE_CHECKING:
    from cellsense.cells import CellValue


class SheetElements(Elements):
    """Base of what reads a worksheet: knows when the elements are rows and cells.

    Overrides `_start` and `_end` in subclasses rather than `start` and `end`: these run for every
    cell, and a call less is a fifth of the time.
    """

    def __init__(self) -> None:
        super().__init__()
        self.in_data = False
        self.row = 0
        self.column = 0
        self._locals: dict[str, str] = {}

    def local_name(self, written: str) -> str:
        """Return the local name of a worksheet's own element, "" for one of another vocabulary."""
        local = self._locals.get(written)
        if local is None:
            name = self.names[written]
            local = self._locals[written] = name.local if self.is_main(name) else ""
        return local

    def open_root(self, written: str) -> None:
        """Take the root's start tag, which has to be a worksheet's."""
        self.root = self.names[written]
        if self.root.local != "worksheet":
            raise MarkupError(f"it is a {self.root.local}, not a worksheet")


class CellReader(SheetElements):
    """Collects the cells of all columns, or of one, as rows that `take` hands out."""

    def __init__(self, values: Values, only: int | None = None) -> None:
        super().__init__()
        self.formulas_without_value = 0
        self._values = values
        self._only = only
        self._done: list[Row] = []
        self._cells: dict[int, CellValue] = {}
        self._reading = False
        self._phonetic = False
        self._inline = False
        self._kind = ""
        self._style: str | None = None
        self._pieces: list[str] = []
        self._has_formula = False
        self._has_value = False

    def take(self) -> list[Row]:
        """Return the rows that are complete since the last call."""
        done, self._done = self._done, []
        return done

    def _start(self, written: str, attributes: dict[str, str]) -> None:
        self.depth = depth = self.depth + 1
        if not self.in_data:
            if depth == 2:
                self.in_data = self.local_name(written) == "sheetData"
            elif depth == 1:
                self.open_root(written)
            return
        if depth == 4:
            if self.local_name(written) == "c":
                self.column = column = cell_column(attributes, self.column)
                if self._only is None or self._only == column:
                    self._reading = True
                    self._kind = attributes.get("t", "n")
                    self._style = attributes.get("s")
        elif depth >= 5:
            if self._reading:
                self._start_content(self.local_name(written))
        elif self.local_name(written) == "row":
            self.row = row_number(attributes, self.row)
            self.column = 0

    def _start_content(self, local: str) -> None:
        if local == "v":
            self._has_value = True
            if not self._inline:
                self.parser.CharacterDataHandler = self._pieces.append
        elif local == "t":
            if not self._phonetic:
                self.parser.CharacterDataHandler = self._pieces.append
        elif local == "f":
            self._has_formula = True
        elif local == "rPh":
            self._phonetic = True
        elif local == "is":
            # Some programs write a value beside the text, for readers that don't know `is`.
            self._inline = True
            self._pieces.clear()

    def _end(self, written: str) -> None:
        depth = self.depth
        self.depth = depth - 1
        if depth >= 5:
            if self._reading:
                self.parser.CharacterDataHandler = None
                if self._phonetic and self.local_name(written) == "rPh":
                    self._phonetic = False
        elif depth == 4:
            if self._reading:
                self._end_cell()
        elif depth == 3:
            if self._cells:
                self._done.append(Row(self.row, self._cells))
                self._cells = {}
        elif depth == 2:
            self.in_data = False

    def _end_cell(self) -> None:
        self._reading = self._phonetic = self._inline = False
        # An empty value is a stored one only for a formula that gives an empty text.
        if self._has_formula and not self._pieces:
            self.formulas_without_value += not (self._has_value and self._kind == "str")
        self._has_formula = self._has_value = False
        if self._pieces:
            value = self._values.value(self._kind, self._style, "".join(self._pieces))
            self._pieces.clear()
            if value is not None:
                self._cells[self.column] = value


class LayoutReader(SheetElements):
    """Finds the used extent, the filter and the merged cells, without reading values."""

    def __init__(self) -> None:
        super().__init__()
        self.last_row = 0
        self.last_column = 0
        self.autofilter: Area | None = None
        self._block = ""

    def include(self, area: Area) -> None:
        """Count an area as used."""
        self.last_row = max(self.last_row, area.last_row)
        self.last_column = max(self.last_column, area.last_column)

    def _start(self, written: str, attributes: dict[str, str]) -> None:  # noqa: C901 - see the base
        self.depth = depth = self.depth + 1
        if self.in_data:
            if depth == 4:
                if self.local_name(written) == "c":
                    self.column = cell_column(attributes, self.column)
            elif depth == 5:
                # A cell with a style and nothing in it doesn't count.
                if self.local_name(written) in ("v", "f", "is"):
                    self.last_column = max(self.last_column, self.column)
                    self.last_row = self.row
            elif depth == 3 and self.local_name(written) == "row":
                self.row = row_number(attributes, self.row)
                self.column = 0
        elif depth == 2:
            self._block = self.local_name(written)
            self.in_data = self._block == "sheetData"
            if self._block == "autoFilter":
                self.autofilter = parse_range(attributes.get("ref", ""))
        elif depth == 3 and self._block == "mergeCells":
            self._include_merge(attributes.get("ref", ""))
        elif depth == 1:
            self.open_root(written)

    def _include_merge(self, reference: str) -> None:
        area = parse_range(reference)
        # A banner merged across whole rows must not leave the sheet without a free column.
        if area and area.last_column < MAX_COLUMNS and area.last_row < MAX_ROWS:
            self.include(area)

    def _end(self, written: str) -> None:  # noqa: ARG002
        if self.depth == 2:
            self.in_data = False
        self.depth -= 1


def read_rows(chunks: Iterator[None], reader: CellReader) -> Iterator[Row]:
    """Yield rows as the part is fed to `reader`."""
    for _ in chunks:
        yield from reader.take()
