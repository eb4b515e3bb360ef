"""The shipped add-in's own VBA, run by LibreOffice: formula in a cell → VBA → xlwings → model.

Only the module that reaches Python differs (tests/addin/Bridge.bas), and a parameter's name: Basic
reserves the word Output, which VBA doesn't. xlwings' real COM server and
UDF code answers, with Windows faked; the embedded model classifies.
"""

import time
from typing import Any

import pytest

from addin.opened_addin import Addin
from cellsense import Classifier
from cellsense_addin import session
from cellsense_addin.background import Reasons
from cellsense_addin.session import background

GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
CONTENTS = 1023  # com.sun.star.sheet.CellFlags, all of them


def test_column_spills_beside_its_rows(addin: Addin, embedded: Classifier) -> None:
    good, bad = embedded.predict([GOOD, BAD])
    assert good is not None
    assert bad is not None
    addin.fill("H", [GOOD, None, BAD, 5.0])
    expected = (
        ("POSITIVE", round(good.score, 4)),
        ("", ""),
        ("NEGATIVE", round(bad.score, 4)),
        ("", ""),
    )
    assert addin.formula("K1:L4", "=SENTIMENT(H1:H4)") == expected


def test_label_or_score_alone(addin: Addin) -> None:
    addin.fill("H", [GOOD, BAD])
    assert addin.formula("K1:K2", '=SENTIMENT(H1:H2;"label")') == (("POSITIVE",), ("NEGATIVE",))
    addin.sheet.getCellRangeByName("J1").String = "score"
    scores = addin.formula("M1:M2", "=SENTIMENT(H1:H2;J1)")
    assert all(0.5 < score < 1 for (score,) in scores)


def test_one_cell_gives_one_row(addin: Addin) -> None:
    addin.fill("H", [GOOD])
    ((label, score),) = addin.formula("K1:L1", "=SENTIMENT(H1)")
    assert (label, type(score)) == ("POSITIVE", float)
    ((label, _),) = addin.formula("K3:L3", f'=SENTIMENT("{BAD}")')
    assert label == "NEGATIVE"


def test_whole_column_costs_its_used_rows_and_stays_aligned(addin: Addin) -> None:
    addin.fill("H", [GOOD, BAD], first_row=3)
    shown = addin.formula("K1:K4", '=SENTIMENT(H1:H1048576;"label")')
    assert shown == (("",), ("",), ("POSITIVE",), ("NEGATIVE",))
    ((_, (cells, *_)),) = addin.calls
    assert len(cells) == 4


@pytest.mark.parametrize(
    ("cell", "formula", "sentence"),
    [
        ("K2", "=SENTIMENT(H1:H1048576)", "enter this formula in row 1"),
        ("K1", "=SENTIMENT(H1:I1048576)", "reads one column"),
    ],
)
def test_whole_column_that_would_be_misaligned_is_refused(
    addin: Addin, cell: str, formula: str, sentence: str
) -> None:
    addin.fill("H", [GOOD, BAD])
    addin.document.run("Bridge.SetCaller", cell)
    addin.sheet.getCellRangeByName(cell).Formula = formula
    assert sentence in addin.sheet.getCellRangeByName(cell).String


def test_row_of_cells_is_answered_under_it(addin: Addin) -> None:
    addin.sheet.getCellRangeByName("H1:I1").setDataArray(((GOOD, BAD),))
    assert addin.formula("H2:I2", '=SENTIMENT(H1:I1;"label")') == (("POSITIVE", "NEGATIVE"),)


def test_error_cells_stay_empty(addin: Addin) -> None:
    addin.fill("H", [GOOD, None, BAD])
    addin.sheet.getCellRangeByName("H2").Formula = "=NA()"
    shown = addin.formula("K1:K3", '=SENTIMENT(H1:H3;"label")')
    assert shown == (("POSITIVE",), ("",), ("NEGATIVE",))


