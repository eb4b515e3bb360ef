"""Workbooks through openpyxl: what is written, and what openpyxl reads back."""

import datetime
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart
from openpyxl.styles import Font
from openpyxl.worksheet.table import Table, TableColumn
from openpyxl.worksheet.worksheet import Worksheet

from cellsense.cells import CellKind, ErrorValue, kind_of
from cellsense.errors import MissingFileError, OptionError, OutputError, UnreadableFileError
from cellsense.sheets.interface import Addition, Area
from cellsense.sheets.openpyxl_book import OpenpyxlSheet, OpenpyxlWorkbook

NAMES = ("Label", "Score")


def worksheet(*rows: list[object]) -> Worksheet:
    sheet = Workbook().active
    for row in rows:
        sheet.append(row)
    return sheet


def reviews() -> Worksheet:
    return worksheet(["id", "review"], [1, "good"], [2, "bad"])


def with_table(sheet: Worksheet, ref: str = "A1:B3", *, saved: bool = True) -> Table:
    table = Table(displayName="Reviews", ref=ref)
    if saved:
        table._initialise_columns()
        for column, name in zip(table.tableColumns, ("id", "review"), strict=True):
            column.name = name
    sheet.add_table(table)
    return table


def add_chartsheet(book: Workbook) -> None:
    book.create_chartsheet("Chart").add_chart(BarChart())


def book_of(sheet: Worksheet, folder: Path, name: str = "book.xlsx") -> Path:
    path = folder / name
    sheet.parent.save(path)
    return path


def values_of(sheet: Worksheet) -> list[list[object]]:
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


# ---- reading ------------------------------------------------------------------------------------


def test_rows_hold_values_of_every_kind() -> None:
    day = datetime.datetime(2024, 5, 1)
    sheet = worksheet(["a", 1, 1.5, True, day, "#N/A", "=A1", None, datetime.timedelta(hours=36)])
    (row,) = OpenpyxlSheet(sheet).rows()
    assert row.cells == {1: "a", 2: 1, 3: 1.5, 4: True, 5: day, 6: "#N/A", 9: 1.5}
    assert isinstance(row.cells[6], ErrorValue)
    assert kind_of(row.cells[6]) is CellKind.ERROR


def test_formulas_have_no_value_in_a_worksheet_in_memory() -> None:
    sheet = worksheet(["review"], ["=A1"], ["good"])
    assert list(OpenpyxlSheet(sheet).column(1, 2)) == [(3, "good")]
    assert OpenpyxlSheet(sheet).extent() == (3, 1)


def test_cells_with_a_style_only_do_not_count() -> None:
    sheet = reviews()
    sheet["H40"].font = Font(bold=True)
    assert OpenpyxlSheet(sheet).extent() == (3, 2)
    assert OpenpyxlSheet(worksheet()).extent() == (0, 0)


def test_merges_and_tables_count() -> None:
    sheet = reviews()
    sheet.merge_cells("A1:E1")
    assert OpenpyxlSheet(sheet).extent() == (3, 5)
    with_table(sheet, "A1:F9", saved=False)
    assert OpenpyxlSheet(sheet).extent() == (9, 6)


def test_rows_come_in_order_and_end_at_the_limit() -> None:
    sheet = worksheet()
    sheet["B9"], sheet["A2"], sheet["A9"] = "b", "a", "c"
    rows = list(OpenpyxlSheet(sheet).rows())
    assert [(row.number, dict(row.cells)) for row in rows] == [(2, {1: "a"}), (9, {1: "c", 2: "b"})]
    assert len(list(OpenpyxlSheet(sheet).rows(limit=1))) == 1


def test_reading_makes_no_cells() -> None:
    sheet = worksheet()
    sheet["XFD1000"] = "far"
    wrapped = OpenpyxlSheet(sheet)
    assert [row.number for row in wrapped.rows()] == [1000]
    assert list(wrapped.column(1, 1)) == []
    assert len(sheet._cells) == 1


def test_rich_text_is_text() -> None:
    sheet = worksheet([CellRichText("so ", TextBlock(InlineFont(b=True), "good"))])
    assert list(OpenpyxlSheet(sheet).column(1, 1)) == [(1, "so good")]


def test_tables_and_filters_are_told() -> None:
    sheet = reviews()
    with_table(sheet).totalsRowCount = 1
    sheet.auto_filter.ref = "A1:B3"
    wrapped = OpenpyxlSheet(sheet)
    (table,) = wrapped.tables()
    assert (table.name, table.columns) == ("Reviews", ("id", "review"))
    assert table.area == Area(1, 1, 3, 2)
    assert (table.has_header, table.has_totals, table.can_grow) == (True, True, True)
    assert wrapped.autofilter() == Area(1, 1, 3, 2)


