"""The add-in's page in headless Chromium, with a stand-in for Microsoft's office.js only.

    excel = open_excel({"sheets": [{"name": "Reviews", "rows": [["Review"], ["Good."]]}]})
    excel.select("A:A")
    excel.press()

All of xlwings Server's client code and of the task pane runs as it does in Excel.
"""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Request

from cellsense_addin.functions import FUNCTIONS

FAKE_OFFICE = Path(__file__).with_name("fake_office.js")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_ENDS = "#result:not([hidden]), #failure:not([hidden]), #question:not([hidden])"


@dataclass
class ExcelPage:
    """A workbook, the task pane beside it, and all that went over the wire."""

    page: Page
    url: str
    posts: list[tuple[str, str]] = field(default_factory=list)  # path, body
    strangers: list[str] = field(default_factory=list)  # addresses that aren't the server's
    faults: list[str] = field(default_factory=list)  # what the browser complained of

    def open(self, book: dict[str, Any]) -> None:
        """Load the add-in into a workbook."""
        office = f"globalThis.fakeBook = {json.dumps(book)};\n{FAKE_OFFICE.read_text()}"
        self.page.route(
            "**/office.js",
            lambda route: route.fulfill(content_type="text/javascript", body=office),
        )
        self.page.on("request", self._seen)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("requestfailed", lambda request: self.faults.append(request.url))
        self.page.goto(f"{self.url}/taskpane.html")
        registered = f"fakeExcel.names().functions.length == {len(FUNCTIONS)}"
        self.wait(f"typeof fakeExcel === 'object' && {registered}")

    def call(self, name: str, *arguments: object) -> Any:
        """Work out a formula; `value`, or `error` and `code`."""
        return self.page.evaluate(
            "([name, values]) => fakeExcel.call(name, values)", [name, arguments]
        )

    def select(self, *addresses: str) -> None:
        """Select cells; without an address, a shape."""
        self.page.evaluate("selection => fakeExcel.book.selection = selection", addresses or None)

    def press(self) -> None:
        """Press the button, and wait until it has done its work or asks something."""
        self.page.click("#start")
        self.page.wait_for_selector(_ENDS)

    def answer(self, choice: str) -> None:
        """Answer the question that is shown."""
        self.page.click(f"#question button:text-is('{choice}')")
        self.page.wait_for_selector("#result:not([hidden]), #failure:not([hidden])")

    def text(self, selector: str) -> str:
        """Return what a user reads there, "" if it is hidden."""
        found = self.page.locator(selector)
        return " ".join(found.inner_text().split()) if found.is_visible() else ""

    def cells(self, address: str, sheet: int = 0) -> Any:
        """Return the values of cells."""
        return self.page.evaluate("([a, s]) => fakeExcel.show(a, s)", [address, sheet])

    def look(self, expression: str) -> Any:
        """Return anything else of the stand-in (see fake_office.js)."""
        return self.page.evaluate(expression)

    def wait(self, expression: str, seconds: float = 30) -> None:
        """Wait until an expression is true; playwright's own way needs `eval`, which we forbid."""
        end = time.monotonic() + seconds
        while not self.page.evaluate(f"() => Boolean({expression})"):
            assert time.monotonic() < end, f"never: {expression}"
            self.page.wait_for_timeout(20)

    @property
    def sent(self) -> str:
        """All bodies that were sent."""
        return "\n".join(body for _, body in self.posts)

    def _seen(self, request: Request) -> None:
        if not request.url.startswith(self.url):
            self.strangers.append(request.url)
        if request.method == "POST":
            self.posts.append((request.url.removeprefix(self.url), request.post_data or ""))
