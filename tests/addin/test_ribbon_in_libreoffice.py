"""The button, by the shipped add-in's own VBA in LibreOffice, through xlwings to real cells."""

from pathlib import Path
from typing import Any

import pytest

from addin.com_tables import ListObject
from addin.opened_addin import Addin
from cellsense_addin.options import change_option, read_options

GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
LABELS = {"NEGATIVE", "NEUTRAL", "POSITIVE"}


@pytest.fixture(autouse=True)
def _options_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # noqa: ANN001
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path / "addin.json"))


def click(addin: Addin, selection: str) -> str:
    """Select cells, click Classify column, and return what was said at the end."""
    addin.document.run("Bridge.SelectCells", selection)
    said: str = addin.document.run("Ribbon.ClassifySelection")
    return said


def cells(addin: Addin, address: str) -> tuple[tuple[Any, ...], ...]:
    shown: tuple[tuple[Any, ...], ...] = addin.sheet.getCellRangeByName(address).getDataArray()
    return shown


def reviews(count: int) -> list[str]:
    return [f"{GOOD if row % 2 else BAD} It was number {row}." for row in range(count)]


def test_1200_rows(addin: Addin) -> None:
    addin.fill("P", ["Review", *reviews(1200)])
    addin.sheet.getCellRangeByName("P7").String = ""
    said = click(addin, "P2")
    assert said.startswith("1,200 rows: NEGATIVE ")
    assert said.endswith("1 without text; columns Q and R")
    assert cells(addin, "Q1:R1") == (("Label", "Score"),)
    assert cells(addin, "Q7:R7") == (("", ""),)
    rows = cells(addin, "Q2:R1201")
    assert [label for label, _ in rows[:4]] == ["NEGATIVE", "POSITIVE", "NEGATIVE", "POSITIVE"]
    assert all(label in LABELS and 0.3 < score <= 1 for label, score in rows if label)
    assert [name for name, _ in addin.calls].count("step") >= 2  # progress was shown on the way


@pytest.mark.parametrize(
    ("selection", "first", "last"),
    [("P3", 2, 11), ("P1:P1048576", 2, 11), ("P1:P11", 2, 11), ("P4:P6", 4, 6), ("P1:P3", 2, 3)],
)
def test_what_is_selected_is_classified(
    addin: Addin, selection: str, first: int, last: int
) -> None:
    addin.fill("P", ["Review", *reviews(10)])
    click(addin, selection)
    labelled = [row for row in range(1, 14) if cells(addin, f"Q{row}")[0][0] in LABELS]
    assert labelled == list(range(first, last + 1))


def test_list_without_header(addin: Addin) -> None:
    addin.fill("P", reviews(10))
    click(addin, "P1:P10")
    assert [row[0] in LABELS for row in cells(addin, "Q1:Q11")] == [True] * 10 + [False]


def test_table_grows(addin: Addin) -> None:
    addin.fill("P", ["Review", *reviews(10)])
    sheet = addin.book.Worksheets(1)
    table = ListObject(sheet.Range("P1:P11"), "Reviews")
    sheet._tables.append(table)
    click(addin, "P5")
    assert table.Range.Address == "$P$1:$R$11"
    assert cells(addin, "Q1:R1") == (("Label", "Score"),)


def test_cancel_in_the_middle_keeps_what_is_done(addin: Addin) -> None:
    addin.fill("P", ["Review", *(f"{text} Nobody asked before." for text in reviews(3000))])
    steps = []

    def press_cancel(function: str) -> None:
        steps.append(function)
        if function == "step" and cells(addin, "Q2")[0][0]:  # the first block is there
            addin.document.run("Ribbon.CancelRun")

    addin.before_call = press_cancel
    said = click(addin, "P2")
    assert said.startswith("Cancelled: ")
    assert steps[-1] == "cancel"
    done = int(said.split()[1].replace(",", ""))
    assert 0 < done < 3000
    shown = [row[0] in LABELS for row in cells(addin, "Q2:Q3001")]
    assert shown == [True] * done + [False] * (3000 - done)


