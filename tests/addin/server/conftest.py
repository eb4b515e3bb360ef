"""One server and one browser for all tests here."""

import shutil
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from addin.server.excel_page import ExcelPage
    from addin.server.running import Server

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def installed() -> None:
    if find_spec("xlwings_server") is None:
        pytest.skip('xlwings Server is not installed: pip install -e ".[server,test]"')


@pytest.fixture(scope="session")
def server(installed: None, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """A running server that only this machine reaches."""
    from addin.server.running import Server

    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="session")
def guarded_server(installed: None, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Server]":
    """A running server that asks for a token."""
    from addin.server.running import TOKEN, Server

    folder = tmp_path_factory.mktemp("guarded")
    with Server(folder, CELLSENSE_SERVER_TOKEN=TOKEN) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """A headless Chromium."""
    program = next((found for name in _CHROMIUM if (found := shutil.which(name))), None)
    if find_spec("playwright") is None or program is None:
        pytest.skip("Chromium or playwright is not on this machine")
    from playwright.sync_api import sync_playwright

    from addin.server.excel_page import FLAGS

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_excel(
    request: pytest.FixtureRequest, browser: "Browser"
) -> "Iterator[Callable[..., ExcelPage]]":
    """Open a workbook with the add-in in it; what the browser complains of fails the test."""
    from addin.server.excel_page import ExcelPage

    opened: list[ExcelPage] = []

    def opener(book: dict[str, Any], server: str = "server", script: str = "") -> ExcelPage:
        url = request.getfixturevalue(server).url
        context = browser.new_context(viewport={"width": 340, "height": 640})
        context.add_init_script(script)
        excel = ExcelPage(context.new_page(), url)
        opened.append(excel)
        excel.open(book)
        return excel

    yield opener
    for excel in opened:
        excel.page.context.close()
        assert (excel.faults, excel.strangers) == ([], [])
