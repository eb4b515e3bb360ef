"""What the worksheet functions give, called as Python functions."""

import time

import pytest

from cellsense import Classifier
from cellsense.explain import explain
from cellsense_addin import functions, session, wrappers
from cellsense_addin.functions import classify, sentiment, sentiment_info, why
from cellsense_addin.question import Asked

GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."


@pytest.fixture(autouse=True)
def _options_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # noqa: ANN001
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path / "addin.json"))


def test_column_spills_label_and_score_beside_its_rows(embedded: Classifier) -> None:
    column = [[GOOD], [None], [BAD], [""], [5.0], ["#N/A"], [GOOD]]
    good, bad = embedded.predict([GOOD, BAD])
    assert good is not None
    assert bad is not None
    rows = sentiment(column)
    assert rows[0] == ["POSITIVE", round(good.score, 4)] == rows[6]
    assert rows[2] == ["NEGATIVE", round(bad.score, 4)]
    assert [rows[at] for at in (1, 3, 4, 5)] == [["", ""]] * 4


@pytest.mark.parametrize(
    ("output", "expected"),
    [("label", "POSITIVE"), (" LABEL ", "POSITIVE"), ("score", float)],
)
def test_one_output(output: str, expected: object) -> None:
    ((cell,), (empty,)) = sentiment([[GOOD], [None]], output)
    assert cell == expected or isinstance(cell, expected)
    assert empty == ""


@pytest.mark.parametrize("output", [None, "", "both"])
def test_both_is_what_nothing_means(output: object) -> None:
    assert [len(row) for row in sentiment([[GOOD]], output)] == [2]


def test_row_of_cells_is_answered_under_it() -> None:
    labels, scores = sentiment([[GOOD, None, BAD]])
    assert labels == ["POSITIVE", "", "NEGATIVE"]
    assert scores[1] == ""
    assert sentiment([[GOOD, BAD]], "label") == [["POSITIVE", "NEGATIVE"]]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (([["a", "b"], ["c", "d"]],), "reads one column of reviews; this is a block of 2 columns"),
        (([["a"]], "lable"), 'There is no output "lable": use "both", "label" or "score".'),
        (([["a"]], 7.0), 'There is no output "7.0"'),
    ],
)
def test_mistake_is_a_sentence_in_the_cell(arguments: tuple, sentence: str) -> None:
    ((cell,),) = sentiment(*arguments)
    assert cell.startswith("cellsense: ")
    assert sentence in cell


def test_model_that_is_gone_is_a_sentence_in_the_cell(tmp_path) -> None:  # noqa: ANN001
    (tmp_path / "addin.json").write_text('{"model": "gone/gone"}')
    ((cell,),) = sentiment([[GOOD]])
    assert "gone/gone" in cell
    ((cell,),) = sentiment_info()
    assert "gone/gone" in cell


def test_fault_is_a_sentence_too(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # noqa: ANN001
    monkeypatch.setattr("cellsense_addin.failures.log_file", lambda: tmp_path / "addin.log")
    monkeypatch.setattr(functions, "answer", lambda *_: 1 / 0)
    monkeypatch.setattr(functions, "background", lambda: 1 / 0)
    ((cell,),) = sentiment([[GOOD]])
    assert "cellsense failed (ZeroDivisionError)" in cell
    assert sentiment_info() == [[cell]]


def test_empty_and_odd_arrays() -> None:
    assert sentiment([[None]]) == [["", ""]]
    assert sentiment([[]]) == [["", ""]]
    assert sentiment([]) == []


def test_info_names_model_device_and_version() -> None:
    told = dict(sentiment_info())
    assert told["model"] == "embedded"
    assert told["device"] == "cpu, onnx int8"
    assert told["version"].startswith("cellsense ")


def test_another_model_begins_a_new_session(tmp_path, bert_model) -> None:  # noqa: ANN001
    first = session.background()
    assert session.background() is first
    (tmp_path / "addin.json").write_text(f'{{"model": "{bert_model.as_posix()}"}}')
    assert session.background() is not first
    assert sentiment([[GOOD]])[0][0] in Classifier(bert_model).labels


def test_scores_below_the_threshold_are_to_be_reviewed(tmp_path) -> None:  # noqa: ANN001
    ((label, score),) = sentiment([[GOOD]])
    assert sentiment([[GOOD]], "both", score) == [[label, score]] or score < 1
    assert sentiment([[GOOD]], "both", 1) == [["TO REVIEW", score]]
    assert sentiment([[GOOD]], "label", "0,01") == [[label]]
    (tmp_path / "addin.json").write_text('{"threshold": "1"}')
    assert sentiment([[GOOD]]) == [["TO REVIEW", score]]
    assert sentiment([[GOOD]], "both", 0) == [[label, score]]
    assert sentiment([[GOOD]], "both", "high")[0][0].startswith('cellsense: The threshold "high"')
    assert "no probability" in sentiment([[GOOD]], "both", 70)[0][0]


TOPICS = {"delivery": "The parcel came two weeks late.", "price": "Far too expensive for me."}


@pytest.mark.parametrize(
    "labels", [[["delivery", "price"]], [["delivery"], ["price"]], "delivery, price"]
)
def test_labels_in_the_analysts_words(labels: object) -> None:
    rows = classify([[text] for text in TOPICS.values()], labels)
    assert [row[0] for row in rows] == list(TOPICS)
    assert all(0.5 < row[1] <= 1 for row in rows)
    assert classify([["The parcel came late."], [5], [""]], labels, "label") == [
        ["delivery"], [""], [""],
    ]  # fmt: skip


def test_any_number_of_labels() -> None:
    text = "Late delivery, and the price of the shipping was outrageous."
    ((label, score),) = classify([[text]], [["delivery", "price", "taste"]], "both", True)
    assert {"delivery", "price"} <= set(label.split(", "))
    assert score > 0.5
    assert classify([["My aunt sings well."]], [["delivery", "price"]], "label", True) == [["NONE"]]


def test_examples_with_their_labels() -> None:
    examples = [
        ["Shipping took three weeks.", "delivery"],
        ["The courier lost my parcel.", "delivery"],
        ["It arrived a day early.", "delivery"],
        ["Far too expensive.", "price"],
        ["A real bargain at ten pounds.", "price"],
        ["They raised the price twice.", "price"],
        [None, None],
        ["Without a label.", ""],
    ]
    rows = classify([["My package never came."], ["It costs too much money."]], examples)
    pairs = [(text, label) for text, label in examples if text and label]
    assert why([["My package never came."]], examples) == [
        [next(explain(["My package never came."], Classifier(pairs))).told()]
    ]
    assert [row[0] for row in rows] == ["delivery", "price"]
    assert classify([["x y"]], examples, "both", True)[0][0].startswith("cellsense: With examples")
    few = [row for row in examples if row[1] != "price"] + [examples[3]]
    assert "Too few examples" in classify([["It costs too much."]], few)[0][0]


def test_a_formula_that_asks_something_else_is_told_no_more() -> None:
    texts = [[f"The parcel number {number} came late."] for number in range(40)]
    for labels in ("delivery,price", "delivery,noise"):
        classify(texts, labels, "label", False, None, "Sheet1!A1")
    for _ in range(200):
        session.due(5)
        if not session.due(5):
            break
        time.sleep(0.05)
    assert session.due(5) == []


def test_numbers_and_words_of_excel() -> None:
    rows = classify([["The parcel came late."]], [[1.0], ["delivery"]], "label", 1.0)
    assert set(rows[0][0].split(", ")) <= {"1", "delivery", "NONE"}
    told = classify([["The parcel came late."]], [["price", "delivery"]], "label", "all")
    assert "use TRUE or FALSE" in told[0][0]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([["None", "price"]], "stands for something else"),
        (None, "It needs labels"),
        ([["price"]], "It needs labels"),
        ([["price", "Price"]], "named twice"),
        ([[f"label {n}" for n in range(51)]], "51 labels are too many"),
    ],
)
def test_labels_that_are_none(labels: object, message: str) -> None:
    assert message in classify([["A text to label."]], labels)[0][0]


