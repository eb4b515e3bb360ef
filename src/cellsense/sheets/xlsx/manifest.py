"""The workbook part: which sheets there are, new ones, and the names that follow filters."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count

from cellsense.sheets.interface import column_letter, column_number
from cellsense.sheets.xlsx.cut import Editor
from cellsense.sheets.xlsx.markup import Elements, MarkupError, Name
from cellsense.sheets.xlsx.refs import whole_number
from cellsense.sheets.xlsx.text import encode_attribute

_STRICT = "http://purl.oclc.org/"
_RELATIONSHIPS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_LAST_ID = 65_534  # of a sheet
_FILTER_NAME = "_xlnm._filterdatabase"
_FILTER_AREA = re.compile(rb"!\$[A-Z]{1,3}\$\d+:\$([A-Z]{1,3})\$\d+\s*$")


@dataclass(frozen=True, slots=True)
class SheetEntry:
    """A tab, as the workbook part lists it."""

    index: int  # among all tabs, as `localSheetId` counts them
    name: str
    hidden: bool
    relationship: str


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A tab that the workbook part doesn't list yet."""

    name: str
    relationship: str


@dataclass(slots=True)
class Manifest:
    """What the workbook part says."""

    sheets: list[SheetEntry] = field(default_factory=list)
    from_1904: bool = False
    is_strict: bool = False  # in the vocabulary that few programs write
    names: list[str] = field(default_factory=list)  # defined ones


class ManifestReader(Elements):
    """Reads the workbook part into `manifest`."""

    def __init__(self) -> None:
        super().__init__()
        self.manifest = Manifest()

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        sheets = self.manifest.sheets
        if self.depth == 1 and name.local != "workbook":
            raise MarkupError(f"it is a {name.local}, not a workbook")
        if self.depth == 1:
            self.manifest.is_strict = name.space.startswith(_STRICT)
        if name.local == "sheet" and self.depth == 3 and self.is_main(name):
            sheets.append(
                SheetEntry(
                    index=len(sheets),
                    name=attributes.get("name") or f"Sheet{len(sheets) + 1}",
                    hidden=attributes.get("state", "visible") != "visible",
                    relationship=self.local(attributes, "id") or "",
                )
            )
        elif name.local == "definedName" and self.depth == 3:
            self.manifest.names.append(attributes.get("name", ""))
        elif name.local == "workbookPr" and self.depth == 2:
            self.manifest.from_1904 = attributes.get("date1904") in ("1", "true", "on")


class ManifestEditor(Editor):
    """Lists new sheets, and lets the hidden names that follow sheets' filters reach new columns.

    Excel keeps the area of a sheet's filter twice, and repairs a file in which they differ.
    """

    def __init__(self, last_columns: Mapping[int, int], new_sheets: Sequence[NewEntry]) -> None:
        """Take the new last column by the index of the sheet, and tabs to set last."""
        super().__init__()
        self._last_columns = last_columns
        self._new_sheets = new_sheets
        self._ids: set[int] = set()
        self._found: tuple[int, int] | None = None  # where the text begins, the new last column

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if self.depth != 3:
            return
        if name.local == "sheet":
            self._ids.add(whole_number(attributes.get("sheetId")) or 0)
        elif name.local == "definedName":
            self._start_name(attributes)

    def end(self, name: Name) -> None:
        if self.depth == 2 and name.local == "sheets" and self.is_main(name):
            listed = [
                f'<{name.prefix}sheet xmlns:r="{_RELATIONSHIPS}" sheetId="{number}"'
                f' name="{encode_attribute(new.name)}" r:id="{new.relationship}"/>'
                for number, new in zip(self._free_ids(), self._new_sheets, strict=False)
            ]
            self.cut.insert(self.position(), "".join(listed).encode())
        if self._found is None:
            return
        start, last = self._found
        self._found = None
        match = _FILTER_AREA.search(self.cut.between(start, self.position()))
        if match is not None and column_number(match[1].decode()) < last:
            new = column_letter(last).encode()
            self.cut.replace(start + match.start(1), start + match.end(1), new)

    def _free_ids(self) -> Iterable[int]:
        last = max(self._ids, default=0)
        if last + len(self._new_sheets) <= _LAST_ID:
            return count(last + 1)
        return (number for number in count(1) if number not in self._ids)

    def _start_name(self, attributes: dict[str, str]) -> None:
        index = whole_number(attributes.get("localSheetId"))
        last = None if index is None else self._last_columns.get(index)
        if last is not None and attributes.get("name", "").casefold() == _FILTER_NAME:
            place = self.position()
            self._found = place + len(self.cut.tag(place)), last
