"""The button and the worksheet functions, in a browser against a running server."""

from collections.abc import Callable
from typing import Any

import pytest

GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
REVIEWS = [GOOD, "", BAD, 12, "#N/A", "Great value, very happy with it."]
Open = Callable[..., Any]


def sheet(*columns: list[Any], name: str = "Reviews", **rest: Any) -> dict[str, Any]:
    height = max(len(column) for column in columns)
    filled = [[*column, *[""] * (height - len(column))] for column in columns]
    return {"name": name, "rows": [list(row) for row in zip(*filled, strict=True)], **rest}


def book(*columns: list[Any], **rest: Any) -> dict[str, Any]:
    """Return a workbook with a sheet of reviews, and another one that is nobody's business."""
    secret = {"name": "Salaries", "rows": [["topsecret", 1234567.89]]}
    return {"sheets": [sheet(*columns, **rest), secret]}


def labels(excel: Any, address: str) -> list[Any]:
    return [row[0] for row in excel.cells(address)]


def meanwhile(excel: Any, action: str) -> None:
    """Be a user who does something while the button works."""
    excel.look(f"() => {{ fakeExcel.beforeSync = ({{reads, writes, book}}) => {action}; }}")


# ---- functions -----------------------------------------------------------------------------------


def test_function_answers_a_column_in_one_call(open_excel: Open) -> None:
    excel = open_excel(book(["Review", *REVIEWS]))
    error = {"type": "Error", "basicValue": "#N/A", "basicType": "Error"}
    found = excel.call("SENTIMENT", [[GOOD], [""], [BAD], [12], [error], [True]])["value"]
    assert [row[0] for row in found] == ["POSITIVE", "", "NEGATIVE", "", "", ""]
    assert 0.5 < found[0][1] < 1
    assert found[1] == ["", ""]
    assert [path for path, _ in excel.posts] == ["/xlwings/custom-functions-call"]
    assert "topsecret" not in excel.sent


def test_function_answers_one_output(open_excel: Open) -> None:
    excel = open_excel(book(["Review"]))
    assert excel.call("SENTIMENT", [[GOOD]], [["label"]])["value"] == [["POSITIVE"]]
    assert excel.call("SENTIMENT", [[GOOD], [BAD]], "label")["value"] == [
        ["POSITIVE"],
        ["NEGATIVE"],
    ]


def test_labels_and_reasons(open_excel: Open) -> None:
    excel = open_excel(book(["Review"]))
    texts = [["The parcel was delivered broken."], [""]]
    answers = excel.call("CLASSIFY", texts, [["delivery", "price"]], "label")["value"]
    assert answers == [["delivery"], [""]]
    (sentiment,), blank = excel.call("WHY", texts)["value"]
    (delivery,), _ = excel.call("WHY", texts, "delivery,price")["value"]
    assert sentiment.startswith("broken (+")
    assert delivery.startswith("delivered (+")
    assert blank == [""]


def test_function_says_what_is_wrong_in_its_cell(open_excel: Open) -> None:
    excel = open_excel(book(["Review"]))
    ((sentence,),) = excel.call("SENTIMENT", [["a", "b"], ["c", "d"]])["value"]
    assert sentence.startswith("cellsense: It reads one column of reviews")


def test_whole_column_gives_as_many_rows_as_are_used(open_excel: Open) -> None:
    excel = open_excel(book(["Review"]))
    found = excel.look(
        f"fakeExcel.call('SENTIMENT', [Array.from({{length: 1048576}}, (_, row) => "
        f"[row === 3 ? {GOOD!r} : ''])])"
    )["value"]
    assert [row[0] for row in found] == ["", "", "", "POSITIVE"]


def test_info_tells_model_device_and_version(open_excel: Open) -> None:
    excel = open_excel(book(["Review"]))
    found = dict(excel.call("SENTIMENT_INFO")["value"])
    assert found.keys() == {"model", "labels", "device", "version"}
    excel.page.click("#about summary")
    excel.page.wait_for_selector("#about-list dd")
    assert f"Version {found['version']}" in excel.text("#about")


# ---- the button ----------------------------------------------------------------------------------


@pytest.mark.parametrize("selection", ["B:B", "B1:B7", "B2:B7", "B3"])
def test_button_labels_the_column(open_excel: Open, selection: str) -> None:
    excel = open_excel(book([1, *range(100, 106)], ["Review", *REVIEWS]))
    excel.select(selection)
    excel.press()
    assert excel.text("#result-title") == "6 rows done"
    assert labels(excel, "C1:C7") == ["Label", "POSITIVE", "", "NEGATIVE", "", "", "POSITIVE"]
    ((name,), (score,), *_) = excel.cells("D1:D7")
    assert name == "Score"
    assert 0.5 < score < 1
    assert excel.look("fakeExcel.book.sheets[0].formats")[0] == ["C1:D1", "Formats of B1:B1"]
    assert "No text: 1 blank, 1 number, 1 error value." in excel.text("#result")
    assert "NEGATIVE 1 NEUTRAL 0 POSITIVE 2" in excel.text("#result")


