"""Which columns of a workbook's sheets: one, some, or one in every sheet that has such a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cellsense.errors import SelectionError
from cellsense.sheets.interface import Sheet
from cellsense.sheets.selection import Selection, select, select_in_sheet


@dataclass(frozen=True, slots=True)
class Chosen:
    """The columns chosen, in the order of the tabs, and why other sheets have none."""

    selections: Sequence[Selection]
    skipped: Mapping[str, str] = field(default_factory=dict)


def select_named(sheets: Sequence[Sheet], names: Sequence[str], column: str | None) -> Chosen:
    """Choose a column in each sheet named; without names, in the sheet that has the best.

    Raises SelectionError if a sheet isn't there or has no such column.
    """
    wanted: Sequence[str | None] = names or [None]
    found = [select(sheets, name, column) for name in wanted]
    by_name = {selection.sheet.name: selection for selection in found}
    order = [sheet.name for sheet in sheets]
    return Chosen(sorted(by_name.values(), key=lambda item: order.index(item.sheet.name)))


def select_every(sheets: Sequence[Sheet], column: str | None) -> Chosen:
    """Choose a column in every sheet that has such a one. Raises SelectionError if none has."""
    selections: list[Selection] = []
    skipped: dict[str, str] = {}
    any_visible = any(not sheet.hidden for sheet in sheets)
    for sheet in sheets:
        if sheet.hidden and any_visible:
            skipped[sheet.name] = "It is hidden: name it with --sheet to have it labelled."
            continue
        try:
            selections.append(select_in_sheet(sheet, column))
        except SelectionError as error:
            skipped[sheet.name] = str(error)
    if not selections:
        select(sheets, None, column)  # says best what is missing
    return Chosen(selections, skipped)
