"""A sheet made by openpyxl → the parts that another workbook takes in.

They get names that no other program gives, so that a later run knows them for its own.
"""

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from cellsense.sheets.xlsx.markup import Checker

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_KINDS = "worksheets/sheet|drawings/drawing|charts/chart|tables/table"
_MADE = re.compile(rf"xl/(?:{_KINDS})(\d+)\.xml")
_OWN = re.compile(
    r"xl/(?:worksheets|drawings|charts|tables)/(?:_rels/)?cellsense[A-Z][a-z]+(\d+)(?:_\d+)?\.xml"
    r"(?:\.rels)?"
)
_RELATIONS = re.compile(r"(.*/)_rels/([^/]+)\.rels")
_STYLE = re.compile(rb'<c [^>]*\bs="[1-9]')
_TABLE_ID = re.compile(rb'(<table [^>]*?\bid=")\d+(")')


@dataclass(frozen=True, slots=True)
class NewSheet:
    """The parts of a sheet that a workbook takes in."""

    name: str  # on the tab
    number: int  # among the sheets of this kind
    part: str
    content: Mapping[str, bytes]  # of all parts, by name; no leading slash
    types: Mapping[str, str]  # the parts' content types


def sheet_part(number: int) -> str:
    """Return the name of the part that holds a sheet of ours."""
    return f"xl/worksheets/cellsenseSheet{number}.xml"


def own_number(part: str) -> int | None:
    """Return which sheet of ours a part belongs to; None if it is somebody else's."""
    match = _OWN.fullmatch(part)
    return None if match is None else int(match[1])


def make_parts(
    name: str, fill: Callable[["Worksheet"], None], number: int, first_table: int
) -> NewSheet:
    """Let `fill` write a sheet and return its parts.

    Args:
        name: on the tab.
        fill: writes cells, tables and charts, none of them with a cell style.
        number: which of our sheets it is, from 1.
        first_table: the id that its first table gets; others count on.
    """
    from openpyxl import Workbook

    book = Workbook()
    worksheet = book.worksheets[0]
    worksheet.title = name
    fill(worksheet)
    packed = io.BytesIO()
    book.save(packed)
    with zipfile.ZipFile(packed) as archive:
        made = {item: archive.read(item) for item in archive.namelist()}
    names = {item: _own_name(item, number) for item in made if _MADE.fullmatch(item)}
    content: dict[str, bytes] = {}
    for item, raw in made.items():
        relations = _RELATIONS.fullmatch(item)
        if item in names:
            content[names[item]] = _checked(_with_table_id(item, raw, first_table))
        elif relations is not None and (owner := relations[1] + relations[2]) in names:
            folder, _, file = names[owner].rpartition("/")
            content[f"{folder}/_rels/{file}.rels"] = _renamed(raw, names)
    types = {
        names[part]: kind for part, kind in _types(made["[Content_Types].xml"]) if part in names
    }
    return NewSheet(name, number, sheet_part(number), content, types)


def _own_name(part: str, number: int) -> str:
    folder, _, file = part.rpartition("/")
    kind, place = re.fullmatch(r"([a-z]+)(\d+)\.xml", file).groups()  # type: ignore[union-attr]
    if kind == "sheet":
        return sheet_part(number)
    return f"{folder}/cellsense{kind.title()}{number}_{place}.xml"


def _with_table_id(part: str, raw: bytes, first: int) -> bytes:
    place = _MADE.fullmatch(part)
    if place is None or "/tables/" not in part:
        return raw
    return _TABLE_ID.sub(rb"\g<1>%d\g<2>" % (first + int(place[1]) - 1), raw, count=1)


def _renamed(raw: bytes, names: Mapping[str, str]) -> bytes:
    for old, new in names.items():
        raw = raw.replace(f'"/{old}"'.encode(), f'"/{new}"'.encode())
    return raw


def _checked(raw: bytes) -> bytes:
    if _STYLE.search(raw):
        raise ValueError("a new sheet has a cell style, which means another one in the workbook")
    checker = Checker()
    checker.feed(raw)
    checker.finish()
    return raw


def _types(raw: bytes) -> list[tuple[str, str]]:
    elements = ElementTree.fromstring(raw)  # noqa: S314 - openpyxl has just written it
    return [
        (item.get("PartName", "").lstrip("/"), item.get("ContentType", ""))
        for item in elements
        if item.tag.endswith("Override")
    ]
