"""`cellsense serve`: what it demands before it starts, and what it writes."""

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from cellsense import CellsenseError, DependencyError, OptionError
from cellsense.serving.certificate import Certificate, check_certificate
from cellsense_addin.server import licence
from cellsense_addin.server.access import choose_access, holds_token
from cellsense_addin.server.site import Site, check_url

TOKEN = "a-token-of-at-least-thirty-two-characters"  # noqa: S105
ANYWHERE = "0.0.0.0"  # noqa: S104
TLS = Certificate(Path("chain.pem"), Path("key.pem"))


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XLWINGS_LICENSE_KEY", "XLWINGS_AUTH_PROVIDERS", "CELLSENSE_SERVER_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def run(folder: Path, *options: str, **environ: str) -> subprocess.CompletedProcess[str]:
    from addin.server.running import SERVE, environment

    return subprocess.run(
        [*SERVE, *options],
        env=environment(folder, **environ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A certificate for localhost, its key, and the authority's certificate."""
    trustme = pytest.importorskip("trustme")
    folder = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    chain, key, root = (folder / name for name in ("chain.pem", "key.pem", "root.pem"))
    issued.cert_chain_pems[0].write_to_path(chain)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(root)
    return chain, key, root


# ---- licence -------------------------------------------------------------------------------------


def test_terms_come_before_the_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(licence, "find_spec", lambda _: None)
    with pytest.raises(DependencyError) as raised:
        licence.require_licence("noncommercial")
    message = str(raised.value)
    for part in (
        "Windows needs none of this",
        "PolyForm Noncommercial",
        "buy a key",
        "pip install",
    ):
        assert part in message
    assert len(message.splitlines()) <= 8


def test_no_licence_is_chosen_for_the_user(installed: None, tmp_path: Path) -> None:
    done = run(tmp_path, XLWINGS_LICENSE_KEY="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "No licence of xlwings Server was chosen." in done.stderr
    assert "--license-key noncommercial" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_key_is_told(installed: None, tmp_path: Path) -> None:
    done = run(tmp_path, "--license-key", "made-up")
    assert (done.returncode, done.stdout) == (2, "")
    assert "xlwings refuses the licence key: Invalid xlwings license key" in done.stderr
    assert "Traceback" not in done.stderr


def test_setting_that_xlwings_refuses_is_told(installed: None, tmp_path: Path) -> None:
    done = run(tmp_path, "--port", "0", XLWINGS_REQUEST_TIMEOUT="soon")
    assert done.returncode == 2
    assert "xlwings Server refuses one of its settings" in done.stderr
    assert "request_timeout" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_command_line_stays_light() -> None:
    code = "import sys; from cellsense import cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"fastapi", "pydantic", "starlette", "uvicorn", "xlwings", "xlwings_server", "jinja2"}
    assert not heavy.intersection(done.stdout.split())


# ---- who may reach it ----------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.2"])
def test_this_machine_needs_no_token(host: str) -> None:
    access = choose_access(Site(host, 8000), None)
    assert (access.providers, access.token) == ((), "")
    assert choose_access(Site(host, 8000), TOKEN).token == TOKEN


@pytest.mark.parametrize(
    ("site", "token", "reason"),
    [
        (Site(ANYWHERE, 8000, TLS), None, "choose an access token"),
        (Site("192.168.1.5", 8000, TLS), None, "choose an access token"),
        (Site("127.0.0.1", 8000, None, "https://cells.example"), None, "choose an access token"),
        (Site("192.168.1.5", 8000, TLS), "short", "at least 32"),
        (Site("192.168.1.5", 8000, TLS), "with spaces " * 5, "without spaces"),
        (Site("192.168.1.5", 8000), TOKEN, "without TLS"),
        (Site("192.168.1.5", 8000, None, "http://cells.example"), TOKEN, "without TLS"),
        (Site(ANYWHERE, 8000, TLS), TOKEN, "name the one"),
        (Site("::", 8000, TLS), TOKEN, "name the one"),
    ],
)
def test_other_machines_need_token_and_tls(site: Site, token: str | None, reason: str) -> None:
    with pytest.raises(OptionError, match=reason):
        choose_access(site, token)


def test_other_machines_with_token_and_tls() -> None:
    for site in (
        Site("192.168.1.5", 8000, TLS),
        Site(ANYWHERE, 8000, None, "https://cells.example"),
    ):
        assert choose_access(site, TOKEN).providers == ("custom",)


def test_new_token_is_offered() -> None:
    with pytest.raises(OptionError) as raised:
        choose_access(Site("192.168.1.5", 8000, TLS), None)
    offered = str(raised.value).rsplit(maxsplit=1)[-1]
    assert choose_access(Site("192.168.1.5", 8000, TLS), offered).token == offered


def test_entra_id_stands_for_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site("192.168.1.5", 8000, TLS)
    monkeypatch.setenv("XLWINGS_AUTH_PROVIDERS", '["entraid"]')
    with pytest.raises(OptionError, match="also needs XLWINGS_AUTH_ENTRAID_CLIENT_ID and"):
        choose_access(site, None)
    monkeypatch.setenv("XLWINGS_AUTH_ENTRAID_CLIENT_ID", "1")
    monkeypatch.setenv("XLWINGS_AUTH_ENTRAID_TENANT_ID", "2")
    assert choose_access(site, None).providers == ("entraid",)
    with pytest.raises(OptionError, match="use one of them"):
        choose_access(site, TOKEN)


@pytest.mark.parametrize("setting", ["entraid", '["custom"]', '["okta"]', "{}", '"entraid"'])
def test_providers_that_are_not_known(monkeypatch: pytest.MonkeyPatch, setting: str) -> None:
    monkeypatch.setenv("XLWINGS_AUTH_PROVIDERS", setting)
    with pytest.raises(OptionError, match="the only provider"):
        choose_access(Site("127.0.0.1", 8000), None)


def test_token_is_compared_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", TOKEN)
    assert holds_token(f"Bearer {TOKEN}")
    assert not any(map(holds_token, ["", "Bearer ", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN}ä"]))
    monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", "")
    assert not holds_token("Bearer ")


def test_addresses_of_a_site() -> None:
    assert Site("127.0.0.1", 8000, TLS).origin == "https://localhost:8000"
    assert Site("127.0.0.1", 443, TLS).origin == "https://localhost"
    assert Site("::1", 80).origins == {"http://localhost", "http://127.0.0.1", "http://[::1]"}
    behind = Site(ANYWHERE, 8000, None, "https://cells.example")
    assert behind.origins == {"https://cells.example", "http://0.0.0.0:8000"}


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Cells.Example/", "https://cells.example"),
        ("https://cells.example:443", "https://cells.example"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_url(url: str, origin: str) -> None:
    assert check_url(url) == origin


@pytest.mark.parametrize(
    "url", ["cells.example", "ftp://x", "https://", "https://x/y", "https://x:y", "https://[x"]
)
def test_url_that_is_no_address(url: str) -> None:
    with pytest.raises(OptionError, match="can't be the address of the server"):
        check_url(url)


# ---- certificates, ports -------------------------------------------------------------------------


def test_certificate_that_cannot_be_used(
    certificate: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    chain, key, root = certificate
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    missing = tmp_path / "missing.pem"
    wrong: list[tuple[Any, Any, str]] = [
        (chain, None, "belong together"),
        (None, key, "belong together"),
        (missing, key, "There is no file"),
        (tmp_path, key, "There is no file"),
        (text, key, "can't be used as a certificate"),
        (chain, text, "can't be used as a certificate"),
        (root, key, "can't be used as a certificate"),
    ]
    for first, second, reason in wrong:
        with pytest.raises(CellsenseError, match=reason) as raised:
            check_certificate(first, second)
        assert "\n" not in str(raised.value)


def test_https(installed: None, certificate: tuple[Path, Path, Path], tmp_path: Path) -> None:
    import ssl

    import httpx

    from addin.server.running import Server, call

    chain, key, root = certificate
    with Server(tmp_path, "--certificate", str(chain), "--key", str(key)) as server:
        assert server.url.startswith("https://localhost:")
        assert "not https" not in server.said
        trusted = ssl.create_default_context(cafile=root)
        with httpx.Client(verify=trusted, base_url=server.url, trust_env=False) as client:
            answer = client.post(
                "/xlwings/custom-functions-call",
                json=call("sentiment_info"),
                headers={"Origin": server.url},
            )
            assert dict(answer.json()["result"])["model"] == "embedded"
            # It would bar all other servers on this machine that speak plain HTTP.
            assert "strict-transport-security" not in answer.headers


def test_port_in_use(installed: None, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = run(tmp_path, "--port", str(port))
    assert done.returncode == 2
    assert f"can't listen on 127.0.0.1 port {port} (Address already in use)" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.1.1.1", "", "a" * 300])
def test_host_that_is_none(installed: None, tmp_path: Path, host: str) -> None:
    done = run(
        tmp_path, "--host", host, "--url", "https://x.example", "--token", TOKEN, "--port", "0"
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: ")
    assert len(done.stderr.splitlines()) == 1


# ---- manifest ------------------------------------------------------------------------------------


def test_manifest_has_the_addresses_of_the_server(installed: None, tmp_path: Path) -> None:
    from addin.server.running import Server

    file = tmp_path / "cellsense.xml"
    for _ in range(2):  # an older one of ours is replaced
        with Server(tmp_path, "--manifest", str(file)) as server, server.client() as client:
            root = ET.fromstring(file.read_text())  # noqa: S314 - our own
            assert client.get("/manifest.xml").text == file.read_text()
            values = [element.get("DefaultValue", "") for element in root.iter()]
            urls = {value for value in values if value.startswith("http")}
            assert {url.split("/", 3)[2] for url in urls} == {server.url.split("://")[1]}
            for url in urls:
                assert client.get(url).status_code == 200
    assert "{{" not in file.read_text()
    assert sorted(path.name for path in tmp_path.glob("*.xml*")) == ["cellsense.xml"]


def test_manifest_names_what_it_refers_to(installed: None, server: Any) -> None:
    with server.client() as client:
        root = ET.fromstring(client.get("/manifest.xml").text)  # noqa: S314 - our own
        ribbon = client.get("/static/js/ribbon.js").text
    named = {element.get("id") for element in root.iter() if element.get("id")}
    referred = {element.get("resid") for element in root.iter() if element.get("resid")}
    assert referred <= named
    assert all(len(name) <= 32 for name in referred if name)  # Office takes no longer ones
    action = next(element for element in root.iter() if element.tag.endswith("FunctionName"))
    assert f'"{action.text}"' in ribbon


def test_other_files_are_not_taken_for_manifests(installed: None, tmp_path: Path) -> None:
    file = tmp_path / "thesis.xml"
    file.write_text("<thesis/>")
    done = run(tmp_path, "--port", "0", "--manifest", str(file))
    assert done.returncode == 2
    assert "is something else than cellsense's manifest" in done.stderr
    assert file.read_text() == "<thesis/>"
    done = run(tmp_path, "--port", "0", "--manifest", str(tmp_path / "none" / "m.xml"))
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
