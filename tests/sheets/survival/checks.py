"""What must hold of a converted workbook: each check returns what is wrong with it."""

import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from openxml_audit import FileFormat, OpenXmlValidator, ValidationError

from cellsense.sheets.interface import column_letter
from cellsense.sheets.xlsx.sheet import XlsxSheet
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.survival.conversion import Cells, Converted, read_sheets
from sheets.xlsx_files import openpyxl_sheets, raw_entries


class CannotSay(NamedTuple):
    """A check doesn't apply to a workbook."""

    why: str


Problems = list[str] | CannotSay


class Check(NamedTuple):
    """What must hold, and what finds out."""

    name: str
    problems: Callable[[Converted], Problems]


# What a worksheet may say anew around its rows: how far it reaches, and how wide new columns are.
_MAY_CHANGE = ("dimension", "cols")
# A warning that Excel will move inline strings to the shared ones at its next save, given where a
# workbook has no shared strings. Both are valid; with shared ones a second part would change, or
# have to be made.
_MEANT = "Excel_InlineStrCells"


def other_parts(converted: Converted) -> Problems:
    """Every entry of the zip file is the same bytes, but those that had to change."""
    old, new = raw_entries(converted.source), raw_entries(converted.result)
    if list(old) != list(new):
        return ["the entries, or their order, aren't the same"]
    changed = {name for name in old if old[name] != new[name]}
    sheets = set(_sheet_entries(converted).values())
    problems = [f"{name} changed" for name in sorted(changed - _may_change(converted))]
    return problems + [f"{name} didn't change" for name in sorted(sheets - changed)]


def cells(converted: Converted) -> Problems:
    """Old cells read as before, and the new ones hold label and score, in every sheet."""
    before, after = read_sheets(converted.source), read_sheets(converted.result)
    return list(_different(_with_new(converted, before), after))


def markup(converted: Converted) -> Problems:
    """Without its new cells a worksheet says what it said: formulas, styles, rules, links, …"""
    problems = []
    for name, entry in _sheet_entries(converted).items():
        new = {f"{column_letter(column)}{row}" for row, column in converted.new[name]}
        before, after = (
            _without(_entry(path, entry), new) for path in (converted.source, converted.result)
        )
        if before != after:
            problems.append(f"{entry} says something else besides the new cells")
    return problems


def in_openpyxl(converted: Converted) -> Problems:
    """Where openpyxl loads the input it loads the result, with the old values and the new."""
    before = openpyxl_sheets(converted.source)
    if before is None:
        return CannotSay("openpyxl doesn't load the input")
    if not converted.new.keys() <= before.keys():
        return CannotSay("openpyxl finds no such sheet in the input (strict files)")
    after = openpyxl_sheets(converted.result)
    if after is None:
        return ["openpyxl doesn't load it"]
    return list(_different(_with_new(converted, before), after))


def audit(converted: Converted) -> Problems:
    """The validator finds nothing in the result that it didn't find in the input."""
    new = _findings(converted.result) - _findings(converted.source)
    return [f"{count} × {finding}" for finding, count in new.items()]


CHECKS = (
    Check("all other parts are the same bytes", other_parts),
    Check("old cells read as before, new ones hold label and score", cells),
    Check("markup of the worksheet, without the new cells, is as before", markup),
    Check("openpyxl loads it, with the old values and the new", in_openpyxl),
)
AUDIT = Check("openxml-audit finds nothing new", audit)


def _with_new(converted: Converted, before: dict[str, Cells]) -> dict[str, Cells]:
    return {name: found | converted.new.get(name, {}) for name, found in before.items()}


def _different(expected: dict[str, Cells], found: dict[str, Cells]) -> Iterator[str]:
    if list(expected) != list(found):
        yield "the sheets aren't the same"
        return
    for name, wanted in expected.items():
        for place in sorted(wanted.keys() | found[name].keys()):
            one, other = wanted.get(place), found[name].get(place)
            if type(one) is not type(other) or one != other:
                yield f"{name!r} {column_letter(place[1])}{place[0]}: {other!r}, not {one!r}"


def _sheet_entries(converted: Converted) -> dict[str, str]:
    """Return the zip entries of the sheets that gained columns."""
    with closing(XlsxWorkbook(converted.source)) as book:
        return {
            sheet.name: book.package.entry(sheet.part).filename
            for sheet in book.sheets
            if sheet.name in converted.new and isinstance(sheet, XlsxSheet)
        }


def _may_change(converted: Converted) -> set[str]:
    with closing(XlsxWorkbook(converted.source)) as book:
        parts: set[str] = set()
        for sheet in book.sheets:
            if sheet.name not in converted.new or not isinstance(sheet, XlsxSheet):
                continue
            last = min(column for _, column in converted.new[sheet.name]) - 1
            parts.add(sheet.part)
            parts |= {
                part
                for part, table in sheet.table_parts.items()
                if table is not None and table.area.last_column == last
            }
            area = sheet.autofilter()
            if area is not None and area.last_column == last:
                parts.add(book.package.workbook_part)
        return {book.package.entry(part).filename for part in parts}


def _entry(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def _without(part: bytes, new: set[str]) -> bytes:
    """Return a worksheet in canonical form, without its new cells and what goes with them."""
    root = etree.fromstring(part, etree.XMLParser(resolve_entities=False, huge_tree=True))
    for element in list(root.iter("{*}c")):
        if element.get("r") in new:
            _remove(element)
    for row in list(root.iter("{*}row")):
        row.attrib.pop("spans", None)
        if not len(row) and set(row.attrib) <= {"r"}:
            _remove(row)
    for name in _MAY_CHANGE:
        for element in list(root.iterchildren(f"{{*}}{name}")):
            _remove(element)
    for element in root.iterchildren("{*}autoFilter"):
        element.attrib.pop("ref", None)
    return bytes(etree.tostring(root, method="c14n"))


def _remove(element: Any) -> None:
    """Remove an element, but not the spaces after it."""
    parent, before = element.getparent(), element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        before.tail = (before.tail or "") + (element.tail or "")
    parent.remove(element)


@cache
def _validator() -> OpenXmlValidator:
    return OpenXmlValidator(FileFormat.MICROSOFT_365, max_errors=0)


def _findings(path: Path) -> Counter[str]:
    errors = _validator().validate(path).errors
    return Counter(_finding(error) for error in errors if error.id != _MEANT)


def _finding(error: ValidationError) -> str:
    """Name a finding without its place, which new cells may move."""
    return f"{error.error_type.value} {error.part_uri} {error.node}: {error.description}"
