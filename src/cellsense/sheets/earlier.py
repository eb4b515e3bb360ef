"""Which columns an earlier run wrote: by their names, and by what stands in them."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.sheets.interface import Row

_FEW_LABELS = 30
_ROUNDING = 1e-4
_REASON = re.compile(r".* \([+-]\d+\.\d\)", re.DOTALL)

Holds = Literal["label", "score", "share", "reason"]
Others = Mapping[str, Holds]  # headers beside label and score, case-folded, and what is below them


def earlier_columns(
    header: Mapping[int, str], preview: Sequence[Row], names: tuple[str, ...]
) -> int | None:
    """Return the label column of an earlier run, the last one if there are several.

    `preview` are the first data rows.
    """
    found = None
    for column in sorted(header):
        found_names = [header.get(column + place, "") for place in range(len(names))]
        called = all(is_called(text, name) for text, name in zip(found_names, names, strict=True))
        if called and _looks_own(preview, column):
            found = column
    return found


def earlier_width(
    header: Mapping[int, str],
    preview: Sequence[Row],
    column: int,
    others: Others,
    first_in: Callable[[int], CellValue],
) -> int:
    """Return how many columns an earlier run wrote from its label column on, whatever its flags.

    A column counts if it has one of the names and holds what stands below such a name. `first_in`
    gives the first value of a column that is empty in the preview.
    """
    width = 2
    while (holds := others.get(header.get(column + width, "").casefold())) is not None:
        rows = [(row.cells.get(column + width), row.cells.get(column + 1)) for row in preview]
        filled = [(value, score) for value, score in rows if kind_of(value) is not CellKind.BLANK]
        if not filled and (value := first_in(column + width)) is not None:
            filled = [(value, 1.0)]
        if not all(_fits(holds, value, _share(score)) for value, score in filled):
            break
        width += 1
    return width


def _fits(holds: Holds, value: CellValue, score: float | None) -> bool:
    if holds == "label":
        return kind_of(value) is CellKind.TEXT
    if holds == "reason":
        return _REASON.fullmatch(str(value)) is not None
    share = _share(value)
    if holds == "share":  # no label's score is above that of the likeliest
        return share is not None and score is not None and share <= score + _ROUNDING
    return share is not None


def is_called(text: str, name: str) -> bool:
    """Tell whether a header is a name, or the name with a number that an earlier run gave it."""
    return re.fullmatch(re.escape(name) + r"\d*", text, re.IGNORECASE) is not None


def _looks_own(preview: Sequence[Row], column: int) -> bool:
    """Tell a label and a score from columns of a user's that happen to have these names.

    In an earlier run's columns a row has both or neither, the scores are shares that aren't all
    whole numbers, and the labels are few.
    """
    pairs = [(row.cells.get(column), row.cells.get(column + 1)) for row in preview]
    filled = [pair for pair in pairs if any(kind_of(value) is not CellKind.BLANK for value in pair)]
    scores = [_share(score) for _, score in filled]
    labels = {str(label) for label, _ in filled if kind_of(label) is CellKind.TEXT}
    return (
        bool(filled)
        and all(kind_of(label) is CellKind.TEXT for label, _ in filled)
        and all(score is not None for score in scores)
        and any(score not in (0.0, 1.0) for score in scores)
        and len(labels) <= max(_FEW_LABELS, len(filled) / 4)
    )


def _share(value: CellValue) -> float | None:
    try:
        share = float(str(value).replace(",", "."))
    except ValueError:
        return None
    return share if 0.0 <= share <= 1.0 else None
