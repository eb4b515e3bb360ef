"""What cellsense promises of any workbook: a right result, or a line that says why there is none.

`keep_promise(path, task)` tries, by the patterns and by the parser, and tells which it was.
"""

import re
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple
from xml.parsers import expat

import pytest

from cellsense.cells import CellValue
from cellsense.errors import CellsenseError
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx import blocks, limits, lookup, unpack
from cellsense.sheets.xlsx.markup import Elements
from cellsense.sheets.xlsx.sheet import XlsxSheet
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import (
    MAIN,
    OPENPYXL_FAILS,
    added,
    changed_entries,
    openpyxl_values,
    parser_only,
    read_all,
)

Cells = dict[tuple[int, int], CellValue]

_SECONDS = 120
_NAMES = ("cellsense <label>", "cellsense score")
_MOST_COLUMNS = 40  # that are read one by one


class Task(NamedTuple):
    """What is asked of a workbook."""

    sheet: int = 0
    column: int | None = None  # None: right of everything
    replaces: bool = False
    looks: bool = True  # new cells look like those to their left
    chunk: int = limits.CHUNK
    streams_strings: bool = False


class Done(NamedTuple):
    """What was read of a sheet, and what was written to it."""

    sheet: str
    part: str
    cells: Cells
    notes: list[str]
    addition: Addition
    totals: set[int]
    is_beyond: bool  # right of all that the sheet held
    result: Path


def keep_promise(path: Path, task: Task) -> str | None:
    """Return the refusal's line, or None if there is a result; fails if either is wrong."""
    before = path.read_bytes()
    with _at_most(_SECONDS), pytest.MonkeyPatch.context() as patch:
        for module in (limits, blocks):
            patch.setattr(module, "CHUNK", task.chunk)
        patch.setattr(unpack.limits, "CHUNK", task.chunk)
        if task.streams_strings:
            patch.setattr(lookup, "STRINGS_AT_ONCE", 0)
        with parser_only():
            told, sheets = _outcome(path, task)
        message, written = _outcome(path, task)
        assert (message is None) == (told is None), (message, told)
        assert path.read_bytes() == before
        if written is None or sheets is None:
            return message
        assert _same(written) == _same(sheets)
        _check_result(path, written)
        return None


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    """Fail rather than hang."""

    def fail(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"still at work after {seconds} s")

    usual = signal.signal(signal.SIGALRM, fail)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, usual)


def _outcome(path: Path, task: Task) -> "tuple[str | None, Done | None]":
    """Convert a workbook; return the line of a refusal, or what was done."""
    target = path.with_name(f"{path.stem}.result{path.suffix}")
    target.unlink(missing_ok=True)
    book = None
    try:
        book = XlsxWorkbook(path)
        return None, _converted(book, target, task)
    except CellsenseError as error:
        message = str(error)
        assert "\n" not in message
        assert len(message) < 1_000
        assert not target.exists()
        return message, None
    finally:
        if book is not None:
            book.close()


def _converted(book: XlsxWorkbook, target: Path, task: Task) -> Done:
    index = task.sheet % len(book.sheets)
    sheet = book.sheets[index]
    assert isinstance(sheet, XlsxSheet)
    cells = _read(sheet)
    addition = _addition(sheet, cells, task)
    totals, is_beyond = _totals(sheet, addition), addition.column > sheet.extent()[1]
    sheet.write(addition)
    book.save(target)
    notes = list(book.notes)
    return Done(sheet.name, sheet.part, cells, notes, addition, totals, is_beyond, target)


def _read(sheet: XlsxSheet) -> Cells:
    """Read a sheet in every way there is, which has to come to the same."""
    cells = {(row.number, key): value for row in sheet.rows() for key, value in row.cells.items()}
    last_row, last_column = sheet.extent()
    assert all(row <= last_row and column <= last_column for row, column in cells)
    columns = {column for _, column in cells} | {1, 2, 3}
    for column in sorted(columns)[:_MOST_COLUMNS]:
        found = list(sheet.column(column, 1))
        assert [row for row, _ in found] == sorted({row for row, _ in found})
        assert dict(found) == {row: cells[row, at] for row, at in sorted(cells) if at == column}
    return cells


