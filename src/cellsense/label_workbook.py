"""A workbook's sheets gain their columns: which sheets, and all are refused before one is done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cellsense.classifier import Classifier
from cellsense.conversion import Listener, Options
from cellsense.errors import OptionError
from cellsense.label import Answered, Summary, label_selection, row_count
from cellsense.sheets.interface import TakesSheets, Workbook
from cellsense.sheets.placement import Placement, place
from cellsense.sheets.selection import Selection
from cellsense.sheets.several import select_every, select_named

if TYPE_CHECKING:
    from cellsense.summary.asked import Asked


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
    if options.summary and not isinstance(workbook, TakesSheets):
        raise OptionError(
            f"{source} can hold no further sheet: leave --summary out, and have a page made by "
            f"`cellsense report {source} --html report.html`."
        )
    if options.all_sheets:
        chosen = select_every(workbook.sheets, options.column)
    else:
        chosen = select_named(workbook.sheets, options.sheets, options.column)
    places = [_place(selection, options) for selection in chosen.selections]
    asked = [_asked(selection, options) for selection in chosen.selections]
    summaries = []
    for selection, placement, beside in zip(chosen.selections, places, asked, strict=True):
        work.listener.selected(source, selection, row_count(selection, options.limit))
        summaries.append(
            label_selection(
                selection,
                placement,
                work.classifier,
                limit=options.limit,
                explained=options.explain,
                on_progress=work.listener.progress,
                on_answered=None
                if beside is None
                else _add_summary(workbook, source, beside, work),
            )
        )
    told = [note for summary in summaries for note in summary.notes]
    return Labelled(tuple(summaries), chosen.skipped, (*workbook.notes, *told))


def _asked(selection: Selection, options: Options) -> "Asked | None":
    if not options.summary:
        return None
    from cellsense.summary.asked import read_asked

    return read_asked(selection, options.by, options.date)


def _add_summary(
    workbook: Workbook, source: str, asked: "Asked", work: Work
) -> Callable[[Answered], None]:
    """Return what adds a sheet with the figures of a column once its answers are there."""

    def add(answered: Answered) -> None:
        from cellsense.summary.figures import gather
        from cellsense.summary.made import made_by
        from cellsense.summary.sheet import fill_sheet, sheet_name

        found = gather(answered, asked, made_by(work.classifier, source))
        if isinstance(workbook, TakesSheets):
            name = sheet_name(found.labels)
            workbook.add_sheet(
                name, lambda sheet: fill_sheet(sheet, found), replace=work.options.force
            )

    return add


def _place(selection: Selection, options: Options) -> Placement:
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
