"""A selected column of a sheet gains a label and a score column: the one place that does it.

The command line, scripts that hold an openpyxl workbook, and Excel's ribbon all come through here;
they differ in the sheet they bring.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.classifier import Classifier, shared_classifier
from cellsense.more_columns import SCORE_DIGITS, MoreColumns, with_reasons
from cellsense.prediction import BETWEEN, INSTEAD, Prediction
from cellsense.sheets.interface import column_letter
from cellsense.sheets.placement import Placement, place
from cellsense.sheets.selection import Selection, select_in_sheet

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

LABEL_NAME = "Label"
SCORE_NAME = "Score"
# By its description: three labels, safetensors, Apache-2.0. It was not at hand to be run.
MULTILINGUAL = "lxyuan/distilbert-base-multilingual-cased-sentiments-student"
_NAMED = 3  # languages in a note

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was done to a sheet."""

    sheet: str
    column: str  # letter
    header: str
    rows: int
    # Rows by label, in the model's order, zeros included; then what stands in a label's place.
    labels: Mapping[str, int]
    without_text: Mapping[CellKind, int]  # rows by what their cell holds instead
    label_column: str  # letters
    score_column: str  # empty where another task has none
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    # Rows with a text and no answer, by the reason: only other tasks have any.
    unanswered: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """The cells of a selected column, and what a classifier says of them, by row."""

    selection: Selection
    cells: Mapping[int, CellValue]  # those that hold anything
    answers: Mapping[int, Prediction | None]  # of the same rows
    rows: int  # those with an empty cell included
    below: int  # cells that follow at once below the data


def label_sheet(
    worksheet: "Worksheet",
    column: str | int | None = None,
    *,
    classifier: Classifier | None = None,
    label_name: str = LABEL_NAME,
    score_name: str = SCORE_NAME,
    force: bool = False,
) -> Summary:
    """Label a column of an openpyxl worksheet that you hold; saving it is yours.

    Args:
        worksheet: read and changed in place. Formulas have no values there and get no label.
        column: header, letter or number; None takes the column that most looks like review text.
        classifier: None for the embedded model.
        label_name: header of the label column.
        score_name: header of the score column.
        force: write over the columns of an earlier run.

    Raises SelectionError, OutputError, and what Classifier raises.
    """
    from cellsense.sheets.openpyxl_book import OpenpyxlSheet

    wanted = None if column is None else str(column)
    selection = select_in_sheet(OpenpyxlSheet(worksheet), wanted)
    placement = place(selection, (label_name, score_name), replace=force)
    return label_selection(selection, placement, classifier or shared_classifier())


def label_selection(
    selection: Selection,
    placement: Placement,
    classifier: Classifier,
    *,
    limit: int | None = None,
    more: MoreColumns | None = None,
    on_progress: OnProgress | None = None,
    on_answered: Callable[[Answered], None] | None = None,
) -> Summary:
    """Classify the selected column and write the new columns to its sheet.

    `limit` stops after so many rows; `more` says what stands beside label and score. `on_progress`
    is called with (rows done, rows in all); explained rows count twice. `on_answered` is called
    before anything is written.
    """
    more = more or MoreColumns()
    passes = 2 if more.explained else 1
    told = on_progress and (lambda done, total: on_progress(done, total * passes))
    answered, values = _answer(selection, classifier, more, limit, told)
    if on_answered is not None:
        on_answered(answered)
    cells, answers, rows, below = answered.cells, answered.answers, answered.rows, answered.below
    if more.explained:
        done = (lambda count: on_progress(rows + count, rows * 2)) if on_progress else None
        values = with_reasons(values, _reasons(cells, answers, classifier, done))
    for addition in placement.additions(values, more.texts):
        selection.sheet.write(addition)
    labels = classifier.labels if values else ()
    summary = summarize(selection, placement, cells, answers, labels, rows=rows, below=below)
    note = classifier.note if values else None
    return summary if note is None else replace(summary, notes=(*summary.notes, note))


def answer_selection(
    selection: Selection,
    classifier: Classifier,
    *,
    limit: int | None = None,
    on_progress: OnProgress | None = None,
) -> Answered:
    """Read the selected column and classify it; nothing is written."""
    return _answer(selection, classifier, MoreColumns(), limit, on_progress)[0]


def cell_values(prediction: Prediction) -> tuple[CellValue, ...]:
    """Return what stands in the label and the score column."""
    return (prediction.label, round(prediction.score, SCORE_DIGITS))


def summarize(
    selection: Selection,
    placement: Placement,
    cells: Mapping[int, CellValue],
    answers: Mapping[int, Prediction | None],
    labels: Sequence[str],
    *,
    rows: int,
    below: int,
) -> Summary:
    """Count what was done: `cells` that hold anything and their answers, by row, of `rows`."""
    given = [answer for answer in answers.values() if answer is not None]
    return Summary(
        sheet=selection.sheet.name,
        column=column_letter(selection.column.column),
        header=selection.column.header,
        rows=rows,
        labels=count_labels(labels, given),
        without_text=count_without_text(cells, answers, rows),
        label_column=column_letter(placement.column),
        score_column=column_letter(placement.column + 1),
        names=placement.names,
        notes=notes_on(selection, given, below),
    )