@pytest.mark.parametrize("consent", ["yes", ""])
def test_cells_in_use_are_asked_about_and_kept(addin: Addin, consent: str) -> None:
    addin.fill("P", ["Review", *reviews(5)])
    addin.fill("Q", ["Stars", 1.0, 2.0, 3.0, 4.0, 5.0])
    addin.consent = consent
    said = click(addin, "P2")
    assert addin.said[0][0] == "ask"
    assert "columns R and S" in addin.said[0][1]
    assert cells(addin, "Q1:Q3") == (("Stars",), (1.0,), (2.0,))
    assert (cells(addin, "R2")[0][0] in LABELS) == (consent == "yes")
    assert said.startswith("5 rows" if consent else "Nothing was written")


def test_option_to_take_the_next_free_columns(addin: Addin) -> None:
    change_option("occupied", "next free")
    change_option("label_name", "Stimmung")
    addin.fill("P", ["Review", *reviews(5)])
    addin.fill("Q", ["Stars", 1.0])
    click(addin, "P2")
    assert cells(addin, "R1:S1") == (("Stimmung", "Score"),)
    assert all(what != "ask" for what, _ in addin.said)


@pytest.mark.parametrize(("consent", "column"), [("yes", "Q"), ("no", "S"), ("", "")])
def test_second_run_asks_whether_to_write_again(addin: Addin, consent: str, column: str) -> None:
    addin.fill("P", ["Review", *reviews(5)])
    click(addin, "P2")
    addin.fill("P", [GOOD], first_row=2)
    addin.consent = consent
    click(addin, "P2")
    assert "hold labels of an earlier run" in next(
        text for what, text in addin.said if what == "ask"
    )
    assert cells(addin, "Q2")[0][0] == ("POSITIVE" if column == "Q" else "NEGATIVE")
    assert cells(addin, "S1:S2") == (
        (("Label2",), ("POSITIVE",)) if column == "S" else (("",), ("",))
    )


def test_labels_of_ones_own(addin: Addin) -> None:
    addin.fill(
        "P", ["Review", "The parcel came two weeks late.", None, "Far too expensive for me."]
    )
    addin.entered = "price, delivery"
    addin.document.run("Ribbon.ChooseLabels")
    assert addin.said == [
        ("enter", ""), ("say", "Classify column tells which of these fits best: price, delivery"),
    ]  # fmt: skip
    assert "price 1, delivery 1" in click(addin, "P2")
    assert cells(addin, "Q1:Q4") == (("Label",), ("delivery",), ("",), ("price",))
    addin.said.clear()
    addin.entered = "(cancelled)"
    addin.document.run("Ribbon.ChooseLabels")
    assert addin.said == [("enter", "price, delivery")]
    assert read_options().labels == "price, delivery"
    addin.entered = ""
    addin.document.run("Ribbon.ChooseLabels")
    assert addin.said[-1] == ("say", "Classify column tells sentiment.")
    addin.consent = "yes"
    assert "NEGATIVE" in click(addin, "P2")


def test_labels_that_cannot_be_asked_for_are_refused_in_a_sentence(addin: Addin) -> None:
    addin.entered = "price"
    addin.document.run("Ribbon.ChooseLabels")
    assert addin.said[-1][0] == "say"
    assert "is always right: name two or more" in addin.said[-1][1]
    assert read_options().labels == ""


# Written for this test.
TOPICS = {
    "The parcel came two days late and the box was soaked.": "delivery",
    "The courier threw the package over the fence.": "delivery",
    "Shipping took three weeks.": "delivery",
    "Far too expensive for what it is.": "price",
    "A real bargain, half of what others ask.": "price",
    "Worth every penny.": "price",
    "My package is still somewhere in a depot.": None,
    "A fair price, I paid less than last time.": None,
}


