"""XML through expat: streamed, without DOCTYPE, names told apart by their namespaces."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from xml.parsers import expat

from cellsense.sheets.xlsx.limits import MAX_DEPTH, MAX_ELEMENTS, MAX_NAMES, MAX_TAG

_SEPARATOR = "}"  # can't be part of a namespace: expat refuses such a document
_DECLARATION = re.compile(r"""(\ufeff?\s*<\?xml[^>]*?)\s+encoding\s*=\s*["']([\w.\-]+)["']""")
_HEAD = 200  # characters in which a declaration ends
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# Of Python's codecs some make no text of bytes, and some read escapes that no other program does.
_PROBE = rb"\x41\u0041+AEE-"
INDEX = 0xFFFF_FFFF  # expat's byte index is 32 bits wide on Windows


class MarkupError(Exception):
    """Broken XML, or XML that isn't read."""


class Name(NamedTuple):
    """An element's or attribute's name, taken apart."""

    space: str
    local: str
    prefix: str  # as it's written, with its colon


class _Names(dict[str, Name]):
    """Expat's `namespace}local}prefix` → Name, remembered."""

    def __missing__(self, written: str) -> Name:
        parts = written.split(_SEPARATOR)
        space, local, prefix = ["", parts[0], ""] if len(parts) == 1 else [*parts, ""][:3]
        self[written] = name = Name(space, local, f"{prefix}:" if prefix else "")
        return name


class Elements:
    """Base of everything that reads elements: subclasses override `start`, `end` and `text`.

    `depth` is the number of elements open, in `start` and `end` including their own.
    """

    most_elements = MAX_ELEMENTS

    def __init__(self) -> None:
        self.depth = 0
        self.root = Name("", "", "")
        self._seen = 0
        self._parsed = 0
        self.names = _Names()
        self.parser = parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.namespace_prefixes = True
        parser.buffer_text = True
        # Newer versions may put off a tag that came in two pieces; blocks begin where one ends.
        if (defer := getattr(parser, "SetReparseDeferralEnabled", None)) is not None:
            defer(False)
        parser.StartDoctypeDeclHandler = _refuse_doctype
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
        """Read some more."""
        self.parse_some(chunk)

    def parse_some(self, chunk: bytes) -> None:
        """Give some more to the parser."""
        try:
            self.parser.Parse(chunk, False)
        except (expat.ExpatError, UnicodeError) as error:
            raise MarkupError(str(error)) from error
        self._parsed += len(chunk)
        if self.depth > MAX_DEPTH:
            raise MarkupError(f"its elements are nested more than {MAX_DEPTH:,} deep")
        if (self._parsed - self.parser.CurrentByteIndex) & INDEX > MAX_TAG:
            raise MarkupError(f"it has a tag of more than {MAX_TAG:,} bytes")
        if len(self.parser.intern) > MAX_NAMES:
            raise MarkupError(f"it has more than {MAX_NAMES:,} different names")

    def finish(self) -> None:
        """Read the end."""
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
        self._seen += 1
        if self._seen > self.most_elements:
            raise MarkupError(f"it has more than {self.most_elements:,} elements")
        name = self.names[written]
        if self.depth == 1:
            self.root = name
        self.start(name, attributes)

    def _end(self, written: str) -> None:
        self.end(self.names[written])
        self.depth -= 1


def _refuse_doctype(*_: object) -> None:
    # Entities can read files and fill the memory, and no Office program writes them.
    raise MarkupError("it has a DOCTYPE, which no workbook needs")


class Checker(Elements):
    """Finds broken XML, and nothing else: without a call for every element it takes little time."""

    def __init__(self) -> None:
        super().__init__()
        # Nothing leads from the parser back to here, so that it goes with the last reference.
        self.parser.StartElementHandler = self.parser.EndElementHandler = None


def utf8(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Turn a part in whatever encoding into UTF-8 with a declaration to match.

    Bytes that are UTF-8 already pass unchanged. The rest is turned over before anything is
    spliced in, since new text may not exist in the old encoding.
    """
    first = next(chunks, b"")
    while len(first) < _HEAD and (more := next(chunks, b"")):
        first += more
    try:
        encoding = _encoding(first)
        if encoding is None:
            if first:
                yield first
            yield from chunks
            return
        decoder = codecs.getincrementaldecoder(encoding)()
        text = decoder.decode(first)
        yield _declared_utf8(text).encode()
        for chunk in chunks:
            yield decoder.decode(chunk).encode()
        decoder.decode(b"", final=True)
    except (LookupError, UnicodeError) as error:
        raise MarkupError(f"its encoding: {error}") from error


def _declared_utf8(text: str) -> str:
    head = _DECLARATION.sub(r'\1 encoding="UTF-8"', text[:_HEAD], count=1) + text[_HEAD:]
    head = head.removeprefix("\ufeff")
    if "\0" in head[:2]:  # the parser would take it for UTF-16 once more
        raise UnicodeError("UTF-16 in UTF-16")
    return head


def _encoding(first: bytes) -> str | None:
    """Return the encoding of a part that isn't UTF-8. Raises LookupError, UnicodeError."""
    if (found := _BOMS.get(first[:2])) is not None:
        return found
    # UTF-16 without a byte order mark: a part begins with ASCII, of which every other byte is 0.
    if (zero := first[:2].find(0)) >= 0:
        return ("utf-16-be", "utf-16-le")[zero]
    declared = _DECLARATION.match(first[:_HEAD].decode("latin-1").removeprefix("\xef\xbb\xbf"))
    if declared is None or declared[2].lower() in ("utf-8", "utf8"):
        return None
    if _PROBE.decode(declared[2]) != _PROBE.decode():
        raise LookupError(f"{declared[2]} is none that other programs read")
    return declared[2]