@pytest.mark.parametrize(
    ("formula", "sentence"),
    [
        ("=SENTIMENT(H1:I2)", "cellsense: It reads one column of reviews"),
        ('=SENTIMENT(H1;"lable")', 'cellsense: There is no output "lable"'),
    ],
)
def test_mistake_is_a_sentence_in_the_cell(addin: Addin, formula: str, sentence: str) -> None:
    addin.sheet.getCellRangeByName("H1:I2").setDataArray((("a", "b"), ("c", "d")))
    assert addin.formula("K1", formula)[0][0].startswith(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "Traceback (most recent call last):\n  File x\nImportError: no numpy",
        "ImportError: no numpy\n  File y\n  File x",  # as xlwings' DLL turns it round
    ],
)
def test_python_that_fails_is_a_sentence_in_the_cell(addin: Addin, text: str) -> None:
    def gone(*_: object) -> None:
        raise RuntimeError(text)

    addin.python.function = gone
    shown = addin.formula("K1", "=SENTIMENT(H1)")[0][0]
    assert shown.startswith("cellsense: ")
    assert "ImportError: no numpy" in shown
    assert "Traceback" not in shown


def test_labels_from_cells_and_learned_from_examples(addin: Addin) -> None:
    addin.fill("H", ["The parcel came two weeks late.", None, "It costs far too much money."])
    addin.fill("I", ["delivery", "price"])
    expected = (("delivery",), ("",), ("price",))
    assert addin.formula("K1:K3", '=CLASSIFY(H1:H3;I1:I1048576;"label")') == expected
    examples = {
        "Shipping took three weeks.": "delivery",
        "The courier lost my package.": "delivery",
        "It arrived a day early.": "delivery",
        "Far too expensive.": "price",
        "A real bargain at ten pounds.": "price",
        "They raised the price twice.": "price",
    }
    addin.fill("I", list(examples))
    addin.fill("J", list(examples.values()))
    assert addin.formula("K1:K3", '=CLASSIFY(H1:H3;I1:J6;"label")') == expected


def test_words_that_carried_the_label(addin: Addin) -> None:
    addin.fill("H", ["The kettle is absolutely wonderful.", None, "A terrible printer."])
    shown = addin.formula("K1:K3", "=WHY(H1:H1048576)")
    assert shown[0][0].startswith("wonderful (+")
    assert shown[1] == ("",)
    assert "terrible (+" in shown[2][0]
    addin.fill("H", ["The parcel came two weeks late."])
    addin.fill("I", ["delivery", "price"])
    assert "parcel (+" in addin.formula("M1", "=WHY(H1;I1:I2)")[0][0]


def test_info(addin: Addin) -> None:
    assert addin.formula("K1:L4", "=SENTIMENT_INFO()")[0] == ("model", "embedded")


def test_help_texts_are_registered(addin: Addin) -> None:
    addin.document.run("Functions.DescribeFunctions")
    assert addin.said == [
        ("describe", "SENTIMENT"), ("describe", "CLASSIFY"), ("describe", "WHY"),
        ("describe", "SENTIMENT_INFO"),
    ]  # fmt: skip


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A recalculation waits for answers for a moment only, and shows them more often."""
    monkeypatch.setattr("cellsense_addin.turns.REFRESH_SECONDS", 0.1)
    monkeypatch.setattr(background(), "_hold_seconds", 0.05)


WAITING_TEXTS = [f"{GOOD} Bought {number} of them." for number in range(400)]


def poll_until_filled(addin: Addin, cells: str) -> tuple[int, tuple[tuple[Any, ...], ...]]:
    """Do what Excel's clock would do; count the recalculations that showed another part."""
    shown, recalculated = addin.sheet.getCellRangeByName(cells).getDataArray(), 0
    end = time.monotonic() + 60
    while ("…",) in shown:
        assert time.monotonic() < end
        assert ("later", "Waiting.Poll") in addin.said  # the next look is always arranged
        addin.said.clear()
        addin.document.run("Waiting.Poll")
        if any(what == "recalculate" for what, _ in addin.said):
            addin.document.model.calculateAll()
            addin.document.run("Waiting.WatchLater")
            recalculated += 1
            shown = addin.sheet.getCellRangeByName(cells).getDataArray()
        time.sleep(0.05)
    return recalculated, shown


