"""Edits a part in its bytes while expat reads it: what isn't edited comes out as it went in."""

import re
from collections.abc import Iterable, Iterator

from cellsense.sheets.xlsx.markup import Elements

_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_TAG_NAME = re.compile(rb"</?[^\s/>]+")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=/>]+)\s*=\s*("[^"]*"|'[^']*')""")
_INDEX = 0xFFFF_FFFF


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

    def position(self, index: int) -> int:
        """Turn expat's byte index, which is 32 bits wide on Windows, into a position."""
        return self._start + ((index - self._start) & _INDEX)

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


class Editor(Elements):
    """Base of what edits a part: handlers see elements and note edits in `cut`."""

    def __init__(self) -> None:
        super().__init__()
        self.cut = Cutter()

    def position(self) -> int:
        """Return where the element begins in `start`; in `end` where its end tag does.

        For an element of one tag (`<c/>`), `end` is told the position after it.
        """
        return self.cut.position(self.parser.CurrentByteIndex)

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the part, edited."""
        for chunk in chunks:
            self.cut.add(chunk)
            self.feed(chunk)
            yield self.cut.take()
        self.finish()
        self.cut.settle_all()
        yield self.cut.take()


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
    for match in _ATTRIBUTE.finditer(tag, done):
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


def qualified(prefix: str, local: str) -> str:
    """Write an element's name with the prefix in use."""
    return f"{prefix}:{local}" if prefix else local