def _addition(sheet: XlsxSheet, cells: Cells, task: Task) -> Addition:
    last = sheet.extent()[1]
    column = last + 1 if task.column is None else task.column
    rows = sorted({row for row, _ in cells})
    header = rows[0] if rows else 1
    table = next((item for item in sheet.tables() if item.area.last_column == column - 1), None)
    if table is not None and table.has_header:
        header = table.area.first_row
    grows = table is not None and table.can_grow and header == table.area.first_row
    area = sheet.autofilter()
    totals = {item.area.last_row for item in sheet.tables() if item.has_totals}
    values = {
        row: (("=positive", "b & <c> ", None)[row % 3], None if row % 7 == 0 else row / 2**21)
        for row in {*rows, *(row + 1 for row in rows)}
        if header < row < 1_048_577 and row not in totals
    }
    return Addition(
        column,
        _NAMES,
        header,
        values,
        replaces=task.replaces,
        look_like=column - 1 if task.looks and column > 1 else None,
        grow_table=table.name if table is not None and grows else None,
        grow_autofilter=area is not None and area.last_column == column - 1,
    )


def _totals(sheet: XlsxSheet, addition: Addition) -> set[int]:
    """Return the rows of totals, of tables that share columns with an addition."""
    areas = [table.area for table in sheet.tables() if table.has_totals]
    columns = (addition.column, addition.last_column)
    return {
        area.last_row
        for area in areas
        if area.first_column <= columns[1] and columns[0] <= area.last_column
    }


def _after(cells: Cells, addition: Addition, totals: set[int]) -> Cells:
    """Return what is in a sheet after an addition."""
    header, columns = addition.header_row, range(addition.column, addition.last_column + 1)
    assert header is not None
    after = {
        (row, column): value
        for (row, column), value in cells.items()
        if not addition.replaces or row < header or column not in columns or row in totals
    }
    return after | _new(addition)


def _new(addition: Addition) -> Cells:
    """Return the cells of an addition."""
    rows = dict(addition.values)
    if addition.header_row is not None:
        rows[addition.header_row] = addition.names
    return {
        (row, column): value
        for row, values in rows.items()
        for column, value in enumerate(values, start=addition.column)
        if value is not None
    }


def _same(done: Done) -> object:
    """Return what has to be the same whichever way a sheet was read; spans are but a hint."""
    with zipfile.ZipFile(done.result) as archive:
        written = archive.read(_entry(archive, done.part))
    return done.cells, done.notes, done.addition, re.sub(rb' spans="[^"]*"', b"", written)


def _entry(archive: zipfile.ZipFile, part: str) -> str:
    names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
    return names[part.lower()]


def _check_result(path: Path, done: Done) -> None:
    index = _index(done)
    expected = _after(done.cells, done.addition, done.totals)
    assert read_all(done.result, index) == expected
    changed = changed_entries(path, done.result)
    grown = (done.addition.grow_table is not None) + done.addition.grow_autofilter
    assert len(changed) <= 1 + grown
    with zipfile.ZipFile(done.result) as archive:
        for name in changed:
            expat.ParserCreate().Parse(archive.read(name), True)
    _check_with_openpyxl(path, done)
    if done.addition.replaces or done.is_beyond:
        _check_second_run(done, expected, index)


def _check_second_run(done: Done, expected: Cells, index: int) -> None:
    again = _again(done.addition)
    second = added(done.result, again, index=index)
    assert read_all(second, index) == _after(expected, again, done.totals)
    third = added(second, again, index=index)
    assert changed_entries(second, third) == set()


def _index(done: Done) -> int:
    book = XlsxWorkbook(done.result)
    book.close()
    return next(
        index
        for index, sheet in enumerate(book.sheets)
        if isinstance(sheet, XlsxSheet) and (sheet.part, sheet.name) == (done.part, done.sheet)
    )


def _again(addition: Addition) -> Addition:
    """Return the addition of a second run, which finds the columns in their place."""
    return Addition(addition.column, addition.names, addition.header_row, addition.values, True)


def _check_with_openpyxl(path: Path, done: Done) -> None:
    """Where openpyxl reads the input, it reads the same of the result, and what is new."""
    before = None if _has_vast_area(path) else openpyxl_values(path, done.sheet)
    if before is None or not _has_usual_namespace(done):  # it reads nothing of others
        return
    if any(value != "" and key not in done.cells for key, value in before.items()):
        return  # it takes whatever a row holds for a cell, whether it's called `c` or not
    after = _after(before, done.addition, done.totals)
    assert openpyxl_values(done.result, done.sheet) == after


def _has_usual_namespace(done: Done) -> bool:
    with zipfile.ZipFile(done.result) as archive:
        sheet = archive.read(_entry(archive, done.part))
    reader = Elements()
    reader.parse([sheet])
    return reader.root.space == MAIN


def _has_vast_area(path: Path) -> bool:
    """Tell if openpyxl would make each of a million cells or more, or fails."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = [archive.read(name) for name in archive.namelist() if "xml" in name.lower()]
    except OPENPYXL_FAILS:
        return True
    return any(b"1048576" in part.replace(b"\0", b"") for part in parts)
