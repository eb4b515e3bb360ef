"""Shares as bars, and over time as columns, drawn as markup."""

from collections.abc import Mapping, Sequence

from cellsense.page.document import said
from cellsense.summary.figures import Breakdown, Group

_WRITTEN_FROM = 0.08  # the share from which a bar's part has room for a number
_TOP, _TALL, _BELOW, _VOLUME = 8, 190, 44, 46  # in the units of the drawing
_LEFT, _WIDE = 44, 860
_MOST_NAMES = 14
_LETTER = 7  # the width of one below the columns, about


def bar(counts: Sequence[int], labels: Sequence[str], shades: Mapping[str, str]) -> str:
    """Draw the shares of labels side by side, as wide as there is room."""
    rows = sum(counts)
    parts = []
    for label, count in zip(labels, counts, strict=True):
        if count:
            share = count / rows
            written = f"{share:.0%}" if share >= _WRITTEN_FROM else ""
            parts.append(
                f'<span style="flex-grow:{count};background:#{shades[label]}" '
                f'title="{said(label)}: {count:,} ({share:.1%})">{written}</span>'
            )
    return f'<div class="shares">{"".join(parts)}</div>'


def legend(labels: Sequence[str], shades: Mapping[str, str]) -> str:
    """Name the colours."""
    named = [
        f'<span><i style="background:#{shades[label]}"></i> {said(label)}</span>'
        for label in labels
    ]
    return f'<p class="legend">{" ".join(named)}</p>'


def groups_table(part: Breakdown, labels: Sequence[str], shades: Mapping[str, str]) -> str:
    """Return a line for each group: its name, its rows and their shares."""
    lines = [
        f'<tr><th scope="row">{said(group.name)}</th><td class="number">{group.rows:,}</td>'
        f"<td>{bar(group.counts, labels, shades)}</td></tr>"
        for group in part.groups
    ]
    head = f'<th>{said(part.column)}</th><th class="number">Rows</th><th>Share of labels</th>'
    return (
        f'<table class="groups"><thead><tr>{head}</tr></thead><tbody>{"".join(lines)}</tbody>'
        "</table>"
    )


def trend(part: Breakdown, labels: Sequence[str], shades: Mapping[str, str]) -> str:
    """Draw a column of shares for each period, and below it how many rows it has."""
    step = _WIDE / len(part.groups)
    most = max(group.rows for group in part.groups)
    every = -(-len(part.groups) // _MOST_NAMES)
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        y = _TOP + (1 - share) * _TALL
        parts.append(
            f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_LEFT + _WIDE}" y2="{y:.1f}"/>'
            f'<text class="tick" x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}'
            "</text>"
        )
    volume = _TOP + _TALL + _BELOW
    for number, group in enumerate(part.groups):
        x = _LEFT + number * step
        parts.append(f"<g><title>{_told(group, labels)}</title>")
        parts += _column(group, labels, shades, x + step * 0.1, step * 0.8)
        tall = _VOLUME * group.rows / most
        parts.append(
            f'<rect class="rows" x="{x + step * 0.1:.1f}" y="{volume + _VOLUME - tall:.1f}" '
            f'width="{step * 0.8:.1f}" height="{tall:.1f}"/></g>'
        )
        if number % every == 0:
            parts.append(
                f'<text class="tick" x="{x + step / 2:.1f}" y="{_TOP + _TALL + 16}" '
                f'text-anchor="middle">{said(group.name)}</text>'
            )
    parts.append(
        f'<text class="tick" x="{_LEFT - 6}" y="{volume + 8}" text-anchor="end">{most:,}</text>'
        f'<text class="tick" x="{_LEFT}" y="{volume - 8}">rows</text>'
    )
    last = part.groups[(len(part.groups) - 1) // every * every :]  # from the last name on
    beyond = _LETTER * len(last[0].name) / 2 - step * (len(last) - 0.5)
    width, height = _LEFT + _WIDE + max(4, round(beyond)), volume + _VOLUME + 4
    return (
        f'<div class="scroll"><svg class="wide" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="Shares of the labels over time">{"".join(parts)}</svg></div>'
    )


def _column(
    group: Group, labels: Sequence[str], shades: Mapping[str, str], x: float, width: float
) -> list[str]:
    parts = []
    base = float(_TOP + _TALL)
    for label, count in zip(labels, group.counts, strict=True):
        if count:
            tall = _TALL * count / sum(group.counts)
            base -= tall
            parts.append(
                f'<rect fill="#{shades[label]}" x="{x:.1f}" y="{base:.1f}" width="{width:.1f}" '
                f'height="{tall:.1f}"/>'
            )
    return parts


def _told(group: Group, labels: Sequence[str]) -> str:
    counts = ", ".join(
        f"{label} {count:,}" for label, count in zip(labels, group.counts, strict=True) if count
    )
    return said(f"{group.name}: {group.rows:,} rows; {counts}")