@pytest.mark.usefixtures("hasty")
def test_waiting_cells_fill_in_by_themselves(addin: Addin) -> None:
    addin.fill("H", WAITING_TEXTS)
    addin.document.run("Bridge.SetCaller", "K1")
    shown = addin.formula("K1:K400", '=SENTIMENT(H1:H400;"label")')
    assert ("…",) in shown
    assert addin.said == []  # a function can't start a timer
    addin.document.run("Waiting.WatchLater")  # as Excel's AfterCalculate event does
    recalculated, shown = poll_until_filled(addin, "K1:K400")
    assert recalculated >= 1
    assert set(shown) <= {("POSITIVE",), ("NEUTRAL",), ("NEGATIVE",)}
    addin.said.clear()
    addin.document.run("Waiting.Poll")
    addin.document.run("Waiting.WatchLater")
    assert addin.said == []  # nothing waits, so nothing is polled


@pytest.mark.usefixtures("hasty")
def test_words_fill_in_by_themselves(addin: Addin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session._background(Reasons, None), "_hold_seconds", 0.0)
    addin.fill("H", WAITING_TEXTS[:20])
    addin.document.run("Bridge.SetCaller", "K1")
    assert addin.formula("K1:K20", "=WHY(H1:H20)") == (("…",),) * 20
    addin.document.run("Waiting.WatchLater")
    recalculated, shown = poll_until_filled(addin, "K1:K20")
    assert recalculated >= 1
    assert shown[0][0].startswith("love (+")
    assert ("no single word",) in shown


@pytest.mark.usefixtures("hasty")
def test_deleted_formula_stops_the_work(addin: Addin) -> None:
    addin.fill("H", [f"{text} Another." for text in WAITING_TEXTS])
    addin.document.run("Bridge.SetCaller", "K1")
    addin.formula("K1:K400", '=SENTIMENT(H1:H400;"label")')
    addin.document.run("Waiting.WatchLater")
    addin.sheet.getCellRangeByName("K1:K400").clearContents(CONTENTS)
    addin.said.clear()
    addin.document.run("Waiting.Poll")
    assert [name for name, _ in addin.calls[-2:]] == ["due", "forget"]
    assert background().due(10) == []
    addin.document.run("Waiting.WatchLater")
    assert addin.said == []


@pytest.mark.usefixtures("hasty")
def test_more_formulas_than_are_listed_at_once(
    addin: Addin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addin.modules["polling"], "_AT_ONCE", 2)
    monkeypatch.setattr(background(), "_hold_seconds", 0.0)
    addin.fill("H", [f"{GOOD} One of {number} formulas." for number in range(6)])
    for row in range(1, 7):
        addin.document.run("Bridge.SetCaller", f"K{row}")
        addin.sheet.getCellRangeByName(f"K{row}").Formula = f'=SENTIMENT(H{row};"label")'
        assert addin.sheet.getCellRangeByName(f"K{row}").String == "…"  # calculated when looked at
    end = time.monotonic() + 60
    while "…" in [addin.sheet.getCellRangeByName(f"K{row}").String for row in range(1, 7)]:
        assert time.monotonic() < end
        addin.said.clear()
        addin.document.run("Waiting.Poll")
        for address in [text.replace("$", "") for what, text in addin.said if what != "later"]:
            addin.document.run("Bridge.SetCaller", address)
            place = addin.sheet.getCellRangeByName(address)
            place.Formula = place.Formula
            assert place.String == "POSITIVE"
        time.sleep(0.05)
    assert background().due(10) == []
