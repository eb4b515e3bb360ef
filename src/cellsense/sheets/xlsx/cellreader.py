"""Reads the values of cells, row by row."""

from typing import Generic, TypeVar

from cellsense.cells import CellValue
from cellsense.sheets.interface import Row
from cellsense.sheets.xlsx.refs import cell_column, row_number
from cellsense.sheets.xlsx.scan import Known, SheetElements
from cellsense.sheets.xlsx.values import Values

Found = TypeVar("Found")


class CellReader(SheetElements, Generic[Found]):
    """Base of what reads cells: `take_row` gets those of a row that hold something."""

    def __init__(self, values: Values, known: Known, only: int | None = None) -> None:
        """Take what makes values, what is known of the part, and the one column to read."""
        super().__init__(known)
        self.formulas_without_value = 0
        self.values = values
        self.found: list[Found] = []
        self._only = only
        self._cells: dict[int, CellValue] = {}
        self._reading = False
        self._phonetic = False
        self._inline = False  # True from `is` to the end of its cell,
        self._in_text = False  # to the next of its siblings
        self._kind = ""
        self._style: str | None = None
        self._pieces: list[str] = []
        self._has_formula = False
        self._has_value = False

    def take(self) -> list[Found]:
        """Return what was found since the last call."""
        found, self.found = self.found, []
        return found

    def take_row(self, number: int, cells: dict[int, CellValue]) -> None:
        """Take the cells of a row, by column."""
        raise NotImplementedError

    def count_formula(self, kind: str, *, has_value: bool) -> None:
        """Count a formula without a value; an empty one is a value for those that give a text."""
        self.formulas_without_value += not (has_value and kind == "str")

    def _start(self, written: str, attributes: dict[str, str]) -> None:  # noqa: C901 - see the base
        self.depth = depth = self.depth + 1
        if not self.in_data:
            if depth == 2:
                if self.local_name(written) == "sheetData":
                    self.open_data(written)
            elif depth == 1:
                self.open_root(written)
            return
        if depth == 4:
            if self.in_row and self.local_name(written) == "c":
                self.column = column = cell_column(attributes, self.column, self.digits)
                if self._only is None or self._only == column:
                    self._reading = True
                    self._kind = attributes.get("t", "n")
                    self._style = attributes.get("s")
        elif depth >= 5:
            if self._reading:
                self._start_content(self.local_name(written))
        else:
            self.in_row = self.local_name(written) == "row"
            if self.in_row:
                self.row = row_number(attributes, self.row)
                self.digits = str(self.row)
                self.column = 0

    def _start_content(self, local: str) -> None:
        if self.depth > 5:
            if self._in_text:
                self._start_text(local)
            return
        self._in_text = local == "is"
        if local == "v":
            self._has_value = True
            if not self._inline:
                self.parser.CharacterDataHandler = self._pieces.append
        elif local == "f":
            self._has_formula = True
        elif local == "is":
            # Some programs write a value beside the text, for readers that don't know `is`.
            self._inline = True
            self._pieces.clear()

    def _start_text(self, local: str) -> None:
        if local == "t":
            if not self._phonetic:
                self.parser.CharacterDataHandler = self._pieces.append
        elif local == "rPh":
            self._phonetic = True

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
                self._reading = self._phonetic = self._inline = False
                self._end_cell()
        elif depth == 3:
            if self._cells:
                self.take_row(self.row, self._cells)
                self._cells = {}
        elif depth == 2:
            self.in_data = False

    def _end_cell(self) -> None:
        if self._has_formula and not self._pieces:
            self.count_formula(self._kind, has_value=self._has_value)
        self._has_formula = self._has_value = False
        value = None
        if self._pieces:
            value = self.values.value(self._kind, self._style, "".join(self._pieces))
            self._pieces.clear()
        if value is not None:
            self._cells[self.column] = value
        elif self.column in self._cells:  # of two cells in one place the last counts
            del self._cells[self.column]


class RowReader(CellReader[Row]):
    """Finds the rows that hold anything, with all their cells."""

    def take_row(self, number: int, cells: dict[int, CellValue]) -> None:
        self.found.append(Row(number, cells))

    def read_block(self, block: bytes) -> bool:  # noqa: ARG002 - the parser reads all columns
        return False
