"""A sheet of a running Excel: xlwings' real Windows code over LibreOffice's real cells."""

import datetime
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
import xlwings as xw

from addin import com_values
from addin.com_over_libreoffice import Application
from addin.com_tables import QUERY_SOURCE
from addin.fake_windows import FakeWindows, excel_says
from addin.office import Office
from cellsense import Classifier
from cellsense.cells import ErrorValue
from cellsense.errors import OutputError, UnreadableFileError
from cellsense.label import label_selection
from cellsense.sheets import excel_calls, excel_cells, excel_writing, xlwings_sheet
from cellsense.sheets.interface import Addition, Area, Row
from cellsense.sheets.placement import place
from cellsense.sheets.selection import select_in_sheet
from cellsense.sheets.xlwings_sheet import XlwingsSheet

NAMES = ("Label", "Score")
NewSheet = Callable[..., xw.Sheet]


@pytest.fixture
def new_sheet(excel: Application, office: Office) -> Iterator[NewSheet]:
    """Makes sheets, filled from A1 on."""
    numbers = count(1)

    def make(*rows: list[Any]) -> xw.Sheet:
        name = f"Book{next(numbers)}.xlsx"
        excel.add(office.new(), name)
        sheet = xw.books[name].sheets[0]
        if rows:
            sheet["A1"].value = list(rows)
        return sheet

    return make


def com(sheet: xw.Sheet) -> Any:
    """The stand-in for Excel's worksheet, past xlwings' wrapper."""
    return sheet.api._inner


def uno(sheet: xw.Sheet, address: str) -> Any:
    return com(sheet)._uno.getCellRangeByName(address)


def reviews(new_sheet: NewSheet) -> xw.Sheet:
    return new_sheet(["id", "review"], [1, "good"], [2, "bad"])


def add_table(sheet: xw.Sheet, address: str = "A1:B3", name: str = "Reviews") -> Any:
    sheet.tables.add(source=sheet[address], name=name)
    return com(sheet)._tables[-1]


def written(sheet: xw.Sheet, address: str = "C1:D3") -> list[list[Any]]:
    return sheet[address].options(ndim=2, err_to_str=True).value


def addition(**changes: Any) -> Addition:
    values = {2: ("POSITIVE", 0.9), 3: ("NEGATIVE", 0.8123)}
    parts = {"column": 3, "names": NAMES, "header_row": 1, "values": values, **changes}
    return Addition(**parts)


DONE = [["Label", "Score"], ["POSITIVE", 0.9], ["NEGATIVE", 0.8123]]


# ---- reading ------------------------------------------------------------------------------------


def test_rows_hold_values_of_every_kind(new_sheet: NewSheet) -> None:
    day = datetime.datetime(2024, 5, 1, 12, 30)
    sheet = new_sheet(["text", 1.5, day, True, "=B1*2", None, "'#N/A"])
    sheet["H1"].number_format = "$#,##0.00"
    sheet["H1"].value = 2.5
    (row,) = XlwingsSheet(sheet).rows()
    held = {1: "text", 2: 1.5, 3: day, 4: True, 5: 3.0, 7: "#N/A", 8: 2.5}
    assert row == Row(1, held)
    assert [type(value) for value in row.cells.values()][-1] is float


def test_errors_have_their_codes(new_sheet: NewSheet) -> None:
    sheet = new_sheet()
    formulas = ["=NA()", "=1/0", "=SQRT(-1)", "=NoSuchName", '=1+"x"']
    uno(sheet, "A1:A5").setFormulaArray(tuple((formula,) for formula in formulas))
    values = [value for _, value in XlwingsSheet(sheet).column(1, 1)]
    assert values == ["#N/A", "#DIV/0!", "#NUM!", "#NAME?", "#VALUE!"]
    assert all(isinstance(value, ErrorValue) for value in values)


@pytest.mark.parametrize(
    ("number", "code"),
    [(-2146826243, "#SPILL!"), (-2146826238, "#CALC!"), (-2146826230, "#UNKNOWN!")],
)
def test_errors_that_xlwings_does_not_know(number: int, code: str) -> None:
    value = excel_cells._value(number)
    assert value == code
    assert isinstance(value, ErrorValue)


