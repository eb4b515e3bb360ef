"""What the server turns away, and what it says then."""

import json
import socket
from collections.abc import Iterator

import pytest

from cellsense import Classifier
from cellsense.serving.limits import Limits
from serving.running_engine import GOOD, TOKEN, Engine, predictions

PRIVATE = "zebra-umbrella"  # must not turn up where texts don't belong
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def small_engine(embedded: Classifier) -> Iterator[Engine]:
    """A server that takes little."""
    with Engine(embedded, Limits(texts=10, characters=1000, megabytes=1, waiting=10)) as engine:
        yield engine


# ---- who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown", ["", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN}x", TOKEN, f"Basic {TOKEN}", "Bearer"]
)
@pytest.mark.parametrize("path", ["/v1/model", "/v1/classify", "/metrics", "/nothing"])
def test_without_the_token_nothing_is_told(guarded_engine: Engine, path: str, shown: str) -> None:
    with guarded_engine.client(Authorization=shown) as client:
        answers = [client.get(path), client.post(path, json={"texts": [GOOD]})]
    assert [answer.status_code for answer in answers] == [401, 401]
    assert all(answer.headers["www-authenticate"] == "Bearer" for answer in answers)
    assert all("token" in answer.json()["detail"] for answer in answers)


def test_token_lets_in(guarded_engine: Engine) -> None:
    assert predictions(guarded_engine.post([GOOD]))[0]["label"] == "POSITIVE"
    assert guarded_engine.count("cellsense_requests_total") > 0


@pytest.mark.parametrize("path", ["/health", "/ready", "/openapi.json", "/docs", "/"])
def test_state_and_description_are_open(guarded_engine: Engine, path: str) -> None:
    with guarded_engine.client(Authorization="") as client:
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "", "[::1", "localhost.evil.example", "x@"]
)
def test_server_without_a_token_is_for_this_machine(engine: Engine, host: str) -> None:
    with engine.client(Host=host) as client:
        assert client.get("/v1/model").status_code == 400


def test_page_of_another_site_cannot_ask(engine: Engine) -> None:
    body = json.dumps({"texts": [GOOD]})
    with engine.client() as client:
        for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
            answer = client.post("/v1/classify", content=body, headers={"Content-Type": kind})
            assert answer.status_code == 415
        asked_first = client.options("/v1/classify", headers={"Origin": "https://evil.example"})
        assert asked_first.status_code == 405
        assert "access-control-allow-origin" not in asked_first.headers


def test_page_for_people_loads_nothing_from_elsewhere(engine: Engine) -> None:
    with engine.client() as client:
        page = client.get("/docs")
    assert "/v1/classify" in page.text
    assert "http" not in page.text.replace("over HTTP", "")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


# ---- how much ------------------------------------------------------------------------------------


