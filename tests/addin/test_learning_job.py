"""Learning from hand-labelled rows of an open sheet: here one of a real file."""

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import Workbook

from cellsense import Classifier
from cellsense.errors import CellsenseError, OutputError, SelectionError, TrainingError
from cellsense.sheets.interface import Area, Sheet
from cellsense.sheets.open import open_workbook
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
