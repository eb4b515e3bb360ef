"""A workbook's sheets gain their columns: which sheets, and all are refused before one is done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cellsense.classifier import Classifier
from cellsense.conversion import Listener, Options
from cellsense.errors import OptionError
from cellsense.label import Summary, label_selection, row_count
from cellsense.more_columns import MoreColumns, left_behind
from cellsense.sheets.interface import Workbook, column_letter
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
    more = options.more_columns(work.classifier)
    places = [_place(selection, options, more) for selection in chosen.selections]
    summaries = []
    for selection, placement in zip(chosen.selections, places, strict=True):
        work.listener.selected(source, selection, row_count(selection, options.limit))
        summaries.append(
            label_selection(
                selection,
                placement,
                work.classifier,
                limit=options.limit,
                more=more,
                on_progress=work.listener.progress,
            )
        )
    told = [note for summary in summaries for note in summary.notes]
    told += _left_behind(chosen.selections, places, work)
    return Labelled(tuple(summaries), chosen.skipped, (*workbook.notes, *told))


def _place(selection: Selection, options: Options, more: MoreColumns) -> Placement:
    placement = place(
        selection,
        more.names(options.pair, selection),
        replace=options.force,
        beside=options.beside,
        after=options.after,
    )
    if placement.replaces and options.limit is not None:
        raise OptionError(
            "--limit would leave the columns of the earlier run empty below it: leave --limit out."
        )
    return placement


def _left_behind(
    selections: Sequence[Selection], places: Sequence[Placement], work: Work
) -> Iterator[str]:
    """Say which columns of an earlier run, with other flags, keep what it wrote."""
    for selection, placement in zip(selections, places, strict=True):
        last = placement.column + len(placement.names) - 1
        if not placement.replaces:
            continue
        found = left_behind(selection, last, work.options.pair, work.classifier.labels)
        if found:
            first, end = column_letter(last + 1), column_letter(last + len(found))
            where = f"Column {first}" if first == end else f"Columns {first} to {end}"
            yield (
                f'{where} of the sheet "{selection.sheet.name}", by the names of an earlier run '
                "with other flags, still hold what that run wrote."
            )
