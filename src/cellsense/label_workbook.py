"""A workbook's sheets gain their columns: which sheets, and all are refused before one is done."""

from collections.abc import Mapping
from dataclasses import dataclass

from cellsense.conversion import Listener, Options
from cellsense.errors import OptionError
from cellsense.label import Summary, label_selection, row_count
from cellsense.maker import Maker
from cellsense.sheets.interface import Workbook
from cellsense.sheets.placement import Placement, place
from cellsense.sheets.selection import Selection
from cellsense.sheets.several import select_every, select_named
from cellsense.tasks.fill import check_options, check_selection, fill_selection, header
from cellsense.tasks.model import TaskModel


@dataclass(frozen=True, slots=True)
class Work:
    """What one file after the other is converted with."""

    classifier: Maker
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
    if isinstance(work.classifier, TaskModel):
        check_options(work.classifier, options)
    if options.all_sheets:
        chosen = select_every(workbook.sheets, options.column)
    else:
        chosen = select_named(workbook.sheets, options.sheets, options.column)
    places = [_place(selection, work) for selection in chosen.selections]
    summaries = []
    for selection, placement in zip(chosen.selections, places, strict=True):
        work.listener.selected(source, selection, row_count(selection, options.limit))
        summaries.append(_fill(selection, placement, source, work))
    told = [note for summary in summaries for note in summary.notes]
    return Labelled(tuple(summaries), chosen.skipped, (*workbook.notes, *told))


def _fill(selection: Selection, placement: Placement, source: str, work: Work) -> Summary:
    options, progress = work.options, work.listener.progress
    if isinstance(work.classifier, TaskModel):
        return fill_selection(
            selection,
            placement,
            work.classifier,
            source,
            limit=options.limit,
            on_progress=progress,
        )
    return label_selection(
        selection,
        placement,
        work.classifier,
        limit=options.limit,
        explained=options.explain,
        on_progress=progress,
    )


def _place(selection: Selection, work: Work) -> Placement:
    options, names = work.options, work.options.names
    if isinstance(work.classifier, TaskModel):
        names = (header(work.classifier, options.label_name),)
        check_selection(selection, *names)
    placement = place(
        selection,
        names,
        replace=options.force,
        beside=options.beside,
        after=options.after,
    )
    if placement.replaces and options.limit is not None:
        raise OptionError(
            "--limit would leave the columns of the earlier run empty below it: leave --limit out."
        )
    return placement
