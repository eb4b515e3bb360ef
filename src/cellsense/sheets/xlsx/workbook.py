"""An .xlsx or .xlsm file that gains columns and otherwise stays as it is."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipInfo

from cellsense.errors import InputError, OutputError
from cellsense.sheets.failures import unwritable
from cellsense.sheets.interface import Fill, Sheet
from cellsense.sheets.own import is_own
from cellsense.sheets.xlsx.additions import SheetAdditions
from cellsense.sheets.xlsx.cut import Editor, UnsoundError
from cellsense.sheets.xlsx.lookup import Lookup, SharedStrings, StringIndexes
from cellsense.sheets.xlsx.manifest import ManifestEditor, ManifestReader
from cellsense.sheets.xlsx.markup import MarkupError
from cellsense.sheets.xlsx.newparts import own_number
from cellsense.sheets.xlsx.package import Package
from cellsense.sheets.xlsx.plan import Plan
from cellsense.sheets.xlsx.refs import BadReferenceError
from cellsense.sheets.xlsx.sheet import XlsxSheet
from cellsense.sheets.xlsx.splice import SheetSplicer
from cellsense.sheets.xlsx.styles import CellStyles
from cellsense.sheets.xlsx.tables import TableGrower, TableReader
from cellsense.sheets.xlsx.values import Values
from cellsense.sheets.xlsx.verify import verify
from cellsense.sheets.xlsx.zipwriter import TooLargeError, ZipWriter

# Sheets of other kinds (chart, dialog, Excel 4 macro) hold no reviews.
_WORKSHEET = "worksheet"


class XlsxWorkbook:
    """A workbook file, open for reading; `save` writes a copy with the additions."""

    def __init__(self, path: Path) -> None:
        """Open the file; raises MissingFileError or UnreadableFileError."""
        self.path = path
        self.notes: list[str] = []
        self.own_sheets: list[str] = []
        self.package = package = Package(path)
        with ExitStack() as undo:
            undo.callback(package.close)
            self._manifest = package.parse(package.workbook_part, ManifestReader()).manifest
            self._related = package.relationships(package.workbook_part)
            self._sheets = self._find_sheets()
            undo.pop_all()
        self.strings = SharedStrings(package, self._part("sharedStrings"))
        self.values = self._values(self.strings.get)
        if any(name.startswith("_xmlsignatures/") for name in package.archive.by_name):
            self.note(
                f"{path.name} is digitally signed; the signature isn't valid for the result, so "
                "sign that again if it matters."
            )

    @property
    def sheets(self) -> list[Sheet]:
        """The worksheets, in the order of their tabs."""
        return list(self._sheets)

    def values_in_order(self, indexes: StringIndexes) -> Values:
        """Return what makes values of cells in the order in which `indexes` saw them."""
        return self._values(self.strings.in_order(indexes.found))

    def note(self, line: str) -> None:
        """Tell the user something, once."""
        if line not in self.notes:
            self.notes.append(line)

    def add_sheet(self, name: str, subject: str, fill: Fill, *, replace: bool) -> str:
        """Add a tab at the end; see `TakesSheets`."""
        if self._manifest.is_strict:
            raise OutputError(
                f"{self.path} is a strict Open XML workbook, which takes in no new sheet: save it "
                "in Excel as an ordinary .xlsx."
            )
        old = self._earlier(subject) if replace else None
        tables = [part for item in self._related.values() for part in self._tables(item.part)]
        return self._added.add(name, fill, tables, old)

    def save(self, target: Path) -> None:
        """Write the file with all additions; every other part keeps its bytes."""
        editors = self._editors()
        with ExitStack() as undo:
            try:
                with target.open("xb") as file:
                    undo.callback(target.unlink, missing_ok=True)
                    self._write(file, editors)
            except FileExistsError as error:
                raise OutputError(f"{target} exists already; name another.") from error
            except OSError as error:
                raise unwritable(target, error) from error
            except TooLargeError as error:
                raise OutputError(f"{target} can't be written: {error}; split the file.") from error
            except UnsoundError as error:
                raise OutputError(
                    f"The result isn't sound and was not kept ({error}): report it."
                ) from error
            except BadZipFile as error:
                self.package.archive.damaged(str(error), error)
            added, dropped = list(self._added.content), self._added.dropped
            verify(self.package.archive, target, editors, added, dropped)
            undo.pop_all()

    def close(self) -> None:
        """Let go of the file."""
        self.package.close()

    def _values(self, strings: Lookup) -> Values:
        from_1904 = self._manifest.from_1904
        return Values(strings, lambda: self._styles.dates, from_1904=from_1904)

    @cached_property
    def _styles(self) -> CellStyles:
        part = self._part("styles")
        return self.package.parse(part, CellStyles()) if part else CellStyles()

    def _part(self, kind: str) -> str | None:
        parts = [item.part for item in self._related.values() if item.kind == kind]
        return next(filter(self.package.has, parts), None)

    def _find_sheets(self) -> list[XlsxSheet]:
        sheets = []
        for entry in self._manifest.sheets:
            related = self._related.get(entry.relationship)
            if related is None or not self.package.has(related.part):
                self.package.archive.damaged(f'the sheet "{entry.name}" is missing')
            if related.kind != _WORKSHEET:
                continue
            if self._is_own(related.part):
                self.own_sheets.append(entry.name)
            else:
                sheets.append(XlsxSheet(self, entry, related.part))
        if not sheets:
            self.package.archive.refuse("holds no worksheet: there is no column to read")
        return sheets

    def _editors(self) -> dict[str, Editor]:
        """Return what edits each part that changes, by the name of its zip entry."""
        editors: dict[str, Editor] = {}
        filters: dict[int, int] = {}
        for sheet in self._sheets:
            if not sheet.additions:
                continue
            plan = Plan(sheet.name, sheet.additions, sheet.totals_rows)
            splicer = SheetSplicer(plan, self._styles, sheet.read_whole())
            self._add_editor(editors, sheet.part, splicer)
            if plan.last_filter_column is not None:
                filters[sheet.entry.index] = plan.last_filter_column
            for part, table in sheet.table_parts.items():
                if table is not None and (names := sheet.names_grown(table)):
                    self._add_editor(editors, part, TableGrower(table, names))
        if filters or self._added.entries:
            listed = ManifestEditor(filters, self._added.entries)
            self._add_editor(editors, self.package.workbook_part, listed)
        for part, editor in self._added.editors():
            self._add_editor(editors, part, editor)
        return editors

    @cached_property
    def _added(self) -> SheetAdditions:
        tabs = {tab.name: self._related[tab.relationship].part for tab in self._manifest.sheets}
        return SheetAdditions(self.package, tabs, self._manifest.names)

    def _earlier(self, subject: str) -> tuple[str, int] | None:
        """Find a sheet of ours about the same, as it was written: its tab and its number."""
        for tab in self._manifest.sheets:
            part = self._related[tab.relationship].part
            number = own_number(part)
            if number is None or self._added.is_replaced(number):
                continue
            rows = XlsxSheet(self, tab, part).rows(2)
            if any(row.number == 2 and row.cells.get(1) == subject for row in rows):
                return tab.name, number
        return None

    def _is_own(self, part: str) -> bool:
        if own_number(part) is not None:
            return True
        try:
            tables = [
                self.package.parse(table, TableReader()).table for table in self._tables(part)
            ]
        except InputError:  # said where it matters: when this sheet is read
            return False
        return is_own(table.name for table in tables if table is not None)

    def _tables(self, part: str) -> list[str]:
        found = self.package.relationships(part).values()
        return [item.part for item in found if item.kind == "table" and self.package.has(item.part)]

    def _add_editor(self, editors: dict[str, Editor], part: str, editor: Editor) -> None:
        name = self.package.entry(part).filename
        if name in editors:
            raise OutputError(f"{self.path}: {part} belongs to two sheets; nothing was written.")
        editors[name] = editor

    def _write(self, file: BinaryIO, editors: dict[str, Editor]) -> None:
        archive = self.package.archive
        writer = ZipWriter(file)
        dropped = self._added.dropped
        for entry in archive.entries:
            editor = editors.get(entry.filename)
            if entry.filename in dropped:
                continue
            if editor is None:
                writer.copy(archive.file, entry)
            else:
                writer.replace(entry, self._edited(entry.filename, editor))
        for part, content in self._added.content.items():
            writer.replace(ZipInfo(part), [content])
        writer.finish(archive.comment)

    def _edited(self, part: str, editor: Editor) -> Iterator[bytes]:
        chunks: Iterable[bytes] = self.package.chunks(part)
        try:
            yield from editor.run(chunks)
        except (MarkupError, BadReferenceError) as error:
            self.package.bad_markup(part, error)