@pytest.mark.parametrize("length", [256, 912, 8_204, 32_767])
def test_long_texts_are_read_whole(length: int, new_sheet: NewSheet) -> None:
    text = ("word " * 7_000)[:length]
    sheet = new_sheet()
    uno(sheet, "A2").String = text
    assert list(XlwingsSheet(sheet).column(1, 1)) == [(2, text)]


def test_an_empty_sheet(new_sheet: NewSheet) -> None:
    sheet = XlwingsSheet(new_sheet())
    assert sheet.extent() == (0, 0)
    assert list(sheet.rows()) == []
    assert list(sheet.column(1, 1)) == []
    assert sheet.tables() == []
    assert sheet.autofilter() is None
    sheet.write(Addition(1, NAMES, None, {}))
    assert sheet.extent() == (0, 0)


def test_the_used_range_may_begin_anywhere(new_sheet: NewSheet) -> None:
    sheet = new_sheet()
    sheet["C5"].value = [["review", "n"], ["good", 1], [None, 2]]
    assert sheet.used_range.address.startswith("$C$5")
    wrapped = XlwingsSheet(sheet)
    assert wrapped.extent() == (7, 4)
    assert [row.number for row in wrapped.rows()] == [5, 6, 7]
    assert [row.number for row in wrapped.rows(limit=2)] == [5, 6]
    assert list(wrapped.rows(limit=0)) == []
    assert list(wrapped.column(3, 6)) == [(6, "good")]


