"""What the server answers is what this machine would have answered, to the last bit."""

from pathlib import Path

import pytest

import cellsense
from cellsense import Classifier, Prediction
from serving.running_engine import BAD, GOOD, POLISH, Engine, predictions


@pytest.mark.usefixtures("served")
def test_column_has_the_same_labels_scores_and_order(
    cells: list[object], embedded: Classifier
) -> None:
    some = [*cells[:250], None, 5, "", "half \ud800 a pair is no text", GOOD, BAD, GOOD, POLISH]
    asked = Classifier()
    assert asked.predict(some, all_scores=True) == embedded.predict(some, all_scores=True)


def test_classifier_tells_who_answers(served: Engine, embedded: Classifier) -> None:
    asked = Classifier()
    assert (asked.server, asked.name, asked.labels) == (served.url, "embedded", embedded.labels)
    assert asked.description == f"cpu, onnx int8 at {served.url}"
    assert (asked.warning, asked.note, asked.revision) == (None, None, None)
    assert asked.fingerprint == embedded.fingerprint
    assert Classifier(check_language=False).fingerprint != embedded.fingerprint
    assert (embedded.server, embedded.warning) == (None, None)


@pytest.mark.usefixtures("served")
def test_texts_in_other_languages_are_told_apart_or_labelled(embedded: Classifier) -> None:
    assert Classifier().predict([POLISH]) == embedded.predict([POLISH])
    here = Classifier(device="cpu", check_language=False).predict([POLISH])
    assert Classifier(check_language=False).predict([POLISH]) == here
    assert here[0] is not None
    assert here[0].language is None


@pytest.mark.usefixtures("served")
def test_labels_may_have_other_names_and_scores_a_threshold() -> None:
    asked = Classifier(rename_labels={"positive": "good"}, threshold=0.999999)
    (found,) = asked.predict([GOOD], all_scores=True)
    assert found is not None
    assert (found.label, list(found.scores or ())) == ("TO REVIEW", ["NEGATIVE", "NEUTRAL", "good"])


@pytest.mark.usefixtures("served")
def test_explanations_too(embedded: Classifier) -> None:
    from cellsense.explain import explain

    (here,), (there,) = explain([GOOD], embedded), explain([GOOD], Classifier())
    assert here == there


def test_plain_http_answers_as_predict_does(engine: Engine, embedded: Classifier) -> None:
    texts = [GOOD, "", "5", POLISH, BAD, GOOD, "#N/A", "2024-01-31"]
    found = predictions(engine.post(texts, all_scores=True))
    again = [given and Prediction(**given) for given in found]
    assert again == embedded.predict(texts, all_scores=True)
    plain = predictions(engine.post(texts))
    assert [given and given["label"] for given in plain] == [
        given and given["label"] for given in found
    ]
    assert not any("scores" in given for given in plain if given)


def test_answer_names_the_model(engine: Engine, embedded: Classifier) -> None:
    with engine.client() as client:
        told = client.get("/v1/model").json()
    assert told["fingerprint"] == embedded.fingerprint
    assert (told["labels"], told["version"]) == (list(embedded.labels), cellsense.__version__)
    assert engine.post([GOOD]).json()["model"] == {
        "name": "embedded",
        "revision": None,
        "fingerprint": embedded.fingerprint,
    }


def test_text_that_comes_often_is_worked_out_once(engine: Engine) -> None:
    before = engine.count("cellsense_batch_texts_sum")
    found = predictions(engine.post(["A very steady kettle, we like it."] * 1000))
    assert len(found) == 1000
    assert engine.count("cellsense_batch_texts_sum") == before + 1


def test_results_are_kept_on_both_sides(
    served: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path))
    texts = [f"The kettle of {year} is quite good." for year in range(1990, 2020)]
    first = Classifier().predict(texts)
    before = served.count("cellsense_texts_total")
    assert Classifier().predict(texts) == first
    assert set(Classifier().cached(texts)) == set(texts)
    assert served.count("cellsense_texts_total") == before
    assert not any(
        text.encode() in file.read_bytes() for file in tmp_path.iterdir() for text in texts
    )


def test_calls_are_no_larger_than_the_server_takes(
    embedded: Classifier, monkeypatch: pytest.MonkeyPatch, cells: list[object]
) -> None:
    from cellsense.serving.limits import Limits

    with Engine(embedded, Limits(texts=7, characters=900, waiting=7)) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        assert Classifier().predict(cells[:60]) == embedded.predict(cells[:60])
        with pytest.raises(cellsense.ServerError, match="a call may have 7 with 900"):
            Classifier().predict(["much too long " * 100])


def test_only_what_nobody_chose_goes_to_the_server(
    monkeypatch: pytest.MonkeyPatch, bert_model: Path
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", "http://localhost:1")
    for classifier in (
        Classifier("embedded"),
        Classifier(device="cpu"),
        Classifier(dtype="int8"),
        Classifier(bert_model, "cpu"),
        Classifier("embedded", labels=["price", "delivery"]),
    ):
        assert classifier.server is None
