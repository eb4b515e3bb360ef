"""The functions as Excel on Windows calls them: through xlwings' own COM server and UDF code."""

from collections.abc import Callable
from typing import Any

import pytest

from addin.fake_windows import MISSING, FakeWindows
from cellsense import Classifier

GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
NOT_AVAILABLE = -2146826246  # what COM gives for a cell with #N/A

Call = Callable[..., Any]


@pytest.fixture
def call(windows: FakeWindows) -> Call:
    """CallUDF with the arguments that the VBA wrappers give: no workbook, no caller."""
    for module in ("functions", "polling"):
        windows.anew(f"cellsense_addin.{module}")
    server = windows.com_server.XLPython()

    def call(function: str, *arguments: object, module: str = "functions") -> Any:
        return server.CallUDF(f"cellsense_addin.{module}", function, arguments)

    return call


def test_column(call: Call, embedded: Classifier) -> None:
    good, bad = embedded.predict([GOOD, BAD])
    assert good is not None
    assert bad is not None
    column = ((GOOD,), (None,), (NOT_AVAILABLE,), (BAD,))
    assert call("sentiment", column, MISSING, "") == [
        ["POSITIVE", round(good.score, 4)],
        ["", ""],
        ["", ""],
        ["NEGATIVE", round(bad.score, 4)],
    ]
    assert call("sentiment", column, "label", "") == [["POSITIVE"], [""], [""], ["NEGATIVE"]]


def test_one_cell_gives_one_row(call: Call) -> None:
    label, score = call("sentiment", GOOD, MISSING, "")
    assert (label, type(score)) == ("POSITIVE", float)
    assert call("sentiment", GOOD, "label", "") == "POSITIVE"
    assert call("sentiment", None, "label", "") == ""
    assert call("sentiment", NOT_AVAILABLE, "label", "") == ""


def test_row_of_cells_is_answered_under_it(call: Call) -> None:
    labels, scores = call("sentiment", ((GOOD, BAD, None),), MISSING, "")
    assert labels == ["POSITIVE", "NEGATIVE", ""]
    assert [type(score) for score in scores] == [float, float, str]
    assert call("sentiment", (GOOD, BAD), "label", "") == ["POSITIVE", "NEGATIVE"]


def test_block_is_refused_in_the_cell(call: Call) -> None:
    sentence = call("sentiment", ((GOOD, BAD), (BAD, GOOD)), MISSING, "")
    assert sentence.startswith("cellsense: It reads one column")


def test_unknown_output_is_refused_in_the_cell(call: Call) -> None:
    assert "There is no output" in call("sentiment", GOOD, "lable", "")


def test_ten_thousand_rows(call: Call) -> None:
    column = tuple((f"{GOOD if row % 2 else BAD}",) for row in range(10_000))
    labels = call("sentiment", column, "label", "")
    assert len(labels) == 10_000
    assert labels[:3] == [["NEGATIVE"], ["POSITIVE"], ["NEGATIVE"]]


def test_whole_column_of_blanks(call: Call) -> None:
    assert call("sentiment", ((None,),) * 1000, "label", "") == [[""]] * 1000


def test_dates_numbers_and_booleans_get_no_label(call: Call, windows: FakeWindows) -> None:
    from addin.fake_windows import ComTime

    column = ((ComTime(2026, 11, 23),), (5.0,), (True,), (GOOD,))
    assert call("sentiment", column, "label", "") == [[""], [""], [""], ["POSITIVE"]]


def test_waiting_formula_is_named_until_its_answers_are_there(call: Call) -> None:
    texts = tuple((f"{GOOD} Number {number}.",) for number in range(20_000))
    rows = call("sentiment", texts, "label", MISSING, "[Book1]Sheet1!$B$2")
    assert ["…"] in rows
    assert call("due", module="polling").startswith("all\n[Book1]Sheet1!$B$2\t")
    call("forget", "[Book1]Sheet1!$B$2\n[Book1]Sheet1!$B$9\n", module="polling")
    assert call("due", module="polling") == "all"


def test_labels_in_the_analysts_words(call: Call) -> None:
    texts = (("The parcel came two weeks late.",), ("Far too expensive for me.",))
    rows = call("classify", texts, (("delivery", "price"),), "label", MISSING, MISSING, "")
    assert rows == [["delivery"], ["price"]]


@pytest.mark.parametrize("labels", [MISSING, None, "", ((None,), (None,))])
def test_words_without_labels_are_those_of_sentiment(call: Call, labels: object) -> None:
    told = call("why", (("A terrible printer.",), (None,)), labels, "")
    assert told[0][0].startswith("terrible (+")
    assert told[1] == [""]


def test_info(call: Call) -> None:
    assert [row[0] for row in call("sentiment_info")] == ["model", "labels", "device", "version"]


def test_metadata_is_what_the_function_wizard_shows(windows: FakeWindows) -> None:
    functions: Any = windows.anew("cellsense_addin.functions")
    metadata = functions.sentiment.__xlfunc__
    assert metadata["category"] == "cellsense"
    assert metadata["volatile"] is False
    assert [argument["name"] for argument in metadata["args"]] == [
        "texts", "output", "threshold", "cell",
    ]  # fmt: skip
    assert "A2:A1001" in metadata["args"][0]["doc"]
    assert '"label"' in metadata["args"][1]["doc"]
    assert metadata["args"][1]["optional"] == "both"
    for function in functions.FUNCTIONS:
        assert function.__xlfunc__["ret"]["doc"] == function.__doc__
        assert function.__doc__.count("\n") <= 4
