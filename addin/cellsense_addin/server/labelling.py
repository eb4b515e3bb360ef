"""Labels and scores for a block of cells that the button sends."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.label import cell_values, count_labels
from cellsense_addin.background import Waiting
from cellsense_addin.question import read_labels
from cellsense_addin.server.posted import Cell
from cellsense_addin.session import answer, background, current_options

if TYPE_CHECKING:
    from cellsense.prediction import Prediction

MOST_CELLS = 5000
MOST_LETTERS = 5000  # of labels
_FORMULA_SIGNS = ("=", "+", "-", "@", "'")


class LabelRequest(BaseModel):
    """Cells of the column, in order."""

    cells: Annotated[list[Cell], Field(max_length=MOST_CELLS)]
    labels: Annotated[str, Field(max_length=MOST_LETTERS)] = ""  # of one's own; empty: sentiment


class StoppedError(Exception):
    """The server is about to stop, and answers nothing more."""


def label_cells(request: LabelRequest) -> dict[str, Any]:
    """Return what to write beside each cell, and counts by label and by kind of cell.

    Raises what Classifier raises, and StoppedError.
    """
    question, least = read_labels(request.labels), current_options().least_score
    known = background(question=question).classifier.labels
    rows: list[tuple[CellValue, ...]] = []
    given: list[Prediction] = []
    without_text: Counter[str] = Counter()
    for cell, found in zip(request.cells, answer(request.cells, None, question), strict=True):
        if isinstance(found, Waiting):
            raise StoppedError
        if found is None:
            rows.append(("", ""))
            without_text[kind_of(cell or None)] += 1
        else:
            given.append(found.above(least))
            label, *rest = cell_values(given[-1])
            rows.append((_as_text(str(label)), *rest))
    return {
        "rows": rows,
        "labels": count_labels(known, given) if given else {},
        "without_text": {kind: without_text[kind] for kind in CellKind if without_text[kind]},
    }


def _as_text(label: str) -> str:
    """Mark a label that Excel would take for a formula, a number or a date as text."""
    plain = kind_of(label) is CellKind.TEXT and not label.startswith(_FORMULA_SIGNS)
    return label if plain else f"'{label}"
