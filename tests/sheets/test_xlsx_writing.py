"""Writing: where cells go, what they look like, what is replaced and what is refused."""

import datetime
import re
from pathlib import Path

import numpy as np
import openpyxl
import pytest
import xlsxwriter

from cellsense.cells import CellValue, ErrorValue
from cellsense.errors import OutputError
from cellsense.sheets.interface import Addition
from cellsense.sheets.open import Writer, open_workbook
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import (
    added,
    build,
    changed_entries,
    part,
    read_all,
    read_openpyxl,
    worksheet,
)

SHEET1 = "xl/worksheets/sheet1.xml"


def reviews(path: Path, rows: int = 5) -> Path:
    """Write a workbook of reviews as Excel would: styles, a formula, an image, a second sheet."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Reviews")
        bold = book.add_format({"bold": True, "bg_color": "#FFCC00"})
        sheet.write_row(0, 0, ["Review", "Stars", "Twice"], bold)
        for row in range(1, rows + 1):
            sheet.write(row, 0, f"review {row}")
            sheet.write(row, 1, row)
            sheet.write_formula(row, 2, f"=B{row + 1}*2", None, row * 2)
        sheet.freeze_panes(1, 0)
        sheet.conditional_format("B2:B6", {"type": "data_bar"})
        sheet.data_validation("D2:D6", {"validate": "list", "source": ["a", "b"]})
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": "=Reviews!$B$2:$B$6"})
        sheet.insert_chart("H2", chart)
        book.add_worksheet("Other").write(0, 0, "other")
    return path


def test_columns_are_added_and_all_else_stays(tmp_path: Path) -> None:
    path = reviews(tmp_path / "a.xlsx")
    values: dict[int, tuple[CellValue, ...]] = {
        2: ("positive", 0.987),
        3: ("=1+1", 1.0),
        4: (None, None),
        6: ("@risk", 0.5),
        9: ("-below", 0.25),
    }
    result = added(path, Addition(4, ("Label", "Score"), 1, values))
    assert changed_entries(path, result) == {SHEET1}
    expected = read_openpyxl(path) | {
        (1, 4): "Label",
        (1, 5): "Score",
        (2, 4): "positive",
        (2, 5): 0.987,
        (3, 4): "=1+1",
        (3, 5): 1.0,
        (6, 4): "@risk",
        (6, 5): 0.5,
        (9, 4): "-below",
        (9, 5): 0.25,
    }
    assert read_openpyxl(result) == expected
    assert expected[6, 3] == 10  # the stored value of a formula
    assert read_all(result) == expected
    sheet = openpyxl.load_workbook(result)["Reviews"]
    assert sheet["D3"].data_type == "s"
    assert sheet["C2"].value == "=B2*2"
    assert sheet["D1"].font.b
    assert sheet["E1"].fill.fgColor.rgb == "FFFFCC00"
    assert not sheet["D2"].has_style
    assert sheet.dimensions == "A1:E9"
    assert sheet.freeze_panes == "A2"
    assert '<dimension ref="A1:E9"/>' in part(result)
    assert '<row r="2" spans="1:5">' in part(result)


def test_values_of_every_kind_are_written(tmp_path: Path) -> None:
    values = {
        1: ("text", 1, 2.5, True),
        2: (False, float("nan"), float("inf"), ErrorValue("#N/A")),
        3: (np.float64(0.125), 0.5, "", 10**20),
        4: (datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4), "a\nb", 1e-320),
    }
    addition = Addition(1, ("a", "b", "c", "d"), None, values)
    result = added(build(tmp_path / "a.xlsx", worksheet("")), addition)
    assert read_openpyxl(result) == {
        (1, 1): "text",
        (1, 2): 1,
        (1, 3): 2.5,
        (1, 4): True,
        (2, 1): False,
        (2, 4): "#N/A",
        (3, 1): 0.125,
        (3, 2): 0.5,
        (3, 4): 10**20,
        (4, 1): "2026-01-02",
        (4, 2): "2026-01-02T03:04:00",
        (4, 3): "a\nb",
        (4, 4): 1e-320,
    }
    assert '<c r="A2" t="b"><v>0</v></c>' in part(result)
    assert '<c r="D2" t="e"><v>#N/A</v></c>' in part(result)


def test_columns_between_others_keep_the_order(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" s="0"><v>1</v></c><c r="C1" s="0"/><c r="F1"><v>6</v></c></row>'
        '<row r="3"><c r="E3"><v>5</v></c></row><row r="4"><c r="B4"/></row>'
    )
    addition = Addition(3, ("L", "S"), None, {row: ("x", row) for row in range(1, 6)})
    result = added(build(tmp_path / "a.xlsx", worksheet(rows)), addition)
    text = part(result)
    places = [
        text.index(f'r="{cell}"') for cell in ("A1", "C1", "D1", "F1", "C3", "D3", "E3", "B4")
    ]
    assert places == sorted(places)
    assert text.count('r="C1"') == 1
    assert read_openpyxl(result) == {
        (1, 1): 1,
        (1, 6): 6,
        (3, 5): 5,
        **{(row, 3): "x" for row in range(1, 6)},
        **{(row, 4): row for row in range(1, 6)},
    }


def test_a_second_run_replaces(tmp_path: Path) -> None:
    path = reviews(tmp_path / "a.xlsx")
    first = added(
        path, Addition(4, ("Label", "Score"), 1, dict.fromkeys(range(2, 9), ("good", 0.5)))
    )
    values = {2: ("bad", 0.75), 4: (None, 0.5), 10: ("new", 0.1)}
    second = added(first, Addition(4, ("Label", "Score"), 1, values, replaces=True))
    seen = {key: value for key, value in read_openpyxl(second).items() if key[1] > 3}
    assert seen == {
        (1, 4): "Label",
        (1, 5): "Score",
        (2, 4): "bad",
        (2, 5): 0.75,
        (4, 5): 0.5,
        (10, 4): "new",
        (10, 5): 0.1,
    }
    assert openpyxl.load_workbook(second)["Reviews"]["D1"].font.b
    third = added(second, Addition(4, ("Label", "Score"), 1, values, replaces=True))
    assert part(third) == part(second)


def test_replacing_leaves_what_stands_above_and_beside(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}">'
        + "".join(f'<c r="{c}{row}" s="0"><v>{row}</v></c>' for c in "ABCD")
        + "</row>"
        for row in range(1, 5)
    )
    addition = Addition(2, ("L", "S"), 2, {3: ("x", 0.5)}, replaces=True)
    result = added(build(tmp_path / "a.xlsx", worksheet(rows)), addition)
    outside = {(row, column): row for row in range(1, 5) for column in (1, 4)}
    assert read_openpyxl(result) == {
        **outside,
        (1, 2): 1,
        (1, 3): 1,
        (2, 2): "L",
        (2, 3): "S",
        (3, 2): "x",
        (3, 3): 0.5,
    }


def test_styled_empty_cells_keep_their_looks_but_not_a_date_format(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" s="2"><v>1</v></c><c r="B1" s="1"/></row>'
        '<row r="2"><c r="B2" s="1"/><c r="C2" s="2"/></row>'
    )
    xfs = '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/>'
    addition = Addition(2, ("L", "S"), 1, {2: (0.25, 0.5)})
    result = added(build(tmp_path / "a.xlsx", worksheet(rows), xfs=xfs), addition)
    text = part(result)
    assert '<c r="B1" s="2" t="inlineStr">' in text  # as the header cell left of it
    assert '<c r="C1" s="2" t="inlineStr">' in text
    assert '<c r="B2"><v>0.25</v></c><c r="C2" s="2"><v>0.5</v></c>' in text
    assert read_openpyxl(result)[2, 2] == 0.25


def test_headers_keep_their_looks_in_every_run(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" s="1"><v>45000</v></c></row>'
    path = build(tmp_path / "a.xlsx", worksheet(rows), xfs='<xf numFmtId="0"/><xf numFmtId="14"/>')
    first = added(path, Addition(2, ("L",), 1, {2: ("x",)}))
    assert '<c r="B1" s="1" t="inlineStr">' in part(first)
    assert part(added(first, Addition(2, ("L",), 1, {2: ("x",)}, replaces=True))) == part(first)


def test_several_additions_to_several_sheets(tmp_path: Path) -> None:
    path = reviews(tmp_path / "a.xlsx")
    target = tmp_path / "b.xlsx"
    book = XlsxWorkbook(path)
    first, second = book.sheets
    first.write(Addition(6, ("L2", "S2"), 1, {2: ("b", 2)}))
    first.write(Addition(4, ("L1", "S1"), 1, {3: ("a", 1)}))
    second.write(Addition(2, ("L", "S"), 1, {2: ("c", 3)}))
    book.save(target)
    book.close()
    assert changed_entries(path, target) == {SHEET1, "xl/worksheets/sheet2.xml"}
    seen = read_openpyxl(target)
    assert [seen[1, column] for column in range(4, 8)] == ["L1", "S1", "L2", "S2"]
    assert (seen[3, 4], seen[3, 5], seen[2, 6], seen[2, 7]) == ("a", 1, "b", 2)
    assert read_openpyxl(target, 1)[2, 2] == "c"
    assert openpyxl.load_workbook(target)["Reviews"]["G1"].font.b


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="2"><c r="B2"><f>A1</f><v>1</v></c></row>', "a formula in .* at B2"),
        ('<row r="2"><c r="C2" t="str"><v>mine</v></c></row>', "something in .* at C2"),
        ('<row r="2"><c r="B2" t="inlineStr"><is><t>x</t></is></c></row>', "something in"),
        ('<row r="1"><c r="C1"><v>7</v></c></row>', "something in .* at C1"),
    ],
)
def test_what_stands_there_is_not_overwritten(tmp_path: Path, rows: str, words: str) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    with pytest.raises(OutputError, match=words):
        added(path, Addition(2, ("L", "S"), 1, {2: ("x", 1)}))
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_formulas_are_not_replaced_either(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet('<row r="7"><c r="B7"><f>A1</f></c></row>'))
    with pytest.raises(OutputError, match=r"formula in .* at B7"):
        added(path, Addition(2, ("L", "S"), 1, {2: ("x", 1)}, replaces=True))


def test_merged_cells_in_the_way_are_refused(tmp_path: Path) -> None:
    merges = '<mergeCells><mergeCell ref="A1:XFD1"/><mergeCell ref="{}"/></mergeCells>'
    addition = Addition(2, ("L", "S"), 2, {3: ("x", 1)})
    hidden = build(tmp_path / "a.xlsx", worksheet("", after=merges.format("A3:XFD3")))
    with pytest.raises(OutputError, match="merged cells at A3:XFD3"):
        added(hidden, addition)
    for number, area in enumerate(("D3:E9", "A5:XFD5")):
        free = build(tmp_path / f"free{number}.xlsx", worksheet("", after=merges.format(area)))
        assert read_all(added(free, addition))[3, 2] == "x"


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        (Addition(16_384, ("L", "S"), 1, {}), "no room.*XFD"),
        (Addition(0, ("L", "S"), 1, {}), "no room"),
        (Addition(1, (), 1, {}), "no room"),
        (Addition(1, ("L",), 1, {1_048_577: ("x",)}), "rows 1 to 1,048,576"),
        (Addition(1, ("L",), 0, {}), "rows 1 to"),
    ],
)
def test_beyond_the_edges_is_refused(tmp_path: Path, addition: Addition, words: str) -> None:
    book = XlsxWorkbook(build(tmp_path / "a.xlsx", worksheet("")))
    with pytest.raises(OutputError, match=words):
        book.sheets[0].write(addition)
    book.close()


def test_the_last_cell_of_all_can_be_written(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet('<row r="1048576"><c r="A1048576"/></row>'))
    result = added(path, Addition(16_384, ("L",), None, {1_048_576: ("end",)}))
    assert read_openpyxl(result) == {(1_048_576, 16_384): "end"}


def test_one_column_twice_is_refused(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(""))
    with pytest.raises(OutputError, match="column B twice"):
        added(path, Addition(1, ("L", "S"), 1, {}), Addition(2, ("L", "S"), 1, {}))


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_new_cells_look_like_the_texts_unless_these_have_a_number_format(
    tmp_path: Path, writer: Writer
) -> None:
    source = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(source) as book:
        sheet = book.add_worksheet()
        sheet.write("A1", "Review")
        sheet.write("A2", "Fine", book.add_format({"valign": "top", "border": 1, "italic": True}))
        sheet.write("A3", "Fine", book.add_format({"valign": "top", "num_format": "0"}))
        sheet.write("A4", "Fine")
    workbook = open_workbook(source, writer)
    values: dict[int, tuple[CellValue, ...]] = dict.fromkeys((2, 3, 4), ("POSITIVE", 0.75))
    workbook.sheets[0].write(Addition(2, ("Label", "Score"), 1, values, look_like=1))
    workbook.save(tmp_path / "out.xlsx")
    workbook.close()
    found = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0]
    for cell in found[2]:
        assert (cell.alignment.vertical, cell.border.left.style, cell.font.i) == (
            "top",
            "thin",
            True,
        )
    assert [cell.alignment.vertical for cell in found[3]] == ["top", None, None]
    assert found["C3"].number_format == "General"
    assert found["C4"].value == 0.75


def scores_style(path: Path, sheet: str, xfs: str, formats: str = "") -> str | None:
    """Return the style of a new score beside a text, and see that its label has the text's."""
    book = build(path, sheet, xfs=xfs, formats=formats)
    written = part(added(book, Addition(2, ("L", "S"), None, {1: ("x", 0.5)}, look_like=1)))
    label, score = re.findall(r'<c r="[BC]1"(?: s="(\d+)")?', written)
    assert label == re.findall(r'<c r="A1"(?: s="(\d+)")?', sheet)[0]
    return score or None