@pytest.fixture
def topics(addin: Addin, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Reviews with labels by hand beside some; what is learned of them goes into the folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    addin.fill("P", ["Review", *TOPICS])
    addin.fill("Q", ["Topic", *TOPICS.values()])
    addin.entered = "Topic"
    addin.document.run("Bridge.SelectCells", "P2")
    return tmp_path / "cellsense" / "learned"


def test_learns_from_labels_by_hand_and_classifies_the_rest(addin: Addin, topics: Path) -> None:
    addin.consent = "yes"
    said = addin.document.run("Ribbon.LearnFromRows")
    learned, beside = (text for what, text in addin.said if what == "ask")
    assert learned.startswith("Learned from 6 rows: delivery 3 · price 3\n")
    assert "right, by cross-validation on 6 examples" in learned
    assert learned.endswith("\n\nClassify the column by it now?")
    assert "columns R and S" in beside
    assert said.startswith("8 rows: delivery 4, price 4")
    assert [row[0] for row in cells(addin, "R2:R9")] == [
        *["delivery"] * 3,
        *["price"] * 3,
        "delivery",
        "price",
    ]
    (file,) = topics.iterdir()
    assert file.name.endswith(".topic.json")
    assert read_options().labels == str(file)
    assert addin.document.model.isAutomaticCalculationEnabled()
    addin.entered = str(file)  # what the box shows is taken as it is
    addin.document.run("Ribbon.ChooseLabels")
    assert addin.said[-1] == ("say", f"Classify column goes by what was learned: {file}")


def test_selecting_something_else_while_it_learns_changes_nothing(
    addin: Addin, topics: Path
) -> None:
    def select_elsewhere(function: str) -> None:
        if function == "step":
            addin.document.run("Bridge.SelectCells", "A1")

    addin.before_call = select_elsewhere
    addin.consent = "yes"
    said = addin.document.run("Ribbon.LearnFromRows")
    assert said.startswith("8 rows: delivery 4, price 4")
    assert topics.exists()


def test_corrected_labels_that_it_learned_from_are_not_written_over(
    addin: Addin, topics: Path
) -> None:
    corrected = ["Label", *["delivery"] * 3, *["price"] * 3, "TO REVIEW", None]
    addin.fill("Q", corrected)
    addin.fill("R", ["Score", *[0.9] * 8])
    addin.entered, addin.consent = "Label", "yes"
    said = addin.document.run("Ribbon.LearnFromRows")
    learned, beside = (text for what, text in addin.said if what == "ask")
    assert learned.startswith("Learned from 6 rows: delivery 3 · price 3\n")
    assert "columns S and T" in beside
    assert [row[0] or None for row in cells(addin, "Q1:Q9")] == corrected
    assert cells(addin, "S1:T1") == (("Label2", "Score2"),)
    assert said.startswith("8 rows: delivery 4, price 4")
    assert topics.exists()


def test_esc_after_it_has_learned_asks_all_the_same(addin: Addin, topics: Path) -> None:
    def press_cancel(function: str) -> None:
        if function == "step":  # Esc interrupts VBA when Python's last step has been made
            while next(topics.glob("*.json"), None) is None:
                addin._server.CallUDF("cellsense_addin.macros", "step", ())
            raise RuntimeError("interrupted")

    addin.before_call = press_cancel
    said = addin.document.run("Ribbon.LearnFromRows")
    assert "interrupted" in said
    addin.before_call = lambda _: None
    state = addin._answer("cellsense_addin.macros:cancel")
    assert state.startswith("learned\tLearned from 6 rows")


def test_what_was_learned_and_is_gone_is_said(addin: Addin, topics: Path) -> None:
    addin.document.run("Ribbon.LearnFromRows")
    next(topics.iterdir()).unlink()
    said = click(addin, "P2")
    assert "goes by what was learned before" in said
    assert "Click Learn… again, or empty Labels… for sentiment." in said
    assert cells(addin, "R1:S2") == (("", ""), ("", ""))


def test_learned_and_not_classified_yet(addin: Addin, topics: Path) -> None:
    said = addin.document.run("Ribbon.LearnFromRows")
    assert said == "Learned from 6 rows: delivery 3 · price 3"
    assert cells(addin, "R1:S2") == (("", ""), ("", ""))
    assert read_options().labels == str(next(topics.iterdir()))
    addin.consent = "yes"
    assert click(addin, "P2").startswith("8 rows: delivery 4, price 4")


@pytest.mark.parametrize(
    ("entered", "sentence"),
    [("Topik", 'There is no column "Topik"'), ("Review", "The reviews themselves stand in")],
)
def test_what_cannot_be_learned_is_said_in_a_sentence(
    addin: Addin, topics: Path, entered: str, sentence: str
) -> None:
    addin.entered = entered
    said = addin.document.run("Ribbon.LearnFromRows")
    assert sentence in said
    assert addin.said[-1] == ("say", said)
    assert not topics.exists()


@pytest.mark.parametrize("entered", ["(cancelled)", " "])
def test_nothing_is_learned_without_a_column(addin: Addin, topics: Path, entered: str) -> None:
    addin.entered = entered
    assert addin.document.run("Ribbon.LearnFromRows") == ""
    assert addin.calls == []
    assert not topics.exists()


def test_learning_can_be_cancelled(addin: Addin, topics: Path) -> None:
    def press_cancel(function: str) -> None:
        if function == "learn":
            addin.document.run("Ribbon.CancelRun")

    addin.before_call = press_cancel
    assert addin.document.run("Ribbon.LearnFromRows") == "Cancelled: nothing was learned."
    assert read_options().labels == ""
    assert not topics.exists()


def test_hidden_rows_get_labels_too(addin: Addin) -> None:
    addin.fill("P", ["Review", *reviews(10)])
    for row in (3, 4, 8):
        addin.sheet.Rows[row].IsVisible = False
    click(addin, "P2")
    assert all(row[0] in LABELS for row in cells(addin, "Q2:Q11"))


def test_protected_sheet_is_left_alone(addin: Addin) -> None:
    addin.fill("P", ["Review", *reviews(5)])
    addin.sheet.protect("")
    said = click(addin, "P2")
    addin.sheet.unprotect("")
    assert "is protected" in said
    assert ("say", said) in addin.said
    assert cells(addin, "Q1:Q2") == (("",), ("",))


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        ("P1:Q5", "select cells of one column"),
        ("Z1:Z5", "holds no text"),
    ],
)
def test_what_cannot_be_classified_is_said_in_a_sentence(
    addin: Addin, selection: str, sentence: str
) -> None:
    addin.fill("P", ["Review", *reviews(5)])
    said = click(addin, selection)
    assert sentence in said
    assert addin.said == [("say", said)]


