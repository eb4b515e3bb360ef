"""Which server is asked, and what happens where it gives no answer."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from cellsense import CellsenseError, Classifier, OptionError, ServerError, ServerWarning
from cellsense.doctor import findings
from cellsense.errors import UnansweredError
from cellsense.remote import calls as remote_calls
from cellsense.remote import engine as remote_engine
from cellsense.remote.settings import read_settings
from serving.running_engine import BAD, GOOD, TOKEN, Engine

NOBODY = "http://localhost:9"  # the port of a service that nobody runs


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_calls, "_FIRST_PAUSE", 0.01)


# ---- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "read"),
    [
        ("https://Cells.Example/", "https://cells.example"),
        ("https://cells.example:443/a/b/", "https://cells.example/a/b"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1", "http://127.0.0.1"),
        (" http://[::1]:8000 ", "http://[::1]:8000"),
    ],
)
def test_address(monkeypatch: pytest.MonkeyPatch, url: str, read: str) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", url)
    settings = read_settings()
    assert settings is not None
    assert (settings.url, settings.token, settings.falls_back) == (read, "", False)


@pytest.mark.parametrize(
    "url",
    [
        "cells.example",
        "ftp://x",
        "https://",
        "https://x:y",
        "https://[x",
        "https://a:b@x",
        "https://x/?a=b",
        "https://x y",
    ],
)
def test_address_that_is_none(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", url)
    with pytest.raises(OptionError, match=r"CELLSENSE_SERVER is .* can't be the address"):
        Classifier().predict([GOOD])


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://user:secretpw@127.0.0.1:1", "http://***@127.0.0.1:1"),
        ("https://secretpw@cells.example/a", "https://***@cells.example/a"),
        ("https://user:secret/pw@cells.example", "https://***@cells.example"),
        ("https://user:secret@pw@cells.example:x", "https://***@cells.example:x"),
        ("user:secretpw@cells.example", "***@cells.example"),
    ],
)
def test_password_in_the_address_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, url: str, shown: str
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", url)
    found = dict(findings())
    for told in (found["Server"], found["First label"]):
        assert f'"{shown}"' in told
        assert "Set CELLSENSE_SERVER_TOKEN to the token" in told
    assert "secret" not in str(found)


def test_secret_after_the_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", "https://cells.example/?token=secret")
    with pytest.raises(OptionError, match=r'is "https://cells\.example/\?\*\*\*"'):
        read_settings()


@pytest.mark.parametrize("url", ["http://cells.example", "http://192.168.1.5:8000"])
def test_nothing_goes_over_the_network_in_clear(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", url)
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    with pytest.raises(OptionError, match="without TLS"):
        Classifier().predict([GOOD])


def test_token_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", NOBODY)
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", "another one")
    file = tmp_path / "token"
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN_FILE", str(file))
    with pytest.raises(CellsenseError, match="can't be read: No such file"):
        read_settings()
    file.write_text("")
    with pytest.raises(OptionError, match="is empty"):
        read_settings()
    file.write_text(f"{TOKEN}\n")
    settings = read_settings()
    assert settings is not None
    assert settings.token == TOKEN
    assert TOKEN not in repr(settings)
    file.write_text("two\nlines")
    with pytest.raises(OptionError, match="no token has"):
        read_settings()


def test_fallback_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", NOBODY)
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "sometimes")
    with pytest.raises(OptionError, match='use "local" or "never"'):
        Classifier().predict([GOOD])


def test_doctor_shows_where_texts_go(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    assert "texts stay on this machine" in dict(findings())["Server"]
    monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", TOKEN)
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    found = dict(findings())
    assert found["Server"].startswith(f"texts go to {engine.url}, with a token; this machine if")
    assert engine.url in found["First label"]
    assert TOKEN not in str(found)


# ---- no answer -----------------------------------------------------------------------------------


def test_no_server_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", NOBODY)
    with pytest.raises(UnansweredError) as raised:
        Classifier().predict([GOOD])
    message = str(raised.value)
    assert message.startswith(f"The server at {NOBODY} can't be reached (")
    assert message.endswith(
        "With CELLSENSE_SERVER_FALLBACK=local this machine's model answers instead."
    )
    assert "\n" not in message


def test_this_machine_answers_where_it_may_and_says_so_once(
    monkeypatch: pytest.MonkeyPatch, embedded: Classifier
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", NOBODY)
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    classifier = Classifier()
    with pytest.warns(ServerWarning) as warned:
        found = [classifier.predict(texts) for texts in ([GOOD, BAD], [BAD])]
    assert found == [embedded.predict(texts) for texts in ([GOOD, BAD], [BAD])]
    (warning,) = [str(item.message) for item in warned]
    assert warning.startswith(f"The server at {NOBODY} can't be reached")
    assert warning.endswith("): the model on this machine answers instead.")
    assert (classifier.warning, classifier.server) == (warning, None)
    assert classifier.fingerprint == Classifier("embedded").fingerprint


def test_labels_of_ones_own_are_no_business_of_the_server(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
    with pytest.raises(UnansweredError, match="labels of its own model only"):
        Classifier(labels=["price", "delivery"]).predict([GOOD])
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    with pytest.warns(ServerWarning, match="labels of its own model only"):
        (found,) = Classifier(labels=["price", "delivery"]).predict(["Far too much money."])
    assert found is not None
    assert found.label == "price"


@pytest.mark.parametrize("token", ["", TOKEN + "x"])
def test_wrong_token_is_an_error_whatever_is_allowed(
    monkeypatch: pytest.MonkeyPatch, guarded_engine: Engine, token: str
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", guarded_engine.url)
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", token)
    with pytest.raises(ServerError, match="set CELLSENSE_SERVER_TOKEN to the one") as raised:
        Classifier().predict([GOOD])
    assert not isinstance(raised.value, UnansweredError)
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", TOKEN)
    (found,) = Classifier().predict([GOOD])
    assert found is not None


@pytest.fixture
def stranger() -> Iterator[HTTPServer]:
    """Another program's server: its `answer` is (status, body)."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = stranger.answer  # type: ignore[attr-defined]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    stranger = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=stranger.serve_forever, args=(0.02,))
    thread.start()
    yield stranger
    stranger.shutdown()
    thread.join()
    stranger.server_close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((404, b"no such page"), "is no `cellsense serve --engine`"),
        ((200, b"<html>"), "is no `cellsense serve --engine`"),
        ((302, b""), "is no `cellsense serve --engine`"),
        ((200, b"[]"), "is no `cellsense serve --engine`"),
        ((200, b'{"name": "x"}'), "answers what this version of cellsense can't read"),
        ((400, b'{"detail": "Not so."}'), r"refuses \(HTTP 400\): Not so."),
        ((502, b""), r"can't be reached \(HTTP 502\)"),
    ],
)
def test_what_is_no_engine_is_told(
    monkeypatch: pytest.MonkeyPatch, stranger: HTTPServer, answer: object, reason: str
) -> None:
    stranger.answer = answer  # type: ignore[attr-defined]
    monkeypatch.setenv("CELLSENSE_SERVER", f"http://127.0.0.1:{stranger.server_port}")
    with pytest.raises(ServerError, match=reason) as raised:
        Classifier().predict([GOOD])
    assert "\n" not in str(raised.value)


