"""Formatted tables beside, above and around the texts."""

from contextlib import closing
from pathlib import Path

import pytest
import xlsxwriter

from cellsense import Classifier, Options, convert
from cellsense.sheets.selection import Selection, select
from cellsense.sheets.xlsx.workbook import XlsxWorkbook

TEXTS = [f"The kettle boils fast and looks great, number {number}" for number in range(20)]


def choose(path: Path, column: str | None = None) -> Selection:
    with closing(XlsxWorkbook(path)) as workbook:
        return select(workbook.sheets, None, column)


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """A plain list of reviews, and a lookup table lower down at its right."""
    file = tmp_path / "beside.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Id", "Review"])
        for number, text in enumerate(TEXTS, 1):
            sheet.write_row(number, 0, [number, text])
        table = {"columns": [{"header": "Code"}, {"header": "Meaning"}]}
        sheet.add_table("E10:F14", table | {"data": [["a", "first"], ["b", "second"]]})
    return file


def test_a_table_elsewhere_does_not_decide_the_header(beside: Path) -> None:
    for column in (None, "Review", "B"):
        selection = choose(beside, column)
        assert (selection.header_row, selection.first_row, selection.last_row) == (1, 2, 21)
        assert selection.table is None


def test_a_column_of_the_table_by_name(beside: Path) -> None:
    selection = choose(beside, "Meaning")
    assert (selection.header_row, selection.last_row) == (10, 14)


def test_a_table_of_texts_below_other_rows(tmp_path: Path) -> None:
    file = tmp_path / "below.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["Month", "Sales", "Returns"])
        for number in range(1, 8):
            sheet.write_row(number, 0, [f"Month {number}", number * 10, number])
        columns = {"columns": [{"header": "Id"}, {"header": "Comment"}]}
        rows = [[number, text] for number, text in enumerate(TEXTS)]
        sheet.add_table(11, 0, 11 + len(rows), 1, columns | {"data": rows})
    selection = choose(file)
    assert (selection.header_row, selection.first_row, selection.last_row) == (12, 13, 32)


def test_rows_below_a_table_that_was_not_enlarged_are_mentioned(
    tmp_path: Path, embedded: Classifier
) -> None:
    file = tmp_path / "short.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        columns = {"columns": [{"header": "Id"}, {"header": "Comment"}]}
        sheet.add_table("A1:B5", columns | {"data": [[n, TEXTS[n]] for n in range(4)]})
        for number in range(4, 8):
            sheet.write_row(number + 1, 0, [number, TEXTS[number]])
    result = convert(file, classifier=embedded, options=Options())
    assert result.summary.rows == 4
    assert any("goes on for 4 more" in note for note in result.notes)
