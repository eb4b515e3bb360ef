"""The page at the server's address, for whoever opens it in a browser. It loads nothing."""

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from cellsense import __version__

if TYPE_CHECKING:
    from cellsense.serving.answers import Host

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>cellsense</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto }}
  td {{ padding: .2rem 1.5rem .2rem 0; vertical-align: top }}
  pre {{ background: #f3f3f3; color: #111; padding: .8rem; overflow-x: auto }}
</style>
<h1>cellsense {version}</h1>
<p>Labels and scores for texts over HTTP; the model is <b>{model}</b>: {labels}.</p>
<table>{rows}</table>
<pre>curl -H "Authorization: Bearer $CELLSENSE_SERVER_TOKEN" -H "Content-Type: application/json" \\
  -d '{{"texts": ["Lovely kettle, boils fast."]}}' $CELLSENSE_SERVER/v1/classify</pre>
<p>A call may have {texts:,} texts with {characters:,} characters, in {megabytes:,} MB. All of
it for programs: <a href="openapi.json">openapi.json</a>.</p>
</html>
"""


def shown_page(described: Mapping[str, Any], host: "Host") -> str:
    """Return the page: what OpenAPI describes, as a table."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code><td>{escape(told['summary'])}"
        for path, methods in described["paths"].items()
        for method, told in methods.items()
    ]
    return _PAGE.format(
        version=__version__,
        model=escape(host.classifier.name),
        labels=escape(", ".join(host.classifier.labels)),
        rows="\n".join(rows),
        texts=host.limits.texts,
        characters=host.limits.characters,
        megabytes=host.limits.megabytes,
    )
