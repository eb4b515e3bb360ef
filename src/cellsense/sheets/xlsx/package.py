"""The parts of a workbook and how they refer to each other (Open Packaging Conventions)."""

import posixpath
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, NoReturn, TypeVar
from urllib.parse import unquote
from zipfile import ZipInfo

from cellsense.sheets.xlsx.archive import Archive
from cellsense.sheets.xlsx.markup import Elements, MarkupError, Name, utf8
from cellsense.sheets.xlsx.refs import BadReferenceError

CONTENT_TYPES = "[Content_Types].xml"

Reader = TypeVar("Reader", bound=Elements)


class Relationship(NamedTuple):
    """What one part says of another."""

    kind: str  # the last segment of the type: the rest differs between transitional and strict
    part: str


class Package:
    """A workbook file as parts; a part's name is that of its zip entry."""

    def __init__(self, path: Path) -> None:
        """Open the file and find its workbook part; raises UnreadableFileError."""
        self.archive = Archive(path)
        with ExitStack() as undo:
            undo.callback(self.archive.close)
            self.workbook_part = self._find_workbook()
            undo.pop_all()

    def has(self, part: str) -> bool:
        """Tell if there is such a part."""
        return self.archive.find(part) is not None

    def entry(self, part: str) -> ZipInfo:
        """Return the zip entry of a part that has to be there."""
        entry = self.archive.find(part)
        if entry is None:
            self.archive.damaged(f"its part {part} is missing")
        return entry

    def chunks(self, part: str) -> Iterator[bytes]:
        """Stream a part as UTF-8."""
        try:
            yield from utf8(self.archive.chunks(self.entry(part)))
        except MarkupError as error:
            self.bad_markup(part, error)

    def read(self, part: str) -> bytes:
        """Return a small part as UTF-8."""
        self.archive.check_small(self.entry(part))
        return b"".join(self.chunks(part))

    def feed(self, part: str, reader: Elements) -> Iterator[None]:
        """Let `reader` read a part, with a stop after every chunk."""
        try:
            for chunk in self.chunks(part):
                reader.feed(chunk)
                yield
            reader.finish()
        except (MarkupError, BadReferenceError) as error:
            self.bad_markup(part, error)
        yield

    def parse(self, part: str, reader: Reader, *, large: bool = False) -> Reader:
        """Let `reader` read a part, and return it; a `large` one is worth its memory."""
        if not large:
            self.archive.check_small(self.entry(part))
        for _ in self.feed(part, reader):
            pass
        return reader

    def bad_markup(self, part: str, error: Exception) -> NoReturn:
        """Refuse the file because of what is wrong in one part."""
        self.archive.damaged(f"{part}: {error}", error)

    def relationships(self, part: str) -> dict[str, Relationship]:
        """Return what a part refers to inside the file, by id; "" is the package itself."""
        folder, name = posixpath.split(part)
        source = posixpath.join(folder, "_rels", f"{name}.rels")
        if not self.has(source):
            return {}
        written = self.parse(source, _Relationships()).found
        return {key: self._resolved(folder, item) for key, item in written.items()}

    def close(self) -> None:
        """Close the file."""
        self.archive.close()

    def _resolved(self, folder: str, written: Relationship) -> Relationship:
        target = written.part.replace("\\", "/")
        part = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
        if not self.has(part) and self.has(unquote(part)):
            part = unquote(part)
        return Relationship(written.kind, part)

    def _find_workbook(self) -> str:
        if not self.has(CONTENT_TYPES):
            self.archive.refuse(f"is a zip file but no workbook (it has no {CONTENT_TYPES})")
        self.parse(CONTENT_TYPES, Elements())
        related = self.relationships("").values()
        part = next((item.part for item in related if item.kind == "officeDocument"), None)
        if part is None:
            self.archive.refuse("is a zip file but no workbook: it names no workbook part")
        if part.lower().endswith(".bin"):
            self.archive.refuse("is a binary workbook (.xlsb): save it in Excel as .xlsx")
        if not self.has(part):
            self.archive.damaged(f"its workbook part {part} is missing")
        return part


class _Relationships(Elements):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, Relationship] = {}

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if name.local == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            self.found[attributes.get("Id", "")] = Relationship(kind, attributes.get("Target", ""))
