"""Texts with the labels that people gave them: two columns of any file that `convert` takes."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import SelectionError, near_names
from cellsense.prediction import INSTEAD
from cellsense.sheets.beside import cells_beside, find_beside
from cellsense.sheets.columns import TextColumn
from cellsense.sheets.header import find_header, header_cells, header_text
from cellsense.sheets.interface import Sheet, column_letter
from cellsense.sheets.open import open_workbook
from cellsense.sheets.selection import Selection, select, select_in_sheet

_PREVIEW = 100  # filled rows
_NAMED = 3  # labels in a note


class Skip(StrEnum):
    """Why a row isn't taken."""

    TEXT_BLANK = "text blank"
    NOT_TEXT = "not a text"
    LABEL_BLANK = "label blank"
    LABEL_ERROR = "label an error value"
    NO_LABEL = "without a label of their own"  # but with what stands in its place


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labelled texts of a sheet; `texts`, `labels` and `rows` are of one length.

    `selection` is the column of the texts, its sheet closed. `rows` are numbers as a spreadsheet
    shows them; the rows of a Parquet file are counted from 1. `skipped` counts the other rows, and
    `notes` say what else could have been meant, a line each.
    """

    file: Path
    selection: Selection
    label_column: TextColumn
    texts: Sequence[str]
    labels: Sequence[str]
    rows: Sequence[int]
    skipped: Mapping[Skip, int]
    notes: tuple[str, ...] = ()

    def first(self, number: int | None) -> "Labelled":
        """Return the first `number` labelled texts, all without one; `skipped` stays."""
        return replace(
            self,
            texts=self.texts[:number],
            labels=self.labels[:number],
            rows=self.rows[:number],
        )


def read_labelled(file: Path, text: str | None, label: str, sheet: str | None = None) -> Labelled:
    """Read all rows of a sheet that hold a text and a label.

    Args:
        file: .xlsx, .xlsm, .csv, .tsv or .parquet.
        text: the texts' column by header, letter or number; None takes the one that most looks
            like reviews.
        label: the labels' column, named alike. Whole numbers read "1", "2", also where the file
            has 1.0; of other labels only the spaces are trimmed.
        sheet: None takes a sheet that has both columns.

    Raises what opening a file raises; SelectionError for an unknown sheet or column, one column
    named twice, or no labelled row.
    """
    with closing(open_workbook(file)) as workbook:
        selection, column, notes = _choose(file, workbook.sheets, text, label, sheet)
        if selection.column.column == column.column:
            raise SelectionError(
                f"The texts and the labels are both taken from {column} of {file}: "
                "name different columns with --text and --label."
            )
        taken, skipped = labelled_rows(selection, column)
    if not taken:
        raise SelectionError(
            f"{file} has no row with a text in {selection.column} and a label in {column}: "
            f"{count_skipped(skipped)}. Check --text and --label."
        )
    return Labelled(
        file=file,
        selection=selection,
        label_column=column,
        texts=[item[0] for item in taken],
        labels=[item[1] for item in taken],
        rows=[item[2] for item in taken],
        skipped={why: skipped[why] for why in Skip if skipped[why]},
        notes=notes,
    )


def labelled_rows(
    selection: Selection, label_column: TextColumn
) -> tuple[list[tuple[str, str, int]], Counter[Skip]]:
    """Return text, label and row number of the selected rows that hold both; count the others."""
    texts = cells_beside(selection, selection.column.column)
    labels = cells_beside(selection, label_column.column)
    taken: list[tuple[str, str, int]] = []
    skipped: Counter[Skip] = Counter()
    for row in range(selection.first_row, selection.last_row + 1):
        value, given = texts.get(row), labels.get(row)
        why = _why_not(value, given)
        if why is None:
            taken.append((str(value), label_text(given), row))
        else:
            skipped[why] += 1
    return taken, skipped


@dataclass(frozen=True, slots=True)
class Examples:
    """Different texts, each with the one label that it has, and what to tell of the others."""

    labels: Mapping[str, str]  # by text
    notes: tuple[str, ...]


def examples(texts: Sequence[str], labels: Sequence[str]) -> Examples:
    """Take each text once; leave out those with several labels, as nobody knows which is right."""
    spelling = one_spelling(labels)
    given: dict[str, set[str]] = {}
    for text, label in zip(texts, labels, strict=True):
        given.setdefault(text, set()).add(spelling[label])
    sure = {text: next(iter(found)) for text, found in given.items() if len(found) == 1}
    again, torn = len(texts) - len(given), len(given) - len(sure)
    notes = list(spelling_notes(spelling))
    if again:
        notes.append(f"Rows whose text stands above already, which count once: {again:,}.")
    if torn:
        notes.append(f"Texts with several labels, which are left out: {torn:,}.")
    return Examples(sure, tuple(notes))


def one_spelling(labels: Iterable[str]) -> dict[str, str]:
    """Return for each label its commonest spelling: labels that differ in capitals are one."""
    kinds: dict[str, Counter[str]] = {}
    for label in labels:
        kinds.setdefault(label.casefold(), Counter())[label] += 1
    commonest = {key: counts.most_common(1)[0][0] for key, counts in kinds.items()}
    return {label: commonest[key] for key, counts in kinds.items() for label in counts}


def spelling_notes(spelling: Mapping[str, str]) -> tuple[str, ...]:
    """Say which labels were taken for others."""
    changed = [f'"{label}" for "{kept}"' for label, kept in spelling.items() if label != kept]
    if not changed:
        return ()
    named = ", ".join(changed[:_NAMED])
    more = ", …" if len(changed) > _NAMED else ""
    return (f"Labels that differ only in capitals are one: {named}{more}.",)


def label_text(value: CellValue) -> str:
    """Return a label as one line of text: 2, 2.0 and "2.0" are "2", TRUE is "TRUE"."""
    if isinstance(value, bool):
        return str(value).upper()
    text = " ".join(str(value).split())
    whole = re.fullmatch(r"(-?\d+)\.0*", text)
    return whole[1] if whole else text


def count_skipped(skipped: Mapping[Skip, int]) -> str:
    """Return "skipped 12 rows (9 text blank, 3 label blank)"."""
    rows = sum(skipped.values())
    parts = ", ".join(f"{count:,} {why}" for why, count in skipped.items())
    return f"skipped {rows:,} row{'' if rows == 1 else 's'}{f' ({parts})' if parts else ''}"


def _why_not(text: CellValue, label: CellValue) -> Skip | None:
    kind, of_label = kind_of(text), kind_of(label)
    if kind is CellKind.BLANK:
        return Skip.TEXT_BLANK
    if kind is not CellKind.TEXT:
        return Skip.NOT_TEXT
    if of_label is CellKind.BLANK:
        return Skip.LABEL_BLANK
    if of_label is CellKind.ERROR:
        return Skip.LABEL_ERROR
    return Skip.NO_LABEL if label_text(label) in INSTEAD else None


def _choose(
    file: Path, sheets: Sequence[Sheet], text: str | None, label: str, name: str | None
) -> tuple[Selection, TextColumn, tuple[str, ...]]:
    """Choose the sheet that has both columns; of several the one with the best texts, the first."""
    candidates = _candidates(sheets, text, name)
    found: list[tuple[Selection, TextColumn]] = []
    failures: list[tuple[bool, Sheet, SelectionError]] = []
    for sheet in candidates:
        selection = None
        try:
            selection = select_in_sheet(sheet, text)
            found.append((selection, find_beside(selection, label)))
        except SelectionError as error:
            failures.append((selection is not None, sheet, error))
    if not candidates:
        raise SelectionError(f"{file} is empty: it holds no labelled row.")
    if not found:
        # Where the texts were found is most likely where the labels are.
        _, nearest, failure = max(failures, key=lambda item: item[0])
        where = "" if len(failures) == 1 else f'No sheet has both columns; in "{nearest.name}": '
        raise SelectionError(where + _with_columns(failure, nearest)) from failure
    found.sort(key=lambda pair: -pair[0].column.score)
    selection, column = found[0]
    notes = [
        f'Sheet "{other.sheet.name}" has such columns too (take it with --sheet).'
        for other, _ in found[1:]
    ]
    if selection.runner_up:
        notes.append(f"Next best texts: {selection.runner_up} (take it with --text).")
    return replace(selection, runner_up=None), column, tuple(notes)


def _candidates(sheets: Sequence[Sheet], text: str | None, name: str | None) -> list[Sheet]:
    if name is None:
        return [sheet for sheet in sheets if not sheet.hidden] or list(sheets)
    for form in (str, str.casefold):
        named = [sheet for sheet in sheets if form(sheet.name) == form(name)]
        if named:
            return named[:1]
    return [select(sheets, name, text).sheet]  # says that there's no such sheet


def _with_columns(error: SelectionError, sheet: Sheet) -> str:
    """Say which columns there are where the error only has a guess; --text is the flag here."""
    message = str(error).replace("--column", "--text")
    if "Did you mean" not in message and "last column" not in message:
        return message
    rows = list(sheet.rows(_PREVIEW))
    number = find_header(rows) if sheet.known_header is None else sheet.known_header
    names = [header_text(value) for value in header_cells(rows, number).values()]
    letters = sorted({place for row in rows for place in row.cells})
    return f"{message} {near_names('', names or [column_letter(place) for place in letters])}"
