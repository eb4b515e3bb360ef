"""Reading: values of every kind, in every way that files write them; extents, sheets, notes."""

import datetime
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from openpyxl.styles.numbers import is_date_format as openpyxl_is_date_format
from openpyxl.utils.datetime import from_excel

from cellsense.cells import CellValue, ErrorValue
from cellsense.errors import UnreadableFileError
from cellsense.sheets.interface import Addition, Area, Row, column_letter
from cellsense.sheets.xlsx.styles import is_date_format
from cellsense.sheets.xlsx.values import from_serial, parse_number
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import (
    added,
    build,
    opened,
    pack,
    parts,
    read_all,
    relationships,
    worksheet,
)

XFS = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 165, 166, 46))
FORMATS = (
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd hh:mm"/>'
    '<numFmt numFmtId="166" formatCode="0.00 &quot;days&quot;"/>'
)
STRINGS = (
    "<si><t>plain</t></si>"
    '<si><r><t>rich </t></r><r><rPr><b/></rPr><t xml:space="preserve">text </t></r>'
    "<rPh sb='0' eb='1'><t>guide</t></rPh><phoneticPr fontId='1'/></si>"
    "<si><t>line_x000D_\nbreak</t></si><si><t/></si><si/>"
)


def cells(path: Path) -> dict[str, CellValue]:
    return {column_letter(column): value for (_, column), value in read_all(path).items()}


def test_values_of_every_kind(tmp_path: Path) -> None:
    kinds = [
        ('t="s"', "<v>0</v>", "plain"),
        ('t="s"', "<v>1</v>", "rich text "),
        ('t="s"', "<v> 2 </v>", "line\r\nbreak"),
        ('t="s"', "<v>3</v>", None),
        ('t="s"', "<v>4</v>", None),
        ('t="s"', "<v>99</v>", None),
        ('t="s"', "<v>-1</v>", None),
        ('t="s"', "<v/>", None),
        ('t="inlineStr"', "<is><t>in</t></is>", "in"),
        ('t="inlineStr"', "<is><r><t>a</t></r><r><t>b</t></r><rPh><t>x</t></rPh></is>", "ab"),
        ('t="inlineStr"', "<v>value</v>", "value"),
        ('t="inlineStr"', "<v>1.0</v><is><t>1.</t></is><v>1.0</v>", "1."),
        ('t="str"', "<f>A1</f><v>cached _x0041_</v>", "cached A"),
        ('t="str"', "<f>A1</f><v></v>", None),
        ('t="b"', "<v>1</v>", True),
        ('t="b"', "<v>false</v>", False),
        ('t="e"', "<v>#N/A</v>", ErrorValue("#N/A")),
        ('t="str"', "<v>#N/A</v>", "#N/A"),
        ("", "<v>42</v>", 42),
        ("", "<v>-7</v>", -7),
        ('t="n"', "<v>1.5E-3</v>", 0.0015),
        ("", "<f>1/3</f><v>0.25</v>", 0.25),
        ("", "<v>broken</v>", "broken"),
        ("", "<v/>", None),
        ('s="1"', "", None),
        ('s="1"', "<v>45000</v>", datetime.datetime(2023, 3, 15)),
        ('s="2"', "<v>45000.75</v>", datetime.datetime(2023, 3, 15, 18)),
    ]
    row = "".join(
        f'<c r="{column_letter(index + 1)}1" {attributes}>{content}</c>'
        for index, (attributes, content, _) in enumerate(kinds)
    )
    path = build(
        tmp_path / "a.xlsx",
        worksheet(f"<row>{row}</row>"),
        strings=STRINGS,
        xfs=XFS,
        formats=FORMATS,
    )
    expected = {column_letter(index + 1): value for index, (_, _, value) in enumerate(kinds)}
    seen = cells(path)
    assert seen == {key: value for key, value in expected.items() if value is not None}
    assert {key: type(value) for key, value in seen.items()} == {
        key: type(expected[key]) for key in seen
    }


def test_dates_in_both_date_systems(tmp_path: Path) -> None:
    row = (
        '<c r="A1" s="1"><v>40000</v></c><c r="B1" s="3"><v>40000</v></c>'
        '<c r="C1" s="2"><v>0.5</v></c><c r="D1" t="d"><v>2024-02-29T12:30:00</v></c>'
        '<c r="E1" t="d"><v>soon</v></c><c r="F1" s="1"><v>99999999</v></c>'
    )
    sheet = worksheet(f"<row>{row}</row>")
    modern = build(tmp_path / "a.xlsx", sheet, xfs=XFS, formats=FORMATS)
    common = {
        "B": 40000,
        "C": datetime.time(12),
        "D": datetime.datetime(2024, 2, 29, 12, 30),
        "E": "soon",
        "F": 99999999,
    }
    assert cells(modern) == {"A": datetime.datetime(2009, 7, 6), **common}
    old = build(tmp_path / "b.xlsx", sheet, xfs=XFS, formats=FORMATS, properties='date1904="true"')
    assert cells(old) == {"A": datetime.datetime(2013, 7, 7), **common}


