"""Where the columns go: at the end, right of the texts, right of a named column."""

import csv
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from cellsense import Classifier, Options, convert
from cellsense.errors import OptionError, OutputError, SelectionError

HEADER = ["Id", "Review Text", None, None, "Stars", None, None]
ROWS = [
    [1, "I love this lamp, it is beautiful.", None, None, 5],
    [2, "Terrible, it broke after two days.", None, None, 1],
]
LABELS = ["POSITIVE", "NEGATIVE"]


def write_xlsx(
    path: Path, *, table: str | None = None, used: tuple[int, int] | None = None
) -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Reviews")
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row)
        if table is not None:
            columns = [{"header": str(HEADER[n])} for n in range(2)]
            sheet.add_table(table, {"name": "Reviews", "columns": columns})
        if used is not None:
            sheet.write(*used, "taken")
    return path


def cells(path: str, row: int) -> list[object]:
    return [cell.value for cell in openpyxl.load_workbook(path)["Reviews"][row]]


@pytest.mark.parametrize(
    ("options", "first"),
    [
        (Options(), 6),
        (Options(beside=True), 3),
        (Options(after="Review Text"), 3),
        (Options(after="B"), 3),
        (Options(after="5"), 6),
        (Options(after="stars", writer="openpyxl"), 6),
        (Options(beside=True, writer="openpyxl"), 3),
    ],
)
def test_in_a_workbook(tmp_path: Path, embedded: Classifier, options: Options, first: int) -> None:
    source = write_xlsx(tmp_path / "reviews.xlsx")
    result = convert(source, classifier=embedded, options=options)
    assert cells(result.output, 1)[first - 1 : first + 1] == ["Label", "Score"]
    assert [cells(result.output, row)[first - 1] for row in (2, 3)] == LABELS
    assert cells(result.output, 2)[4] == 5


@pytest.mark.parametrize(("options", "grows"), [(Options(beside=True), True), (Options(), False)])
def test_a_table_that_ends_there_grows(
    tmp_path: Path, embedded: Classifier, options: Options, grows: bool
) -> None:
    source = write_xlsx(tmp_path / "reviews.xlsx", table="A1:B3")
    result = convert(source, classifier=embedded, options=options)
    table = openpyxl.load_workbook(result.output)["Reviews"].tables["Reviews"]
    assert table.ref == ("A1:D3" if grows else "A1:B3")


@pytest.mark.parametrize(
    ("table", "used", "after", "words"),
    [
        (None, (8, 3), "B", "column D holds something in row 9"),
        (None, None, "A", "column B holds something in row 1"),
        ("A1:B3", None, "A", 'the table "Reviews" reaches over column B'),
        (None, None, "XFD", "is empty"),
        (None, None, "Revue Text", 'Did you mean "Review Text"'),
    ],
)
def test_places_that_are_taken(
    tmp_path: Path, table: str | None, used: tuple[int, int] | None, after: str, words: str
) -> None:
    source = write_xlsx(tmp_path / "reviews.xlsx", table=table, used=used)
    with pytest.raises((OutputError, SelectionError), match=words):
        convert(source, options=Options(after=after))
    assert [item.name for item in tmp_path.iterdir()] == ["reviews.xlsx"]


def test_not_over_what_the_sheet_ends_with(tmp_path: Path) -> None:
    source = write_xlsx(tmp_path / "reviews.xlsx", used=(0, 16_383))
    with pytest.raises(OutputError, match="XFD is the last column"):
        convert(source, options=Options(after="XFD"))


def test_an_earlier_run_elsewhere(tmp_path: Path, embedded: Classifier) -> None:
    source = write_xlsx(tmp_path / "reviews.xlsx")
    first = convert(source, classifier=embedded).output
    with pytest.raises(OutputError, match="leave --beside out"):
        convert(first, options=Options(beside=True, force=True))
    again = convert(first, classifier=embedded, options=Options(after="Stars", force=True))
    assert cells(again.output, 1) == [*HEADER[:5], "Label", "Score"]


def test_in_a_csv_file(tmp_path: Path, embedded: Classifier) -> None:
    source = tmp_path / "reviews.csv"
    with source.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([HEADER[:5], *ROWS])
    result = convert(source, classifier=embedded, options=Options(beside=True))
    with Path(result.output).open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["Id", "Review Text", "Label", "Score", "Stars"]
    assert [row[2] for row in rows[1:]] == LABELS
    assert [row[4] for row in rows[1:]] == ["5", "1"]
    with pytest.raises(OutputError, match="column C holds"):
        convert(result.output, options=Options(beside=True, label_name="Mood"))


def test_in_a_parquet_file(tmp_path: Path, embedded: Classifier) -> None:
    source = tmp_path / "reviews.parquet"
    texts = [str(row[1]) for row in ROWS]
    empty = pa.array([None, None], pa.string())
    pq.write_table(pa.table({"text": texts, "x": empty, "y": empty}), source)
    with pytest.raises(OutputError, match="column B is in use"):
        convert(source, options=Options(beside=True))
    result = convert(source, classifier=embedded, options=Options(after="y"))
    assert pq.read_table(result.output).column_names == ["text", "x", "y", "Label", "Score"]


def test_flags_that_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--beside"):
        convert(tmp_path / "x.csv", options=Options(beside=True, after="B"))
