"""Sheets of our own in somebody's workbook: new ones, and those of an earlier run written anew."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from cellsense.errors import OutputError
from cellsense.sheets.interface import Fill
from cellsense.sheets.xlsx.cut import Editor, is_whole
from cellsense.sheets.xlsx.manifest import NewEntry, SheetEntry
from cellsense.sheets.xlsx.markup import Elements, Name
from cellsense.sheets.xlsx.newparts import NewSheet, make_parts, own_number
from cellsense.sheets.xlsx.package import CONTENT_TYPES, Package
from cellsense.sheets.xlsx.refs import whole_number

_WORKSHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


class SheetAdditions:
    """The sheets that a workbook gains."""

    def __init__(self, package: Package, tabs: Sequence[SheetEntry], parts: Sequence[str]) -> None:
        """Take the workbook's tabs and the parts that hold them."""
        self._package = package
        self._names = {tab.name.casefold() for tab in tabs}
        self._own = {
            tab.name: number
            for tab, part in zip(tabs, parts, strict=True)
            if (number := own_number(part)) is not None
        }
        self._new: list[NewSheet] = []
        self._replaced: set[int] = set()

    def add(self, name: str, fill: Fill, tables: Sequence[str], *, replace: bool) -> str:
        """Make a sheet and return the name on its tab; `tables` are the workbook's table parts.

        With `replace`, one of an earlier run goes if it has the name.
        """
        roots = {part: self._package.parse(part, _Root()).attributes for part in tables}
        names = [
            root.get("displayName", "").casefold()
            for part, root in roots.items()
            if own_number(part) is None
        ]
        title, number = self._place(name, replace, names)
        free = max([0, *(whole_number(root.get("id")) or 0 for root in roots.values())]) + 1
        free += sum(len(sheet.content) for sheet in self._new)
        self._new.append(make_parts(title, fill, number, free))
        self._names.add(title.casefold())
        return title

    @property
    def entries(self) -> list[NewEntry]:
        """The tabs that the workbook part doesn't list yet."""
        listed = [sheet for sheet in self._new if sheet.number not in self._replaced]
        return [NewEntry(sheet.name, _relationship(sheet)) for sheet in listed]

    @property
    def content(self) -> dict[str, bytes]:
        """The new parts."""
        return {part: raw for sheet in self._new for part, raw in sheet.content.items()}

    @property
    def dropped(self) -> set[str]:
        """The entries that the workbook loses: those of sheets that are written anew."""
        return {
            entry.filename
            for entry in self._package.archive.entries
            if own_number(entry.filename) in self._replaced
        }

    def editors(self) -> Iterator[tuple[str, Editor]]:
        """Yield the parts that list parts, and what edits them."""
        if not self._new:
            return
        types = {part: kind for sheet in self._new for part, kind in sheet.types.items()}
        yield CONTENT_TYPES, TypesEditor(types, self.dropped)
        folder, _, file = self._package.workbook_part.rpartition("/")
        listed = {entry.relationship for entry in self.entries}
        related = {_relationship(s): s.part for s in self._new if _relationship(s) in listed}
        if related:
            yield f"{folder}/_rels/{file}.rels".lstrip("/"), RelationshipsEditor(related)

    def _place(self, name: str, replace: bool, tables: Sequence[str]) -> tuple[str, int]:
        taken = {*self._own.values(), *(sheet.number for sheet in self._new)}
        for place in count(1):
            title = name if place == 1 else f"{name} {place}"
            number = self._own.get(title)
            if number is not None and replace and number not in self._replaced:
                self._replaced.add(number)
                return title, number
            # Its tables are named after it; a tab that was renamed keeps those it had.
            begins = title.replace(" ", "").casefold()
            free = not any(table.startswith(begins) for table in tables)
            if free and title.casefold() not in self._names:
                return title, max(taken, default=0) + 1
        raise AssertionError  # for the type checker: counting has no end


class TypesEditor(Editor):
    """Says what kind new parts are of, and nothing of those that go."""

    def __init__(self, types: Mapping[str, str], dropped: set[str]) -> None:
        super().__init__()
        self._types = types
        self._dropped = dropped
        self._goes_from: int | None = None

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if name.local == "Override" and attributes.get("PartName", "").lstrip("/") in self._dropped:
            self._goes_from = self.position()

    def end(self, name: Name) -> None:
        if self._goes_from is not None:
            place = self.position()
            whole = is_whole(self.cut.tag(self._goes_from))
            end = place if whole else place + len(self.cut.tag(place))
            self.cut.replace(self._goes_from, end, b"")
            self._goes_from = None
        if self.depth == 1:
            listed = [
                f'<{name.prefix}Override PartName="/{part}" ContentType="{kind}"/>'
                for part, kind in self._types.items()
            ]
            self.cut.insert(self.position(), "".join(listed).encode())


class RelationshipsEditor(Editor):
    """Says where the workbook's new sheets are."""

    def __init__(self, sheets: Mapping[str, str]) -> None:
        """Take the parts by their relationship's id."""
        super().__init__()
        self._sheets = sheets

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if name.local == "Relationship" and attributes.get("Id") in self._sheets:
            raise OutputError(f"The workbook has a relationship {attributes['Id']} already.")

    def end(self, name: Name) -> None:
        if self.depth == 1:
            listed = [
                f'<{name.prefix}Relationship Id="{key}" Type="{_WORKSHEET}" Target="/{part}"/>'
                for key, part in self._sheets.items()
            ]
            self.cut.insert(self.position(), "".join(listed).encode())


class _Root(Elements):
    """Reads the attributes of a part's root."""

    def __init__(self) -> None:
        super().__init__()
        self.attributes: dict[str, str] = {}

    def start(self, name: Name, attributes: dict[str, str]) -> None:  # noqa: ARG002
        if self.depth == 1:
            self.attributes = attributes


def _relationship(sheet: NewSheet) -> str:
    return f"cellsenseSheet{sheet.number}"
