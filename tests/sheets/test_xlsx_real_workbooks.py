"""Workbooks of other people: real ones and hostile ones, which aren't part of the project."""

from contextlib import closing
from pathlib import Path

import pytest

from cellsense.errors import CellsenseError, OutputError, UnreadableFileError
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.survival.checks import CHECKS, CannotSay
from sheets.survival.conversion import splice
from sheets.xlsx_files import added, openpyxl_values, read_all


def folder(shared_workbooks: Path, kind: str) -> list[Path]:
    return sorted(item for item in (shared_workbooks / kind).iterdir() if item.is_file())


def convert(path: Path, folder: Path) -> None:
    """Read all sheets, then write two columns right of the first one, and check the result."""
    with closing(XlsxWorkbook(path)) as book:
        for sheet in book.sheets:
            rows = list(sheet.rows())
            last_row, last_column = sheet.extent()
            assert all(row.number <= last_row and max(row.cells) <= last_column for row in rows)
            assert [row.number for row in rows] == sorted({row.number for row in rows})
    converted = splice(path, folder / path.name)
    for check in CHECKS:
        found = check.problems(converted)
        assert isinstance(found, CannotSay) or found == [], (path.name, check.name)


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
        seen = openpyxl_values(path, names[0])
        if seen is None:
            continue
        texts = {key: value for key, value in read_all(path).items() if type(value) is str}
        for key, value in texts.items():
            other = seen.get(key)
            if isinstance(other, str) and "_x" not in other:
                assert value.replace("\r\n", "\n") == other.replace("\r\n", "\n"), (path.name, key)
                compared += 1
    assert compared > 1000