def test_questions_do_not_disturb_each_other() -> None:
    first = session.background()
    classify([["The parcel came late."]], [["delivery", "price"]])
    assert session.background() is first
    for number in range(12):
        classify([["The parcel came late."]], [["delivery", f"topic {number}"]])
    assert len(session._all) <= 7
    assert session.due(5) == []


def test_words_that_carried_each_label() -> None:
    column = [["The kettle is absolutely wonderful."], [None], [5.0], ["A terrible printer."]]
    expected = [[""] if not isinstance(text, str) else [told([text])] for (text,) in column]
    assert why(column) == expected
    assert why([[text for (text,) in column]]) == [[cell for (cell,) in expected]]
    assert expected[0][0].startswith("wonderful (+")
    assert why([["I love this lamp, it is beautiful."]]) == [["no single word"]]
    assert why([["Der Wasserkocher war leider schon nach zwei Tagen kaputt."]]) == [
        ["OTHER LANGUAGE"]
    ]


def told(texts: list[str], **asked: object) -> str:
    return next(explain(texts, Classifier(**asked))).told()


@pytest.mark.parametrize("labels", [[["delivery", "price"]], "delivery,price"])
def test_words_that_carried_labels_of_ones_own(labels: object) -> None:
    text = "The parcel came two weeks late."
    assert why([[text]], labels) == [[told([text], labels=["delivery", "price"])]]
    assert "needs labels" in why([[text]], [["delivery"]])[0][0]
    assert why([["Wonderful, really."]], [[None], [""]]) == why([["Wonderful, really."]])


def test_words_are_worked_out_once_and_by_the_model_that_labels(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    labels, text = [["price", "taste"]], [["It costs far too much money for what it is."]]
    classify(text, labels)
    first = why(text, labels)
    same = [one.classifier for key, one in session._all.items() if key[2] == TASTE]
    assert len(same) == 2
    assert same[0] is same[1]
    monkeypatch.setattr(Classifier, "probabilities", lambda *_: 1 / 0)
    assert why(text, labels) == first


TASTE = Asked(labels=("price", "taste"))


def test_a_text_in_another_language_is_told_apart() -> None:
    told = sentiment([["Der Wasserkocher war leider schon nach zwei Tagen kaputt."], [GOOD]])
    assert told[0][0] == "OTHER LANGUAGE"
    assert told[1][0] == "POSITIVE"


def test_wrappers_name_every_function_argument_and_help() -> None:
    text = wrappers.functions_module()
    assert (
        "Public Function SENTIMENT(ByVal texts As Variant, Optional ByVal output As Variant, "
        "Optional ByVal threshold As Variant)" in text
    )
    assert "Array(ValuesOf(texts), output, threshold, WaitingCell())" in text
    assert "Array(ValuesOf(texts), UsedValuesOf(labels), output, several, threshold, " in text
    for function in functions.FUNCTIONS:
        assert 20 < len(wrappers.help_text(function)) <= 255
        assert wrappers.help_text(function).replace('"', '""') in text
        assert all(help_ in text for help_ in ("A2:A1001", "the default"))
    assert "cell" not in wrappers.argument_help(sentiment)


def test_help_that_vba_cannot_hold_is_refused() -> None:
    def curly() -> None:
        """Say “hello”."""

    with pytest.raises(ValueError, match="ASCII"):
        list(wrappers._wrapper(curly))