@pytest.mark.parametrize("written", ["1e305", "-1e305", "9" * 400])
def test_numbers_that_are_no_dates(tmp_path: Path, written: str) -> None:
    sheet = worksheet(f'<row r="1"><c r="A1" s="1"><v>{written}</v></c></row>')
    seen = cells(build(tmp_path / "a.xlsx", sheet, xfs=XFS, formats=FORMATS))
    assert seen == {"A": written if len(written) > 309 else float(written)}


def test_shared_strings_of_other_vocabularies(tmp_path: Path) -> None:
    strings = (
        '<o:si xmlns:o="urn:o"><o:t>no</o:t></o:si><si><o:t xmlns:o="urn:o">no</o:t><t>one</t></si>'
    )
    sheet = worksheet('<row r="1"><c r="A1" t="s"><v>0</v></c></row>')
    assert cells(build(tmp_path / "a.xlsx", sheet, strings=strings)) == {"A": "one"}


@pytest.mark.parametrize("digits", ["9" * 5_000, "٣"])
def test_digits_that_are_no_number(tmp_path: Path, digits: str) -> None:
    """Python's `int` fails on the first, and reads the second as 3."""
    rows = (
        f'<row r="1" spans="1:{digits}"><c r="A1" s="{digits}" t="str"><v>a</v></c></row>'
        f'<row r="2" spans="1:{digits}"><c r="A2" s="{digits}"><v>1</v></c></row>'
    )
    columns = f'<cols><col min="{digits}" max="{digits}" hidden="1"/></cols>'
    names = (
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{digits}">Data!$A$1:$A$2'
        "</definedName>"
    )
    path = build(
        tmp_path / "a.xlsx",
        worksheet(rows, columns, '<autoFilter ref="A1:A2"/>'),
        xfs=f'<xf numFmtId="{digits}"/>',
        names=names,
    )
    values = {2: ("x", 0.5)}
    addition = Addition(2, ("L", "S"), 1, values, look_like=1, grow_autofilter=True)
    result = added(path, addition)
    assert cells(result) == {"A": 1, "B": "x", "C": 0.5}


@pytest.mark.parametrize(
    "serial", [-9.25, 0, 0.25, 1, 59, 60.5, 61, 25569.123456, 45000.999999, 2950000]
)
@pytest.mark.parametrize("from_1904", [False, True])
def test_dates_are_those_of_openpyxl(serial: float, from_1904: bool) -> None:
    epoch = datetime.datetime(1904, 1, 1) if from_1904 else datetime.datetime(1899, 12, 30)
    assert from_serial(serial, from_1904=from_1904) == from_excel(serial, epoch)


@pytest.mark.parametrize(
    "code",
    [
        "General",
        "0.00",
        "#,##0 [$€-407]",
        '0 "days"',
        "yyyy-mm-dd",
        "[h]:mm:ss",
        "mm:ss.0",
        "[Red]0;[Blue]-0",
        "[$-409]d/m/yyyy h:mm AM/PM;@",
        '"d"0',
        "0\\d",
        "@",
        "_-* #,##0.00_-",
        "0.00E+00",
    ],
)
def test_date_formats_are_those_of_openpyxl(code: str) -> None:
    assert is_date_format(code) == bool(openpyxl_is_date_format(code))


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "1_000", "0x10", "", "1,5", "٣", "１"])
def test_what_is_no_number(text: str) -> None:
    assert parse_number(text) is None


def test_what_xlsxwriter_writes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        date = book.add_format({"num_format": "d mmm yyyy"})
        sheet.write_row(0, 0, ["Review", "Stars", "Date", "Paid"])
        sheet.write_row(1, 0, [" fine ", 4.5])
        sheet.write_datetime(1, 2, datetime.datetime(2026, 1, 2), date)
        sheet.write_boolean(1, 3, True)
        sheet.write_formula(2, 0, '="a"&"b"', None, "ab")
        sheet.write_rich_string(3, 0, "some ", book.add_format({"bold": True}), "bold")
    with opened(path) as sheet:
        assert list(sheet.rows(2)) == [
            Row(1, {1: "Review", 2: "Stars", 3: "Date", 4: "Paid"}),
            Row(2, {1: " fine ", 2: 4.5, 3: datetime.datetime(2026, 1, 2), 4: True}),
        ]
        assert list(sheet.column(1, 2)) == [(2, " fine "), (3, "ab"), (4, "some bold")]
        assert list(sheet.column(4, 2)) == [(2, True)]
        assert sheet.extent() == (4, 4)
        assert sheet.known_header is None


