"""A workbook's sheets gain their columns: which sheets, and all are refused before one is done."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cellsense.conversion import Listener, Options
from cellsense.errors import OptionError
from cellsense.label import Answered, Summary, label_selection, row_count
from cellsense.maker import Maker
from cellsense.more_columns import left_behind, other_headers
from cellsense.sheets.interface import TakesSheets, Workbook, column_letter
from cellsense.sheets.placement import Placement, own_columns, place
from cellsense.sheets.selection import Selection
from cellsense.sheets.several import select_every, select_named
from cellsense.targets import STANDARD
from cellsense.tasks.fill import check_options, check_selection, fill_selection, header
from cellsense.tasks.model import TaskModel

Hear = Callable[[Answered], None]


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
    added_sheets: tuple[str, ...] = ()


def label_workbook(workbook: Workbook, source: str, work: Work) -> Labelled:
    """Label the sheets that the options choose; saving is the caller's.

    Raises SelectionError, OutputError, OptionError, and what Classifier raises.
    """
    options = work.options
    if isinstance(work.classifier, TaskModel):
        check_options(work.classifier, options)
    if options.summary and not isinstance(workbook, TakesSheets):
        what, file = ("CSV", "FILE") if source == STANDARD else (source, source)
        raise OptionError(
            f"{what} can hold no further sheet: leave --summary out, and have a page made by "
            f"`cellsense report {file} --html report.html`."
        )
    if options.all_sheets:
        chosen = select_every(workbook.sheets, options.column)
    else:
        chosen = select_named(workbook.sheets, options.sheets, options.column)
    places = [_place(selection, work) for selection in chosen.selections]
    added: list[str] = []
    hear = [
        _hear(selection, workbook, source, work, added.append) for selection in chosen.selections
    ]
    summaries = []
    for selection, placement, on_answered in zip(chosen.selections, places, hear, strict=True):
        work.listener.selected(source, selection, row_count(selection, options.limit))
        summaries.append(_fill(selection, placement, source, work, on_answered))
    told = [note for summary in summaries for note in summary.notes]
    for selection, placement in zip(chosen.selections, places, strict=True):
        told += _left_behind(selection, placement, work)
    told += _stale(workbook, work)
    notes = (*workbook.notes, *told)
    return Labelled(tuple(summaries), chosen.skipped, notes, tuple(added))


def _hear(
    selection: Selection,
    workbook: Workbook,
    source: str,
    work: Work,
    on_added: Callable[[str], None],
) -> Hear | None:
    """Return what makes a sheet of figures of the answers; the columns it needs are read now."""
    classifier = work.classifier
    if isinstance(classifier, TaskModel) or not isinstance(workbook, TakesSheets):
        return None
    if not work.options.summary:
        return None
    from cellsense.summary.adding import summary_adder

    return summary_adder(selection, workbook, source, classifier, work.options, on_added)


def _fill(
    selection: Selection,
    placement: Placement,
    source: str,
    work: Work,
    on_answered: Hear | None,
) -> Summary:
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
        more=options.more_columns(work.classifier),
        on_progress=progress,
        on_answered=on_answered,
    )


def _names(selection: Selection, work: Work) -> tuple[str, ...]:
    """Return the headers of the new columns."""
    options = work.options
    if isinstance(work.classifier, TaskModel):
        name = header(work.classifier, options.label_name)
        check_selection(selection, name)
        return (name,)
    return options.more_columns(work.classifier).names(options.pair, selection)


def _place(selection: Selection, work: Work) -> Placement:
    names, options, classifier = _names(selection, work), work.options, work.classifier
    if isinstance(classifier, TaskModel):
        return place_in(selection, options, names, ())
    scored = options.more_columns(classifier).scored
    if not scored and options.force and own_columns(selection, options.pair) is not None:
        scored = classifier.labels  # what an earlier run with other flags may have written
    return place_in(selection, options, names, scored)


def place_in(
    selection: Selection, options: Options, names: tuple[str, ...], labels: Sequence[str]
) -> Placement:
    """Find the place of the new columns; `labels` are those an earlier run may have scored.

    Raises OutputError, SelectionError, OptionError.
    """
    placement = place(
        selection,
        names,
        replace=options.force,
        beside=options.beside,
        after=options.after,
        others=other_headers(options.pair, labels),
    )
    if placement.replaces and options.limit is not None:
        raise OptionError(
            "--limit would leave the columns of the earlier run empty below it: leave --limit out."
        )
    return placement


def _stale(workbook: Workbook, work: Work) -> Iterator[str]:
    """Say which sheets of figures tell of an earlier run's labels."""
    if work.options.summary or isinstance(work.classifier, TaskModel):
        return
    if isinstance(workbook, TakesSheets):
        for name in workbook.own_sheets:
            yield (
                f'The sheet "{name}" tells of an earlier run: add --summary to have these labels '
                "summed up."
            )


def _left_behind(selection: Selection, placement: Placement, work: Work) -> Iterator[str]:
    """Say which columns of an earlier run, with other flags, keep what it wrote."""
    if isinstance(work.classifier, TaskModel) or not placement.replaces:
        return
    last = placement.column + len(placement.names) - 1
    found = left_behind(selection, last, work.options.pair, work.classifier.labels)
    if found:
        first, end = column_letter(last + 1), column_letter(last + len(found))
        one = first == end
        where, hold = (f"Column {first}", "holds") if one else (f"Columns {first} to {end}", "hold")
        yield (
            f'{where} of the sheet "{selection.sheet.name}", by the names of an earlier run with '
            f"other flags, still {hold} what that run wrote."
        )