def test_tables_fed_from_outside_cannot_grow() -> None:
    sheet = reviews()
    with_table(sheet).tableType = "queryTable"
    assert not OpenpyxlSheet(sheet).tables()[0].can_grow


def test_names_of_a_table_that_was_not_saved_yet() -> None:
    sheet = reviews()
    with_table(sheet, saved=False)
    assert OpenpyxlSheet(sheet).tables()[0].columns == ("id", "review")


def test_hidden_sheets_say_so() -> None:
    sheet = reviews()
    assert not OpenpyxlSheet(sheet).hidden
    sheet.sheet_state = "veryHidden"
    assert OpenpyxlSheet(sheet).hidden


def test_a_read_only_worksheet_is_refused(tmp_path: Path) -> None:
    book = load_workbook(book_of(reviews(), tmp_path), read_only=True)
    with pytest.raises(OptionError, match="read-only"):
        OpenpyxlSheet(book.active)
    book.close()


# ---- writing ------------------------------------------------------------------------------------


def test_columns_are_written_at_once_with_the_headers_style() -> None:
    sheet = reviews()
    sheet["B1"].font = Font(bold=True, color="FF0000")
    OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {2: ("pos", 0.9), 3: ("neg", None)}))
    assert values_of(sheet) == [
        ["id", "review", "Label", "Score"],
        [1, "good", "pos", 0.9],
        [2, "bad", "neg", None],
    ]
    assert [(cell.font.b, cell.font.color.rgb) for cell in sheet[1][2:]] == [(True, "00FF0000")] * 2
    assert not sheet["C2"].has_style


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@sum", "#N/A", "TRUE", "12"])
def test_text_stays_text(text: str, tmp_path: Path) -> None:
    sheet = reviews()
    OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {2: (text, 0.5)}))
    cell = load_workbook(book_of(sheet, tmp_path)).active["C2"]
    assert (cell.value, cell.data_type) == (text, "s")
    part = zipfile.ZipFile(tmp_path / "book.xlsx").read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in part
    assert cell.quotePrefix is (text[0] in "=+-@")


def test_a_score_in_a_cell_styled_as_a_time_is_a_number(tmp_path: Path) -> None:
    sheet = reviews()
    sheet["D2"].number_format = "h:mm"
    OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {2: ("pos", 0.5)}))
    assert load_workbook(book_of(sheet, tmp_path)).active["D2"].value == 0.5


def test_a_prefix_quote_is_not_copied_to_the_header() -> None:
    sheet = reviews()
    sheet["B1"].quotePrefix = 1
    OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {}))
    assert not sheet["C1"].quotePrefix
    assert sheet["B1"].quotePrefix


def test_characters_that_xml_forbids() -> None:
    sheet = reviews()
    OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {2: ("a\x01b", 0.5)}))
    assert sheet["C2"].value == "a\ufffdb"


def test_a_second_run_replaces_from_the_header_down() -> None:
    sheet = worksheet(
        ["title", None, "above"], ["review", "Label", "Score", "x"], ["good", "old", 0.1, 1]
    )
    sheet["A4"], sheet["B4"], sheet["C4"] = "bad", "old", 0.2
    sheet["B2"].font = Font(italic=True)
    addition = Addition(2, NAMES, 2, {3: ("pos", 0.9)}, replaces=True)
    OpenpyxlSheet(sheet).write(addition)
    assert values_of(sheet) == [
        ["title", None, "above", None],
        ["review", "Label", "Score", "x"],
        ["good", "pos", 0.9, 1],
        ["bad", None, None, None],
    ]
    assert sheet["B2"].font.italic


def test_a_merge_in_the_way_is_refused() -> None:
    sheet = reviews()
    sheet.merge_cells("C2:C3")
    with pytest.raises(OutputError, match="C2:C3"):
        OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {2: ("pos", 0.9)}))
    assert sheet["C1"].value is None


@pytest.mark.parametrize("saved", [True, False])
def test_a_table_grows(saved: bool, tmp_path: Path) -> None:
    sheet = reviews()
    with_table(sheet, saved=saved)
    addition = Addition(3, NAMES, 1, {2: ("pos", 0.9)}, grow_table="Reviews")
    OpenpyxlSheet(sheet).write(addition)
    table = load_workbook(book_of(sheet, tmp_path)).active.tables["Reviews"]
    assert table.ref == table.autoFilter.ref == "A1:D3"
    assert table.column_names == ["id", "review", "Label", "Score"]
    assert [column.id for column in table.tableColumns] == [1, 2, 3, 4]