def test_body_that_is_too_large_is_refused_before_it_is_read(small_engine: Engine) -> None:
    # Ten bytes come, a terabyte is announced: nobody waits for it.
    announced = (
        b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 1000000000000\r\n\r\n0123456789"
    )
    port = int(small_engine.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(announced)
        answer = b""
        while part := connection.recv(4096):  # until the server closes it
            answer += part
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"That is more than 1 MB in one call" in answer


def test_body_without_a_length_is_refused_where_it_gets_too_large(small_engine: Engine) -> None:
    def endless() -> Iterator[bytes]:
        yield b'{"texts":["'
        for _ in range(40):
            yield b"a" * 2**16

    with small_engine.client() as client:
        answer = client.post("/v1/classify", content=endless(), headers=JSON)
    assert answer.status_code == 413
    assert predictions(small_engine.post([GOOD]))


@pytest.mark.parametrize("texts", [["a"] * 11, ["a" * 1001], ["a" * 501, "b" * 500]])
def test_too_many_texts_or_characters(small_engine: Engine, texts: list[str]) -> None:
    answer = small_engine.post(texts)
    assert answer.status_code == 413
    assert "a call may have 10 with 1,000" in answer.json()["detail"]


# ---- what ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        f'{{"texts": ["{PRIVATE}"'.encode(),
        b"[" * 100_000,
        b'{"texts": ' + b"[" * 100_000,
        b'{"texts": null}',
        b"[]",
        b"{}",
        b'"text"',
        f'{{"texts": "{PRIVATE}"}}'.encode(),
        f'{{"texts": [1, "{PRIVATE}"]}}'.encode(),
        f'{{"texts": [["{PRIVATE}"]]}}'.encode(),
        f'{{"texts": {{"a": "{PRIVATE}"}}}}'.encode(),
        f'{{"texts": ["{PRIVATE}"], "all_scores": "yes"}}'.encode(),
        f'{{"texts": ["{PRIVATE}"], "{PRIVATE}": 1}}'.encode(),
        b'{"texts": ["\\ud800"]}',
        b'{"texts": ["\xff\xfe"]}',
        b'{"texts": [NaN]}',
    ],
    ids=lambda body: ascii(body[:30]),
)
def test_broken_bodies(engine: Engine, body: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with engine.client() as client:
        answer = client.post("/v1/classify", content=body, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("The request's body is broken")
    assert PRIVATE not in "".join(capfd.readouterr())


@pytest.mark.parametrize("key", [PRIVATE, "Great \n\x1b[31m review", "body", "7"])
def test_key_that_is_not_ours_is_not_quoted(engine: Engine, key: str) -> None:
    answer = engine.post([GOOD], **{key: 1})
    assert answer.status_code == 422
    assert answer.json()["detail"] == (
        "The request's body is broken (it has a key that isn't known here)."
    )


@pytest.mark.parametrize("text", [None, 1.5, True])
def test_texts_are_strings_only(engine: Engine, text: object) -> None:
    answer = engine.post([GOOD, text])
    assert (answer.status_code, "(texts.1)" in answer.text) == (422, True)
    assert predictions(engine.post(["", "1.5", "2024-01-31", "TRUE", "#N/A"])) == [None] * 5


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Encoding": "gzip"}, 415),
        ({"Content-Encoding": "identity, br"}, 415),
        ({"Content-Encoding": "Identity"}, 200),
        ({"Content-Type": "application/json; charset=latin-1"}, 415),
        ({"Content-Type": 'application/json; x=y; charset="UTF-16"'}, 415),
        ({"Content-Type": 'Application/JSON ;Charset="UTF-8"'}, 200),
    ],
)
def test_body_is_plain_utf8(engine: Engine, headers: dict[str, str], status: int) -> None:
    body = json.dumps({"texts": [GOOD]})
    with engine.client() as client:
        answer = client.post("/v1/classify", content=body, headers={**JSON, **headers})
    assert answer.status_code == status


@pytest.mark.parametrize("asked", [{"model": "org/another"}, {"fingerprint": "00"}])
def test_another_model_is_not_answered_for(engine: Engine, asked: dict[str, str]) -> None:
    answer = engine.post([GOOD], **asked)
    assert answer.status_code == 409
    assert 'hosts the model "embedded"' in answer.json()["detail"]
    assert predictions(engine.post([GOOD], model="embedded"))


def test_no_texts_are_no_mistake(engine: Engine) -> None:
    assert predictions(engine.post([])) == []
    assert predictions(engine.post(["", "7"])) == [None, None]


def test_addresses_and_methods_that_are_none(engine: Engine) -> None:
    with engine.client() as client:
        assert client.get("/etc/passwd").status_code == 404
        assert client.get("/v1/classify").status_code == 405
        assert client.put("/v1/model").status_code == 405
    assert engine.count("cellsense_waiting_calls") == 0


def test_fault_is_told_without_the_text(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken(_: object, texts: list[str], **__: object) -> None:
        raise KeyError(texts[0])

    with Engine(Classifier(device="cpu")) as engine:
        with monkeypatch.context() as patch:
            patch.setattr(Classifier, "predict", broken)
            answer = engine.post([f"A {PRIVATE} it is."])
        assert answer.status_code == 500
        assert answer.json()["detail"].startswith("cellsense failed (KeyError)")
        assert predictions(engine.post([GOOD]))  # the thread goes on
    said = "".join(capfd.readouterr())
    assert "KeyError" in said
    assert PRIVATE not in said
    assert PRIVATE not in answer.text
