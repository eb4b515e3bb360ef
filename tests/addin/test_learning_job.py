"""Learning from hand-labelled rows of an open sheet: here one of a real file."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.table import Table

from cellsense import Classifier
from cellsense.errors import (
    CellsenseError,
    OptionError,
    OutputError,
    SelectionError,
    TrainingError,
)
from cellsense.sheets.interface import Area, Sheet
from cellsense.sheets.open import open_workbook
from cellsense_addin import learning_job
from cellsense_addin.learning_job import LearningJob
from cellsense_addin.options import read_options

# Written for this test.
DELIVERY = [
    "The parcel came two days late and the box was soaked.",
    "The courier threw the package over the fence.",
    "Shipping took three weeks.",
]
PRICE = [
    "Far too expensive for what it is.",
    "A real bargain, half of what others ask.",
    "Worth every penny.",
]
REVIEW = Area(3, 1, 3, 1)


@pytest.fixture(autouse=True)
def _own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path / "addin.json"))
    monkeypatch.setattr(
        "cellsense_addin.learning_job.user_data_path", lambda *_, **__: tmp_path / "user"
    )


@pytest.fixture
def book(tmp_path: Path) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    sheet.append(["Review", "Topic", "Empty"])
    for text in DELIVERY:
        sheet.append([text, "delivery"])
    for text in PRICE:
        sheet.append([text, "price"])
    sheet.append(["The postman left my order in the rain.", None])
    file = tmp_path / "Umfrage März.xlsx"
    workbook.save(file)
    return file


@pytest.fixture
def sheet(book: Path) -> Iterator[Sheet]:
    with closing(open_workbook(book)) as workbook:
        yield workbook.sheets[0]


def run(job: LearningJob) -> LearningJob:
    end = time.monotonic() + 60
    while not job.finished and time.monotonic() < end:
        job.step(0.3)
    return job


def test_what_is_learned_lies_beside_the_workbook_and_answers_the_button(
    sheet: Sheet, book: Path
) -> None:
    job = LearningJob(sheet, REVIEW, "topic", book)
    assert job.progress == "learning from 6 rows"
    told = run(job).told.splitlines()
    kept = book.with_name("Umfrage März.topic.json")
    assert told[0] == "Learned from 6 rows: delivery 3 · price 3"
    assert "right, by cross-validation on 6 examples of 2 labels" in told[1]
    assert told[-1].startswith(f"Kept in {kept}. ")
    assert read_options().labels == str(kept)
    question = read_options().question
    assert question is not None
    (found,) = question.classifier("embedded", "auto").predict(["My package is in a depot."])
    assert found is not None
    assert found == Classifier(kept).predict(["My package is in a depot."])[0]
    assert found.label == "delivery"


def test_learned_again_it_is_another_question(sheet: Sheet, book: Path) -> None:
    run(LearningJob(sheet, REVIEW, "B", book))
    first = read_options().question
    time.sleep(0.05)  # a clock of files may be coarse
    run(LearningJob(sheet, REVIEW, "B", book))
    assert read_options().question != first


def test_unsaved_workbook_has_it_among_the_users_files(sheet: Sheet, tmp_path: Path) -> None:
    run(LearningJob(sheet, REVIEW, "Topic", Path("Book1")))
    assert (tmp_path / "user" / "learned" / "Book1.topic.json").is_file()


@pytest.mark.parametrize(
    ("column", "error", "sentence"),
    [
        ("Topik", SelectionError, 'There is no column "Topik". Did you mean "Topic"?'),
        ("A", SelectionError, 'The reviews themselves stand in column A "Review"'),
        ("Empty", SelectionError, "No row has a text in column A"),
    ],
)
def test_columns_that_cannot_be_had(
    sheet: Sheet, book: Path, column: str, error: type[CellsenseError], sentence: str
) -> None:
    with pytest.raises(error) as caught:
        LearningJob(sheet, REVIEW, column, book)
    assert sentence in str(caught.value)


def test_too_few_examples_leave_the_button_as_it_was(book: Path, tmp_path: Path) -> None:
    workbook = Workbook()
    for row in (["Review", "Topic"], [DELIVERY[0], "delivery"], [PRICE[0], "price"]):
        workbook.active.append(row)
    workbook.save(tmp_path / "few.xlsx")
    with closing(open_workbook(tmp_path / "few.xlsx")) as opened:
        job = LearningJob(opened.sheets[0], REVIEW, "Topic", book)
        with pytest.raises(TrainingError, match="Too few examples"):
            run(job)
    assert read_options().labels == ""
    assert not list(tmp_path.glob("*.topic.json"))


def test_another_programs_file_is_not_replaced(sheet: Sheet, book: Path) -> None:
    other = book.with_name("Umfrage März.topic.json")
    other.write_text('{"mine": 1}', encoding="utf-8")
    with pytest.raises(OutputError, match="another program's"):
        LearningJob(sheet, REVIEW, "Topic", book)
    assert other.read_text(encoding="utf-8") == '{"mine": 1}'


def test_a_read_only_folder_sends_it_to_the_users_files(
    sheet: Sheet, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = learning_job.write_whole

    def refuse(target: Path, text: str) -> None:
        if target.parent == book.parent:
            raise OutputError("The folder can't be written to.")
        real(target, text)

    monkeypatch.setattr(learning_job, "write_whole", refuse)
    job = run(LearningJob(sheet, REVIEW, "Topic", book))
    kept = tmp_path / "user" / "learned" / "Umfrage März.topic.json"
    assert f"Kept in {kept}. " in job.told
    assert read_options().labels == str(kept)


def test_what_is_replaced_is_said(sheet: Sheet, book: Path) -> None:
    assert "in the place of" not in run(LearningJob(sheet, REVIEW, "Topic", book)).told
    assert "in the place of what was there" in run(LearningJob(sheet, REVIEW, "Topic", book)).told


@pytest.mark.parametrize("wanted", ["=$B$1", "=Sheet!$B$5", "=$B:$B", "B"])
def test_a_click_on_the_column_names_it(sheet: Sheet, book: Path, wanted: str) -> None:
    assert LearningJob(sheet, REVIEW, wanted, book).column == 2


@pytest.mark.parametrize(
    "picked", [Area(1, 1, 1_048_576, 1), Area(5, 1, 6, 1), Area(3, 1, 3, 1), Area(2, 1, 20, 1)]
)
def test_a_table_further_down_is_learned_from_whole(tmp_path: Path, picked: Area) -> None:
    workbook = Workbook()
    sheet = workbook.active
    sheet["A1"] = "Reviews of March, as they came in"
    for row in [["Review", "Topic"], *([text, "delivery"] for text in DELIVERY),
                *([text, "price"] for text in PRICE)]:  # fmt: skip
        sheet.append(row)
    sheet.insert_rows(2)
    sheet.add_table(Table(displayName="Reviews", ref="A3:B9"))
    workbook.save(tmp_path / "table.xlsx")
    with closing(open_workbook(tmp_path / "table.xlsx")) as opened:
        job = LearningJob(opened.sheets[0], picked, "Topic", tmp_path / "table.xlsx")
    assert job.progress == "learning from 6 rows"


def test_too_many_examples_are_refused_before_anything_is_worked_out(tmp_path: Path) -> None:
    workbook = Workbook()
    workbook.active.append(["Review", "Stars"])
    for number in range(2_001):
        workbook.active.append([f"A lamp like any other, number {number}.", number % 5])
    workbook.save(tmp_path / "many.xlsx")
    with (
        closing(open_workbook(tmp_path / "many.xlsx")) as opened,
        pytest.raises(OptionError, match="`cellsense train` makes a better model"),
    ):
        LearningJob(opened.sheets[0], REVIEW, "Stars", tmp_path / "many.xlsx")
