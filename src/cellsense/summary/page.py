"""Figures and rows → a page. It holds texts of the rows shown."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from cellsense import __version__
from cellsense.explain import Explanation, Word
from cellsense.models.resolve import EMBEDDED
from cellsense.one_line import shorten
from cellsense.page.document import document, facts, said, tiles
from cellsense.summary.colours import colours
from cellsense.summary.figures import Figures
from cellsense.summary.pictures import bar, groups_table, legend, trend
from cellsense.summary.rows import Rows, TellingRow
from cellsense.summary.words import Words

_HASH_DIGITS = 12
_LONGEST = 600  # characters of a text
_DEEPEST = 75  # per cent of colour behind a word
_SHOWN_FROM = 0.2  # of the weight of a text's strongest word
_TILES = 4
_LARGEST, _SMALLEST = 1.5, 0.9  # rem


def as_page(found: Figures, rows: Rows) -> str:
    """Return the page; texts are cut after 600 characters."""
    shades = colours(found.labels)
    column = found.header or f"Column {found.column}"
    by = [
        f'<section class="card"><h2>By {said(part.column)}</h2>'
        f"{groups_table(part, found.labels, shades)}{legend(found.labels, shades)}</section>"
        for part in found.by
    ]
    body = "\n".join(
        (
            f"<h1>{said(column)}: what {found.texts:,} texts say</h1>",
            _about(found),
            _tiles(found, shades),
            f'<section class="card all"><h2>All texts</h2>'
            f"{bar([item.rows for item in found.counts], found.labels, shades)}"
            f"{legend(found.labels, shades)}</section>"
            if found.texts
            else "",
            *by,
            _over_time(found, shades),
            _words(found.words, shades),
            _telling(rows, shades),
            _to_review(rows),
        )
    )
    style = Path(__file__).with_name("page.css").read_text(encoding="utf-8")
    return document(f"{column} · {found.file} · {found.date:%Y-%m-%d}", body, style)


def _about(found: Figures) -> str:
    kinds = ", ".join(f"{rows:,} {kind}" for kind, rows in found.without_text.items())
    model = "the embedded one" if found.model == EMBEDDED else found.model
    version = (found.revision or found.fingerprint)[:_HASH_DIGITS]
    told = {
        "File": f"{found.file}, sheet {found.sheet}, column {found.column}",
        "Rows": f"{found.rows:,}" + (f"; without a text: {kinds}" if kinds else ""),
        **({"Model": f"{model}, {version}, on {found.device}"} if version else {"Labels": model}),
        "Date": f"{found.date:%Y-%m-%d %H:%M %z}, cellsense {__version__}",
    }
    return facts(told, found.notes)


def _tiles(found: Figures, shades: dict[str, str]) -> str:
    largest = sorted(found.counts, key=lambda item: -item.rows)[:_TILES]
    shown = []
    for item in found.counts:
        if item in largest and item.rows:
            score = "" if item.score is None else f", mean score {item.score:.2f}"
            rows = f"{item.rows:,} row{'' if item.rows == 1 else 's'}"
            colour = f'<i style="background:#{shades[item.label]}"></i>'
            shown.append((f"{item.share:.1%}", f"{colour} {said(item.label)}: {rows}{score}"))
    return tiles(shown)


def _over_time(found: Figures, shades: dict[str, str]) -> str:
    part = found.over_time
    if part is None or not any(group.rows for group in part.groups):
        return ""
    return (
        f'<figure class="card"><h2>Over time</h2><figcaption>Shares of the labels in each '
        f"{part.each}, by {said(part.column)}; below, how many rows it has.</figcaption>"
        f"{trend(part, found.labels, shades)}{legend(found.labels, shades)}</figure>"
    )


def _words(found: tuple[Words, ...], shades: dict[str, str]) -> str:
    if not found:
        return ""
    parts = [
        _section("Words behind each label"),
        _quiet(
            "They stand in texts of this label more often than in others; the surest are first and "
            "largest."
        ),
    ]
    for item in found:
        top = item.words[0].z
        listed = "".join(
            f'<li style="font-size:{max(_SMALLEST, _LARGEST * word.z / top):.2f}rem" '
            f'title="in {word.texts:,} of these texts, in {word.others:,} others">'
            f"{said(word.word)}</li>"
            for word in item.words
        )
        colour = f'<i style="background:#{shades[item.label]}"></i>'
        parts.append(f'<h3>{colour} {said(item.label)}</h3><ul class="words">{listed}</ul>')
    return "".join([*parts, "</section>"])


def _telling(rows: Rows, shades: dict[str, str]) -> str:
    if not rows.telling:
        return ""
    parts = [
        _section("Most telling rows"),
        _quiet(
            "The surest of each label. Coloured words carried it: without them the score falls. "
            "Dotted ones speak against it."
        ),
    ]
    for label, members in groupby(rows.telling, key=lambda row: row.label):
        colour = shades.get(label, "999999")
        parts.append(f'<h3><i style="background:#{colour}"></i> {said(label)}</h3>')
        parts.append(_table(list(members), colour, labels=False))
    return "".join([*parts, "</section>"])


def _to_review(rows: Rows) -> str:
    if not rows.to_review:
        return ""
    what = (
        f"{rows.unsure:,} rows are below the threshold; these are the least sure."
        if rows.unsure
        else "The rows with the lowest scores: look here first for labels that are wrong."
    )
    return (
        f"{_section('Rows to review')}{_quiet(what)}"
        f"{_table(rows.to_review, '', labels=not rows.unsure)}</section>"
    )


def _quiet(text: str) -> str:
    return f'<p class="quiet">{text}</p>'


def _section(title: str) -> str:
    return f'<section class="card"><h2>{title}</h2>'


def _table(rows: Sequence[TellingRow], colour: str, labels: bool) -> str:
    lines = []
    for item in rows:
        text = _coloured(item.explanation, colour) if item.explanation else _cut(item.text)
        label = f'<td data-name="Label">{said(item.label)}</td>' if labels else ""
        lines.append(
            f'<tr><td class="number" data-name="Row">{item.row}</td>{label}'
            f'<td class="number" data-name="Score">{item.score:.3f}</td>'
            f'<td class="text" dir="auto">{text}</td></tr>'
        )
    head = "<th>Label</th>" if labels else ""
    return (
        '<div class="scroll"><table class="rows"><thead><tr><th class="number">Row</th>'
        f'{head}<th class="number">Score</th><th>Text</th></tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def _cut(text: str) -> str:
    return said(shorten(text, _LONGEST))


def _coloured(explanation: Explanation, colour: str) -> str:
    # Where a text is sure many times over, no single word weighs much: the strongest counts as 1.
    strongest = max([0.0, *(abs(word.weight) for word in explanation.words)]) or 1.0
    return " ".join(_word(word, word.weight / strongest, colour) for word in explanation.words)


def _word(word: Word, share: float, colour: str) -> str:
    text = said(" ".join(word.text.split()))
    if abs(share) < _SHOWN_FROM:
        return text
    if share < 0:
        return f'<span class="against" title="{word.weight:+.2f}">{text}</span>'
    back = f"color-mix(in srgb, #{colour} {round(share * _DEEPEST)}%, transparent)"
    return f'<span class="for" style="background:{back}" title="{word.weight:+.2f}">{text}</span>'
