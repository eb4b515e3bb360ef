"""Figures as tables for a terminal, which bug trackers show as tables too."""

from cellsense.markdown import table
from cellsense.one_line import one_line, shorten
from cellsense.summary.figures import Breakdown, Figures, Group

_LONGEST = 40  # characters of a name
_HASH_DIGITS = 12
_WORDS = 8


def as_tables(found: Figures) -> str:
    """Return the labels' figures, those of each group, and the telling words."""
    version = (found.revision or found.fingerprint)[:_HASH_DIGITS]
    made = f"{found.model} {version} · {found.device}" if version else f"Labels {found.model}"
    lines = [
        f"{found.texts:,} of {found.rows:,} rows hold a text",
        made,
        *(f"Note: {note}" for note in found.notes),
    ]
    rows = [
        (
            _cell(item.label),
            f"{item.rows:,}",
            f"{item.share:.1%}",
            "–" if item.score is None else f"{item.score:.3f}",
        )
        for item in found.counts
    ]
    parts = ["\n".join(map(one_line, lines))]
    parts.append(table(("label", "rows", "share", "mean score"), rows, numbers=True))
    parts += [_groups(part, found.labels) for part in found.by]
    if found.over_time is not None:
        parts.append(_groups(found.over_time, found.labels))
    if found.words:
        words = [
            (_cell(item.label), ", ".join(word.word for word in item.words[:_WORDS]))
            for item in found.words
        ]
        parts.append(table(("label", "words behind it"), words))
    return "\n\n".join(parts)


def _groups(part: Breakdown, labels: tuple[str, ...]) -> str:
    name = part.column if part.each is None else f"{part.column}, by {part.each}"
    rows = [(_cell(group.name), f"{group.rows:,}", *_shares(group)) for group in part.groups]
    return table((_cell(name), "rows", *map(_cell, labels)), rows, numbers=True)


def _shares(group: Group) -> list[str]:
    return [f"{count / group.rows:.1%}" if group.rows else "–" for count in group.counts]


def _cell(text: str) -> str:
    return shorten(text, _LONGEST).replace("|", "\\|")