def test_formulas_without_a_value_are_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = openpyxl.Workbook()
    for row, cells in enumerate(([1, "=A1&1"], [2, "=A2&2"], [3, "text"]), start=1):
        for column, value in enumerate(cells, start=1):
            book.active.cell(row, column, value)
    book.save(path)
    opened_book = XlsxWorkbook(path)
    sheet = opened_book.sheets[0]
    assert list(sheet.column(1, 1)) == [(1, 1), (2, 2), (3, 3)]
    assert opened_book.notes == []
    assert list(sheet.column(2, 1)) == [(3, "text")]
    assert list(sheet.column(2, 1)) == [(3, "text")]
    assert sheet.extent() == (3, 2)
    opened_book.close()
    assert len(opened_book.notes) == 1
    assert '"Sheet", column B: 2 formulas have no stored value' in opened_book.notes[0]


def test_a_style_alone_is_not_in_use(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="B2"><v>1</v></c><c r="C2"><f>B2</f></c><c r="Z2" s="1"/></row>'
        '<row r="900"><c r="A900" s="1"></c></row><row r="1000" ht="20"/>'
    )
    with opened(build(tmp_path / "a.xlsx", worksheet(rows, '<dimension ref="A1:ZZ5000"/>'))) as one:
        assert one.extent() == (2, 3)
        assert list(one.rows()) == [Row(2, {2: 1})]
    with opened(build(tmp_path / "b.xlsx", worksheet(""))) as none:
        assert none.extent() == (0, 0)
        assert list(none.rows()) == []
        assert none.autofilter() is None
        assert none.tables() == []


def test_merges_filters_and_pivots_count_as_in_use(tmp_path: Path) -> None:
    after = (
        '<autoFilter ref="A1:C9"/><mergeCells count="2"><mergeCell ref="B1:E2"/>'
        '<mergeCell ref="A30:XFD30"/></mergeCells>'
        '<customSheetViews><customSheetView><autoFilter ref="A1:Z9"/></customSheetView>'
        "</customSheetViews>"
    )
    content = parts(worksheet('<row r="1"><c r="A1"><v>1</v></c></row>', after=after))
    path = pack(tmp_path / "a.xlsx", content)
    with opened(path) as sheet:
        assert sheet.autofilter() == Area(1, 1, 9, 3)
        assert sheet.extent() == (2, 5)
    content["xl/worksheets/_rels/sheet1.xml.rels"] = relationships(
        {"pivotTable": "../pivotTables/pivotTable1.xml", "printerSettings": "none.bin"}
    )
    content["xl/pivotTables/pivotTable1.xml"] = (
        '<pivotTableDefinition><location ref="G3:I20"/></pivotTableDefinition>'
    )
    with opened(pack(tmp_path / "b.xlsx", content)) as sheet:
        assert sheet.extent() == (20, 9)


@pytest.mark.parametrize("comment", ["", "<!-- read by the parser -->"])
@pytest.mark.parametrize(
    ("formula", "extent"),
    [
        ('t="array" ref="A1:C4"', (4, 3)),
        ("ref='A1:C1' t='dataTable' r1='B9'", (2, 3)),
        ('t="shared" ref="A1:C4" si="0"', (2, 1)),
        ('t="array" ref="1:4"', (2, 1)),
    ],
)
def test_what_an_array_formula_fills_counts_as_in_use(
    tmp_path: Path, comment: str, formula: str, extent: tuple[int, int]
) -> None:
    """Programs other than Excel store its first cell only."""
    rows = (
        f'{comment}<row r="1"><c r="A1"><f {formula}>1+2</f></c><c r="B1" s="0"/></row>'
        '<row r="2"><c r="A2"><v>1</v></c></row>'
    )
    with opened(build(tmp_path / "a.xlsx", worksheet(rows))) as sheet:
        assert sheet.extent() == extent


def test_an_empty_text_is_a_stored_value(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c></row>'
        '<row r="2"><c r="A2" t="str"><f>B2</f></c></row><row r="3"><c r="A3"><f>B3</f></c></row>'
    )
    book = XlsxWorkbook(build(tmp_path / "a.xlsx", worksheet(rows)))
    assert list(book.sheets[0].column(1, 1)) == []
    book.close()
    assert "2 formulas have" in book.notes[0]


def test_worksheets_only_in_the_order_of_tabs(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        first = book.add_worksheet("Zebra & Co")
        chart = book.add_chart({"type": "line"})
        book.add_chartsheet("Chart").set_chart(chart)
        book.add_worksheet("Hidden").hide()
        book.add_worksheet("Deep").very_hidden()
        first.write(0, 0, "x")
        chart.add_series({"values": "='Zebra & Co'!$A$1:$A$2"})
    book = XlsxWorkbook(path)
    names = [(sheet.name, sheet.hidden) for sheet in book.sheets]
    book.close()
    assert names == [("Zebra & Co", False), ("Hidden", True), ("Deep", True)]


def test_a_workbook_of_charts_is_refused(tmp_path: Path) -> None:
    content = parts("<chartsheet/>")
    content["xl/_rels/workbook.xml.rels"] = relationships({"chartsheet": "worksheets/sheet1.xml"})
    with pytest.raises(UnreadableFileError, match="no worksheet"):
        XlsxWorkbook(pack(tmp_path / "a.xlsx", content))
