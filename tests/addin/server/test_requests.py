"""What the server takes over HTTP, and what it turns away."""

import contextlib
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from addin.server.running import Server

CALL, PLAN, LABELS = "/xlwings/custom-functions-call", "/cellsense/plan", "/cellsense/labels"
GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
PRIVATE = "zebra-umbrella"  # must not turn up where texts don't belong
Request = Callable[..., Any]


def call(*arguments: object, **changes: object) -> Any:
    from addin.server.running import call

    return call("sentiment", *arguments, **changes)


# ---- who may ask ---------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1", None])
@pytest.mark.parametrize("path", [CALL, PLAN, LABELS])
def test_other_pages_are_refused(server: "Server", path: str, origin: str | None) -> None:
    with server.client() as client:
        del client.headers["Origin"]
        headers = {"Origin": origin} if origin else {}
        answer = client.post(path, json=call([[GOOD]]), headers=headers)
    assert answer.status_code == 403
    assert "Only the cellsense add-in's own pages" in answer.json()["detail"]
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "", "localhost"])
def test_other_host_names_are_refused(server: "Server", host: str) -> None:
    with server.client(Host=host) as client:
        assert client.get("/taskpane.html").status_code == 400


def test_no_other_page_may_read_but_the_list_of_functions(server: "Server") -> None:
    headers = {"Origin": "https://excel.officeapps.live.com"}
    with server.client(**headers) as client:
        listed = client.get("/xlwings/custom-functions-meta.json")
        assert listed.headers["access-control-allow-origin"] == "*"
        for path in ("/taskpane.html", "/xlwings/custom-functions-code.js", "/manifest.xml"):
            assert "access-control-allow-origin" not in client.get(path).headers
        assert client.options(CALL).status_code == 405


def test_scripts_that_would_get_the_whole_workbook_are_closed(server: "Server") -> None:
    with server.client() as client:
        assert client.get("/xlwings/custom-scripts-meta.json").json() == []
        assert client.post("/xlwings/custom-scripts-call/anything", json={}).status_code == 404


def test_token(guarded_server: "Server") -> None:
    from addin.server.running import TOKEN

    with guarded_server.client() as client:
        for path, body in ((CALL, call([[GOOD]])), (LABELS, {"cells": [GOOD]})):
            for header in ("", TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}"):
                answer = client.post(path, json=body, headers={"Authorization": header})
                assert answer.status_code == 401
                assert "The access token is missing or wrong" in answer.json()["detail"]
            good = client.post(path, json=body, headers={"Authorization": f"Bearer {TOKEN}"})
            assert good.status_code == 200
        assert TOKEN not in client.get("/taskpane.html").text
        assert TOKEN not in client.get("/manifest.xml").text
    assert TOKEN not in guarded_server.said


# ---- what they may ask ---------------------------------------------------------------------------


def test_functions_are_described_for_excel(server: "Server") -> None:
    with server.client() as client:
        listed = client.get("/xlwings/custom-functions-meta.json").json()["functions"]
    assert {function["name"] for function in listed} == {
        "SENTIMENT", "CLASSIFY", "WHY", "SENTIMENT_INFO",
    }  # fmt: skip
    sentiment = next(function for function in listed if function["name"] == "SENTIMENT")
    assert "label" in sentiment["description"]
    assert [parameter["name"] for parameter in sentiment["parameters"]] == [
        "texts", "output", "threshold",
    ]  # fmt: skip
    assert "A2:A1001" in sentiment["parameters"][0]["description"]
    assert [bool(parameter.get("optional")) for parameter in sentiment["parameters"]] == [
        False,
        True,
        True,
    ]


def test_labels_in_the_analysts_words(server: "Server") -> None:
    texts = [["The parcel came two weeks late."], [None], ["Far too expensive for me."]]
    with server.client() as client:
        given = call(texts, [["delivery", "price"]], "label", func_name="classify")
        answer = client.post(CALL, json=given)
    assert answer.status_code == 200
    assert answer.json()["result"] == [["delivery"], [""], ["price"]]


