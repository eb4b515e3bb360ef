"""The frame of a page: one HTML file that needs no other, without scripts, nothing fetched."""

from html import escape
from pathlib import Path

from cellsense.one_line import one_line

# Should anything of the texts ever get past the escaping, a browser still runs and loads nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def said(text: str) -> str:
    """Return a text that can't be anything but text in the page."""
    return escape(one_line(text))


def document(title: str, body: str, more_style: str = "") -> str:
    """Return a whole page.

    Args:
        title: plain text.
        body: markup.
        more_style: CSS beside that of all pages.
    """
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{said(title)}</title>
<style>
{style}{more_style}</style>
</head>
<body>
{body}
</body>
</html>
"""


def facts(told: dict[str, str], notes: tuple[str, ...]) -> str:
    """Return what a page is about, as markup, from plain text."""
    lines = [f"<dt>{said(name)}</dt><dd>{said(fact)}</dd>" for name, fact in told.items()]
    below = [f'<p class="note">{said(note)}</p>' for note in notes]
    return "\n".join(["<dl>", *lines, "</dl>", *below])


def tiles(shown: list[tuple[str, str]]) -> str:
    """Return figures set large, each with what it is; both are markup."""
    boxes = [f"<div><b>{figure}</b><span>{what}</span></div>" for figure, what in shown]
    return "\n".join(['<div class="tiles">', *boxes, "</div>"])
