"""Workbooks for the tests of the xlsx backend: built by hand, so that odd XML can be in them."""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.formula.translate import TranslatorError

from cellsense.cells import CellValue
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx.scan import SheetElements
from cellsense.sheets.xlsx.sheet import XlsxSheet
from cellsense.sheets.xlsx.splice import SheetSplicer
from cellsense.sheets.xlsx.strings import StringReader
from cellsense.sheets.xlsx.workbook import XlsxWorkbook

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
# What openpyxl raises on workbooks that Excel opens, and on broken ones.
OPENPYXL_FAILS = (LookupError, ValueError, TypeError, AttributeError, OSError, SyntaxError)
OPENPYXL_FAILS += (zipfile.BadZipFile, zlib.error, EOFError, OverflowError, RuntimeError)
OPENPYXL_FAILS += (AssertionError, struct.error, TranslatorError)
_OVERRIDES = {
    "xl/workbook.xml": "sheet.main",
    "xl/worksheets/sheet1.xml": "worksheet",
    "xl/sharedStrings.xml": "sharedStrings",
    "xl/styles.xml": "styles",
    "xl/tables/table1.xml": "table",
}


def relationships(targets: Mapping[str, str], base: str = _OFFICE) -> str:
    """`{"worksheet": "worksheets/sheet1.xml"}` → a relationships part with rId1, rId2, …"""
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{base}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{items}</Relationships>'


def worksheet(rows: str, before: str = "", after: str = "") -> str:
    """Rows → a worksheet part."""
    data = f"<sheetData>{rows}</sheetData>"
    return f'<worksheet xmlns="{MAIN}" xmlns:r="{_OFFICE}">{before}{data}{after}</worksheet>'


def parts(sheet: str | bytes, **others: str) -> dict[str, str | bytes]:
    """Return the parts of a workbook with one sheet.

    Others: `strings` (content of sst), `xfs` and `formats` (of styles), `table` (a whole part),
    `names` (defined names), `properties` (attributes of workbookPr).
    """
    names = f"<definedNames>{others['names']}</definedNames>" if "names" in others else ""
    targets = {"worksheet": "worksheets/sheet1.xml"}
    made: dict[str, str | bytes] = {
        "_rels/.rels": relationships({"officeDocument": "xl/workbook.xml"}),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}">'
            f"<workbookPr {others.get('properties', '')}/>"
            f'<sheets><sheet name="Data" sheetId="1" r:id="rId1"/></sheets>{names}</workbook>'
        ),
        "xl/worksheets/sheet1.xml": sheet,
    }
    if "strings" in others:
        targets["sharedStrings"] = "sharedStrings.xml"
        made["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{others["strings"]}</sst>'
    if "xfs" in others:
        targets["styles"] = "styles.xml"
        made["xl/styles.xml"] = (
            f'<styleSheet xmlns="{MAIN}"><numFmts>{others.get("formats", "")}</numFmts>'
            "<fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>"
            f"<cellStyleXfs><xf/></cellStyleXfs><cellXfs>{others['xfs']}</cellXfs>"
            '<cellStyles><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
            "</styleSheet>"
        )
    if "table" in others:
        made["xl/tables/table1.xml"] = others["table"]
        made["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(
            {"table": "../tables/table1.xml"}
        )
    made["xl/_rels/workbook.xml.rels"] = relationships(targets)
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{_SPREADSHEET}.{kind}+xml"/>'
        for part, kind in _OVERRIDES.items()
        if part in made
    )
    made["[Content_Types].xml"] = (
        f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f"{overrides}</Types>"
    )
    return made


def pack(
    path: Path, content: Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]]
) -> Path:
    """Zip parts into a file."""
    items = content.items() if isinstance(content, Mapping) else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in items:
            archive.writestr(name, data)
    return path


def build(path: Path, sheet: str | bytes, **others: str) -> Path:
    """Write a workbook with one sheet."""
    return pack(path, parts(sheet, **others))


@contextmanager
def opened(path: Path, index: int = 0) -> Iterator[XlsxSheet]:
    """Open a workbook's sheet."""
    book = XlsxWorkbook(path)
    try:
        sheet = book.sheets[index]
        assert isinstance(sheet, XlsxSheet)
        yield sheet
    finally:
        book.close()


@contextmanager
def parser_only() -> Iterator[None]:
    """Have everything read by the parser."""
    with pytest.MonkeyPatch.context() as patch:
        for reader in (SheetElements, SheetSplicer, StringReader):
            patch.setattr(reader, "read_block", lambda *_: False)
        yield


def read_all(path: Path, index: int = 0) -> dict[tuple[int, int], CellValue]:
    """Return every value by (row, column), read by the backend."""
    with opened(path, index) as sheet:
        return {
            (row.number, key): value for row in sheet.rows() for key, value in row.cells.items()
        }


def read_openpyxl(path: Path, index: int = 0) -> dict[tuple[int, int], Any]:
    """Return every value by (row, column), read by openpyxl; formulas as their stored value."""
    book = load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
    cells = book.worksheets[index]._cells
    return {key: cell.value for key, cell in cells.items() if cell.value is not None}


def openpyxl_sheets(path: Path) -> dict[str, dict[tuple[int, int], Any]] | None:
    """Return every value of every worksheet, read by openpyxl; None where it can't."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
        except OPENPYXL_FAILS:
            return None
    return {
        sheet.title: {
            place: cell.value for place, cell in sheet._cells.items() if cell.value is not None
        }
        for sheet in book.worksheets
    }


def openpyxl_values(path: Path, name: str) -> dict[tuple[int, int], Any] | None:
    """Read a sheet with openpyxl; None where it can't, or reads none (strict files)."""
    return (openpyxl_sheets(path) or {}).get(name)


def added(path: Path, *additions: Addition, index: int = 0) -> Path:
    """Write additions to a sheet; return the result, a new file."""
    target = path.with_name(f"{path.stem}.added{path.suffix}")
    book = XlsxWorkbook(path)
    try:
        for addition in additions:
            book.sheets[index].write(addition)
        book.save(target)
    finally:
        book.close()
    return target


def part(path: Path, name: str = "xl/worksheets/sheet1.xml") -> str:
    """Return a part's text."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


def raw_entries(path: Path) -> dict[str, tuple[bytes, object]]:
    """Return each entry's packed bytes and what the directory says of it, in order."""
    entries = {}
    with zipfile.ZipFile(path) as archive, path.open("rb") as file:
        for info in archive.infolist():
            file.seek(info.header_offset + 26)
            lengths = file.read(4)
            skip = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            file.seek(skip, io.SEEK_CUR)
            told = info.date_time, info.external_attr, info.comment, info.CRC, info.compress_type
            entries[info.filename] = file.read(info.compress_size), told
    return entries


def changed_entries(before: Path, after: Path) -> set[str]:
    """Return the entries that aren't the same, byte for byte; the order has to be the same."""
    old, new = raw_entries(before), raw_entries(after)
    assert list(old) == list(new)
    return {name for name in old if old[name] != new[name]}
