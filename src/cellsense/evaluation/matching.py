"""Which of the model's labels a label of the column stands for."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cellsense.errors import OptionError, SelectionError
from cellsense.labelled import label_text
from cellsense.pairs import parse_pairs

_SENTIMENT = ("negative", "neutral", "positive")
_STARS = {
    "1": "negative",
    "2": "negative",
    "3": "neutral",
    "4": "positive",
    "5": "positive",
}
_MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Matched:
    """The model's label for each of the column's, and what to tell of how it was found."""

    labels: Mapping[str, str]
    notes: tuple[str, ...] = ()


def parse_map(given: str | None) -> dict[str, str]:
    """Turn "1=NEGATIVE,5=POSITIVE" into a dict. Raises OptionError."""
    given_pairs = parse_pairs("--map", given, "1=NEGATIVE,5=POSITIVE")
    pairs: dict[str, str] = {}
    for name, wanted in given_pairs.items():
        label = label_text(name)
        if pairs.setdefault(label.casefold(), wanted) != wanted:
            raise OptionError(f'--map gives two labels for "{label}": leave one out.')
    return pairs


def match_labels(
    found: Sequence[str], known: Sequence[str], pairs: Mapping[str, str] | None = None
) -> Matched:
    """Match the column's labels with the model's.

    What `pairs` (of `parse_map`) says goes first, then the same name in any case, then stars 1–5
    for a model of NEGATIVE, NEUTRAL and POSITIVE, if nothing else is left in the column.

    Args:
        found: the column's labels, one per row.
        known: the model's labels.
        pairs: the column's label, case-folded → the model's label in any case.

    Raises OptionError if `pairs` names a label that the model hasn't, SelectionError for labels
    that match none.
    """
    wanted = {label: _named(name, known) for label, name in (pairs or {}).items()}
    strange = [name for label, name in (pairs or {}).items() if wanted[label] is None]
    if strange:
        raise OptionError(
            f"--map names {_list(strange)}, which the model doesn't have: its labels are "
            f"{_list(known)}."
        )
    rows = Counter(found)
    labels: dict[str, str] = {}
    for label in rows:
        match = wanted.get(label.casefold()) or _named(label, known)
        if match is not None:
            labels[label] = match
    left = [label for label in rows if label not in labels]
    if not left:
        return Matched(labels)
    if set(left) <= _STARS.keys() and sorted(map(str.casefold, known)) == sorted(_SENTIMENT):
        stars = {label: _named(_STARS[label], known) or "" for label in left}
        return Matched(labels | stars, (_star_note(stars, known),))
    total = sum(rows[label] for label in left)
    raise SelectionError(
        f"The model's labels are {_list(known)}; the column also has {_list(left)} "
        f"in {total:,} row{'' if total == 1 else 's'}: say what they stand for, "
        f'--map "{left[0]}={known[0]}".'
    )


def _named(label: str, known: Sequence[str]) -> str | None:
    for form in (str, str.casefold):
        for name in known:
            if form(name) == form(label):
                return name
    return None


def _star_note(stars: Mapping[str, str], known: Sequence[str]) -> str:
    names = {name.casefold(): name for name in known}
    spans = {"negative": "1–2", "neutral": "3", "positive": "4–5"}
    if len(stars) < len(_STARS):  # --map or the column leaves some out
        spans = {
            name: ", ".join(sorted(star for star in stars if _STARS[star] == name))
            for name in _SENTIMENT
        }
    parts = [f"{span} {names[name]}" for name, span in spans.items() if span]
    return f"Labels are read as stars: {', '.join(parts)} (change it with --map)."


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:_MOST_SHOWN])
    more = len(names) - _MOST_SHOWN
    return f"{shown} and {more:,} more" if more > 0 else shown
