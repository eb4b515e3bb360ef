"""Labels as they stand in a file instead of a model's: somebody may have corrected them."""

from collections import Counter
from pathlib import Path

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import SelectionError
from cellsense.label import Answered, read_cells, row_count
from cellsense.labelled import label_text, one_spelling, spelling_notes
from cellsense.prediction import BETWEEN, INSTEAD, Prediction
from cellsense.sheets.beside import cells_beside, find_beside
from cellsense.sheets.selection import Selection
from cellsense.summary.figures import BLANK
from cellsense.summary.made import Made

_MOST = 50
_SCALE = ("negative", "neutral", "positive")
_LAST = (*INSTEAD, BLANK)


def given_labels(
    selection: Selection, name: str, file: Path, *, limit: int | None, several: bool
) -> tuple[Answered, Made]:
    """Read the labels beside a column of texts. A text without one has the label "(blank)".

    Args:
        selection: the texts.
        name: the labels' column: header, letter or number.
        file: where they stand.
        limit: reads so many rows; None all.
        several: a cell may hold several labels, with commas between them.

    Raises SelectionError for an unknown column, one without labels, and one with more different
    ones than labels have.
    """
    try:
        column = find_beside(selection, name)
    except SelectionError as error:
        raise SelectionError(f'Sheet "{selection.sheet.name}": {error}') from error
    if column.column == selection.column.column:
        raise SelectionError(f"The texts and the labels are both in {column}: name different ones.")
    cells, below = read_cells(selection, limit)
    beside = cells_beside(selection, column.column)
    given = {
        row: _labels(beside.get(row), several=several)
        for row, text in cells.items()
        if kind_of(text) is CellKind.TEXT
    }
    spelling = one_spelling(label for labels in given.values() for label in labels)
    found = {row: list(dict.fromkeys(spelling[one] for one in many)) for row, many in given.items()}
    answers = {
        row: Prediction(BETWEEN.join(found[row]), 1.0) if row in found else None for row in cells
    }
    counts = Counter(label for labels in found.values() for label in labels)
    if not set(counts) - {BLANK}:
        raise SelectionError(f"{column} of {file} holds no label beside a text: name another one.")
    if len(counts) > _MOST:
        raise SelectionError(
            f"{column} of {file} holds {len(counts):,} different values, and labels are {_MOST} at "
            "most: name the column with the labels."
        )
    answered = Answered(selection, cells, answers, row_count(selection, limit), below)
    told = f"as they stand in {column}"
    note = next(iter(spelling_notes(spelling)), None)
    return answered, Made(file.name, _in_order(counts), told, None, "", "", note, scored=False)


def _labels(value: CellValue, *, several: bool) -> list[str]:
    kind = kind_of(value)
    text = "" if kind is CellKind.BLANK or kind is CellKind.ERROR else label_text(value)
    parts = [part.strip() for part in text.split(",")] if several else [text]
    return [part for part in parts if part] or [BLANK]


def _in_order(counts: Counter[str]) -> tuple[str, ...]:
    """Put sentiments and stars in the order of their scale, others by how many they are."""
    by_number = all(label.isdecimal() for label in counts if label not in _LAST)

    def place(label: str) -> tuple[int, float, str]:
        if label in _LAST:
            return (len(_SCALE) + 1, _LAST.index(label), label)
        if label.casefold() in _SCALE:
            return (_SCALE.index(label.casefold()), 0, label)
        return (len(_SCALE), float(label) if by_number else -counts[label], label)

    return tuple(sorted(counts, key=place))