def test_settings_are_restored_after_a_failure(addin: Addin) -> None:
    addin.fill("P", ["Review", *reviews(500)])

    def fail(function: str) -> None:
        if function == "step":
            assert not addin.document.model.isAutomaticCalculationEnabled()
            raise RuntimeError("Python is gone")

    addin.before_call = fail
    said = click(addin, "P2")
    assert "Python is gone" in said
    assert addin.document.model.isAutomaticCalculationEnabled()
    addin.before_call = lambda _: None
    assert click(addin, "P2").startswith("500 rows")  # and the button works again


def test_sheet_that_changes_meanwhile_stops_the_run(addin: Addin) -> None:
    addin.fill("P", ["Review", *reviews(1000)])

    def insert_a_row(function: str) -> None:
        if function == "step":
            addin.before_call = lambda _: None
            addin.sheet.Rows.insertByIndex(2, 1)

    addin.before_call = insert_a_row
    said = click(addin, "P2")
    assert "were changed while they were classified" in said


def test_options_are_checked_by_python(addin: Addin) -> None:
    assert addin.document.run("Ribbon.Rest", addin._answer("cellsense_addin.macros:about")) != ""
    state = addin._answer("cellsense_addin.macros:set_option", "label_name", "=x")
    assert state.startswith("failed\t")
    assert addin._answer("cellsense_addin.macros:set_option", "label_name", "Mood") == "done\tMood"
