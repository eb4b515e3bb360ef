"""Edits a part in its bytes while expat reads it: what isn't edited comes out as it went in."""

import re
from collections.abc import Iterable, Iterator

from cellsense.sheets.xlsx.limits import MAX_PIECE
from cellsense.sheets.xlsx.markup import INDEX, Checker, Elements, MarkupError
from cellsense.sheets.xlsx.text import parsed

# Possessive, and attributes matched one after the other: a hostile tag takes no longer than others.
_TAG = re.compile(rb"""<(?:[^<>"']++|"[^"]*+"|'[^']*+')*+>""")
_TAG_NAME = re.compile(rb"</?[^\s/>]++")
_ATTRIBUTE = re.compile(rb"""\s++([^\s=/>]++)\s*+=\s*+("[^"]*+"|'[^']*+')""")


class Cutter:
    """The bytes that are read but not yet handed on, and the edits to them.

    Positions are those in the part as read. Edits are made in order and don't overlap.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._start = 0  # the position of the first byte held
        self._settled = 0
        self._edits: list[tuple[int, int, bytes]] = []

    def add(self, chunk: bytes) -> None:
        """Take more bytes."""
        self._held += chunk
        if len(self._held) > MAX_PIECE:
            raise MarkupError(f"it has a row or block of more than {MAX_PIECE:,} bytes")

    def position(self, index: int) -> int:
        """Turn expat's byte index into a position."""
        return self._start + ((index - self._start) & INDEX)

    def tag(self, position: int) -> bytes:
        """Return the tag that begins at a position."""
        match = _TAG.match(self._held, position - self._start)
        if match is None:
            raise ValueError(f"no tag at byte {position}")
        return bytes(match[0])

    def between(self, start: int, end: int) -> bytes:
        """Return the bytes between two positions."""
        return bytes(self._held[start - self._start : end - self._start])

    def replace(self, start: int, end: int, new: bytes) -> None:
        """Put `new` in the place of the bytes from `start` to before `end`."""
        self._edits.append((start, end, new))

    def insert(self, position: int, new: bytes) -> None:
        """Put `new` before a position."""
        if new:
            self._edits.append((position, position, new))

    def settle(self, position: int) -> None:
        """Promise that no further edit begins before a position."""
        self._settled = position

    def settle_all(self) -> None:
        """Promise that there are no further edits."""
        self._settled = self._start + len(self._held)

    def take(self) -> bytes:
        """Return the bytes that are settled, edited."""
        pieces: list[bytes] = []
        done = self._start
        for start, end, new in self._edits:
            pieces += (self.between(done, start), new)
            done = end
        self._edits.clear()
        settled = max(done, self._settled)
        pieces.append(self.between(done, settled))
        del self._held[: settled - self._start]
        self._start = settled
        return b"".join(pieces)


class UnsoundError(Exception):
    """The result of an edit is broken XML."""


class Editor(Elements):
    """Base of what edits a part: handlers see elements and note edits in `cut`."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = Cutter()
        self._ready: list[bytes] = []
        self._proof = Checker()

    def position(self) -> int:
        """Return where the element begins in `start`; in `end` where its end tag does.

        For an element of one tag (`<c/>`), `end` is told the position after it.
        """
        return self.cut.position(self.parser.CurrentByteIndex)

    def parse_some(self, chunk: bytes) -> None:
        self.cut.add(chunk)
        super().parse_some(chunk)

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the part, edited; raises MarkupError for the part, UnsoundError for the result."""
        for chunk in chunks:
            self.feed(chunk)
            yield self._take()
        self.finish()
        self.cut.settle_all()
        yield self._take()
        self._prove(b"", last=True)

    def pass_by(self, piece: bytes, new: bytes) -> None:
        """Hand on whole elements that the parser doesn't see, and of them to prove what is new."""
        self.cut.settle_all()
        self._ready += (self._taken(), piece)
        self._prove(new)

    def _take(self) -> bytes:
        self._ready.append(self._taken())
        ready = b"".join(self._ready)
        self._ready.clear()
        return ready

    def _taken(self) -> bytes:
        taken = self.cut.take()
        self._prove(taken)
        return taken

    def _prove(self, new: bytes, *, last: bool = False) -> None:
        """Read what is written; what isn't new was read before."""
        try:
            self._proof.feed(new)
            if last:
                self._proof.finish()
        except MarkupError as error:
            raise UnsoundError(str(error)) from error


def set_attributes(tag: bytes, values: dict[str, str | None]) -> bytes:
    """Set attributes of a start tag (None removes one); the rest keeps its bytes.

    Values must need no escapes.
    """
    name = _TAG_NAME.match(tag)
    if name is None:
        raise ValueError("not a tag")
    pieces = [name[0]]
    missing = dict(values)
    done = name.end()
    for match in _attributes(tag, done):
        key = match[1].decode()
        if key in values:
            value = missing.pop(key, None)
            if value is not None:
                pieces.append(f' {key}="{value}"'.encode())
        else:
            pieces.append(match[0])
        done = match.end()
    pieces += [f' {key}="{value}"'.encode() for key, value in missing.items() if value is not None]
    pieces.append(tag[done:])
    return b"".join(pieces)


def attributes_of(tag: bytes) -> dict[str, str]:
    """Return the attributes of a start tag without its name."""
    return {match[1].decode(): parsed(match[2][1:-1]) for match in _attributes(tag, 0)}


def _attributes(tag: bytes, place: int) -> Iterator[re.Match[bytes]]:
    while match := _ATTRIBUTE.match(tag, place):
        yield match
        place = match.end()


def element_name(tag: bytes) -> bytes:
    """`<x:row r="1">` → `x:row`."""
    match = _TAG_NAME.match(tag)
    return match[0].lstrip(b"</") if match else b""


def is_whole(tag: bytes) -> bool:
    """Tell if a tag is a whole element (`<row/>`)."""
    return tag.endswith(b"/>")


def opened(tag: bytes) -> bytes:
    """`<row/>` → `<row>`; a start tag stays as it is."""
    return tag[:-2].rstrip() + b">" if is_whole(tag) else tag
