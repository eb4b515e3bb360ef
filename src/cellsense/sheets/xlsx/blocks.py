"""Reads a part of a million like elements (rows, strings) in blocks, most without the parser."""

from xml.sax.saxutils import quoteattr

from cellsense.sheets.xlsx.limits import CHUNK, MAX_BLOCK, MAX_TAG
from cellsense.sheets.xlsx.markup import Checker, Elements


class BlockReader(Elements):
    """Base of what reads a list: offers `read_block` whole elements; the parser reads the rest.

    The parser reads what stands before the list, blocks that are refused, and, from a comment or
    the like on, everything: only a parser knows where an element ends there. A subclass calls
    `open_list` when the list's start tag comes.
    """

    container = b""  # the local name of the list

    def __init__(self) -> None:
        super().__init__()
        self.in_data = False
        self._by_parser = False
        self._held = b""
        self._list_depth = 0
        self._element_end = self._list_end = b""
        self._declared: dict[str, str] = {}  # namespaces, by `xmlns:prefix`
        self.parser.StartNamespaceDeclHandler = self._declare

    def open_list(self, prefix: str, element: str) -> None:
        """Know that the list begins, and how its elements end."""
        self.in_data = True
        self.parser.StartNamespaceDeclHandler = None
        self._list_depth = self.depth
        self._element_end = f"</{prefix}{element}>".encode()
        self._list_end = f"</{prefix}".encode() + self.container

    def read_block(self, block: bytes) -> bool:
        """Read whole elements without the parser, or return False and have done nothing."""
        raise NotImplementedError

    def feed(self, chunk: bytes) -> None:
        if self._by_parser:
            self.parse_some(chunk)
            return
        held = self._held + chunk
        if not self.in_data:
            held = self._feed_head(held)
            # A parser that lags behind would leave open where in the list the rest begins.
            self._by_parser = self._is_inside_element()
        if self.in_data:
            held = self._feed_blocks(held)
        self._held = held

    def finish(self) -> None:
        self._parse(self._held)
        self._held = b""
        super().finish()

    def check_block(self, block: bytes) -> None:
        """Raise MarkupError if a block is broken XML, by a parser that calls nothing back.

        Each block has a parser of its own: a parser remembers all names, so one that sees the
        whole part could be made to fill the memory.
        """
        checker = Checker()
        spaces = "".join(f" {name}={quoteattr(space)}" for name, space in self._declared.items())
        checker.feed(f"<list{spaces}>".encode())
        checker.feed(block)
        checker.feed(b"</list>")
        checker.finish()

    def declares(self, prefix: str) -> bool:
        """Tell if a namespace has this prefix."""
        return f"xmlns:{prefix}" in self._declared

    def _declare(self, prefix: str | None, space: str | None) -> None:
        self._declared[f"xmlns:{prefix}" if prefix else "xmlns"] = space or ""

    def _feed_head(self, held: bytes) -> bytes:
        """Give the parser what stands before the list, to the byte; return what isn't given yet."""
        while not self.in_data:
            name = held.find(self.container)
            end = held.find(b">", name) + 1 if name >= 0 else 0
            if not end:
                # Keeps back the start of a tag that is cut in two.
                end = held.rfind(b"<", 0, name if name >= 0 else None)
                if end < 0 or len(held) > MAX_TAG:
                    end = len(held)
                self.parse_some(held[:end])
                return held[end:]
            self.parse_some(held[:end])
            held = held[end:]
        return held

    def _feed_blocks(self, held: bytes) -> bytes:
        end = -1 if self._by_parser else held.rfind(self._element_end)
        if end >= 0:
            end += len(self._element_end)
            block, held = held[:end], held[end:]
            if not self.read_block(block):
                self._parse(block)
                between = self.in_data and not self._is_inside_element()
                self._by_parser = not between or b"<!" in block or b"<?" in block
        if self._list_end in held or len(held) > MAX_BLOCK:
            self._by_parser = True
        if self._by_parser:
            self._parse(held)
            return b""
        return held

    def _is_inside_element(self) -> bool:
        return self.in_data and self.depth != self._list_depth

    def _parse(self, held: bytes) -> None:
        # In pieces, after each of which the parser is seen to keep within its bounds.
        for start in range(0, len(held), CHUNK):
            self.parse_some(held[start : start + CHUNK])