@pytest.mark.parametrize("labels", [[], [None], [[[""]]], [[["delivery", "price"]]]])
def test_words_that_carried_the_label(server: "Server", labels: list[object]) -> None:
    with server.client() as client:
        given = call([["The parcel was delivered broken."], [None]], *labels, func_name="why")
        answer = client.post(CALL, json=given)
    (told,), blank = answer.json()["result"]
    assert (
        "delivered (+" if labels and labels[0] == [["delivery", "price"]] else "broken (+"
    ) in told
    assert blank == [""]


@pytest.mark.parametrize(
    ("texts", "rows"),
    [
        ([[GOOD]], ["POSITIVE"]),
        (GOOD, ["POSITIVE"]),
        ([[GOOD], [None], [BAD]], ["POSITIVE", "", "NEGATIVE"]),
        ([[{"type": "Error", "basicValue": "#N/A"}]], [""]),
        ([[{"type": "FormattedNumber", "basicValue": 45000}]], [""]),
        ([], [""]),
        ([[]], [""]),
        (None, [""]),
    ],
)
def test_cells_as_excel_sends_them(server: "Server", texts: object, rows: list[str]) -> None:
    with server.client() as client:
        answer = client.post(CALL, json=call(texts))
    assert [row[0] for row in answer.json()["result"]] == rows


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "broken"),
        (b"{", "broken"),
        (b"[]", "broken"),
        (b"\xff\xfe", "broken"),
        (b"[" * 100_000, "broken"),
        (json.dumps(call([[PRIVATE]])).encode()[:-1], "broken"),
        (call([[GOOD]], func_name="globals"), "no such worksheet function"),
        (call([[GOOD]], func_name="__builtins__"), "no such worksheet function"),
        (call([[GOOD]], func_name=None), "broken (func_name)"),
        (call(), "doesn't take 0 arguments"),
        (call([[GOOD]], "both", 0.5, "Sheet1!A1"), "doesn't take 4 arguments"),
        (call([[[PRIVATE]]]), "broken (args.0"),
        (call([[{"no": PRIVATE}]]), "broken (args.0"),
        (call([[GOOD]], runtime="new"), "broken (runtime)"),
        ({"func_name": "sentiment"}, "broken (args)"),
    ],
)
def test_broken_call_gets_one_line(server: "Server", body: Any, reason: str) -> None:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    with server.client() as client:
        answer = client.post(CALL, content=content, headers={"Content-Type": "application/json"})
    detail = answer.json()["detail"]
    assert (answer.status_code, "\n" in detail) == (400, False)
    assert reason in detail
    assert PRIVATE not in answer.text


@pytest.mark.parametrize("path", [PLAN, LABELS])
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[" * 100_000, b'{"cells": {}}', b'{"cells": [[1]]}', b'{"facts": 5}'],
)
def test_broken_request_of_the_button_gets_one_line(
    server: "Server", path: str, body: bytes
) -> None:
    with server.client() as client:
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
    detail = answer.json()["detail"]
    assert (answer.status_code, "\n" in detail) == (400, False)
    assert "broken" in detail or "parsing" in detail


def test_too_many_cells_at_once(server: "Server") -> None:
    with server.client() as client:
        answer = client.post(LABELS, json={"cells": [""] * 5001})
    assert answer.json()["detail"] == "The request's body is broken (cells)."


@pytest.mark.parametrize("declared", [True, False])
def test_oversized_body_is_refused(server: "Server", declared: bool) -> None:
    part = b"x" * 2**20
    content = part * 65 if declared else (part for _ in range(65))
    with server.client() as client:
        answer = client.post(CALL, content=content)
    assert answer.status_code == 413
    assert answer.json()["detail"] == "That is more than 64 MB in one call: take fewer rows."


def test_thirty_megabytes_are_taken(server: "Server") -> None:
    long = "The kettle is loud. " * 1600
    with server.client() as client:
        answer = client.post(CALL, json=call([[5.0], *([[long]] * 1000)], "label"))
    assert len(answer.json()["result"]) == 1001


