"""Files made to fill the memory or the day: each is refused, or converted within bounds."""

import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cellsense.errors import CellsenseError
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import MAIN, build, pack, parts, read_all, relationships, worksheet

pytest.importorskip("resource", reason="limits on processes are set as Unix has them")

MOST_MB = 500
MOST_SECONDS = 30
SHEET = "xl/worksheets/sheet1.xml"
ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
MEGABYTE = 1 << 20


def sheet(content: str) -> Callable[[Path], Path]:
    """Return what writes a workbook with these rows."""
    return lambda path: build(path, worksheet(content))


def changed(name: str, content: str | bytes) -> Callable[[Path], Path]:
    """Return what writes a workbook with one part changed."""
    return lambda path: pack(path, {**parts(worksheet(ROW)), name: content})


def strings(content: str) -> Callable[[Path], Path]:
    """Return what writes a workbook with these shared strings."""
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{row * 7}</v></c></row>' for row in range(1, 1000)
    )
    return lambda path: build(path, worksheet(cells), strings=content)


def styles(content: str) -> Callable[[Path], Path]:
    """Return what writes a workbook with these cell styles."""
    row = '<row r="1"><c r="A1" s="3"><v>1</v></c></row>'
    return lambda path: build(path, worksheet(row), xfs=content)


def stated(path: Path, size: int) -> Path:
    """Let the directory state another size for the sheet."""
    build(path, worksheet(ROW * 1))
    data = bytearray(path.read_bytes())
    at = data.index(SHEET.encode(), data.index(b"PK\1\2"))
    struct.pack_into("<L", data, at - 46 + 24, size)
    path.write_bytes(data)
    return path


def letters(column: int) -> str:
    from cellsense.sheets.interface import column_letter

    return column_letter(column)


def wide(rows: int) -> str:
    columns = [letters(column) for column in range(1, 16_385)]
    return "".join(
        f'<row r="{row}">' + "".join(f'<c r="{c}{row}" s="0"/>' for c in columns) + "</row>"
        for row in range(1, rows + 1)
    )


