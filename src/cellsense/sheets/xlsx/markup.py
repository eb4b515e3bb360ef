"""XML through expat: streamed, without DOCTYPE, names told apart by their namespaces."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.parsers import expat

_SEPARATOR = "}"  # can't be part of a namespace: expat refuses such a document
_DECLARATION = re.compile(r"""(\ufeff?\s*<\?xml[^>]*?)\s+encoding\s*=\s*["']([\w.\-]+)["']""")
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# UTF-16 without a byte order mark shows in its first characters, `<?`.
_BARE = {b"<\0?\0": "utf-16-le", b"\0<\0?": "utf-16-be"}


class MarkupError(Exception):
    """Broken XML, or XML that isn't read."""


class Name(NamedTuple):
    """An element's or attribute's name, taken apart."""

    space: str
    local: str
    prefix: str


class _Names(dict[str, Name]):
    """Expat's `namespace}local}prefix` → Name, remembered."""

    def __missing__(self, written: str) -> Name:
        parts = written.split(_SEPARATOR)
        space, local, prefix = ["", parts[0], ""] if len(parts) == 1 else [*parts, ""][:3]
        self[written] = name = Name(space, local, prefix)
        return name


class Elements:
    """Base of everything that reads elements: subclasses override `start`, `end` and `text`.

    `depth` is the number of elements open, in `start` and `end` including their own.
    """

    def __init__(self) -> None:
        self.depth = 0
        self.root = Name("", "", "")
        self.names = _Names()
        self.parser = parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.namespace_prefixes = True
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        """Take an element's start tag."""

    def end(self, name: Name) -> None:
        """Take an element's end."""

    def local(self, attributes: dict[str, str], wanted: str) -> str | None:
        """Return an attribute that has a namespace, whatever it is: they differ in strict files."""
        for written, value in attributes.items():
            name = self.names[written]
            if name.space and name.local == wanted:
                return value
        return None

    def is_main(self, name: Name) -> bool:
        """Tell if an element is of the part's own vocabulary, transitional or strict."""
        return name.space == self.root.space

    def feed(self, chunk: bytes) -> None:
        """Parse some more."""
        try:
            self.parser.Parse(chunk, False)
        except (expat.ExpatError, UnicodeError) as error:
            raise MarkupError(str(error)) from error

    def finish(self) -> None:
        """Parse the end."""
        try:
            self.parser.Parse(b"", True)
        except (expat.ExpatError, UnicodeError) as error:
            raise MarkupError(str(error)) from error

    def parse(self, chunks: Iterable[bytes]) -> None:
        """Parse a whole part."""
        for chunk in chunks:
            self.feed(chunk)
        self.finish()

    def _start(self, written: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        name = self.names[written]
        if self.depth == 1:
            self.root = name
        self.start(name, attributes)

    def _end(self, written: str) -> None:
        self.end(self.names[written])
        self.depth -= 1

    def _doctype(self, *_: object) -> None:
        # Entities can read files and fill the memory, and no Office program writes them.
        raise MarkupError("it has a DOCTYPE, which no workbook needs")


def utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Turn a part in whatever encoding into UTF-8 with a declaration to match.

    Bytes that are UTF-8 already pass unchanged. The rest is turned over before anything is
    spliced in, since new text may not exist in the old encoding.
    """
    first = next(chunks, b"")
    while len(first) < 200 and (more := next(chunks, b"")):
        first += more
    encoding = _encoding(first)
    if encoding is None:
        if first:
            yield first
        yield from chunks
        return
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
        head = _DECLARATION.sub(r'\1 encoding="UTF-8"', decoder.decode(first), count=1)
        yield head.removeprefix("\ufeff").encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        decoder.decode(b"", final=True)
    except (LookupError, UnicodeError) as error:
        raise MarkupError(f"its encoding: {error}") from error


def _encoding(first: bytes) -> str | None:
    found = _BOMS.get(first[:2]) or _BARE.get(first[:4])
    if found is not None:
        return found
    declared = _DECLARATION.match(first[:200].decode("latin-1").removeprefix("\xef\xbb\xbf"))
    if declared is None or declared[2].lower() in ("utf-8", "utf8"):
        return None
    return declared[2]