def test_cells_with_a_format_only_do_not_count(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    com(sheet)._formatted.append(com(sheet).Range("AZ70000"))
    assert sheet.used_range.shape == (70_000, 52)
    started = time.monotonic()
    assert XlwingsSheet(sheet).extent() == (3, 2)
    assert time.monotonic() - started < 60


def test_formulas_count_whatever_they_give(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    sheet["D5"].formula = '=""'
    wrapped = XlwingsSheet(sheet)
    assert wrapped.extent() == (5, 4)
    assert [row.number for row in wrapped.rows()] == [1, 2, 3]


def test_merges_and_tables_count(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    uno(sheet, "B9:F10").merge(True)
    assert XlwingsSheet(sheet).extent() == (10, 6)
    add_table(sheet, "A1:H12")
    assert XlwingsSheet(sheet).extent() == (12, 8)


@pytest.mark.parametrize("marked", [{1}, {7}, {3, 7}, {20}, {2, 19}, set(), set(range(1, 21))])
def test_the_last_marked_is_found(marked: set[int]) -> None:
    asked: list[tuple[int, int]] = []

    def is_marked(first: int, last: int) -> bool:
        asked.append((first, last))
        return any(first <= item <= last for item in marked)

    assert xlwings_sheet._last(1, 20, is_marked) == max(marked, default=0)
    assert len(asked) <= 8


def test_reading_goes_in_blocks(new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = new_sheet(*([f"text {row}", row, "x"] for row in range(1, 24)))
    monkeypatch.setattr(xlwings_sheet, "_FEW_ROWS", 2)
    monkeypatch.setattr(excel_cells, "_MOST_ROWS", 10)
    monkeypatch.setattr(excel_cells, "_MOST_CELLS", 21)
    blocks: list[int] = []
    read = excel_cells.ExcelCells.values

    def counted(cells: Any, area: Area) -> Any:
        blocks.append(area.last_row - area.first_row + 1)
        return read(cells, area)

    monkeypatch.setattr(excel_cells.ExcelCells, "values", counted)
    wrapped = XlwingsSheet(sheet)
    assert [row.number for row in wrapped.rows()] == list(range(1, 24))
    assert blocks == [2, 7, 7, 7]
    blocks.clear()
    assert len(list(wrapped.column(1, 2))) == 22
    assert blocks == [2, 8, 10, 2]
    blocks.clear()
    assert len(list(wrapped.rows(limit=4))) == 4
    assert blocks == [4]


def test_hidden_sheets_say_so(new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = new_sheet()
    assert not XlwingsSheet(sheet).hidden
    for state in (0, 2):
        monkeypatch.setattr(type(com(sheet)), "Visible", property(lambda _, state=state: state))
        assert XlwingsSheet(sheet).hidden


def test_tables_are_told(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    table = add_table(sheet)
    table._totals = True
    (area,) = XlwingsSheet(sheet).tables()
    assert (area.name, area.columns, area.area) == ("Reviews", ("id", "review"), Area(1, 1, 3, 2))
    assert (area.has_header, area.has_totals, area.can_grow) == (True, True, True)
    table._source = QUERY_SOURCE
    assert not XlwingsSheet(sheet).tables()[0].can_grow
    table._source, table._header = 1, False
    (area,) = XlwingsSheet(sheet).tables()
    assert (area.columns, area.has_header, area.can_grow) == (("Column1", "Column2"), False, False)


def test_a_table_of_one_column(new_sheet: NewSheet) -> None:
    sheet = new_sheet(["review"], ["good"])
    add_table(sheet, "A1:A2")
    assert XlwingsSheet(sheet).tables()[0].columns == ("review",)


def test_a_tables_filter_is_not_the_sheets(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    com(sheet).Range("A1:B3").AutoFilter(1)
    assert XlwingsSheet(sheet).autofilter() == Area(1, 1, 3, 2)
    add_table(sheet)
    assert XlwingsSheet(sheet).autofilter() is None


# ---- writing ------------------------------------------------------------------------------------


def test_columns_are_written(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    XlwingsSheet(sheet).write(addition())
    assert written(sheet) == DONE
    assert sheet["D2"].number_format == "0.0000"
    assert sheet["C2"].number_format == "General"


def test_rows_without_a_value_stay_empty(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    values = {2: ("POSITIVE", 0.9), 5: (None, 0.5), 2_000: ("NEGATIVE", 0.7)}
    XlwingsSheet(sheet).write(addition(values=values))
    found = dict(XlwingsSheet(sheet).column(3, 1)), dict(XlwingsSheet(sheet).column(4, 1))
    assert found == (
        {1: "Label", 2: "POSITIVE", 2_000: "NEGATIVE"},
        {1: "Score", 2: 0.9, 5: 0.5, 2_000: 0.7},
    )


def test_many_rows_go_in_blocks(new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = new_sheet(["review"], *([f"text {row}"] for row in range(1_200)))
    blocks: list[int] = []
    put = excel_writing._put

    def counted(cells: Any, area: Area, rows: Any) -> None:
        blocks.append(len(rows))
        put(cells, area, rows)

    monkeypatch.setattr(excel_writing, "_put", counted)
    values = {row: (f"Label{row}", row / 2_000) for row in range(2, 1_202)}
    XlwingsSheet(sheet).write(addition(column=2, values=values))
    assert blocks == [1, 1_000, 200]
    found = sheet["B2:C1201"].value
    assert [tuple(row) for row in found] == list(values.values())


def test_rows_may_come_bit_by_bit(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    table = add_table(sheet)
    wrapped = XlwingsSheet(sheet)
    wrapped.write(addition(values={2: ("POSITIVE", 0.9)}, grow_table="Reviews"))
    wrapped.write(addition(values={3: ("NEGATIVE", 0.8123)}, header_row=None))
    assert written(sheet) == DONE
    assert table.Range.Address == "$A$1:$D$3"
    assert sheet["D3"].number_format == "0.0000"


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-x", "@sum", "#N/A", "TRUE", "false", "12", "1e5", "MAR1", "1/2", "5%", "'x"],
)
def test_text_stays_text(text: str, new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    values = {2: ("POSITIVE", 0.9), 3: (text, 0.8)}
    XlwingsSheet(sheet).write(addition(values=values, names=("2024", "Score")))
    assert written(sheet) == [["2024", "Score"], ["POSITIVE", 0.9], [text, 0.8]]
    assert [uno(sheet, cell).Type.value for cell in ("C1", "C3")] == ["TEXT", "TEXT"]


def test_text_that_only_this_excel_changes(
    new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(com_values._WRITTEN_ERRORS, "WAHR", "=TRUE()")  # a truth value in German
    sheet = reviews(new_sheet)
    XlwingsSheet(sheet).write(addition(values={2: ("WAHR", 0.9), 3: ("other", 0.8)}))
    assert written(sheet) == [["Label", "Score"], ["WAHR", 0.9], ["other", 0.8]]


def test_scores_stay_numbers_in_cells_for_text(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    sheet["C1:D3"].number_format = "@"
    XlwingsSheet(sheet).write(addition())
    assert written(sheet) == DONE


def test_a_format_that_a_user_chose_stays(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    sheet["D2:D3"].number_format = "0%"
    XlwingsSheet(sheet).write(addition())
    assert sheet["D2"].number_format == "0%"


def test_headers_and_cells_look_like_their_neighbours(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    sheet["B1"].font.bold = True
    sheet["B1"].font.color = (255, 0, 10)
    sheet["A2"].font.size = 8
    sheet["A2"].font.italic = True
    sheet["A2"].vertical_alignment = "top"
    sheet["A2"].borders.set(["edge_bottom", "edge_right"], line_style="continuous")
    XlwingsSheet(sheet).write(addition(look_like=1))
    for cell in ("C1", "D1"):
        assert (sheet[cell].font.bold, sheet[cell].font.color) == (True, (255, 0, 10))
    for cell in ("C2", "D3"):
        assert (sheet[cell].font.size, sheet[cell].font.italic) == (8, True)
        assert sheet[cell].vertical_alignment == "top"
        assert sheet[cell].borders["edge_bottom"].line_style == "continuous"
        assert sheet[cell].borders["edge_left"].line_style == "none"
    assert not sheet["C1"].font.italic


def test_a_look_is_not_worth_a_failure(
    new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise excel_says("AutoFill method of Range class failed")

    monkeypatch.setattr(excel_writing, "continue_look", fail)
    monkeypatch.setattr(excel_cells, "lend_look", fail)
    sheet = reviews(new_sheet)
    XlwingsSheet(sheet).write(addition(look_like=2))
    assert written(sheet) == DONE


# ---- writing again ------------------------------------------------------------------------------


def test_a_second_run_replaces_from_the_header_down(new_sheet: NewSheet) -> None:
    sheet = new_sheet(
        ["title", None, "above", None],
        ["review", "Label", "Score", "x"],
        ["good", "old", 0.1, 1],
        ["bad", "old", 0.2, None],
        ["more", "old", 0.3, None],
    )
    sheet["B2"].font.italic = True
    XlwingsSheet(sheet).write(
        addition(column=2, header_row=2, values={4: ("NEGATIVE", 0.9)}, replaces=True)
    )
    assert sheet["A1:D5"].value == [
        ["title", None, "above", None],
        ["review", "Label", "Score", "x"],
        ["good", None, None, 1],
        ["bad", "NEGATIVE", 0.9, None],
        ["more", None, None, None],
    ]
    assert sheet["B2"].font.italic


def test_only_the_given_rows_are_written_again(new_sheet: NewSheet) -> None:
    sheet = new_sheet(["review", "Label", "Score"], *(["text", "old", 0.1] for _ in range(5)))
    values = {2: ("POSITIVE", 0.5), 3: (None, None), 5: ("NEGATIVE", 0.7)}
    again = addition(column=2, header_row=None, values=values, replaces=True, only_given_rows=True)
    XlwingsSheet(sheet).write(again)
    assert sheet["B1:C6"].value == [
        ["Label", "Score"],
        ["POSITIVE", 0.5],
        [None, None],
        ["old", 0.1],
        ["NEGATIVE", 0.7],
        ["old", 0.1],
    ]


def test_a_second_run_leaves_totals_and_what_stands_below(new_sheet: NewSheet) -> None:
    sheet = new_sheet(
        ["review", "Label", "Score"],
        ["good", "old", 0.1],
        ["bad", "old", 0.2],
        ["Total", None, "=SUM(C2:C3)"],
        [None, "note", None],
    )
    table = add_table(sheet, "A1:C4")
    table._totals = True
    XlwingsSheet(sheet).write(addition(column=2, values={2: ("POSITIVE", 0.5)}, replaces=True))
    assert sheet["A2:C5"].value == [
        ["good", "POSITIVE", 0.5],
        ["bad", None, None],
        ["Total", None, 0.5],
        [None, "note", None],
    ]


def test_a_second_run_leaves_a_table_that_stands_below(new_sheet: NewSheet) -> None:
    sheet = new_sheet(
        ["review", "Label", "Score"], ["good", "old", 0.1], [None] * 3, ["a", "b", "c"], [1, 2, 3]
    )
    add_table(sheet, "A4:C5")
    XlwingsSheet(sheet).write(addition(column=2, values={}, replaces=True))
    assert sheet["A2:C5"].value == [["good", None, None], [None] * 3, ["a", "b", "c"], [1, 2, 3]]


# ---- tables and filters -------------------------------------------------------------------------


def test_a_table_grows(new_sheet: NewSheet, excel: Application) -> None:
    sheet = reviews(new_sheet)
    table = add_table(sheet)
    XlwingsSheet(sheet).write(addition(grow_table="Reviews"))
    assert table.Range.Address == "$A$1:$D$3"
    assert [column.Name for column in table.ListColumns] == ["id", "review", "Label", "Score"]
    assert written(sheet) == DONE
    assert excel.AutoCorrect.AutoExpandListRange


def test_a_totals_row_goes_along(new_sheet: NewSheet) -> None:
    sheet = new_sheet(["review", "day"], ["good", 45_000], ["bad", 45_001], ["Total", None])
    sheet["B2:B4"].number_format = "m/d/yyyy"
    table = add_table(sheet, "A1:B4")
    table._totals = True
    XlwingsSheet(sheet).write(addition(grow_table="Reviews"))
    assert table.Range.Address == "$A$1:$D$4"
    assert written(sheet) == DONE
    assert sheet["D2"].number_format == "0.0000"
    assert sheet["A4:D4"].value == ["Total", None, None, None]


def test_a_table_of_a_query_does_not_grow(new_sheet: NewSheet, excel: Application) -> None:
    sheet = reviews(new_sheet)
    table = add_table(sheet)
    XlwingsSheet(sheet).write(addition())
    assert table.Range.Address == "$A$1:$B$3"
    assert written(sheet) == DONE
    assert excel.AutoCorrect.AutoExpandListRange


def test_excel_lets_tables_grow_by_itself(new_sheet: NewSheet) -> None:
    """Shows that the test above sees something."""
    sheet = reviews(new_sheet)
    table = add_table(sheet)
    sheet["C1"].value = "Label"
    assert table.Range.Address == "$A$1:$C$3"


def test_a_table_that_excel_does_not_enlarge(
    new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = reviews(new_sheet)
    table = add_table(sheet)
    monkeypatch.setattr(type(table), "Resize", lambda *_: None)
    with pytest.raises(OutputError, match='didn\'t enlarge the table "Reviews"'):
        XlwingsSheet(sheet).write(addition(grow_table="Reviews"))
    assert written(sheet) == [[None, None]] * 3


def test_the_sheets_filter_grows(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    com(sheet).Range("A1:B3").AutoFilter(1)
    XlwingsSheet(sheet).write(addition(grow_autofilter=True))
    assert XlwingsSheet(sheet).autofilter() == Area(1, 1, 3, 4)


def test_a_filter_that_filters_stays_and_hidden_rows_are_labelled(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    sheet["A1:B3"].autofilter.apply_values(2, ["good"])
    assert com(sheet).Range("A3").EntireRow.Hidden
    XlwingsSheet(sheet).write(addition(grow_autofilter=True))
    assert XlwingsSheet(sheet).autofilter() == Area(1, 1, 3, 2)
    assert sheet["A1:B3"].autofilter.criteria[1].values == ["good"]
    assert written(sheet) == DONE
    assert com(sheet).Range("A3").EntireRow.Hidden


def test_a_sheet_without_a_filter_gets_none(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    XlwingsSheet(sheet).write(addition(grow_autofilter=True))
    assert XlwingsSheet(sheet).autofilter() is None


def test_blocks_that_leave_out_hidden_rows(new_sheet: NewSheet, excel: Application) -> None:
    sheet = reviews(new_sheet)
    com(sheet).Range("A2").EntireRow.Hidden = True
    excel._skips_hidden_rows = True
    XlwingsSheet(sheet).write(addition())
    assert written(sheet) == DONE


# ---- what stands in the way ---------------------------------------------------------------------


def refused(sheet: xw.Sheet, match: str, **changes: Any) -> None:
    before = written(sheet, "A1:H9")
    with pytest.raises(OutputError, match=match) as caught:
        XlwingsSheet(sheet).write(addition(**changes))
    assert "\n" not in str(caught.value)
    assert written(sheet, "A1:H9") == before


def test_a_protected_sheet_is_refused(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    com(sheet)._uno.protect("")
    refused(sheet, r'"Sheet1" is protected: unprotect it \(Review > Unprotect Sheet\)')


@pytest.mark.parametrize("merged", ["C2:C3", "D3:F3", "A3:C3"])
def test_merged_cells_are_refused(merged: str, new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    uno(sheet, merged).merge(True)
    refused(sheet, "merged cells in C1:D3")


def test_a_merge_above_the_header_is_none_of_our_business(new_sheet: NewSheet) -> None:
    sheet = new_sheet(["title", None], ["id", "review"], [1, "good"])
    uno(sheet, "A1:F1").merge(True)
    XlwingsSheet(sheet).write(addition(header_row=2, values={3: ("POSITIVE", 0.9)}))
    assert written(sheet, "C2:D3") == [["Label", "Score"], ["POSITIVE", 0.9]]


def test_a_merged_header_beside_does_not_spread(new_sheet: NewSheet) -> None:
    sheet = new_sheet(["review", None], ["good", "x"], ["bad", "y"])
    uno(sheet, "A1:B1").merge(True)
    XlwingsSheet(sheet).write(addition())
    assert written(sheet) == DONE
    assert sheet["C1:D3"].merge_cells is False


def test_cells_that_are_not_empty_are_refused(new_sheet: NewSheet) -> None:
    sheet = reviews(new_sheet)
    sheet["D3"].formula = '=""'
    refused(sheet, "C1:D3, where the new columns would go: move them away")


def test_a_formula_with_several_results_is_refused(new_sheet: NewSheet, excel: Application) -> None:
    sheet = reviews(new_sheet)
    uno(sheet, "C2:D3").setArrayFormula("=A2:B3")
    refused(sheet, "several results in C1:D3; delete it first", replaces=True)
    sheet = reviews(new_sheet)
    com(sheet)._spills.append(com(sheet).Range("C2:C3"))
    refused(sheet, "several results in C1:D3; delete it first", replaces=True)
    excel._knows_spills = False
    XlwingsSheet(sheet).write(addition(replaces=True))
    assert written(sheet) == DONE


def test_what_excel_does_not_take_is_told(
    new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = reviews(new_sheet)
    put = excel_writing._put

    def leave_out(cells: Any, area: Area, rows: Any) -> None:
        if area.last_row != 3:
            put(cells, area, rows)

    monkeypatch.setattr(excel_writing, "_put", leave_out)
    with pytest.raises(OutputError, match=r'didn\'t take what was written to C3:D3 of "Sheet1"'):
        XlwingsSheet(sheet).write(addition())


def test_what_excel_refuses_is_told_in_its_words(
    new_sheet: NewSheet, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = reviews(new_sheet)
    wrapped = XlwingsSheet(sheet)

    def fail(*_: Any) -> None:
        raise excel_says("Not enough storage is available.")

    monkeypatch.setattr(excel_writing, "_put", fail)
    expected = r'^Excel can\'t write to the sheet "Sheet1": Not enough storage is available\.$'
    with pytest.raises(OutputError, match=expected):
        wrapped.write(addition())
    monkeypatch.setattr(type(com(sheet)), "UsedRange", property(fail))
    with pytest.raises(UnreadableFileError, match=r'^Excel can\'t read the sheet "Sheet1": Not'):
        wrapped.extent()


# ---- a busy Excel -------------------------------------------------------------------------------


@pytest.fixture(params=["with xlwings' retries", "without"])
def any_reviews(
    request: pytest.FixtureRequest, new_sheet: NewSheet, excel: Application, windows: FakeWindows
) -> xw.Sheet:
    """A sheet as `xw.books` gives it, and as a macro's caller is given: bare."""
    sheet = reviews(new_sheet)
    if request.param == "without":
        sheet = xw.Sheet(impl=windows.xlwindows.Sheet(xl=com(sheet)))
    return sheet


def test_a_busy_excel_is_asked_again(any_reviews: xw.Sheet, excel: Application) -> None:
    wrapped = XlwingsSheet(any_reviews)
    excel._busy = 2
    assert wrapped.extent() == (3, 2)
    excel._busy = 2
    wrapped.write(addition())
    assert excel._busy == 0
    assert written(any_reviews) == DONE


def test_it_does_not_matter_when_excel_is_busy(
    new_sheet: NewSheet, excel: Application, windows: FakeWindows
) -> None:
    """A cell may be edited between any two calls."""
    wrapped = reviews(new_sheet)
    table = add_table(wrapped, "A1:B3")
    sheet = xw.Sheet(impl=windows.xlwindows.Sheet(xl=com(wrapped)))
    for calls in count(0, 29):
        grow = "Reviews" if calls % 2 else None  # else the table is kept from growing
        sheet["C1:D3"].clear_contents()
        table._cells = com(wrapped).Range("A1:B3")
        excel._calls_before_busy, excel._busy = calls, 1
        XlwingsSheet(sheet).write(addition(look_like=1, grow_table=grow))
        is_done = excel._busy > 0  # fewer calls than that
        excel._busy = 0
        assert written(sheet) == DONE
        assert table.Range.Address == ("$A$1:$D$3" if grow else "$A$1:$B$3")
        assert excel.AutoCorrect.AutoExpandListRange
        if is_done:
            return


def test_an_excel_that_stays_busy(
    any_reviews: xw.Sheet, excel: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(excel_calls, "PATIENCE", 0.3)
    wrapped = XlwingsSheet(any_reviews)
    excel._busy = float("inf")
    started = time.monotonic()
    for action in (wrapped.extent, lambda: wrapped.write(addition())):
        with pytest.raises(OutputError, match=r"Excel is busy and can't .*finish the cell"):
            action()
    assert time.monotonic() - started < 3
    excel._busy = 0
    assert written(any_reviews) == [[None, None]] * 3
    wrapped.write(addition())
    assert written(any_reviews) == DONE


# ---- all of it ----------------------------------------------------------------------------------


def test_a_selection_is_labelled(new_sheet: NewSheet, embedded: Classifier) -> None:
    sheet = new_sheet(
        ["Reviews of May", None, None],
        ["id", "Review", "day"],
        [1, "Absolutely wonderful, I love it.", datetime.datetime(2024, 5, 1)],
        [2, "Terrible. It broke after a day and nobody answered.", None],
        [3, None, None],
        [4, 5, None],
        [5, "=NA()", None],
    )
    table = add_table(sheet, "A2:C7")
    com(sheet).Range("A4").EntireRow.Hidden = True

    def run(*, force: bool) -> Any:
        selection = select_in_sheet(XlwingsSheet(sheet), "Review")
        placement = place(selection, NAMES, replace=force)
        return label_selection(selection, placement, embedded)

    summary = run(force=False)
    assert (summary.label_column, summary.score_column, summary.rows) == ("D", "E", 5)
    assert summary.labels["POSITIVE"] == summary.labels["NEGATIVE"] == 1
    assert {kind.value: number for kind, number in summary.without_text.items()} == {
        "blank": 1,
        "number": 1,
        "error value": 1,
    }
    assert table.Range.Address == "$A$2:$E$7"
    found = sheet["D2:E7"].value
    assert [row[0] for row in found] == ["Label", "POSITIVE", "NEGATIVE", None, None, None]
    assert all(0.5 < row[1] <= 1 for row in found[1:3])
    with pytest.raises(OutputError, match="already has the columns"):
        run(force=False)
    sheet["B3"].value = None
    run(force=True)
    assert [row[0] for row in sheet["D2:E7"].value] == ["Label", None, "NEGATIVE", None, None, None]


def test_importing_it_does_not_import_xlwings() -> None:
    program = "import sys, cellsense.sheets.xlwings_sheet; print('xlwings' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
