"""A selected column gains a task's column: the one place that does it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.conversion import Options
from cellsense.errors import OptionError, OutputError, SelectionError
from cellsense.label import LABEL_NAME, OnProgress, Summary, below_table, read_cells, row_count
from cellsense.sheets.delimited.sheet import DelimitedSheet
from cellsense.sheets.interface import Sheet, column_letter
from cellsense.sheets.open import EXCEL
from cellsense.sheets.placement import Placement
from cellsense.sheets.selection import Selection
from cellsense.sheets.xlsx.text import MAX_UNITS
from cellsense.targets import STANDARD
from cellsense.tasks.answers import NO_FILE, OUTSIDE, UNREADABLE, Answer, Failure, Given
from cellsense.tasks.model import TaskModel
from cellsense.tasks.registry import Reads

_OPTIONS = {
    *("sheet", "all_sheets", "column", "label_name", "beside", "after"),
    *("limit", "force", "writer"),
}
_FORMATS: dict[Reads, str] = {
    "recordings": "WAV, FLAC, OGG, MP3",
    "pictures": "PNG, JPEG, WebP, GIF, BMP, TIFF",
}


def header(model: TaskModel, named: str) -> str:
    """Return the header of the new column: the task's, unless --label-name says another."""
    return model.task.header if named == LABEL_NAME else named


def check_selection(selection: Selection, name: str) -> None:
    """Raise OutputError, before anything is worked out, where the column couldn't be written.

    A column of that name may be the user's own, and nothing tells: it is never written over.
    """
    for column, header in selection.header.items():
        if header.casefold() == name.casefold():
            raise OutputError(
                f'The sheet "{selection.sheet.name}" already has a column "{header}" '
                f"({column_letter(column)}): name the new one with --label-name, or delete that."
            )
    sheet = selection.sheet
    if isinstance(sheet, DelimitedSheet) and sheet.dialect.quote is None:
        raise OutputError(
            f"{sheet.name} has no quotes to put a text with commas and lines between: save it as "
            ".xlsx, or with its fields in quotes."
        )


def check_options(model: TaskModel, options: Options) -> None:
    """Raise OptionError for options that such a column can't have: all but those named here."""
    check_column(model, options.column)
    usual = asdict(Options())
    for name, value in asdict(options).items():
        if name not in _OPTIONS and value != usual[name]:
            flag = name.replace("_", "-")
            raise OptionError(f"--{flag} is for labels: leave it out, or --task {model.task.name}.")


def check_column(model: TaskModel, column: str | None) -> None:
    """Raise OptionError where a column is to be found that only the user can know."""
    if column is None and model.task.reads_files:
        example = model.task.reads.removesuffix("s").capitalize()
        raise OptionError(
            f"Name the column with the paths of the {model.task.reads}: --column {example}."
        )


def fill_selection(
    selection: Selection,
    placement: Placement,
    model: TaskModel,
    source: str,
    *,
    limit: int | None = None,
    on_progress: OnProgress | None = None,
) -> Summary:
    """Work out the new column of a selection of the file `source`, and write it to its sheet.

    A cell that comes again is worked out once. `limit` and `on_progress` as in `label_selection`.
    """
    cells, below = read_cells(selection, limit)
    rows = row_count(selection, limit)
    given = _given(cells, model, source)
    if given and all(item == NO_FILE for item in given.values()):
        raise SelectionError(
            f"Nothing in {selection.column} of {source} is a file here: name the column with the "
            f"paths of the {model.task.reads} by --column."
        )
    found = {row: item for row, item in given.items() if isinstance(item, Failure)}
    answers: dict[int, Answer | Failure] = dict(found)
    rows_of: dict[Given, list[int]] = {}
    for row, item in given.items():
        if not isinstance(item, Failure):
            rows_of.setdefault(item, []).append(row)
    done = rows - sum(map(len, rows_of.values()))
    tell = on_progress or (lambda *_: None)
    tell(done, rows)
    for step in model.stream(list(rows_of)):
        for item, answer in step.items():
            answers.update(dict.fromkeys(rows_of[item], answer))
            done += len(rows_of[item])
        tell(done, rows)
    texts = {row: got.text for row, got in sorted(answers.items()) if isinstance(got, Answer)}
    fitted, notes = _fitted(selection.sheet, source, texts)
    selection.sheet.write(placement.addition({row: (text,) for row, text in fitted.items()}))
    return _summary(
        selection,
        placement,
        cells,
        answers,
        rows,
        model.task.reads,
        (*below_table(selection, below), *notes),
    )


def _given(
    cells: Mapping[int, CellValue], model: TaskModel, source: str
) -> dict[int, Given | Failure]:
    """Return what the model is given for each cell that holds a text."""
    texts = {row: str(value) for row, value in cells.items() if kind_of(value) is CellKind.TEXT}
    if not model.task.reads_files:
        return dict(texts)
    folder = Path() if source == STANDARD else Path(source).parent
    return {row: model.rules.find(text, folder) for row, text in texts.items()}


def _fitted(sheet: Sheet, source: str, texts: dict[int, str]) -> tuple[dict[int, str], list[str]]:
    """Return the texts as the file can hold them, and what was lost by that."""
    if isinstance(sheet, DelimitedSheet):
        held = {row: sheet.holdable(text) for row, text in texts.items()}
        rows = sum(held[row] != text for row, text in texts.items())
        what = "have ? for letters that the file's encoding can't hold: save it as UTF-8"
        return held, [f"{_texts(rows)} {what}."] if rows else []
    if Path(source).suffix.lower() not in EXCEL:
        return texts, []
    rows = sum(_units(text) > MAX_UNITS for text in texts.values())
    what = f"cut at {MAX_UNITS:,} characters, the most that a cell of Excel holds"
    return texts, [f"{_texts(rows)} {what}."] if rows else []


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _texts(count: int) -> str:
    return f"{count:,} text{'' if count == 1 else 's'}"


def _summary(
    selection: Selection,
    placement: Placement,
    cells: Mapping[int, CellValue],
    answers: Mapping[int, Answer | Failure],
    rows: int,
    reads: Reads,
    notes: tuple[str, ...],
) -> Summary:
    kinds = Counter(kind_of(value) for value in cells.values())
    kinds[CellKind.BLANK] += rows - len(cells)
    del kinds[CellKind.TEXT]
    given = [answer for answer in answers.values() if isinstance(answer, Answer)]
    reasons = Counter(got.reason for got in answers.values() if isinstance(got, Failure))
    if cut := sum(answer.cut for answer in given):
        notes = (*notes, f"Too long for the model, which was given the beginning: {_texts(cut)}.")
    if reasons[UNREADABLE.reason]:
        notes = (*notes, f"What can't be read is damaged, or none of {_FORMATS[reads]}.")
    if reasons[OUTSIDE.reason]:
        notes = (*notes, "Files outside the workbook's folder: --allow-paths FOLDER allows them.")
    return Summary(
        sheet=selection.sheet.name,
        column=column_letter(selection.column.column),
        header=selection.column.header,
        rows=rows,
        labels={placement.names[0]: len(given)},
        without_text={kind: kinds[kind] for kind in CellKind if kinds[kind]},
        label_column=column_letter(placement.column),
        score_column="",
        names=placement.names,
        notes=notes,
        unanswered=dict(reasons.most_common()),
    )
