"""Opens a page in headless Chromium and prints what is to be seen there, as JSON.

A process of its own: playwright can't be started twice in one, and the add-in's tests do it too.
"""

import json
import sys
from typing import Any

from addin.server.excel_page import FLAGS
from playwright.sync_api import Page, sync_playwright

VIEWS = {"light": (1100, "light"), "dark": (1100, "dark"), "phone": (400, "light")}
# Pairs of texts in one drawing that cover each other.
_OVERLAPS = """() => [...document.querySelectorAll('svg')].flatMap(svg => {
  const texts = [...svg.querySelectorAll('text')]
    .map(text => [text.textContent, text.getBoundingClientRect()]);
  return texts.flatMap(([one, a], place) => texts.slice(place + 1)
    .filter(([, b]) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
    .map(([other]) => [one, other]));
})"""


def look(page: Page, address: str) -> dict[str, Any]:
    """Open the page; return what it shows and what the browser complained of."""
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    return {
        "title": page.title(),
        "text": page.inner_text("body"),
        "width": page.evaluate("document.documentElement.scrollWidth"),
        "colour": page.evaluate("getComputedStyle(document.body).backgroundColor"),
        "drawings": page.locator("svg").count(),
        "bars": page.locator("svg rect.right").count(),
        "wrong_rows": page.locator("table.rows tbody tr").all_inner_texts(),
        "texts": page.locator("table.rows td.text").all_text_contents(),
        "matrix": page.locator("table.matrix td").all_inner_texts(),
        "foreign": page.locator("script, img, iframe, link, object, embed").count(),
        "overlaps": page.evaluate(_OVERLAPS),
        "faults": faults,
        "asked": [url for url in asked if url != address],
    }


def main(program: str, address: str) -> None:
    """Print what each view shows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        seen = {}
        for name, (width, scheme) in VIEWS.items():
            page = browser.new_page(
                viewport={"width": width, "height": 800},
                color_scheme="dark" if scheme == "dark" else "light",
            )
            seen[name] = look(page, address)
        browser.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
