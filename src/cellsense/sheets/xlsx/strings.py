"""Reads the texts that cells share: all of them, or only those that are wanted."""

from bisect import bisect_left
from collections.abc import Sequence

from cellsense.sheets.xlsx.blocks import BlockReader
from cellsense.sheets.xlsx.limits import MAX_TOTAL
from cellsense.sheets.xlsx.markup import Name
from cellsense.sheets.xlsx.plain import string_patterns
from cellsense.sheets.xlsx.text import cell_text, decode


class StringReader(BlockReader):
    """Reads shared strings into `texts`, by index: runs joined, phonetic guides left out."""

    container = b"sst"
    most_elements = MAX_TOTAL

    def __init__(self, wanted: Sequence[int] | None = None) -> None:
        """Take the indexes that are wanted, ascending; None means all of them."""
        super().__init__()
        self.texts: dict[int, str] = {}
        self.count = 0  # of the strings read
        self._wanted = wanted
        self._next = 0  # of `wanted`, the first that isn't read yet
        self._prefix = ""
        self._pieces: list[str] = []
        self._phonetic = False

    def read_block(self, block: bytes) -> bool:
        plain, texts = string_patterns(self._prefix)
        if not plain.fullmatch(block):
            return False
        self.check_block(block)
        first = self.count
        self.count += block.count(self._element_end)
        indexes = self._take_wanted(first)
        if indexes:
            found = texts.findall(block)
            for index in indexes:
                self.texts[index] = cell_text(found[index - first])
        return True

    def start(self, name: Name, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if self.depth == 1:
            self._prefix = name.prefix
            self.open_list(self._prefix, "si")
        elif not self.is_main(name):
            return
        elif name.local == "t" and not self._phonetic:
            self.parser.CharacterDataHandler = self._pieces.append
        elif name.local == "rPh":
            self._phonetic = True

    def end(self, name: Name) -> None:
        local = name.local if self.is_main(name) else ""
        if local == "t":
            self.parser.CharacterDataHandler = None
        elif local == "rPh":
            self._phonetic = False
        elif local == "si" and self.depth == 2:
            self.count += 1
            for index in self._take_wanted(self.count - 1):
                self.texts[index] = decode("".join(self._pieces))
            self._pieces.clear()

    def _take_wanted(self, first: int) -> Sequence[int]:
        """Return which of the strings from `first` to before `count` are wanted."""
        if self._wanted is None:
            return range(first, self.count)
        start = self._next
        self._next = bisect_left(self._wanted, self.count, start)
        return self._wanted[start : self._next]