DOCTYPE = '<!DOCTYPE a [<!ENTITY a "{}">]>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "laughs": (
        changed(SHEET, f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>' + worksheet("&l11;")),
        "DOCTYPE",
    ),
    "one long entity": (
        changed(SHEET, DOCTYPE.format("ha" * MEGABYTE) + worksheet("&a;" * 50_000)),
        "DOCTYPE",
    ),
    "xxe": (
        changed(
            SHEET,
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
            + worksheet('<row r="1"><c r="A1" t="str"><v>&x;</v></c></row>'),
        ),
        "DOCTYPE",
    ),
    "zeros": (changed(SHEET, bytes(200 * MEGABYTE)), "zip bomb"),
    "zeros beside": (changed("xl/media/image1.png", bytes(200 * MEGABYTE)), "zip bomb"),
    "zeros that are read": (changed(SHEET, bytes(20 * MEGABYTE)), "zip bomb"),
    "a large small part": (
        changed("xl/workbook.xml", bytes(range(256)) * (80 * 4096)),
        "zip bomb|that is no workbook",
    ),
    "empty cells": (sheet(f"<row>{'<c/>' * 2_400_000}</row>"), "beyond column XFD"),
    "empty rows": (sheet("<row/>" * 1_600_000), "row 1048577"),
    "numbered rows": (
        sheet("".join(f'<row r="{row}"/>' for row in range(1, 1_048_577))),
        "0 rows seen",
    ),
    "far rows": (
        sheet(
            "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in (1, 1_048_576))
        ),
        "2 rows seen, 1 labels",
    ),
    "a row beyond": (sheet('<row r="4294967297"/>'), "a row numbered '4294967297'"),
    "one row again and again": (sheet('<row r="7"/>' * 500_000), "row 7 after row 7"),
    "all columns": (sheet(wide(60)), "0 rows seen, 0 labels"),
    "a staircase": (
        sheet(
            "".join(
                f'<row r="{n}"><c r="{letters(n)}{n}"><v>1</v></c></row>' for n in range(1, 16_385)
            )
        ),
        "400 rows seen",
    ),
    "nested": (sheet("<a>" * 3_000_000), "nested more than"),
    "nested below a row": (sheet(ROW + "<row r='2'>" + "<a>" * 3_000_000), "nested more than"),
    "nested strings": (strings("<si>" + "<r>" * 3_000_000), "nested more than"),
    "nested workbook": (changed("xl/workbook.xml", "<workbook>" * 900_000), "nested more than"),
    "a long attribute": (sheet(f'<row r="1" x="{"y" * 9 * MEGABYTE}"/>'), "a tag of more than"),
    "a long attribute in a block": (
        sheet(f'<row r="1"><c r="A1" x="{"y" * 2 * MEGABYTE}"><v>1</v></c></row>'),
        "1 rows|a tag of more than",
    ),
    "spaces in a tag": (
        sheet(
            f'<row r="1"><c r="A1"{" " * 900_000}><v>1</v></c></row><row r="2" {" " * 900_000}/>'
        ),
        "1 rows seen",
    ),
    "a long comment": (sheet(f"<!--{'y' * 9 * MEGABYTE}-->"), "a tag of more than"),
    "a long text": (
        sheet(f'<row r="2"><c r="A2" t="str"><v>{"y" * 9 * MEGABYTE}</v></c></row>'),
        "1 rows seen, 1 labels",
    ),
    "names": (sheet("".join(f"<n{number}/>" for number in range(900_000))), "different names"),
    "names of attributes": (
        sheet(
            "".join(
                f'<row r="{n}"><c r="A{n}" n{n}="1"><v>1</v></c></row>' for n in range(1, 200_000)
            )
        ),
        "400 rows seen, 199998 labels|different names",
    ),
    "sheets": (
        changed(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}"><sheets>{"<sheet/>" * 1_200_000}</sheets></workbook>',
        ),
        "more than 1,000,000 elements",
    ),
    "styles": (styles("<xf/>" * 1_500_000), "more than 1,000,000 elements"),
    "a number format of brackets": (
        lambda path: build(
            path,
            worksheet('<row r="1"><c r="A1" s="0"><v>1</v></c></row>'),
            xfs='<xf numFmtId="170"/>',
            formats=f'<numFmt numFmtId="170" formatCode="{"[" * 900_000}"/>',
        ),
        "1 rows seen",
    ),
    "relationships": (
        changed(
            "xl/_rels/workbook.xml.rels", relationships({}).replace("</", "<R/>" * 1_100_000 + "</")
        ),
        "more than 1,000,000 elements",
    ),
    "empty strings": (strings("<si/>" * 1_900_000), "0 rows seen, 0 labels"),
    "a million strings": (
        strings("".join(f"<si><t>text {number}</t></si>" for number in range(1_000_000))),
        "400 rows seen, 998 labels",
    ),
    "a string that isn't there": (
        sheet('<row r="1"><c r="A1" t="s"><v>4294967295</v></c></row>'),
        "0 rows seen",
    ),
    "a size that is too small": (lambda path: stated(path, 10), "larger than the 10 bytes"),
    "a size that is too large": (lambda path: stated(path, 90_000_000), "can't be unpacked|bomb"),
    "utf-16 spaces": (
        changed(SHEET, ("\ufeff" + " " * MEGABYTE + worksheet(ROW)).encode("utf-16-le")),
        "1 rows seen",
    ),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """Run all cases, one process each."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = [make(folder / f"{name}.xlsx") for name, (make, _) in CASES.items()]
    script = Path(__file__).with_name("bounded_run.py")
    run = subprocess.run(
        [sys.executable, str(script), *map(str, paths)], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert not [item.name for item in folder.iterdir() if ".out" in item.name]
    return {line["name"].removesuffix(".xlsx"): line for line in lines}


@pytest.mark.parametrize("name", CASES)
def test_bounds_hold(name: str, outcomes: dict[str, dict[str, object]]) -> None:
    found = outcomes[name]
    message = str(found["outcome"])
    assert re.search(CASES[name][1], message), found
    assert "\n" not in message
    assert float(str(found["mb"])) < MOST_MB, found
    assert float(str(found["cpu"])) < MOST_SECONDS, found


def test_any_part_of_a_file_is_refused_in_a_line(tmp_path: Path) -> None:
    whole = build(tmp_path / "whole.xlsx", worksheet(ROW)).read_bytes()
    path = tmp_path / "cut.xlsx"
    for length in range(0, len(whole) - 1, 37):
        path.write_bytes(whole[:length])
        with pytest.raises(CellsenseError) as caught:
            XlsxWorkbook(path)
        assert "\n" not in str(caught.value)


def test_paths_that_lead_outside_lead_nowhere(tmp_path: Path) -> None:
    outside = tmp_path / "secret.xml"
    outside.write_text(worksheet('<row r="1"><c r="A1"><v>42</v></c></row>'))
    for target in (
        f"../../../{outside}",
        str(outside),
        f"file://{outside}",
        "..\\..\\secret.xml",
        "%2e%2e/secret.xml",
    ):
        content = parts(worksheet(ROW))
        content["xl/_rels/workbook.xml.rels"] = relationships({"worksheet": target})
        with pytest.raises(CellsenseError, match='sheet "Data" is missing'):
            XlsxWorkbook(pack(tmp_path / "a.xlsx", content))
    content = parts(worksheet(ROW))
    content["../../evil.xml"] = "<evil/>"
    content["/etc/passwd"] = "root"
    assert read_all(pack(tmp_path / "b.xlsx", content)) == {(1, 1): 1}
    assert sorted(item.name for item in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx", "secret.xml"]


def test_content_types_that_are_wrong_are_not_believed(tmp_path: Path) -> None:
    content = parts(worksheet(ROW))
    types = str(content["[Content_Types].xml"])
    content["[Content_Types].xml"] = types.replace("worksheet+xml", "chart+xml")
    assert read_all(pack(tmp_path / "a.xlsx", content)) == {(1, 1): 1}
    content["[Content_Types].xml"] = "<Types"
    with pytest.raises(CellsenseError, match="Content_Types"):
        XlsxWorkbook(pack(tmp_path / "b.xlsx", content))


def test_parts_that_are_each_other(tmp_path: Path) -> None:
    content = parts(worksheet(ROW))
    content["xl/_rels/workbook.xml.rels"] = relationships({"worksheet": "workbook.xml"})
    book = XlsxWorkbook(pack(tmp_path / "a.xlsx", content))
    with pytest.raises(CellsenseError, match="it is a workbook, not a worksheet"):
        list(book.sheets[0].rows())
    book.close()


@pytest.mark.parametrize("count", [1, 70_000])
def test_many_entries(tmp_path: Path, count: int) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive:
        for number in range(count):
            archive.writestr(f"n{number}", b"")
    if count == 1:
        assert read_all(path) == {(1, 1): 1}
        return
    with pytest.raises(CellsenseError, match="70,005 entries"):
        XlsxWorkbook(path)