def test_a_totals_row_stays_outside_the_filter() -> None:
    sheet = reviews()
    table = with_table(sheet)
    table.totalsRowCount, table.autoFilter.ref = 1, "A1:B2"
    table.tableColumns = [TableColumn(id=7, name="id"), TableColumn(id=9, name="review")]
    names = ("Line\nbreak", "Score")
    OpenpyxlSheet(sheet).write(Addition(3, names, 1, {}, grow_table="Reviews"))
    assert (table.ref, table.autoFilter.ref) == ("A1:D3", "A1:D2")
    added = [(column.id, column.name) for column in table.tableColumns[2:]]
    assert added == [(10, "Line_x000a_break"), (11, "Score")]


def test_the_sheets_filter_grows() -> None:
    sheet = reviews()
    sheet.auto_filter.ref = "A1:B3"
    OpenpyxlSheet(sheet).write(Addition(3, NAMES, 1, {}, grow_autofilter=True))
    assert sheet.auto_filter.ref == "A1:D3"


# ---- files --------------------------------------------------------------------------------------


def with_cached_value(path: Path) -> None:
    """Put the value that Excel would have computed beside a formula."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    old = b"<f>A1</f><v></v>" if b"<f>A1</f><v></v>" in parts[name] else b"<f>A1</f><v />"
    assert old in parts[name]
    parts[name] = parts[name].replace(b'<c r="A2"', b'<c r="A2" t="str"')
    parts[name] = parts[name].replace(old, b"<f>A1</f><v>computed</v>")
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def test_formulas_give_their_cached_value_and_stay_formulas(tmp_path: Path) -> None:
    source, target = book_of(worksheet(["review"], ["=A1"]), tmp_path), tmp_path / "out.xlsx"
    with_cached_value(source)
    workbook = OpenpyxlWorkbook(source)
    sheet = workbook.sheets[0]
    assert list(sheet.column(1, 2)) == [(2, "computed")]
    sheet.write(Addition(2, NAMES, 1, {2: ("pos", 0.9)}))
    workbook.save(target)
    workbook.close()
    assert values_of(load_workbook(target).active) == [
        ["review", "Label", "Score"],
        ["=A1", "pos", 0.9],
    ]


def test_sheets_come_in_order_and_charts_are_left_out(tmp_path: Path) -> None:
    sheet = reviews()
    add_chartsheet(sheet.parent)
    sheet.parent.create_sheet("Empty")
    workbook = OpenpyxlWorkbook(book_of(sheet, tmp_path))
    assert [sheet.name for sheet in workbook.sheets] == ["Sheet", "Empty"]


def test_rich_text_survives(tmp_path: Path) -> None:
    rich = CellRichText("so ", TextBlock(InlineFont(b=True), "good"))
    workbook = OpenpyxlWorkbook(book_of(worksheet([rich]), tmp_path))
    assert list(workbook.sheets[0].column(1, 1)) == [(1, "so good")]
    workbook.save(tmp_path / "out.xlsx")
    assert load_workbook(tmp_path / "out.xlsx", rich_text=True).active["A1"].value == rich


def test_macros_are_kept(tmp_path: Path) -> None:
    path = book_of(reviews(), tmp_path, "book.xlsm")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macros")
    workbook = OpenpyxlWorkbook(path)
    workbook.save(tmp_path / "out.xlsm")
    workbook.close()
    with zipfile.ZipFile(tmp_path / "out.xlsm") as archive:
        assert archive.read("xl/vbaProject.bin") == b"macros"


def test_the_notes_say_what_is_lost(tmp_path: Path) -> None:
    (note,) = OpenpyxlWorkbook(book_of(reviews(), tmp_path)).notes
    assert "\n" not in note
    assert all(word in note for word in ("formula values", "images", "sparklines", "slicers"))


def test_what_openpyxl_cannot_read_is_refused_in_one_line(tmp_path: Path) -> None:
    no_workbook = tmp_path / "empty.xlsx"
    zipfile.ZipFile(no_workbook, "w").close()
    text = tmp_path / "text.xlsx"
    text.write_text("id,review")
    other = tmp_path / "book.docx"
    other.write_bytes(b"PK")
    for path in (no_workbook, text, other):
        with pytest.raises(UnreadableFileError, match=path.name) as caught:
            OpenpyxlWorkbook(path)
        assert "\n" not in str(caught.value)


def test_a_workbook_without_sheets_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.remove(book.active)
    add_chartsheet(book)
    book.save(tmp_path / "charts.xlsx")
    with pytest.raises(UnreadableFileError, match="no sheets"):
        OpenpyxlWorkbook(tmp_path / "charts.xlsx")


def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.xlsx"):
        OpenpyxlWorkbook(tmp_path / "none.xlsx")
    workbook = OpenpyxlWorkbook(book_of(reviews(), tmp_path))
    with pytest.raises(OutputError, match="can't write"):
        workbook.save(tmp_path / "no" / "out.xlsx")
