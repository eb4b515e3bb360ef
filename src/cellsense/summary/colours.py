"""A colour for each label, the same in the sheet and on the page; told apart by the colour-blind.

Sentiments and stars run from orange over grey to blue, other labels take those of Okabe and Ito's
palette ("Color Universal Design", 2008), paler.
"""

from collections.abc import Sequence

from cellsense.prediction import NONE, OTHER_LANGUAGE, TO_REVIEW

_NEGATIVE, _NEUTRAL, _POSITIVE = "C8552B", "A9B1BB", "2C7FA8"
_MEANT = {
    **dict.fromkeys(("negative", "neg", "bad", "1 star", "very negative"), _NEGATIVE),
    **dict.fromkeys(("2 stars",), "E39A76"),
    **dict.fromkeys(("neutral", "neu", "mixed", "3 stars"), _NEUTRAL),
    **dict.fromkeys(("4 stars",), "7FB3CE"),
    **dict.fromkeys(("positive", "pos", "good", "5 stars", "very positive"), _POSITIVE),
    TO_REVIEW.casefold(): "E3B23C",
    OTHER_LANGUAGE.casefold(): "8F7FB8",
    NONE.casefold(): "D3D8DE",
}
_PALETTE = ("3A87B7", "E0A03A", "3FA382", "C77BA6", "D5703F", "7CB8DD", "8A6FB0", "9AA65A")
_STARS = frozenset("12345")
_SENTIMENTS = frozenset(("negative", "neutral", "positive"))


def colours(labels: Sequence[str]) -> dict[str, str]:
    """Return a colour in hex, such as "2C7FA8", for each label."""
    found = {}
    others = 0
    are_stars = set(labels) >= _STARS
    for label in labels:
        meant = _MEANT.get(label.casefold())
        if are_stars and label in _STARS:
            meant = _MEANT["1 star" if label == "1" else f"{label} stars"]
        if meant is None:
            meant = _PALETTE[others % len(_PALETTE)]
            others += 1
        found[label] = meant
    return found


def are_sentiments(labels: Sequence[str]) -> bool:
    """Tell if labels are sentiments, not topics or anything else."""
    return any(label.casefold() in _SENTIMENTS for label in labels)
