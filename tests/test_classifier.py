import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import cellsense
from cellsense import Classifier, OptionError, Prediction
from cellsense.errors import DeviceError, ModelError

GOOD = "I love this lamp, it is beautiful and very well made."
BAD = "Terrible. It broke after two days and nobody answers my mails."
FLAT = "The parcel came on Tuesday."


def test_labels_of_plain_cases(embedded: Classifier) -> None:
    labels = [p and p.label for p in embedded.predict([GOOD, BAD, FLAT])]
    assert labels == ["POSITIVE", "NEGATIVE", "NEUTRAL"]


def test_what_is_not_text_gets_none_and_rows_stay_aligned(embedded: Classifier) -> None:
    cells = [None, GOOD, "", "  ", 5, float("nan"), BAD, True, "#N/A", pd.Timestamp(0), b"x", GOOD]
    found = embedded.predict(cells)
    assert [p and p.label for p in found] == [
        None,
        "POSITIVE",
        None,
        None,
        None,
        None,
        "NEGATIVE",
        None,
        None,
        None,
        None,
        "POSITIVE",
    ]


@pytest.mark.parametrize(
    "make",
    [list, tuple, pd.Series, lambda texts: np.array(texts, dtype=object), iter],
    ids=["list", "tuple", "series", "array", "iterator"],
)
def test_any_iterable(embedded: Classifier, make) -> None:  # noqa: ANN001
    found = embedded.predict(make([GOOD, None, BAD]))
    assert [p and p.label for p in found] == ["POSITIVE", None, "NEGATIVE"]


def test_nothing(embedded: Classifier) -> None:
    assert embedded.predict([]) == []
    assert [step.total for step in embedded.stream([])] == [0]


def test_a_single_string_is_refused(embedded: Classifier) -> None:
    with pytest.raises(OptionError, match=r"\[text\]"):
        embedded.predict(GOOD)


@pytest.mark.parametrize(
    "table",
    [pd.DataFrame({"review": [GOOD]}), {"review": [GOOD]}, np.array([[GOOD], [BAD]])],
    ids=["frame", "dict", "matrix"],
)
def test_a_table_is_refused(embedded: Classifier, table: Iterable[object]) -> None:
    with pytest.raises(OptionError, match="one column"):
        embedded.predict(table)


def test_arrow_arrays(embedded: Classifier) -> None:
    chunked = pa.chunked_array([[GOOD], [None, BAD]])
    assert [p and p.label for p in embedded.predict(chunked)] == ["POSITIVE", None, "NEGATIVE"]


def test_scores_on_request(embedded: Classifier) -> None:
    (plain,), (full,) = embedded.predict([GOOD]), embedded.predict([GOOD], all_scores=True)
    assert plain is not None
    assert full is not None
    assert plain.scores is None
    assert full.scores is not None
    assert set(full.scores) == set(embedded.labels)
    assert sum(full.scores.values()) == pytest.approx(1)
    assert full.score == max(full.scores.values()) == full.scores[full.label] == plain.score


def test_equal_texts_are_classified_once(bert_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    classifier = Classifier(bert_model, "cpu")
    engine = classifier.load()
    seen: list[str] = []
    run = engine.run
    monkeypatch.setattr(engine, "run", lambda texts: (seen.extend(texts), run(texts))[1])
    found = classifier.predict(["a lamp", "the kettle", "a lamp", None, "a lamp"])
    assert seen == ["a lamp", "the kettle"]
    assert found[0] == found[2] == found[4]


def test_a_text_has_the_same_score_among_any_neighbours(embedded: Classifier) -> None:
    others = [f"{FLAT} Number {number}. {GOOD if number % 2 else BAD}" for number in range(30)]
    (alone,) = embedded.predict([GOOD])
    assert embedded.predict([*others, GOOD])[-1] == alone
    assert embedded.predict([GOOD, *reversed(others)])[0] == alone


def test_stream_counts_up_and_answers_each_row_once(embedded: Classifier) -> None:
    cells = [GOOD, None, BAD, GOOD, FLAT]
    steps = list(embedded.stream(cells))
    rows = [row for step in steps for row in step.rows]
    assert sorted(rows) == list(range(5))
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total == 5


def test_the_model_loads_once_under_concurrent_calls(
    bert_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cellsense import model_choice

    loads = []
    original = model_choice.load_engine
    monkeypatch.setattr(model_choice, "load_engine", lambda *a: (loads.append(1), original(*a))[1])
    classifier = Classifier(bert_model, "cpu")
    answers: list[list[Prediction | None]] = []
    threads = [
        threading.Thread(target=lambda: answers.append(classifier.predict(["the kettle", "lamp"])))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def test_descriptions(bert_model: Path, embedded: Classifier) -> None:
    assert embedded.description == "cpu, onnx int8"
    classifier = Classifier(bert_model, "cpu")
    assert not classifier.loaded
    assert classifier.description == "cpu, torch float32"
    assert classifier.loaded


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"device": "cuda:9"}, DeviceError, "cuda:9.*not on this machine.*cpu"),
        ({"device": "gpu"}, OptionError, "gpu"),
        ({"dtype": "int4"}, OptionError, "int8"),
    ],
)
def test_bad_arguments(arguments: dict[str, str], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Classifier(**arguments).predict(["text"])


def test_bad_batch_size() -> None:
    with pytest.raises(OptionError, match="batch"):
        Classifier(batch_size=0)


def test_int8_needs_its_file(bert_model: Path) -> None:
    with pytest.raises(OptionError, match="float32"):
        Classifier(bert_model, "cpu", dtype="int8").predict(["text"])


def test_a_folder_that_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="safetensors"):
        Classifier(tmp_path).predict(["text"])


def test_classify_keeps_the_index() -> None:
    series = pd.Series([GOOD, None, BAD], index=[10, 20, 30])
    frame = cellsense.classify(series)
    assert frame.index.tolist() == [10, 20, 30]
    assert frame["label"].tolist()[::2] == ["POSITIVE", "NEGATIVE"]
    assert frame.loc[20].isna().all()
    assert frame["score"].dtype == "float64"
    joined = series.to_frame("review").join(frame)
    assert joined.columns.tolist() == ["review", "label", "score"]


def test_classify_takes_a_list_and_an_empty_one() -> None:
    assert cellsense.classify([GOOD])["label"].tolist() == ["POSITIVE"]
    assert cellsense.classify([]).columns.tolist() == ["label", "score"]
