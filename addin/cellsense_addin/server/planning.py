"""What the button would do with the picked cells: decided as everywhere else, by cellsense."""

from dataclasses import asdict, replace
from typing import Any

from pydantic import BaseModel

from cellsense.errors import OutputError, SelectionError
from cellsense.sheets.interface import Area, column_letter
from cellsense.sheets.picked import select_picked
from cellsense.sheets.placement import Placement
from cellsense.sheets.selection import Selection
from cellsense_addin.column_job import Question, plan
from cellsense_addin.options import read_options
from cellsense_addin.question import read_labels
from cellsense_addin.server.posted import Facts, PostedSheet

Answer = dict[str, Any]


class PlanRequest(BaseModel):
    """What the button asks: facts, the options of the pane, and the answer to a question."""

    facts: Facts
    label_name: str
    score_name: str
    occupied: str
    labels: str = ""  # of one's own
    consent: str = ""


def plan_column(request: PlanRequest) -> Answer:
    """Return what to do: name the header, ask the user, or write.

    Raises SelectionError, OptionError or OutputError.
    """
    facts = request.facts
    picked = _only_area(facts)
    sheet = PostedSheet(facts, picked.first_column)
    if facts.header is None:
        return {"status": "header", "row": select_picked(sheet, picked).header_row}
    read_labels(request.labels)  # what is wrong with them is told before anything is written
    options = replace(
        read_options(),
        label_name=request.label_name,
        score_name=request.score_name,
        occupied=request.occupied,
    )
    decided = plan(sheet, picked, options, request.consent)
    if isinstance(decided, Question):
        return {"status": "question", "text": decided.text, "choices": decided.choices}
    return _instructions(*decided)


def _only_area(facts: Facts) -> Area:
    """Return the picked cells, if any can be labelled."""
    if not facts.picked:
        raise SelectionError(
            "No cells are selected (a shape or a chart may be): select the column with the reviews."
        )
    if len(facts.picked) > 1:
        raise SelectionError(
            f"{len(facts.picked)} areas are selected: select cells of one column, the one with the "
            "reviews."
        )
    if facts.is_protected:
        raise OutputError(
            f'The sheet "{facts.name}" is protected: unprotect it (Review > Unprotect Sheet), and '
            "try again."
        )
    return facts.picked[0].area()


def _instructions(selection: Selection, placement: Placement) -> Answer:
    table, filtered = selection.table, selection.sheet.autofilter()
    last = placement.column + 1
    grown_table = grown_filter = None
    if placement.grow_table is not None and table is not None:
        grown_table = {"name": table.name, "area": asdict(replace(table.area, last_column=last))}
    if placement.grow_autofilter and filtered is not None:
        grown_filter = asdict(replace(filtered, last_column=last))
    return {
        "status": "ready",
        "column": selection.column.column,
        "title": str(selection.column),
        "first_row": selection.first_row,
        "last_row": selection.last_row,
        "target": placement.column,
        "letters": [column_letter(placement.column), column_letter(last)],
        "names": placement.names,
        # Columns of an earlier run have their names already.
        "header_row": None if placement.replaces else placement.header_row,
        "replaces": placement.replaces,
        "look_like": placement.look_like,
        "grow_table": grown_table,
        "grow_autofilter": grown_filter,
    }
