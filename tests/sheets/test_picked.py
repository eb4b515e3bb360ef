"""What a user picks with the mouse, on worksheets held open."""

import openpyxl
import pytest
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from cellsense.errors import SelectionError
from cellsense.sheets.interface import MAX_ROWS, Area
from cellsense.sheets.openpyxl_book import OpenpyxlSheet
from cellsense.sheets.picked import select_picked
from cellsense.sheets.selection import select_in_sheet

REVIEWS = [f"The delivery was late again, and box {number} was damaged." for number in range(20)]


@pytest.fixture
def sheet() -> Worksheet:
    """A list with a header in row 1, and a table in D5:E15."""
    worksheet = openpyxl.Workbook().active
    worksheet.append(["Id", "Review"])
    for number, review in enumerate(REVIEWS):
        worksheet.append([number, review])
    for row in range(5, 16):
        header = row == 5
        worksheet.cell(row, 4, "No" if header else row)
        worksheet.cell(row, 5, "Comment" if header else f"A comment of some words, {row}.")
    worksheet.add_table(Table(displayName="Comments", ref="D5:E15"))
    return worksheet


@pytest.mark.parametrize(
    ("picked", "rows", "part"),
    [
        (Area(7, 2, 7, 2), (2, 21), False),  # a cell stands for its column
        (Area(1, 2, 1, 2), (2, 21), False),  # also its header
        (Area(30, 2, 30, 2), (2, 21), False),  # and a cell below it
        (Area(1, 2, MAX_ROWS, 2), (2, 21), False),  # the whole column
        (Area(1, 2, 21, 2), (2, 21), False),  # with its header
        (Area(2, 2, 21, 2), (2, 21), False),  # without
        (Area(10, 2, 12, 2), (10, 12), True),
        (Area(1, 2, 3, 2), (2, 3), True),
        (Area(15, 2, 40, 2), (15, 21), True),
        (Area(8, 5, 8, 5), (6, 15), False),  # a table's column
        (Area(5, 5, 5, 5), (6, 15), False),
        (Area(1, 5, MAX_ROWS, 5), (6, 15), False),
        (Area(7, 5, 9, 5), (7, 9), True),
    ],
)
def test_rows(sheet: Worksheet, picked: Area, rows: tuple[int, int], part: bool) -> None:
    selection = select_picked(OpenpyxlSheet(sheet), picked)
    assert (selection.first_row, selection.last_row) == rows
    assert selection.part == part
    assert selection.column.column == picked.first_column
    assert selection.column.header == ("Review" if picked.first_column == 2 else "Comment")
    assert (selection.table is not None) == (picked.first_column == 5)


def test_list_without_header() -> None:
    worksheet = openpyxl.Workbook().active
    for review in REVIEWS:
        worksheet.append([review])
    selection = select_picked(OpenpyxlSheet(worksheet), Area(1, 1, MAX_ROWS, 1))
    assert (selection.header_row, selection.first_row, selection.last_row) == (None, 1, 20)


@pytest.mark.parametrize(
    ("picked", "sentence"),
    [
        (Area(1, 1, 9, 2), "A1:B9 has 2 columns: select cells of one column"),
        (Area(1, 1, MAX_ROWS, 1), "A1:A1048576 holds no text"),
        (Area(25, 2, 30, 2), "B25:B30 holds no text"),
        (Area(1, 9, 1, 9), "I1:I1 holds no text"),
    ],
)
def test_what_cannot_be_classified(sheet: Worksheet, picked: Area, sentence: str) -> None:
    with pytest.raises(SelectionError, match=sentence):
        select_picked(OpenpyxlSheet(sheet), picked)


def test_empty_sheet() -> None:
    with pytest.raises(SelectionError, match="is empty"):
        select_picked(OpenpyxlSheet(openpyxl.Workbook().active), Area(1, 1, 1, 1))


def test_table_far_below_other_rows() -> None:
    worksheet = openpyxl.Workbook().active
    for number in range(450):
        worksheet.append([number, f"Note {number}"])
    for row in range(500, 511):
        worksheet.cell(row, 1, "No" if row == 500 else row)
        worksheet.cell(row, 2, "Comment" if row == 500 else f"A comment of some words, {row}.")
    worksheet.add_table(Table(displayName="Comments", ref="A500:B510"))
    selection = select_picked(OpenpyxlSheet(worksheet), Area(505, 2, 505, 2))
    assert (selection.header_row, selection.first_row, selection.last_row) == (500, 501, 510)
    assert selection.header == {1: "No", 2: "Comment"}
    by_name = select_in_sheet(OpenpyxlSheet(worksheet), "Comment")
    assert (by_name.first_row, by_name.last_row) == (501, 510)
