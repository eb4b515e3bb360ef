"""`cellsense serve --engine` as a command, and commands that ask it."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cellsense import OptionError
from cellsense.remote.token import TOKEN_FILE
from cellsense.serving.access import choose_access
from cellsense.serving.certificate import Certificate
from cellsense.serving.limits import Limits
from cellsense.serving.plan import Plan
from serving.running_engine import BAD, GOOD, POLISH, TOKEN, Engine, predictions

ANYWHERE = "0.0.0.0"  # noqa: S104
TLS = Certificate(Path("chain.pem"), Path("key.pem"))
COMMAND = [sys.executable, "-m", "cellsense"]


def environment(**changes: str) -> dict[str, str]:
    rest = {name: value for name, value in os.environ.items() if not name.startswith("CELLSENSE_")}
    return {**rest, "CELLSENSE_CACHE": "off", "COLUMNS": "100", **changes}


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(*options: str, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command; yield the process, and the server's URL."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--engine", "--port", "0", *options],
        env=environment(**environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("cellsense serves the model "), line + process.stdout.read()
        url = line.split(" at ")[1].split()[0]
        process.stdout.readline()
        yield process, url
    finally:
        process.terminate()
        process.wait(60)
        process.stdout.close()


# ---- who may reach it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "certificate", "token", "proxy", "reason"),
    [
        (ANYWHERE, TLS, "", False, "choose an access token"),
        ("192.168.1.5", TLS, "", False, "choose an access token"),
        ("127.0.0.1", None, "", True, "choose an access token"),
        (ANYWHERE, None, TOKEN, False, "without TLS"),
        ("cells.example", None, TOKEN, False, "without TLS"),
        (ANYWHERE, TLS, "short", False, "at least 32"),
        ("127.0.0.1", None, "short", False, "at least 32"),
    ],
)
def test_other_machines_need_token_and_tls(
    host: str, certificate: Certificate | None, token: str, proxy: bool, reason: str
) -> None:
    with pytest.raises(OptionError, match=reason):
        choose_access(host, certificate, token, behind_proxy=proxy)


@pytest.mark.parametrize(
    ("host", "certificate", "token", "proxy"),
    [
        ("127.0.0.1", None, "", False),
        ("::1", None, TOKEN, False),
        (ANYWHERE, TLS, TOKEN, False),
        (ANYWHERE, None, TOKEN, True),
        ("127.0.0.1", None, TOKEN, True),
    ],
)
def test_what_may_listen(
    host: str, certificate: Certificate | None, token: str, proxy: bool
) -> None:
    access = choose_access(host, certificate, token, behind_proxy=proxy)
    assert (access.token, access.behind_proxy) == (token, proxy)
    assert not token or token not in repr(access)


@pytest.mark.parametrize(
    ("arguments", "environ", "reason"),
    [
        (["--engine", "--token", TOKEN], {}, "set CELLSENSE_SERVER_TOKEN"),
        (["--engine", "--license-key", "noncommercial"], {}, "--license-key is no flag of the"),
        (["--engine", "--manifest", "a.xml"], {}, "--manifest is no flag of the engine"),
        (["--model", "x"], {}, "--model belongs to --engine"),
        (["--max-texts", "5"], {}, "--max-texts belongs to --engine"),
        (["--engine", "--host", ANYWHERE], {}, "choose an access token"),
        (["--engine", "--behind-proxy"], {"CELLSENSE_SERVER_TOKEN": "x"}, "at least 32"),
        (["--engine"], {TOKEN_FILE: "/none/at/all"}, "can't be read"),
        (["--engine", "--model", "/none/at/all"], {}, "/none/at/all"),
        (["--engine", "--max-texts", "0"], {}, "would let nothing in"),
        (["--engine", "--max-waiting", "5"], {}, "only 5 may wait"),
        (["--engine", "--certificate", "a.pem"], {}, "belong together"),
        (["--engine", "--replicas", "2"], {}, "give --ray, too"),
        (["--engine", "--ray"], {}, "Ray Serve takes no free port"),
        (["--engine", "--device", "tpu"], {}, 'There is no device "tpu"'),
        (["--engine", "--port", "99999"], {}, "--port 99999 is none: give 1 to 65535"),
        (["--port", "-1"], {}, "--port -1 is none: give 1 to 65535"),
    ],
)
def test_mistakes_are_a_line(arguments: list[str], environ: dict[str, str], reason: str) -> None:
    done = run("serve", "--port", "0", *arguments, **environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        done = run("serve", "--engine", "--port", str(holder.getsockname()[1]))
    assert done.returncode == 2
    assert "can't listen on 127.0.0.1" in done.stderr


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    from cellsense import DependencyError
    from cellsense.serving import run as runner

    monkeypatch.setattr(runner, "find_spec", lambda _: None)
    with pytest.raises(DependencyError, match=r'pip install "cellsense\[engine\]"'):
        runner.serve_engine(Plan())


# ---- running -------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_call_in_work_is_answered_when_the_server_is_told_to_stop(number: signal.Signals) -> None:
    # A server that was told of another one doesn't ask that.
    with serving(CELLSENSE_SERVER="http://localhost:9") as (process, url):
        texts = [f"Lamp number {place} works as it should." for place in range(400)]
        found: list[httpx.Response] = []

        def ask() -> None:
            found.append(
                httpx.post(f"{url}/v1/classify", json={"texts": texts}, timeout=60, trust_env=False)
            )

        caller = threading.Thread(target=ask)
        caller.start()
        while "cellsense_waiting_calls 1.0" not in httpx.get(f"{url}/metrics").text:
            assert caller.is_alive()
        process.send_signal(number)
        caller.join()
        assert len(predictions(found[0])) == 400
        process.wait(30)


def test_half_a_body_keeps_no_server_from_stopping() -> None:
    with serving() as (process, url):
        with socket.create_connection(("127.0.0.1", int(url.rsplit(":", 1)[1])), 30) as connection:
            connection.sendall(
                b"POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n"
            )
            answer = connection.recv(4096)
            assert answer.startswith(b"HTTP/1.1 100 ")  # it waits for the body
            connection.sendall(b'{"texts": ["')
            process.send_signal(signal.SIGTERM)
            answer = b""
            while part := connection.recv(4096):
                answer += part
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"The server is stopping." in answer
        assert process.wait(30) is not None  # half of the time that a body may take


def test_tls_and_token_from_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    import trustme

    from cellsense import Classifier, ServerError
    from cellsense.remote.calls import _trusted

    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key, root, token = (tmp_path / name for name in ("chain", "key", "root", "token"))
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(root)
    token.write_text(f"{TOKEN}\n")
    tls = ("--certificate", str(chain), "--key", str(key))
    with serving(*tls, "--host", ANYWHERE, **{TOKEN_FILE: str(token)}) as (_, url):
        assert url.startswith(f"https://{ANYWHERE}:")
        monkeypatch.setenv("CELLSENSE_SERVER", url.replace(ANYWHERE, "localhost"))
        monkeypatch.setenv(TOKEN_FILE, str(token))
        with pytest.raises(ServerError, match=r"(?i)certificate"):
            Classifier().predict([GOOD])
        _trusted.cache_clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(root))
        (found,) = Classifier().predict([GOOD])
        assert found is not None
        assert found.label == "POSITIVE"
    _trusted.cache_clear()


def test_help_tells_of_both() -> None:
    shown = run("serve", "--help").stdout
    assert "--engine" in shown
    assert "--behind-proxy" in shown
    assert "CELLSENSE_SERVER=https://" in shown


# ---- asked by the command line -------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text(f'Review Text\n"{GOOD}"\n"{BAD}"\n\n{POLISH}\n5\n', encoding="utf-8")
    return file


def test_file_is_converted_by_the_server_as_here(engine: Engine, table: Path) -> None:
    there = run(
        "convert",
        str(table),
        "--output",
        str(table.with_name("a.csv")),
        CELLSENSE_SERVER=engine.url,
    )
    assert (there.returncode, there.stderr) == (0, "")
    here = run("convert", str(table), "--output", str(table.with_name("b.csv")))
    assert here.returncode == 0
    assert table.with_name("a.csv").read_bytes() == table.with_name("b.csv").read_bytes()


def test_command_without_a_server(table: Path) -> None:
    nobody = {"CELLSENSE_SERVER": "http://localhost:9"}
    done = run("convert", str(table), **nobody)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith("Error: The server at http://localhost:9 can't be reached")
    assert not table.with_name("reviews.labelled.csv").exists()
    done = run("convert", str(table), CELLSENSE_SERVER_FALLBACK="local", **nobody)
    assert (done.returncode, len(done.stderr.splitlines())) == (0, 1)
    assert done.stderr.startswith("Warning: The server at http://localhost:9 can't be reached")
    assert table.with_name("reviews.labelled.csv").exists()


def test_limits_let_something_in() -> None:
    Limits().check()
    with pytest.raises(OptionError, match="would let nothing in"):
        Limits(seconds=0).check()
