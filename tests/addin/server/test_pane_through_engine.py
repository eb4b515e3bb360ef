"""The button and the functions in a browser, where the server for Excel asks an engine itself."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from serving.running_engine import BAD, GOOD, POLISH, TOKEN, Engine

from cellsense import Classifier

if TYPE_CHECKING:
    from addin.server.running import Server

Open = Callable[..., Any]


@pytest.fixture
def engine(embedded: Classifier) -> Iterator[Engine]:
    with Engine(embedded, token=TOKEN) as engine:
        yield engine


@pytest.fixture
def asking_server(installed: None, engine: Engine, tmp_path: Path) -> "Iterator[Server]":
    """A server for Excel that has no token of its own, and asks the engine with one."""
    from addin.server.running import Server

    token = tmp_path / "token"
    token.write_text(TOKEN)
    environ = {"CELLSENSE_SERVER": engine.url, "CELLSENSE_SERVER_TOKEN_FILE": str(token)}
    with Server(tmp_path, **environ) as server:
        yield server


@pytest.mark.usefixtures("asking_server")
def test_functions_and_button_are_answered_by_the_engine(
    open_excel: Open, engine: Engine, embedded: Classifier
) -> None:
    good, bad = embedded.predict([GOOD, BAD])
    assert good is not None
    assert bad is not None
    rows = [["Review"], [GOOD], [""], [BAD], [POLISH]]
    excel = open_excel({"sheets": [{"name": "Reviews", "rows": rows}]}, "asking_server")
    assert excel.call("SENTIMENT", [[GOOD], [""], [BAD]])["value"] == [
        ["POSITIVE", round(good.score, 4)],
        ["", ""],
        ["NEGATIVE", round(bad.score, 4)],
    ]
    told = dict(excel.call("SENTIMENT_INFO")["value"])
    assert (told["model"], told["server"]) == ("embedded", engine.url)
    excel.select("A:A")
    excel.press()
    assert excel.cells("B1:B5") == [
        ["Label"],
        ["POSITIVE"],
        [""],
        ["NEGATIVE"],
        ["OTHER LANGUAGE"],
    ]
    assert engine.count("cellsense_texts_total") == 2
