"""What workbooks have that programs easily get wrong: the whole way, from choosing to writing."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import OutputError
from cellsense.sheets.interface import Addition, Area
from cellsense.sheets.placement import place
from cellsense.sheets.selection import select
from cellsense.sheets.xlsx import limits, lookup
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import (
    added,
    build,
    changed_entries,
    opened,
    pack,
    part,
    parts,
    read_all,
    read_openpyxl,
    worksheet,
)

REVIEWS = ["It works well and looks fine", "It broke after a week of use", "Not bad for the price"]
SHEETS = [f"xl/worksheets/sheet{number}.xml" for number in (1, 2, 3)]


def label(book: XlsxWorkbook, *, replace: bool = False, **named: Any) -> None:
    """Put a label and a score beside each review of a column, as a conversion does."""
    selection = select(book.sheets, named.get("sheet"), named.get("column"))
    column = selection.column.column
    values: dict[int, tuple[CellValue, ...]] = {}
    for row, value in selection.sheet.column(column, selection.first_row):
        if row <= selection.last_row and kind_of(value) is CellKind.TEXT:
            values[row] = ("POSITIVE" if "well" in str(value) else "NEGATIVE", 0.75)
    where = place(selection, ("Label", "Score"), replace=replace)
    selection.sheet.write(where.addition(values))


def labelled(path: Path, *, replace: bool = False, **named: Any) -> Path:
    """Label a file; return the result, a new file."""
    target = path.with_name(f"{path.stem}.labelled.xlsx")
    book = XlsxWorkbook(path)
    try:
        label(book, replace=replace, **named)
        book.save(target)
    finally:
        book.close()
    return target


def several(path: Path) -> Path:
    """Write three sheets of reviews: a table, a filter, plain cells; they share strings."""
    with xlsxwriter.Workbook(path) as book:
        table, filtered, plain = (book.add_worksheet(name) for name in ("Table", "Filter", "Plain"))
        data = [[review, stars] for stars, review in enumerate(REVIEWS, start=3)]
        columns = [{"header": "Review"}, {"header": "Stars"}]
        table.add_table(0, 0, len(data), 1, {"name": "Reviews", "columns": columns, "data": data})
        for sheet in (filtered, plain):
            sheet.write_row(0, 0, ["Review", "Stars"])
            for row, cells in enumerate(data, start=1):
                sheet.write_row(row, 0, cells)
        filtered.autofilter(0, 0, len(data), 1)
        book.add_worksheet("Other").write(0, 0, REVIEWS[0])
    return path


@pytest.mark.parametrize("many", [False, True])
def test_several_sheets_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    if many:
        monkeypatch.setattr(lookup, "STRINGS_AT_ONCE", 0)
        monkeypatch.setattr(limits, "CHUNK", 100)
    path = several(tmp_path / "a.xlsx")
    target = tmp_path / "b.xlsx"
    book = XlsxWorkbook(path)
    for name in ("Plain", "Table", "Filter"):
        label(book, sheet=name)
    book.save(target)
    book.close()
    assert changed_entries(path, target) == {*SHEETS, "xl/tables/table1.xml", "xl/workbook.xml"}
    for index in range(3):
        new = {(1, 3): "Label", (1, 4): "Score"}
        for row in (2, 3, 4):
            new |= {(row, 3): "POSITIVE" if row == 2 else "NEGATIVE", (row, 4): 0.75}
        assert read_openpyxl(target, index) == read_openpyxl(path, index) | new
        assert read_all(target, index) == read_openpyxl(target, index)
    seen = openpyxl.load_workbook(target)
    assert seen["Table"].tables["Reviews"].ref == "A1:D4"
    assert seen["Filter"].auto_filter.ref == "A1:D4"
    assert seen["Plain"].auto_filter.ref is None
    again = tmp_path / "c.xlsx"
    book = XlsxWorkbook(target)
    for name in ("Table", "Filter", "Plain"):
        label(book, sheet=name, replace=True)
    book.save(again)
    book.close()
    assert changed_entries(target, again) <= set(SHEETS)
    assert [read_all(again, index) for index in range(4)] == [
        read_all(target, index) for index in range(4)
    ]


def test_a_totals_row_gets_no_label(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        columns = [{"header": "Review", "total_string": "In all"}, {"header": "Stars"}]
        columns[1]["total_function"] = "sum"
        data = [[review, stars] for stars, review in enumerate(REVIEWS)]
        options = {"name": "Reviews", "columns": columns, "data": data, "total_row": True}
        sheet.add_table("A1:B5", options)
    result = labelled(path)
    seen = read_openpyxl(result)
    assert [seen.get((row, 3)) for row in range(1, 6)] == [
        "Label",
        "POSITIVE",
        "NEGATIVE",
        "NEGATIVE",
        None,
    ]
    assert (5, 4) not in seen
    table = openpyxl.load_workbook(result).active.tables["Reviews"]
    assert (table.ref, table.totalsRowCount, table.autoFilter.ref) == ("A1:D5", 1, "A1:D4")
    assert [column.totalsRowFunction for column in table.tableColumns] == [None, "sum", None, None]
    # A second run clears nothing in it either.
    assert read_openpyxl(labelled(result, replace=True)) == seen


def test_a_sheet_used_to_the_last_column_is_refused_with_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Wide")
        for row, review in enumerate(["Review", *REVIEWS]):
            sheet.write(row, 0, review)
        sheet.write("XFC9", "almost the end")
    with pytest.raises(OutputError, match=r'"Wide" has no room for two columns.*XFC'):
        labelled(path)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_formats_to_the_last_column_leave_room(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        grey = book.add_format({"bg_color": "#EEEEEE"})
        for row, review in enumerate(["Review", *REVIEWS]):
            sheet.write(row, 0, review)
            for column in (1, 2, 16_383):
                sheet.write_blank(row, column, None, grey)
        sheet.set_column("B:XFD", None, None, {"hidden": True})
    result = labelled(path)
    assert read_openpyxl(result)[2, 2] == "POSITIVE"
    sheet = openpyxl.load_workbook(result).active
    assert sheet["C2"].fill.fgColor.rgb == "FFEEEEEE"
    assert not sheet.column_dimensions["B"].hidden
    assert sheet.column_dimensions["D"].hidden
    assert sheet.column_dimensions["D"].max == 16_384


def test_alternate_content_and_extensions_stay(tmp_path: Path) -> None:
    alternate = (
        '<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice Requires="x14"><controls>'
        '<control shapeId="1" r:id="rId9"/></controls></mc:Choice>'
        "<mc:Fallback><sheetData><row r='9'/></sheetData></mc:Fallback></mc:AlternateContent>"
    )
    extensions = '<extLst><ext uri="{x}"><sparklines><cols/></sparklines></ext></extLst>'
    rows = (
        '<row r="1"><c r="A1" t="str"><v>Review</v></c><extLst><ext uri="y"><c r="Z1"/></ext>'
        '</extLst></row><row r="2" spans="1:1"><c r="A2" t="str"><v>It works well indeed</v>'
        "</c></row>"
    )
    for place_of in ("before", "after"):
        around = (
            {place_of: alternate} if place_of == "before" else {"after": alternate + extensions}
        )
        path = build(tmp_path / f"{place_of}.xlsx", worksheet(rows, **around))
        with opened(path) as sheet:
            assert sheet.extent() == (2, 1)
        text = part(added(path, Addition(2, ("L", "S"), 1, {2: ("x", 1)})))
        assert alternate in text
        assert ('<row r="2" spans="1:3">' in text) == ('spans="1:1"' not in text)
        assert "</c><extLst><ext uri=" in text
        assert text.count('<c r="Z1"/>') == 1
        if place_of == "after":
            assert extensions in text


def test_a_leading_apostrophe_is_no_look_for_a_score(tmp_path: Path) -> None:
    xfs = '<xf numFmtId="0"/><xf numFmtId="0" quotePrefix="1"/><xf numFmtId="0" fontId="0"/>'
    rows = (
        '<row r="1"><c r="A1" s="2" t="str"><v>Review</v></c></row>'
        '<row r="2"><c r="A2" s="1" t="str"><v>=not a formula</v></c></row>'
        '<row r="3"><c r="A3" s="2" t="str"><v>plain</v></c></row>'
    )
    path = build(tmp_path / "a.xlsx", worksheet(rows), xfs=xfs)
    addition = Addition(2, ("L", "S"), 1, {2: ("x", 0.5), 3: ("y", 0.25)}, look_like=1)
    text = part(added(path, addition))
    assert '<c r="B2" t="inlineStr">' in text
    assert '<c r="C2"><v>0.5</v></c>' in text
    assert '<c r="C3" s="2"><v>0.25</v></c>' in text
    assert '<c r="B1" s="2" t="inlineStr">' in text


def test_a_filter_and_its_hidden_name_grow_together(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="str"><v>{text}</v></c></row>'
        for row, text in enumerate(["Review", *REVIEWS], start=1)
    )
    name = (
        '<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">'
        "Data!$A$1:$A$4</definedName>"
    )
    path = build(
        tmp_path / "a.xlsx", worksheet(rows, after='<autoFilter ref="A1:A4"/>'), names=name
    )
    result = labelled(path)
    with opened(result) as sheet:
        assert sheet.autofilter() == Area(1, 1, 4, 3)
    assert "Data!$A$1:$C$4</definedName>" in part(result, "xl/workbook.xml")
    assert changed_entries(path, result) == {SHEETS[0], "xl/workbook.xml"}


def test_formulas_are_read_by_their_stored_values_and_counted_without(tmp_path: Path) -> None:
    cells = [
        't="str"><f>T(B2)</f><v>It works well &amp; looks fine</v>',
        't="str"><f>T(B3)</f><v>It broke after a week of use</v>',
        't="str"><f>T(B4)</f>',
        "><f>T(B5)</f><v/>",
        't="e"><f>T(B6)</f><v>#N/A</v>',
    ]
    rows = '<row r="1"><c r="A1" t="str"><v>Review</v></c></row>' + "".join(
        f'<row r="{row}"><c r="A{row}" {cell}</c></row>' for row, cell in enumerate(cells, start=2)
    )
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    book = XlsxWorkbook(path)
    label(book)
    book.save(tmp_path / "b.xlsx")
    book.close()
    assert len(book.notes) == 1
    assert '"Data", column A: 2 formulas have no stored value' in book.notes[0]
    assert "open the file in Excel and save it" in book.notes[0]
    seen = read_all(tmp_path / "b.xlsx")
    assert {key: value for key, value in seen.items() if key[1] == 2} == {
        (1, 2): "Label",
        (2, 2): "POSITIVE",
        (3, 2): "NEGATIVE",
    }
    assert part(tmp_path / "b.xlsx").count("<f>T(B") == 5


def test_signatures_macros_and_protection(tmp_path: Path) -> None:
    content = parts(
        worksheet(
            '<row r="1"><c r="A1" t="str"><v>Review</v></c></row>'
            '<row r="2"><c r="A2" t="str"><v>It works well and looks fine</v></c></row>',
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" state="frozen"/>'
            "</sheetView></sheetViews>",
            '<sheetProtection sheet="1" objects="1"/>',
        )
    )
    content["xl/vbaProject.bin"] = bytes(range(256)) * 9
    content["_xmlsignatures/sig1.xml"] = "<Signature/>"
    path = pack(tmp_path / "a.xlsm", content)
    target = tmp_path / "b.xlsm"
    book = XlsxWorkbook(path)
    label(book)
    book.save(target)
    book.close()
    assert [note for note in book.notes if "digitally signed" in note]
    assert changed_entries(path, target) == {SHEETS[0]}
    assert '<sheetProtection sheet="1" objects="1"/>' in part(target)
    assert '<pane ySplit="1" state="frozen"/>' in part(target)
