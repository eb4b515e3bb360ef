"""Which column holds the reviews: the one asked for, or the one that most looks like it."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import SelectionError, near_names
from cellsense.sheets.header import header_text
from cellsense.sheets.interface import MAX_COLUMNS, Row, column_letter, column_number
from cellsense.sheets.words import MISLEADING, TELLING, count_words

_LEAST_WORDS = 2.5  # on average; a column of single words is a category
_FEW_ROWS = 3
WORTH_MENTIONING = 0.4  # of the best column's score


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A column with the name above it and how much it looks like review text."""

    column: int
    header: str
    score: float = 0.0

    def __str__(self) -> str:
        named = f' "{self.header}"' if self.header else ""
        return f"column {column_letter(self.column)}{named}"


def rank_text_columns(rows: Sequence[Row], header: Mapping[int, CellValue]) -> list[TextColumn]:
    """Return the columns of the data rows that look like review text, the best first."""
    columns = sorted({column for row in rows for column in row.cells})
    ranked = []
    for column in columns:
        name = header_text(header.get(column))
        score = _score([row.cells.get(column) for row in rows], name)
        if score > 0:
            ranked.append(TextColumn(column, name, score))
    return sorted(ranked, key=lambda candidate: -candidate.score)


def runner_up(ranked: Sequence[TextColumn]) -> TextColumn | None:
    """Return the second best column, if a user could have meant it."""
    if len(ranked) > 1 and ranked[1].score >= WORTH_MENTIONING * ranked[0].score:
        return ranked[1]
    return None


def find_column(request: str, header: Mapping[int, CellValue], last_column: int) -> TextColumn:
    """Find a column by its header, its letter or its number, in this order.

    Raises SelectionError, which suggests near names.
    """
    names = {column: header_text(value) for column, value in header.items() if value is not None}
    wanted = " ".join(request.split())
    for form in (str, str.casefold):
        found = [column for column, name in names.items() if form(name) == form(wanted)]
        if len(found) > 1:
            letters = " and ".join(column_letter(column) for column in found)
            numbers = " or ".join(map(str, found))  # a letter may be a header itself
            raise SelectionError(
                f'Columns {letters} are called "{wanted}": name one by its number, {numbers}.'
            )
        if found:
            return TextColumn(found[0], names[found[0]])
    column = _by_place(wanted)
    if column is None:
        raise SelectionError(f'There is no column "{wanted}". {near_names(wanted, names.values())}')
    if column > last_column:
        raise SelectionError(
            f"Column {wanted} is empty: the last column in use is {column_letter(last_column)}."
        )
    return TextColumn(column, names.get(column, ""))


def _by_place(request: str) -> int | None:
    if request.isascii() and request.isdigit():
        column = int(request)
    elif re.fullmatch(r"[A-Za-z]{1,3}", request):
        column = column_number(request)
    else:
        return None
    return column if 1 <= column <= MAX_COLUMNS else None


def _score(values: Sequence[CellValue], name: str) -> float:
    """Score a column: how many cells are text, how long they are, how different, what it's called.

    Zero means that it doesn't look like review text at all.
    """
    texts = [value for value in values if isinstance(value, str) and _is_prose(value)]
    if not texts:
        return 0.0
    words = sum(count_words(text) for text in texts) / len(texts)
    telling = bool(TELLING.search(name))
    if words < _LEAST_WORDS and not (telling and len(texts) <= _FEW_ROWS):
        return 0.0
    share = len(texts) / len(values)
    different = len(set(texts)) / len(texts)
    weight = 1.6 if telling else 1.0
    weight *= 0.5 if MISLEADING.search(name) else 1.0
    return share * different * math.log2(1 + words) * weight


def _is_prose(value: str) -> bool:
    return kind_of(value) is CellKind.TEXT and not re.match(r"(https?://|www\.)\S+$", value.strip())