# ---- a server that goes away ---------------------------------------------------------------------


@pytest.fixture
def _small_lots(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_engine, "LOT_TEXTS", 10)
    monkeypatch.setattr(remote_engine, "IN_FLIGHT", 2)


def numbered(count: int) -> list[str]:
    return [f"Lamp number {number} works as it should." for number in range(count)]


@pytest.mark.usefixtures("_small_lots")
def test_this_machine_goes_on_where_the_server_stopped(
    monkeypatch: pytest.MonkeyPatch, embedded: Classifier
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER_FALLBACK", "local")
    texts, found = numbered(200), {}
    with Engine(embedded) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        classifier = Classifier()
        steps = classifier.stream(texts)
        for step in steps:
            found.update(step.rows)
            if found:
                break
        engine.stop()
        with pytest.warns(ServerWarning, match="can't be reached"):
            rest = list(steps)
        for step in rest:
            found.update(step.rows)
    assert [found[row] for row in range(200)] == embedded.predict(texts)
    assert classifier.server is None


@pytest.mark.usefixtures("_small_lots")
def test_without_leave_a_lost_server_is_an_error_until_it_is_back(
    monkeypatch: pytest.MonkeyPatch, embedded: Classifier
) -> None:
    texts = numbered(100)
    classifier = Classifier()
    with Engine(embedded) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        steps = classifier.stream(texts)
        next(steps)
        next(steps)
        engine.stop()
        with pytest.raises(ServerError, match="can't be reached"):
            list(steps)
    with Engine(embedded) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        assert classifier.predict(texts) == embedded.predict(texts)


def test_answers_of_two_models_are_never_mixed(
    monkeypatch: pytest.MonkeyPatch, embedded: Classifier, bert_model: Path
) -> None:
    classifier = Classifier()
    with Engine(embedded) as engine:
        monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
        classifier.predict([GOOD])
    with Engine(Classifier(bert_model, "cpu")) as other:
        port = other.url.rsplit(":", 1)[1]
        found = classifier._found
        assert found is not None
        monkeypatch.setattr(
            remote_calls, "_client", _to_port(remote_calls._client, engine.url, port)
        )
        with pytest.raises(ServerError, match="hosts the model"):
            classifier.predict([GOOD])
        classifier.predict([GOOD])  # asks anew which model there is
        assert classifier.labels == Classifier(bert_model, "cpu").labels


def _to_port(client, url: str, port: str):  # noqa: ANN001, ANN202
    """Have calls to one server end at another, as after an update."""

    def moved(settings):  # noqa: ANN001, ANN202
        from dataclasses import replace

        assert settings.url == url
        return client(replace(settings, url=f"http://localhost:{port}"))

    return moved


def test_work_that_is_given_up_ends_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER", engine.url)
    steps = Classifier().stream(numbered(4000))
    next(steps)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert not any(thread.name == "cellsense-server" for thread in threading.enumerate())
