"""Sheets of our own in somebody's workbook: new ones, and those of an earlier run written anew."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from cellsense.errors import OutputError
from cellsense.sheets.interface import Fill
from cellsense.sheets.own import free_prefix
from cellsense.sheets.xlsx.cut import Editor, is_whole
from cellsense.sheets.xlsx.manifest import NewEntry
from cellsense.sheets.xlsx.markup import Elements, Name
from cellsense.sheets.xlsx.newparts import NewSheet, make_parts, own_number
from cellsense.sheets.xlsx.package import CONTENT_TYPES, Package
from cellsense.sheets.xlsx.refs import whole_number

_WORKSHEET = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"


class SheetAdditions:
    """The sheets that a workbook gains."""

    def __init__(self, package: Package, tabs: Mapping[str, str], names: Sequence[str]) -> None:
        """Take the parts of the workbook's tabs, by the name on the tab, and its defined names."""
        self._package = package
        self._tabs = {name.casefold() for name in tabs}
        self._names = list(names)
        self._new: list[NewSheet] = []
        self._replaced: set[int] = set()
        self._numbers = {number for part in tabs.values() if (number := own_number(part))}

    def add(self, name: str, fill: Fill, tables: Sequence[str], old: tuple[str, int] | None) -> str:
        """Make a sheet and return the name on its tab.

        Args:
            name: for the tab.
            fill: see `TakesSheets`.
            tables: the workbook's table parts.
            old: the tab and the number of a sheet of ours whose place it takes.
        """
        roots = [self._package.parse(part, _Root()).attributes for part in tables]
        taken = [*self._names, *(root.get("displayName", "") for root in roots)]
        prefix = free_prefix(taken)
        self._names.append(prefix)
        title, number = old or (self._free_title(name), max(self._numbers, default=0) + 1)
        if old is not None:
            self._replaced.add(number)
        self._numbers.add(number)
        self._tabs.add(title.casefold())
        free = max([0, *(whole_number(root.get("id")) or 0 for root in roots)]) + 1
        free += sum(len(sheet.content) for sheet in self._new)
        made = make_parts(title, lambda sheet: fill(sheet, prefix), number, free)
        self._new.append(made)
        return title

    def is_replaced(self, number: int) -> bool:
        """Tell if a sheet of ours has been written anew already."""
        return number in self._replaced

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

    def _free_title(self, name: str) -> str:
        titles = (name if place == 1 else f"{name} {place}" for place in count(1))
        return next(title for title in titles if title.casefold() not in self._tabs)


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