def count_without_text(
    cells: Mapping[int, CellValue], answers: Mapping[int, Prediction | None], rows: int
) -> dict[CellKind, int]:
    """Count the rows that hold no text, by what their cell holds instead."""
    kinds = Counter(kind_of(cells[row]) for row, answer in answers.items() if answer is None)
    kinds[CellKind.BLANK] += rows - len(cells)
    return {kind: kinds[kind] for kind in CellKind if kinds[kind]}


def notes_on(selection: Selection, given: Iterable[Prediction], below: int) -> tuple[str, ...]:
    """Return what a user should know of the rows and the answers given, a line each."""
    return (*below_table(selection, below), *_other_languages(given))


def count_labels(labels: Sequence[str], answers: Iterable[Prediction]) -> dict[str, int]:
    """Count by label, in the order given; then what stands in a label's place, if anything does.

    A text that several labels fit counts for each of them.
    """
    known = {*labels, *INSTEAD}
    counts: Counter[str] = Counter()
    for answer in answers:
        counts.update([answer.label] if answer.label in known else answer.label.split(BETWEEN))
    instead = [name for name in INSTEAD if counts[name]]
    return {label: counts[label] for label in (*labels, *instead)}


def row_count(selection: Selection, limit: int | None = None) -> int:
    """Count the data rows, those with an empty cell included."""
    rows = max(0, selection.last_row - selection.first_row + 1)
    return rows if limit is None else min(rows, limit)


def read_cells(selection: Selection, limit: int | None) -> tuple[dict[int, CellValue], int]:
    """Read the column's cells by row, as far as the data goes; empty cells are absent.

    Also count the cells that follow at once below the data.
    """
    last = selection.first_row + row_count(selection, limit) - 1
    cells, below = {}, 0
    for row, value in selection.sheet.column(selection.column.column, selection.first_row):
        if row <= last:
            cells[row] = value
        elif limit is None and row == last + below + 1:
            below += 1
        else:
            break
    return cells, below


def below_table(selection: Selection, below: int) -> tuple[str, ...]:
    """Return a note on cells that stand below a table's end, if it's worth one."""
    if not below or selection.part or selection.table is None or selection.table.has_totals:
        return ()
    note = (
        f'The table "{selection.table.name}" ends at row {selection.last_row}, but its column goes '
        f"on for {below:,} more: enlarge the table in Excel to have them labelled."
    )
    return (note,)


def _reasons(
    cells: Mapping[int, CellValue],
    answers: Mapping[int, Prediction | None],
    classifier: Classifier,
    on_explained: Callable[[int], None] | None,
) -> dict[int, str]:
    """Return what carried the labels, by row; a text that comes again is explained once."""
    from cellsense.explain import explain

    rows_of: dict[str, list[int]] = {}
    for row, answer in answers.items():
        if answer is not None and answer.language is None:
            rows_of.setdefault(str(cells[row]), []).append(row)
    reasons: dict[int, str] = {}
    for text, explanation in zip(rows_of, explain(list(rows_of), classifier), strict=True):
        reasons.update(dict.fromkeys(rows_of[text], explanation.told()))
        if on_explained is not None:
            on_explained(len(reasons))
    return reasons


def _other_languages(answers: Iterable[Prediction]) -> tuple[str, ...]:
    counts = Counter(answer.language for answer in answers if answer.language is not None)
    if not counts:
        return ()
    from cellsense.language import language_name

    named = [f"{language_name(code)} {rows:,}" for code, rows in counts.most_common(_NAMED)]
    more = ", …" if len(counts) > _NAMED else ""
    rows = f"{counts.total():,} {'text is' if counts.total() == 1 else 'texts are'}"
    note = (
        f"{rows} not in English, by their looks {', '.join(named)}{more}, and this model reads "
        f"nothing else. For sentiment a multilingual one does, such as --model {MULTILINGUAL} (a "
        "download)."
    )
    return (note,)


def _answer(
    selection: Selection,
    classifier: Classifier,
    more: MoreColumns,
    limit: int | None,
    on_progress: OnProgress | None,
) -> tuple[Answered, dict[int, tuple[CellValue, ...]]]:
    """Return the answers, in order and without all scores, and what is written of each."""
    cells, below = read_cells(selection, limit)
    total = row_count(selection, limit)
    rows = list(cells)
    answers: dict[int, Prediction | None] = dict.fromkeys(rows)
    values: dict[int, tuple[CellValue, ...]] = {}
    for step in classifier.stream(cells.values(), all_scores=more.needs_scores):
        for position, answer in step.rows.items():
            if answer is not None:
                row = rows[position]
                values[row] = (*cell_values(answer), *more.values(answer))
                answers[row] = replace(answer, scores=None) if answer.scores else answer
        if on_progress is not None:
            on_progress(step.done + total - len(cells), total)
    answered = Answered(selection, cells, answers, total, below)
    return answered, {row: values[row] for row in rows if row in values}
