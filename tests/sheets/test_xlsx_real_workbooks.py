"""Workbooks of other people: real ones and hostile ones, which aren't part of the project."""

import io
import shutil
import warnings
import zipfile
import zlib
from pathlib import Path

import pytest

from cellsense.errors import CellsenseError, OutputError, UnreadableFileError
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import added, changed_entries, read_all

# What openpyxl raises on workbooks that Excel opens.
OPENPYXL_FAILS = (KeyError, ValueError, TypeError, AttributeError, IndexError, OSError, SyntaxError)
OPENPYXL_FAILS += (zipfile.BadZipFile, zlib.error, EOFError, OverflowError)


def folder(shared_workbooks: Path, kind: str) -> list[Path]:
    return sorted(item for item in (shared_workbooks / kind).iterdir() if item.is_file())


def convert(path: Path, folder: Path) -> Path:
    """Read all sheets, then write two columns right of the first one; return the result."""
    book = XlsxWorkbook(path)
    try:
        for sheet in book.sheets:
            rows = list(sheet.rows())
            last_row, last_column = sheet.extent()
            assert all(row.number <= last_row and max(row.cells) <= last_column for row in rows)
            assert [row.number for row in rows] == sorted({row.number for row in rows})
        sheet = book.sheets[0]
        rows = list(sheet.rows())
        column = sheet.extent()[1] + 1
        header = rows[0].number if rows else 1
        values = {row.number: ("=positive", row.number / 2**21) for row in rows[1:]}
        table = next((item for item in sheet.tables() if item.area.last_column == column - 1), None)
        grows = table and table.can_grow and table.area.first_row == header
        area = sheet.autofilter()
        addition = Addition(
            column,
            ("cellsense label", "cellsense score"),
            header,
            values,
            grow_table=table.name if table and grows else None,
            grow_autofilter=bool(area and area.last_column == column - 1),
        )
        copy = folder / path.name
        shutil.copyfile(path, copy)
        result = added(copy, addition)
        before, after = read_all(copy), read_all(result)
        new = {(header, column): addition.names[0], (header, column + 1): addition.names[1]}
        for row, (label, score) in values.items():
            new |= {(row, column): label, (row, column + 1): score}
        assert after == before | new, path.name
        changed = changed_entries(copy, result)
        expected = 1 + bool(grows) + addition.grow_autofilter
        assert 1 <= len(changed) <= expected, path.name
        if (seen := _openpyxl(copy, book.sheets[0].name)) is not None:
            assert _openpyxl(result, book.sheets[0].name) == seen | new, path.name
        return result
    finally:
        book.close()


def _openpyxl(path: Path, name: str) -> dict[tuple[int, int], object] | None:
    """Read the sheet with openpyxl; None where it can't, or reads none (strict files)."""
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(io.BytesIO(path.read_bytes()), data_only=True)
        except OPENPYXL_FAILS:
            return None
    if name not in book.sheetnames:
        return None
    cells = book[name]._cells
    return {key: cell.value for key, cell in cells.items() if cell.value is not None}


def test_real_workbooks_survive(shared_workbooks: Path, tmp_path: Path) -> None:
    paths = folder(shared_workbooks, "real")
    refused: dict[str, str] = {}
    for path in paths:
        try:
            convert(path, tmp_path)
        except (UnreadableFileError, OutputError) as error:
            refused[path.name] = str(error)
    assert len(paths) > 200
    assert len(refused) <= len(paths) // 50, refused
    assert not any("\n" in message for message in refused.values())


def test_hostile_workbooks_are_converted_or_refused(shared_workbooks: Path, tmp_path: Path) -> None:
    paths = folder(shared_workbooks, "hostile")
    outcomes: dict[str, str] = {}
    for path in paths:
        try:
            convert(path, tmp_path)
            outcomes[path.name] = ""
        except CellsenseError as error:
            outcomes[path.name] = str(error)
    assert len(outcomes) == len(paths) > 50
    assert all(message.count("\n") == 0 for message in outcomes.values())
    encrypted = [message for message in outcomes.values() if "remove the password" in message]
    assert len(encrypted) >= 20


@pytest.mark.parametrize("damage", [0.2, 0.5, 0.8, 0.99])
def test_damaged_bytes_never_surprise(
    shared_workbooks: Path, tmp_path: Path, damage: float
) -> None:
    outcomes = set()
    for path in folder(shared_workbooks, "real")[:40]:
        data = bytearray(path.read_bytes())
        at = int(len(data) * damage)
        data[at : at + 3] = b"\xff\0<"
        broken = tmp_path / f"broken {path.name}"
        broken.write_bytes(data)
        try:
            read_all(added(broken, Addition(16_000, ("L", "S"), None, {1: ("x", 1)})))
            outcomes.add("converted")
        except CellsenseError as error:
            outcomes.add(type(error).__name__)
    assert outcomes <= {"converted", "UnreadableFileError", "OutputError"}
    assert "UnreadableFileError" in outcomes


def test_openpyxl_agrees_on_what_is_read(shared_workbooks: Path) -> None:
    """Texts are the same; numbers and dates are kept apart by other tests."""
    compared = 0
    for path in folder(shared_workbooks, "real"):
        try:
            book = XlsxWorkbook(path)
            names = [sheet.name for sheet in book.sheets]
            book.close()
        except CellsenseError:
            continue
        seen = _openpyxl(path, names[0])
        if seen is None:
            continue
        texts = {key: value for key, value in read_all(path).items() if type(value) is str}
        for key, value in texts.items():
            other = seen.get(key)
            if isinstance(other, str) and "_x" not in other:
                assert value.replace("\r\n", "\n") == other.replace("\r\n", "\n"), (path.name, key)
                compared += 1
    assert compared > 1000
