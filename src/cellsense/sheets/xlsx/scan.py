"""What all readers of a worksheet part share: they know rows and cells from what lies around."""

from dataclasses import dataclass

from cellsense.sheets.interface import MAX_COLUMNS, MAX_ROWS
from cellsense.sheets.xlsx.blocks import BlockReader
from cellsense.sheets.xlsx.markup import MarkupError
from cellsense.sheets.xlsx.plain import RowPatterns, number_pattern, row_patterns
from cellsense.sheets.xlsx.refs import row_number


@dataclass(frozen=True, slots=True)
class Known:
    """What has been found out about a worksheet part by reading all of it."""

    sound: bool = False  # the parser has seen every byte, and the rows ascend
    plain: bool = False  # all blocks of rows match the patterns
    last_column: int = MAX_COLUMNS  # of any cell in such a block, empty ones included


class SheetElements(BlockReader):
    """Base of what reads a worksheet.

    Overrides `_start` and `_end` in subclasses rather than `start` and `end`: these run for every
    cell, and a call less is a fifth of the time.
    """

    container = b"sheetData"

    def __init__(self, known: Known) -> None:
        """Take what is known of the part."""
        super().__init__()
        self.row = 0
        self.digits = "0"  # of the row, for the parser
        self.column = 0
        self.in_row = False  # what else stands among the rows may have children called `c`
        self.only_plain = True
        self.known = known
        self.prefix = ""  # of sheetData
        self._locals: dict[str, str] = {}

    @property
    def patterns(self) -> RowPatterns:
        """The patterns for the rows."""
        return row_patterns(self.prefix)

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

    def open_data(self, written: str) -> None:
        """Take the start tag of sheetData."""
        self.prefix = self.names[written].prefix
        self.open_list(self.prefix, "row")

    def read_block(self, block: bytes) -> bool:
        if self.known.sound or not self.is_sound(block):
            if not (self.known.plain or self.patterns.rows.fullmatch(block)):
                self.only_plain = False
                return False
            if not self.known.sound:
                self.check_block(block)
        self.take_block(block)
        return True

    def is_sound(self, block: bytes) -> bool:
        """Tell if a block needs no parser to see that it isn't broken."""
        if not self.patterns.sound_rows.fullmatch(block):
            return False
        return self.declares("x14ac") or b" x14ac:" not in block

    def take_block(self, block: bytes) -> None:
        """Take rows that match the patterns."""
        raise NotImplementedError

    def take_numbers(self, block: bytes) -> None:
        """Take the numbers of a block's rows, which have to ascend."""
        if self.known.sound:
            self.row = self.last_number(block, len(block))
            return
        numbers = list(map(int, number_pattern(self.prefix, b"").findall(block)))
        if numbers[-1] > MAX_ROWS or any(map(int.__ge__, [self.row, *numbers], numbers)):
            for number in numbers:
                self.row = row_number({"r": str(number)}, self.row)
        self.row = numbers[-1]

    def last_number(self, block: bytes, end: int) -> int:
        """Return the number of the last row that begins before a place in a block."""
        head = self.patterns.heads.match(block, block.rfind(f"<{self.prefix}row ".encode(), 0, end))
        return int(head[1]) if head else self.row
