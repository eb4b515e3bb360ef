"""Converts a workbook as a user would, and tells what has to stand in its new cells."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cellsense
from cellsense import Classifier, Options
from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.conversion import Conversion
from cellsense.errors import SelectionError
from cellsense.sheets.interface import Addition, Sheet, column_letter, column_number
from cellsense.sheets.selection import Selection
from cellsense.sheets.xlsx.workbook import XlsxWorkbook

Cells = dict[tuple[int, int], CellValue]

REVIEWS = "every visible sheet with a review column"
TEXTS = "no review column: the first column of texts"
SPLICED = "no text below a header: columns written by the workbook engine alone"

_MOST_COLUMNS = 10  # of texts that are tried one after the other


@dataclass(frozen=True, slots=True)
class Converted:
    """A workbook, its result, and by the name of a sheet what is to stand in its new cells."""

    source: Path
    result: Path
    way: str
    new: Mapping[str, Cells]


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Where the texts of a sheet stand."""

    column: int
    header_row: int | None
    rows: range


class _Listener:
    """Remembers which columns were chosen."""

    def __init__(self) -> None:
        self.chosen: dict[str, _Chosen] = {}

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        self.chosen[selection.sheet.name] = _Chosen(
            selection.column.column,
            selection.header_row,
            range(selection.first_row, selection.last_row + 1),
        )

    def progress(self, done: int, total: int) -> None:
        pass


def convert(path: Path, target: Path, classifier: Classifier) -> Converted:
    """Convert a workbook, by the first way that finds texts; raises CellsenseError if refused."""
    try:
        return _labelled(path, target, classifier, Options(all_sheets=True), REVIEWS)
    except SelectionError:
        for sheet, column in _text_columns(path)[:_MOST_COLUMNS]:
            try:
                options = Options(sheet=sheet, column=column_letter(column))
                return _labelled(path, target, classifier, options, TEXTS)
            except SelectionError:
                continue  # a header that reads like a letter, or texts in the header only
    return splice(path, target)


def splice(path: Path, target: Path) -> Converted:
    """Write two columns right of the first sheet, with values in all of its rows."""
    with closing(XlsxWorkbook(path)) as book:
        sheet = book.sheets[0]
        addition = _addition(sheet)
        sheet.write(addition)
        book.save(target)
        rows = {addition.header_row or 1: addition.names, **addition.values}
        new = {
            (row, column): value
            for row, values in rows.items()
            for column, value in enumerate(values, start=addition.column)
        }
        return Converted(path, target, SPLICED, {sheet.name: new})


def read_sheets(path: Path) -> dict[str, Cells]:
    """Return every value of every sheet, read by cellsense."""
    with closing(XlsxWorkbook(path)) as book:
        return {sheet.name: _read(sheet) for sheet in book.sheets}


def _labelled(
    path: Path, target: Path, classifier: Classifier, options: Options, way: str
) -> Converted:
    listener = _Listener()
    done = cellsense.convert(
        path, target, classifier=classifier, options=options, listener=listener
    )
    new = dict(_expected(path, done, listener.chosen, classifier))
    return Converted(path, target, way, new)


def _expected(
    path: Path, done: Conversion, chosen: Mapping[str, _Chosen], classifier: Classifier
) -> Iterator[tuple[str, Cells]]:
    """Work out anew what the columns hold: the embedded model gives a text the same each time."""
    before = read_sheets(path)
    for summary in done.summaries:
        where, cells = chosen[summary.sheet], before[summary.sheet]
        texts = {
            row: value
            for row in where.rows
            if kind_of(value := cells.get((row, where.column))) is CellKind.TEXT
        }
        label, score = column_number(summary.label_column), column_number(summary.score_column)
        new: Cells = {}
        if where.header_row is not None:
            label_name, score_name = summary.names
            new[where.header_row, label] = label_name
            new[where.header_row, score] = score_name
        for row, answer in zip(texts, classifier.predict(list(texts.values())), strict=True):
            assert answer is not None
            new |= {(row, label): answer.label, (row, score): round(answer.score, 4)}
        yield summary.sheet, new


def _text_columns(path: Path) -> list[tuple[str, int]]:
    """Find the columns with a text below the first row of a sheet, visible sheets first."""
    with closing(XlsxWorkbook(path)) as book:
        found = []
        for sheet in sorted(book.sheets, key=lambda sheet: sheet.hidden):
            cells = _read(sheet)
            first = min((row for row, _ in cells), default=0)
            columns = {
                column
                for (row, column), value in cells.items()
                if row > first and kind_of(value) is CellKind.TEXT
            }
            found += [(sheet.name, column) for column in sorted(columns)]
        return found


def _read(sheet: Sheet) -> Cells:
    return {(row.number, key): value for row in sheet.rows() for key, value in row.cells.items()}


def _addition(sheet: Sheet) -> Addition:
    rows = [row.number for row in sheet.rows()]
    column, header = sheet.extent()[1] + 1, rows[0] if rows else 1
    table = next((item for item in sheet.tables() if item.area.last_column == column - 1), None)
    grows = table is not None and table.can_grow and table.area.first_row == header
    area = sheet.autofilter()
    return Addition(
        column,
        ("cellsense label", "cellsense score"),
        header,
        {row: ("=positive", row / 2**21) for row in rows[1:]},
        grow_table=table.name if table is not None and grows else None,
        grow_autofilter=area is not None and area.last_column == column - 1,
    )
