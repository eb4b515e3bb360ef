"""A workbook's sheets gain their columns: which sheets, and all are refused before one is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from cellsense.classifier import Classifier
from cellsense.conversion import Listener, Options
from cellsense.errors import OptionError
from cellsense.label import Summary, label_selection, row_count
from cellsense.sheets.interface import Workbook
from cellsense.sheets.placement import Placement, place
from cellsense.sheets.selection import Selection
from cellsense.sheets.several import select_every, select_named


@dataclass(frozen=True, slots=True)
class Work:
    """What one file after the other is converted with."""

    classifier: Classifier
    options: Options
    listener: Listener


@dataclass(frozen=True, slots=True)
class Labelled:
    """What was done to a workbook that isn't saved yet."""

    summaries: tuple[Summary, ...]
    skipped_sheets: Mapping[str, str]
    notes: tuple[str, ...]


def label_workbook(workbook: Workbook, source: str, work: Work) -> Labelled:
    """Label the sheets that the options choose; saving is the caller's.

    Raises SelectionError, OutputError, OptionError, and what Classifier raises.
    """
    options = work.options
    if options.all_sheets:
        chosen = select_every(workbook.sheets, options.column)
    else:
        chosen = select_named(workbook.sheets, options.sheets, options.column)
    places = [place_in(selection, options) for selection in chosen.selections]
    summaries = []
    for selection, placement in zip(chosen.selections, places, strict=True):
        work.listener.selected(source, selection, row_count(selection, options.limit))
        summaries.append(
            label_selection(
                selection,
                placement,
                work.classifier,
                limit=options.limit,
                explained=options.explain,
                on_progress=work.listener.progress,
            )
        )
    told = [note for summary in summaries for note in summary.notes]
    return Labelled(tuple(summaries), chosen.skipped, (*workbook.notes, *told))


def place_in(selection: Selection, options: Options) -> Placement:
    """Find the place of the new columns. Raises OutputError, SelectionError, OptionError."""
    placement = place(
        selection,
        options.names,
        replace=options.force,
        beside=options.beside,
        after=options.after,
    )
    if placement.replaces and options.limit is not None:
        raise OptionError(
            "--limit would leave the columns of the earlier run empty below it: leave --limit out."
        )
    return placement
