"""Labels written in blocks into a worksheet that is held open."""

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from cellsense import Classifier, OutputError
from cellsense.live import LiveColumn
from cellsense.sheets.interface import Area
from cellsense.sheets.openpyxl_book import OpenpyxlSheet
from cellsense.sheets.picked import select_picked
from cellsense.sheets.placement import own_columns, place_new

NAMES = ("Label", "Score")


@pytest.fixture
def sheet() -> Worksheet:
    worksheet = openpyxl.Workbook().active
    worksheet.append(["Review"])
    for number in range(25):
        worksheet.append([None if number == 7 else f"Item {number} works very well, thank you."])
    return worksheet


def live(sheet: Worksheet, picked: Area, *, again: bool = False) -> LiveColumn:
    selection = select_picked(OpenpyxlSheet(sheet), picked)
    own = own_columns(selection, NAMES) if again else None
    return LiveColumn(selection, own or place_new(selection, NAMES, beside=True), block_rows=10)


def labels(sheet: Worksheet) -> list[object]:
    return [cell.value for cell in sheet["B"]]


def test_blocks_make_one_column(sheet: Worksheet, embedded: Classifier) -> None:
    column = live(sheet, Area(3, 1, 3, 1))
    assert [len(block.cells) for block in column.blocks] == [10, 10, 5]
    for block in column.blocks:
        column.write(block, embedded.predict(block.cells))
    assert labels(sheet)[0] == "Label"
    assert labels(sheet)[8] is None
    assert labels(sheet)[1:8] == ["POSITIVE"] * 7
    assert 0.5 < sheet["C26"].value < 1
    summary = column.summary(embedded)
    assert (summary.rows, dict(summary.without_text)) == (25, {"blank": 1})
    assert summary.labels["POSITIVE"] == 24


def test_cancelled_run_counts_what_it_wrote(sheet: Worksheet, embedded: Classifier) -> None:
    column = live(sheet, Area(3, 1, 3, 1))
    column.write(column.blocks[0], embedded.predict(column.blocks[0].cells))
    assert column.summary(embedded).rows == 10
    assert set(labels(sheet)[11:]) == {None}


def test_second_run_writes_over_its_own_labels_block_by_block(
    sheet: Worksheet, embedded: Classifier
) -> None:
    column = live(sheet, Area(3, 1, 3, 1))
    for block in column.blocks:
        column.write(block, embedded.predict(block.cells))
    sheet["A3"] = None
    sheet["A4"] = "Broke on the first day, avoid."
    column = live(sheet, Area(3, 1, 3, 1), again=True)
    column.write(column.blocks[0], embedded.predict(column.blocks[0].cells))
    assert labels(sheet)[:5] == ["Label", "POSITIVE", None, "NEGATIVE", "POSITIVE"]
    assert labels(sheet)[12] == "POSITIVE"  # a run that is cancelled takes no old label away
    assert sheet.max_column == 3


def test_part_of_a_column_leaves_other_rows_alone(sheet: Worksheet, embedded: Classifier) -> None:
    column = live(sheet, Area(5, 1, 6, 1))
    for block in column.blocks:
        column.write(block, embedded.predict(block.cells))
    assert labels(sheet)[:6] == ["Label", None, None, None, "POSITIVE", "POSITIVE"]
    sheet["B5"] = "mine"
    again = live(sheet, Area(6, 1, 7, 1), again=True)
    for block in again.blocks:
        again.write(block, embedded.predict(block.cells))
    assert labels(sheet)[4:7] == ["mine", "POSITIVE", "POSITIVE"]


@pytest.mark.parametrize("change", ["insert", "edit", "fill", "delete"])
def test_sheet_that_was_changed_meanwhile_is_left_alone(
    sheet: Worksheet, embedded: Classifier, change: str
) -> None:
    column = live(sheet, Area(3, 1, 3, 1))
    column.write(column.blocks[0], embedded.predict(column.blocks[0].cells))
    if change == "insert":
        sheet.insert_rows(2)
    elif change == "edit":
        sheet["A14"] = "Something else"
    elif change == "fill":
        sheet["A9"] = "Not blank any more"
        column.write(column.blocks[1], embedded.predict(column.blocks[1].cells))
        sheet["A25"] = None
    else:
        sheet.delete_rows(13)
    at = 2 if change == "fill" else 1
    with pytest.raises(OutputError, match="were changed while they were classified"):
        column.write(column.blocks[at], embedded.predict(column.blocks[at].cells))
