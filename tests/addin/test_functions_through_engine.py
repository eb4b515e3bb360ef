"""The add-in in LibreOffice, asking a server: formula → VBA → xlwings → HTTP → model."""

from collections.abc import Iterator

import pytest
from serving.running_engine import BAD, GOOD, POLISH, TOKEN, Engine

from addin.opened_addin import Addin
from cellsense import Classifier, ServerWarning
from cellsense.classifier import shared_classifier
from cellsense_addin import session


@pytest.fixture
def fresh_session() -> Iterator[None]:
    """Classifiers that are made while this environment counts."""
    session.close()
    shared_classifier.cache_clear()
    yield
    session.close()
    shared_classifier.cache_clear()


@pytest.fixture
def engine(
    monkeypatch: pytest.MonkeyPatch, embedded: Classifier, fresh_session: None
) -> Iterator[Engine]:
    """A server that the add-in was told of."""
    with Engine(embedded, token=TOKEN) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", TOKEN)
        yield engine


def test_column_is_answered_by_the_server(
    addin: Addin, engine: Engine, embedded: Classifier
) -> None:
    good, bad, polish = embedded.predict([GOOD, BAD, POLISH])
    assert good is not None
    assert bad is not None
    assert polish is not None
    addin.fill("H", [GOOD, None, BAD, 5.0, POLISH])
    assert addin.formula("K1:L5", "=SENTIMENT(H1:H5)") == (
        ("POSITIVE", round(good.score, 4)),
        ("", ""),
        ("NEGATIVE", round(bad.score, 4)),
        ("", ""),
        ("OTHER LANGUAGE", round(polish.score, 4)),
    )
    assert engine.count("cellsense_texts_total") == 2  # the Polish one was told apart here
    shown = dict(addin.formula("M1:N5", "=SENTIMENT_INFO()"))
    assert (shown["model"], shown["server"]) == ("embedded", engine.url)
    assert shown["device"] == f"cpu, onnx int8 at {engine.url}"


@pytest.mark.usefixtures("engine")
def test_labels_of_ones_own_are_told_to_be_elsewhere(addin: Addin) -> None:
    addin.fill("H", ["It costs far too much money."])
    ((shown,),) = addin.formula("K1", '=CLASSIFY(H1;"price,delivery";"label")')
    assert shown.startswith("cellsense: The server at ")
    assert "labels of its own model only" in shown


def test_server_that_is_gone_is_a_sentence_in_the_cell(addin: Addin, engine: Engine) -> None:
    engine.stop()
    addin.fill("H", [GOOD])
    ((shown,),) = addin.formula("K1", '=SENTIMENT(H1;"label")')
    assert shown.startswith(f"cellsense: The server at {engine.url} can't be reached")


@pytest.mark.filterwarnings(f"ignore::{ServerWarning.__module__}.{ServerWarning.__name__}")
def test_this_machine_answers_where_it_may_and_says_so(
    addin: Addin, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.stop()
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    addin.fill("H", [GOOD, BAD])
    assert addin.formula("K1:K2", '=SENTIMENT(H1:H2;"label")') == (("POSITIVE",), ("NEGATIVE",))
    shown = dict(addin.formula("M1:N5", "=SENTIMENT_INFO()"))
    assert shown["warning"].endswith("the model on this machine answers instead.")