def test_some_rows_of_a_column(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD, GOOD, BAD]))
    excel.select("A3:A4")
    excel.press()
    assert labels(excel, "B1:B5") == ["Label", "", "NEGATIVE", "POSITIVE", ""]
    assert excel.posts[-1][1].count("day") == 1  # the texts of other rows aren't classified


def test_column_without_a_name_gets_no_names(open_excel: Open) -> None:
    excel = open_excel(book([GOOD, BAD, GOOD]))
    excel.select("A:A")
    excel.press()
    assert labels(excel, "B1:B3") == ["POSITIVE", "NEGATIVE", "POSITIVE"]


def test_names_of_the_options_are_used_and_kept(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD]))
    excel.page.click("#options summary")
    excel.page.fill("#label-name", "Mood")
    excel.page.fill("#score-name", "Sureness")
    excel.page.press("#score-name", "Tab")
    excel.select("A:A")
    excel.press()
    assert excel.cells("B1:C1") == [["Mood", "Sureness"]]
    excel.page.reload()
    assert excel.page.input_value("#label-name") == "Mood"


def test_labels_of_ones_own(open_excel: Open) -> None:
    texts = ["The parcel came two weeks late.", "", "Far too expensive for me."]
    excel = open_excel(book(["Review", *texts]))
    excel.page.click("#options summary")
    excel.page.fill("#labels", "price, delivery")
    excel.page.press("#labels", "Tab")
    excel.select("A:A")
    excel.press()
    assert labels(excel, "B1:B4") == ["Label", "delivery", "", "price"]
    assert "price 1 delivery 1" in excel.text("#result")
    excel.page.reload()
    assert excel.page.input_value("#labels") == "price, delivery"
    excel.page.evaluate("document.querySelector('#options').open = true")
    excel.page.fill("#labels", "")
    excel.page.press("#labels", "Tab")
    excel.page.reload()
    assert excel.page.input_value("#labels") == ""


def test_one_label_alone_is_refused_before_anything_is_written(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD]))
    excel.page.click("#options summary")
    excel.page.fill("#labels", "price")
    excel.select("A:A")
    excel.press()
    assert "name two or more" in excel.text("#failure")
    assert labels(excel, "B1:B2") == ["", ""]


def test_table_grows(open_excel: Open) -> None:
    tables = [{"name": "Answers", "area": "A3:B6", "totals": False}]
    columns = (["Survey", "", "Id", 1, 2, 3], ["", "", "Review", GOOD, BAD, GOOD])
    excel = open_excel(book(*columns, tables=tables))
    excel.select("B5")
    excel.press()
    assert labels(excel, "C3:C6") == ["Label", "POSITIVE", "NEGATIVE", "POSITIVE"]
    assert excel.look("fakeExcel.book.sheets[0].tables[0].place.columns") == 4


def test_table_with_totals_keeps_its_last_row(open_excel: Open) -> None:
    tables = [{"name": "Answers", "area": "A1:A4", "totals": True}]
    excel = open_excel(book(["Review", GOOD, BAD, "Total"], tables=tables))
    excel.select("A:A")
    excel.press()
    assert labels(excel, "B1:B4") == ["Label", "POSITIVE", "NEGATIVE", ""]
    assert excel.look("fakeExcel.book.sheets[0].tables[0].place.rows") == 4


def test_filter_grows(open_excel: Open) -> None:
    excel = open_excel(book(["Id", 1, 2], ["Review", GOOD, BAD], autofilter="A1:B3"))
    excel.select("B:B")
    excel.press()
    assert excel.look("fakeExcel.book.sheets[0].autofilter") == "A1:D3"


@pytest.mark.parametrize("beside", [["Stars", 5, 1], ["", "", "", "", "note below"]])
def test_cells_in_use_are_asked_about(open_excel: Open, beside: list[Any]) -> None:
    excel = open_excel(book(["Review", GOOD, BAD], beside))
    before = excel.cells("B1:B9")
    excel.select("A:A")
    excel.press()
    assert "cells right of the reviews are in use" in excel.text("#question")
    assert "C and D" in excel.text("#question")
    assert excel.look("fakeExcel.writes") == []
    excel.answer("Yes")
    assert labels(excel, "C1:C3") == ["Label", "POSITIVE", "NEGATIVE"]
    assert excel.cells("B1:B9") == before


