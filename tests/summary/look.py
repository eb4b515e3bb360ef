"""Opens a page in headless Chromium and prints what is to be seen there, as JSON.

A process of its own: playwright can't be started twice in one, and the add-in's tests do it too.
"""

import json
import sys
from typing import Any

from addin.server.excel_page import FLAGS
from playwright.sync_api import Page, sync_playwright

WIDTHS = (1100, 390)


def look(page: Page, address: str) -> dict[str, Any]:
    """Open the page; return what it shows and what the browser complained of."""
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    shares = page.locator(".groups tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.querySelectorAll('.shares span')]"
        ".map(part => part.getBoundingClientRect().width))"
    )
    return {
        "width": page.evaluate("document.documentElement.scrollWidth"),
        "headings": page.locator("h1, h2, h3").all_inner_texts(),
        "tiles": page.locator(".tiles div").all_inner_texts(),
        "groups": page.locator(".groups tbody tr").all_inner_texts(),
        "shares": shares,
        "cut": page.locator("svg text").evaluate_all(
            "texts => texts.filter(text => { const own = text.getBBox(), all = "
            "text.ownerSVGElement.viewBox.baseVal; return own.x < 0 || "
            "own.x + own.width > all.width; }).map(text => text.textContent)"
        ),
        "columns": page.locator("svg.wide g").count(),
        "carrying": page.locator(".for").all_inner_texts(),
        "texts": page.locator("table.rows td.text").all_inner_texts(),
        "foreign": page.locator("script, img, iframe, link, object, embed").count(),
        "faults": faults,
        "asked": [url for url in asked if url != address],
    }


def main(program: str, address: str) -> None:
    """Print what is seen at each width."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        seen = {}
        for width in WIDTHS:
            page = browser.new_page(viewport={"width": width, "height": 800})
            seen[width] = look(page, address)
        browser.close()
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
