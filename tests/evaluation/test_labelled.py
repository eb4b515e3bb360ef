"""Labelled texts out of every kind of file."""

import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from cellsense.errors import MissingFileError, SelectionError
from cellsense.labelled import Skip, examples, label_text, read_labelled

ROWS = (
    ("The zip jams every morning.", 1, "sad"),
    ("Warm, light and well made.", 5.0, "glad"),
    (None, 3, "glad"),
    ("It is a bag.", None, None),
    (4711, 2, "sad"),
    ("Lovely colour, I wear it daily.", 4, "#N/A"),
)
HEADER = ("Review", "Stars", "Mood")


def save(folder: Path, kind: str) -> Path:
    file = folder / f"reviews.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        assert book.active is not None
        for row in (("Survey of the spring",), HEADER, *ROWS):
            book.active.append(row)
        book.save(file)
        return file
    frame = pd.DataFrame(ROWS, columns=HEADER)
    if kind == "parquet":
        frame.assign(Review=[None if x is None else str(x) for x in frame["Review"]]).to_parquet(
            file
        )
    else:
        frame.to_csv(file, index=False, sep="\t" if kind == "tsv" else ",")
    return file


@pytest.mark.parametrize(("kind", "first"), [("xlsx", 3), ("csv", 2), ("tsv", 2), ("parquet", 1)])
def test_every_kind_of_file(tmp_path: Path, kind: str, first: int) -> None:
    file = save(tmp_path, kind)
    found = read_labelled(file, "Review", "stars")
    assert list(found.texts) == [ROWS[0][0], ROWS[1][0], ROWS[5][0]]
    assert list(found.labels) == ["1", "5", "4"]
    assert list(found.rows) == [first, first + 1, first + 5]
    assert found.skipped == {Skip.TEXT_BLANK: 1, Skip.NOT_TEXT: 1, Skip.LABEL_BLANK: 1}
    assert str(found.label_column) == 'column B "Stars"'
    assert found.notes == ()

    moods = read_labelled(file, None, "C")
    assert list(moods.labels) == ["sad", "glad"]
    assert moods.skipped[Skip.LABEL_ERROR] == 1
    two = found.first(2)
    assert (len(two.texts), len(two.labels), len(two.rows)) == (2, 2, 2)
    assert found.first(None) == found


def test_what_stands_in_a_labels_place_is_no_label(tmp_path: Path) -> None:
    file = tmp_path / "corrected.csv"
    labels = ("POSITIVE", "TO REVIEW", "OTHER LANGUAGE", "NONE", "None")
    rows = "".join(f"A lamp like any other {n}.,{label}\n" for n, label in enumerate(labels))
    file.write_text(f"Review,Label\n{rows}", encoding="utf-8")
    found = read_labelled(file, "Review", "Label")
    assert list(found.labels) == ["POSITIVE", "None"]
    assert found.skipped == {Skip.NO_LABEL: 3}


def test_labels_that_differ_in_capitals_are_one() -> None:
    texts = ["a", "b", "c", "d", "e", "a"]
    found = examples(texts, ["Price", "price", "price", "noise", "PRICE", "PRICE"])
    assert found.labels == {"a": "price", "b": "price", "c": "price", "d": "noise", "e": "price"}
    told, again = found.notes
    assert (
        told
        == 'Labels that differ only in capitals are one: "Price" for "price", "PRICE" for "price".'
    )
    assert "which count once: 1" in again


def test_labels_as_text() -> None:
    values = (2, 2.0, "2.0", "2.", 2.5, True, "  very   good\n", "v1.0", -1.0)
    assert [label_text(value) for value in values] == [
        "2",
        "2",
        "2",
        "2",
        "2.5",
        "TRUE",
        "very good",
        "v1.0",
        "-1",
    ]
    assert label_text(datetime.date(2026, 5, 1)) == "2026-05-01"


def two_sheets(folder: Path, *headers: tuple[str, str]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for number, header in enumerate(headers, 1):
        sheet = book.create_sheet(f"Sheet {number}")
        sheet.append(header)
        sheet.append((f"A text of sheet {number} for you.", number))
    book.save(folder / "two.xlsx")
    return folder / "two.xlsx"


def test_the_sheet_with_both_columns(tmp_path: Path) -> None:
    file = two_sheets(tmp_path, ("Review", "Price"), ("Review", "Stars"))
    for text in ("Review", None):
        found = read_labelled(file, text, "Stars")
        assert (list(found.labels), found.notes) == (["2"], ())
    with pytest.raises(SelectionError, match='no column "Stars"'):
        read_labelled(file, "Review", "Stars", "sheet 1")
    with pytest.raises(
        SelectionError, match=r'No sheet has both columns; in "Sheet 1": There is no'
    ):
        read_labelled(file, "Review", "Grade")
    with pytest.raises(SelectionError, match='There is no sheet "Sheet 9"'):
        read_labelled(file, "Review", "Stars", "Sheet 9")


def test_several_sheets_with_both_columns_are_told(tmp_path: Path) -> None:
    file = two_sheets(tmp_path, ("Review", "Stars"), ("Review", "Stars"))
    found = read_labelled(file, "Review", "Stars")
    assert list(found.labels) == ["1"]
    assert found.notes == ('Sheet "Sheet 2" has such columns too (take it with --sheet).',)
    assert list(read_labelled(file, "Review", "Stars", "Sheet 2").labels) == ["2"]


def test_labels_stand_in_the_table_of_the_texts(tmp_path: Path) -> None:
    from openpyxl.worksheet.table import Table

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ("Stars", None, "Text", "Stars"),
        (9, None, "Fits well and feels sturdy.", 5),
        (9, None, "Came apart at once.", 1),
        (9, None, "Not in the table.", 3),
    ):
        sheet.append(row)
    sheet.add_table(Table(displayName="Reviews", ref="C1:D3"))
    book.save(tmp_path / "table.xlsx")
    found = read_labelled(tmp_path / "table.xlsx", "Text", "Stars")
    assert list(found.labels) == ["5", "1"]


@pytest.mark.parametrize(
    ("text", "label", "words"),
    [
        ("Reviw", "Stars", 'Did you mean "Review"? There is: "Review", "Stars", "Mood".'),
        ("Review", "Grade", 'There is no column "Grade". There is: "Review", "Stars", "Mood".'),
        ("Review", "Strs", 'Did you mean "Stars"? There is: "Review"'),
        ("Review", "ZZ", "Column ZZ is empty"),
        ("Review", "review", 'both taken from column A "Review"'),
        ("Review", "1", "name different columns with --text and --label"),
        ("Stars", "Mood", "no row with a text in column B"),
    ],
)
def test_mistakes(tmp_path: Path, text: str, label: str, words: str) -> None:
    file = save(tmp_path, "csv")
    with pytest.raises(SelectionError) as error:
        read_labelled(file, text, label)
    assert words in str(error.value)
    assert "--column" not in str(error.value)


def test_no_file_and_no_rows(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError):
        read_labelled(tmp_path / "gone.csv", None, "Stars")
    for content in ("", "Review,Stars\n", "Review,Stars\nA fine bag indeed.,\n"):
        file = tmp_path / "few.csv"
        file.write_text(content)
        with pytest.raises(SelectionError):
            read_labelled(file, "Review", "Stars")