def test_formulas_that_show_nothing_are_in_use_too(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD], formulas={"B2": ""}))
    excel.select("A:A")
    excel.press()
    assert "in use" in excel.text("#question")
    assert "C and D" in excel.text("#question")


def test_no_to_the_question_writes_nothing(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD], ["Stars", 5, 1]))
    excel.select("A:A")
    excel.press()
    excel.answer("Cancel")
    assert excel.text("#failure") == "Cancelled Nothing was written."
    assert excel.look("fakeExcel.writes") == []


def test_next_free_columns_without_asking(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD], ["Label", "a", "b"]))
    excel.page.click("#options summary")
    excel.page.select_option("#occupied", "next free")
    excel.select("A:A")
    excel.press()
    assert excel.cells("C1:D1") == [["Label2", "Score"]]


@pytest.mark.parametrize(
    ("choice", "where"), [("Yes", "B1:B3"), ("No", "D1:D3")], ids=["again", "anew"]
)
def test_columns_of_an_earlier_run_are_recognised(
    open_excel: Open, choice: str, where: str
) -> None:
    own = (["Label", "NEUTRAL", "NEUTRAL"], ["Score", 0.5123, 0.6])
    excel = open_excel(book(["Review", GOOD, BAD], *own))
    excel.select("A:A")
    excel.press()
    assert "hold labels of an earlier run" in excel.text("#question")
    excel.answer(choice)
    assert labels(excel, where)[1:] == ["POSITIVE", "NEGATIVE"]
    assert "0.5123" not in excel.sent
    assert excel.cells("B1:B1") == [["Label"]]


def test_ribbon_button_does_the_same(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD]))
    excel.select("A:A")
    assert excel.look("fakeExcel.press('cellsense-label-column')") is True
    excel.page.wait_for_selector("#result:not([hidden])")
    assert labels(excel, "B1:B3") == ["Label", "POSITIVE", "NEGATIVE"]


# ---- what can't be labelled ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        ([], "No cells are selected (a shape or a chart may be)"),
        (["A1:B3"], "A1:B3 has 2 columns: select cells of one column"),
        (["A1:A2", "B1:B2"], "2 areas are selected: select cells of one column"),
        (["D:D"], "D1:D1048576 holds no text to classify."),
        (["B:B"], "B1:B1048576 holds no text to classify."),
    ],
)
def test_selection_that_is_no_column_of_texts(
    open_excel: Open, selection: list[str], sentence: str
) -> None:
    excel = open_excel(book(["Review", GOOD, BAD], ["Stars", 5, 1], ["Place", "x", "y"]))
    excel.select(*selection)
    excel.press()
    assert sentence in excel.text("#failure")
    assert excel.look("fakeExcel.writes") == []
    assert excel.page.is_enabled("#start")


def test_empty_sheet(open_excel: Open) -> None:
    excel = open_excel({"sheets": [{"name": "Empty"}]})
    excel.press()
    assert 'The sheet "Empty" is empty.' in excel.text("#failure")


def test_protected_sheet(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD], protected=True))
    excel.select("A:A")
    excel.press()
    assert 'The sheet "Reviews" is protected: unprotect it' in excel.text("#failure")


def test_excel_that_is_too_old(open_excel: Open) -> None:
    excel = open_excel({**book(["Review", GOOD]), "api": "1.12"})
    excel.page.wait_for_selector("#failure:not([hidden])")
    assert "needs Excel 2021" in excel.text("#failure")
    assert not excel.page.is_enabled("#start")
    assert excel.call("SENTIMENT", [[GOOD]])["value"][0][0] == "POSITIVE"


# ---- on the way ----------------------------------------------------------------------------------


def test_long_column_goes_in_blocks(open_excel: Open) -> None:
    texts = [GOOD, BAD, "", BAD] * 25_000
    excel = open_excel(book(["Review", *texts]))
    excel.select("A:A")
    excel.press()
    excel.page.wait_for_selector("#result:not([hidden])", timeout=120_000)
    assert excel.text("#result-title") == "100,000 rows done"
    assert "No text: 25,000 blank." in excel.text("#result")
    assert labels(excel, "B99998:B100001") == ["POSITIVE", "NEGATIVE", "", "NEGATIVE"]
    assert max(len(body) for _, body in excel.posts) < 500_000
    assert len(excel.posts) > 50


def test_cancel_keeps_what_is_done(open_excel: Open) -> None:
    excel = open_excel(book(["Review", *[f"{GOOD} {row}" for row in range(3000)]]))
    excel.select("A:A")
    excel.page.click("#start")
    excel.wait("document.querySelector('#progress-bar').value > 0")
    assert "of 3,000 rows" in excel.text("#progress-text")
    excel.page.click("#cancel")
    excel.page.wait_for_selector("#failure:not([hidden])")
    assert "Cancelled" in excel.text("#failure")
    done = [label for label in labels(excel, "B2:B3001") if label]
    assert 0 < len(done) < 3000
    assert f"{len(done):,} rows are labelled" in excel.text("#failure")
    excel.press()  # the button works again: it asks about the columns of the run before
    assert "earlier run" in excel.text("#question")