BOLD = '<xf numFmtId="{}" fontId="1" fillId="0" borderId="0"><alignment wrapText="{}"/></xf>'


@pytest.mark.parametrize("comment", ["", "<!-- read by the parser -->"])
@pytest.mark.parametrize(
    ("look", "others", "expected"),
    [
        ("", '<xf numFmtId="2"/>', "1"),
        ("", '<xf numFmtId="170"/>', "1"),
        ("", '<xf numFmtId="171"/>', None),
        ("", '<xf numFmtId="2" quotePrefix="1"/><xf numFmtId="2" applyFont="1"/>', "2"),
        ("", '<xf numFmtId="2" fillId="3"/>', None),
        (' s="1"', BOLD.format(0, 1) + BOLD.format(2, 1), "2"),
        (' s="1"', BOLD.format(0, 1) + BOLD.format(2, 0), "1"),
    ],
)
def test_a_score_takes_a_number_format_that_the_workbook_has(
    tmp_path: Path, look: str, others: str, expected: str | None, comment: str
) -> None:
    row = f'<row r="1"><c r="A1"{look} t="str"><v>good</v></c></row>'
    formats = '<numFmt numFmtId="170" formatCode="0.000"/><numFmt numFmtId="171" formatCode="0%"/>'
    xfs = '<xf numFmtId="0" fontId="0"/>' + others
    sheet = worksheet(comment + row)
    assert scores_style(tmp_path / "a.xlsx", sheet, xfs, formats) == expected


@pytest.mark.parametrize("comment", ["", "<!-- read by the parser -->"])
def test_what_an_array_formula_fills_is_not_free(tmp_path: Path, comment: str) -> None:
    row = '<row r="1"><c r="A1"><f t="array" ref="A1:C4">D1:F4</f><v>1</v></c></row>'
    path = build(tmp_path / "a.xlsx", worksheet(comment + row))
    with pytest.raises(OutputError, match='An array formula of "Data" fills column C: choose'):
        added(path, Addition(3, ("L", "S"), None, {2: ("x", 1)}))
    assert read_all(added(path, Addition(4, ("L", "S"), None, {2: ("x", 1)})))[2, 4] == "x"
