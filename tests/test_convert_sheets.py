"""Several sheets of a workbook in one run."""

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from cellsense import Classifier, Options, convert
from cellsense.errors import OptionError, OutputError, SelectionError

HEADER = ["Id", "Review Text"]
GOOD, BAD = "I love this lamp, it is beautiful.", "Terrible, it broke after two days."


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        for name, texts in {"Jan": [GOOD, BAD], "Feb": [BAD], "Hidden": [GOOD]}.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate([HEADER, *enumerate(texts)]):
                sheet.write_row(number, 0, row)
        sheet.hide()
        numbers = workbook.add_worksheet("Numbers")
        for row in range(5):
            numbers.write_row(row, 0, [row, row])
        workbook.add_worksheet("Empty")
    return path


def labels(path: str) -> dict[str, list[object]]:
    workbook = openpyxl.load_workbook(path)
    return {
        sheet.title: [row[2] for row in sheet.iter_rows(min_row=2, values_only=True)]
        for sheet in workbook
        if sheet.max_column == 4
    }


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_every_sheet(book: Path, embedded: Classifier, writer: str) -> None:
    options = Options(all_sheets=True, writer=writer)  # type: ignore[arg-type]
    result = convert(book, classifier=embedded, options=options)
    assert labels(result.output) == {"Jan": ["POSITIVE", "NEGATIVE"], "Feb": ["NEGATIVE"]}
    assert [summary.sheet for summary in result.summaries] == ["Jan", "Feb"]
    assert result.summary is result.summaries[0]
    assert set(result.skipped_sheets) == {"Hidden", "Numbers", "Empty"}
    assert "name it with --sheet" in result.skipped_sheets["Hidden"]
    assert "is empty" in result.skipped_sheets["Empty"]


def test_every_sheet_that_has_a_column(book: Path, embedded: Classifier) -> None:
    options = Options(all_sheets=True, column="review text")
    result = convert(book, classifier=embedded, options=options)
    assert [summary.sheet for summary in result.summaries] == ["Jan", "Feb"]
    with pytest.raises(SelectionError, match=r'None of the sheets .* has a column "nothing"'):
        convert(book, options=Options(all_sheets=True, column="nothing", force=True))


def test_sheets_by_name(book: Path, embedded: Classifier) -> None:
    options = Options(sheet=("hidden", "Jan", "JAN"))
    result = convert(book, classifier=embedded, options=options)
    assert [summary.sheet for summary in result.summaries] == ["Jan", "Hidden"]
    assert set(labels(result.output)) == {"Jan", "Hidden"}


def test_a_named_sheet_must_be_there_and_have_it(book: Path) -> None:
    with pytest.raises(SelectionError, match='There is no sheet "Mar"'):
        convert(book, options=Options(sheet=("Jan", "Mar")))
    with pytest.raises(SelectionError, match="empty"):
        convert(book, options=Options(sheet=("Jan", "Empty")))
    with pytest.raises(OptionError, match="--all-sheets"):
        convert(book, options=Options(sheet="Jan", all_sheets=True))


def test_one_sheet_that_cannot_be_refuses_all(book: Path, embedded: Classifier) -> None:
    workbook = openpyxl.load_workbook(book)
    workbook["Feb"]["C2"] = "taken"
    workbook.save(book)
    with pytest.raises(OutputError, match='The sheet "Feb" has no two free columns'):
        convert(book, options=Options(all_sheets=True, beside=True))
    first = convert(book, classifier=embedded, options=Options(sheet="Jan")).output
    with pytest.raises(OutputError, match='The sheet "Jan" already has'):
        convert(first, options=Options(all_sheets=True))


def test_one_sheet_is_still_the_best_one(book: Path, embedded: Classifier) -> None:
    result = convert(book, classifier=embedded)
    assert len(result.summaries) == 1
    assert not result.skipped_sheets


def test_a_file_of_one_sheet(tmp_path: Path, embedded: Classifier) -> None:
    source = tmp_path / "reviews.csv"
    source.write_text(f"review\n{GOOD}\n", encoding="utf-8")
    result = convert(source, classifier=embedded, options=Options(all_sheets=True))
    assert result.summary.sheet == "reviews"