def test_texts_that_were_changed_meanwhile_get_no_label(open_excel: Open) -> None:
    excel = open_excel(book(["Review", *[f"{GOOD} {row}" for row in range(400)]]))
    excel.select("A:A")
    meanwhile(
        excel,
        "reads.filter((read) => read.startsWith('Reviews!A102:')).length === 1 "
        "&& book.sheets[0].set(200, 1, 'inserted meanwhile')",
    )
    excel.press()
    assert "were changed while they were classified" in excel.text("#failure")
    assert "100 rows are labelled" in excel.text("#failure")
    assert labels(excel, "B101:B102") == ["POSITIVE", ""]


def test_cells_that_were_filled_meanwhile_stay(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD]))
    excel.select("A:A")
    meanwhile(excel, "reads.length > 4 && book.sheets[0].set(3, 3, 'mine')")
    excel.press()
    assert "Columns B and C were filled meanwhile." in excel.text("#failure")
    assert excel.cells("B1:C3") == [["", ""], ["", ""], ["", "mine"]]


def test_sheet_that_was_protected_meanwhile(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD]))
    excel.select("A:A")
    meanwhile(excel, "reads.length > 4 && (book.sheets[0].protected = true)")
    excel.press()
    assert "Excel refused The sheet is protected. Nothing was written." in excel.text("#failure")


def test_server_that_is_gone(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD]))
    excel.page.route("**/cellsense/plan", lambda route: route.abort())
    excel.select("A:A")
    excel.press()
    assert 'Is "cellsense serve" running there?' in excel.text("#failure")
    excel.faults.clear()  # the browser's complaint is what this is about


# ---- what is sent --------------------------------------------------------------------------------


def test_nothing_but_the_column_and_names_is_sent(open_excel: Open) -> None:
    columns = (
        ["Customer", "Ada Lovelace", "Charles Babbage", "Mary Somerville"],
        ["Review", GOOD, BAD, GOOD],
        ["Salary", 98765.43, 0.777, 54321],
        ["Label", "private note", "#N/A", True],
        ["Score", "another one", "", 2024],
    )
    excel = open_excel(book(*columns))
    excel.select("B:B")
    excel.press()
    excel.answer("Yes")
    for value in ("Lovelace", "98765", "0.777", "54321", "private", "another", "topsecret"):
        assert value not in excel.sent
    assert all(read.startswith("Reviews!") for read in excel.look("fakeExcel.reads"))
    assert '"3":"Salary"' in excel.sent


def test_several_columns_send_no_value_at_all(open_excel: Open) -> None:
    excel = open_excel(book(["Review", GOOD, BAD], ["Place", "here", "there"]))
    excel.select("A:B")
    excel.press()
    assert excel.look("fakeExcel.reads") == []
    assert GOOD not in excel.sent


# ---- the token -----------------------------------------------------------------------------------


def test_token_is_asked_for_and_kept(open_excel: Open) -> None:
    from addin.server.running import TOKEN

    excel = open_excel(book(["Review", GOOD, BAD]), server="guarded_server")
    found = excel.call("SENTIMENT", [[GOOD]])
    assert "enter it in the cellsense task pane" in found["error"]
    excel.select("A:A")
    excel.page.click("#start")
    excel.page.fill("#access-token", "a wrong one")
    excel.page.press("#access-token", "Enter")
    excel.page.wait_for_selector("#access-refused:not([hidden])")
    excel.page.fill("#access-token", f" {TOKEN} ")
    excel.page.press("#access-token", "Enter")
    excel.page.wait_for_selector("#result:not([hidden])")
    assert labels(excel, "B1:B3") == ["Label", "POSITIVE", "NEGATIVE"]
    assert excel.call("SENTIMENT", [[GOOD]])["value"][0][0] == "POSITIVE"
    assert TOKEN not in excel.sent


def test_browser_that_keeps_nothing(open_excel: Open) -> None:
    from addin.server.running import TOKEN

    blocked = (
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked') }})"
    )
    excel = open_excel(book(["Review", GOOD]), server="guarded_server", script=blocked)
    excel.select("A:A")
    excel.page.click("#start")
    excel.page.fill("#access-token", TOKEN)
    excel.page.press("#access-token", "Enter")
    excel.page.wait_for_selector("#result:not([hidden])")
    assert excel.call("SENTIMENT", [[GOOD]])["value"][0][0] == "POSITIVE"