def test_labels_that_look_like_formulas_are_marked_as_text(
    installed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cellsense import Prediction
    from cellsense_addin.server import labelling

    names = ["=1+1", "+", "@home", "5 stars", "5", "TRUE", "good"]

    class Fixed:
        class classifier:  # noqa: N801
            labels = names

    given = [Prediction(name, 0.5) for name in names]
    monkeypatch.setattr(labelling, "background", lambda question: Fixed)  # noqa: ARG005
    monkeypatch.setattr(labelling, "answer", lambda *_: given)
    answer = labelling.label_cells(labelling.LabelRequest(cells=["text"] * len(names)))
    written = [label for label, _ in answer["rows"]]
    assert written == ["'=1+1", "'+", "'@home", "5 stars", "'5", "'TRUE", "good"]
    assert list(answer["labels"]) == names


# ---- while it works ------------------------------------------------------------------------------


def test_formulas_in_work_keep_nothing_else_waiting(server: "Server") -> None:
    def formula(number: int) -> None:
        with server.client() as client:
            client.post(CALL, json=call([[f"{GOOD} formula {number}, {row}"] for row in range(4)]))

    threads = [threading.Thread(target=formula, args=(number,)) for number in range(150)]
    for thread in threads:
        thread.start()
    with server.client() as client:
        for path in ("/", "/taskpane.html", "/static/css/style.css"):
            started = time.monotonic()
            assert client.get(path).status_code == 200
            assert time.monotonic() - started < 2
        started = time.monotonic()
        assert client.post(LABELS, json={"cells": [f"{BAD} by button"]}).status_code == 200
        waited = time.monotonic() - started
    for thread in threads:
        thread.join()
    assert waited < 5


def test_same_texts_at_once_are_worked_out_once(server: "Server") -> None:
    texts = [[f"{GOOD} shared {row}"] for row in range(300)]
    times = []

    def formula() -> None:
        started = time.monotonic()
        with server.client() as client:
            assert len(client.post(CALL, json=call(texts)).json()["result"]) == 300
        times.append(time.monotonic() - started)

    formula()
    alone = times.pop()
    fresh = [[f"{GOOD} shared anew {row}"] for row in range(300)]
    texts[:] = fresh
    threads = [threading.Thread(target=formula) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(times) < 4 * alone + 2


def test_nothing_of_a_text_is_logged(server: "Server") -> None:
    with server.client() as client:
        client.post(CALL, json=call([[PRIVATE], [PRIVATE]]))
        client.post(LABELS, json={"cells": [PRIVATE]})
        client.post(LABELS, json={"cells": [[PRIVATE]]})
        client.post(CALL, json=call([[PRIVATE, "b"], ["c", PRIVATE]]))
        client.post(CALL, json=call([[PRIVATE]], PRIVATE, caller_address=PRIVATE))
    assert PRIVATE not in server.said
    logs = [file.read_text() for file in server.folder.rglob("*.log")]
    assert not any(PRIVATE in log for log in logs)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_once_though_calls_are_in_work(
    installed: None, tmp_path: Path, number: signal.Signals
) -> None:
    import httpx

    from addin.server.running import Server

    answers: list[int] = []
    with Server(tmp_path) as server:

        def long_call() -> None:
            texts = [[f"{GOOD} {row}"] for row in range(20_000)]
            with server.client() as client, contextlib.suppress(httpx.HTTPError):
                answers.append(client.post(CALL, json=call(texts)).status_code)

        with server.client() as client:
            assert client.get("/").status_code == 200  # it has finished starting
        thread = threading.Thread(target=long_call)
        thread.start()
        time.sleep(3)
        started = time.monotonic()
        code = server.stop(number)
        thread.join()
    assert time.monotonic() - started < 15
    assert 200 not in answers
    assert code == (0 if number is signal.SIGINT else 143)
    assert "Traceback" not in server.said
