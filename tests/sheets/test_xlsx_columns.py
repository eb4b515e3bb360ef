"""Column widths: what is written can be seen, and other columns stay as they are."""

from pathlib import Path

import openpyxl
import pytest

from cellsense.sheets.interface import Addition
from sheets.xlsx_files import added, build, part, worksheet

SHOWN = 'width="12.7109375" customWidth="1"'
NEW = f'<col min="3" max="4" {SHOWN}/>'
ADDITION = Addition(3, ("Label", "Score"), 1, {2: ("good", 0.5)})


def columns(tmp_path: Path, before: str, *additions: Addition) -> str:
    """Write to a sheet; return what stands before its rows."""
    result = added(build(tmp_path / "a.xlsx", worksheet("", before)), *(additions or (ADDITION,)))
    assert openpyxl.load_workbook(result).active["C2"].value == "good"
    return part(result).partition(">")[2].partition("<sheetData>")[0]


def test_columns_get_a_width_where_there_are_none(tmp_path: Path) -> None:
    before = '<dimension ref="A1"/><sheetFormatPr defaultRowHeight="15"/>'
    grown = '<dimension ref="A1:D2"/><sheetFormatPr defaultRowHeight="15"/>'
    assert columns(tmp_path, before) == f"{grown}<cols>{NEW}</cols>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<col min="1" max="2" width="9"/>', f'<col min="1" max="2" width="9"/>{NEW}'),
        ('<col min="6" max="9" width="9"/>', f'{NEW}<col min="6" max="9" width="9"/>'),
        (
            '<col min="1" max="3" width="9"/><col min="5" max="5"/>',
            f'<col min="1" max="3" width="9"/><col min="4" max="4" {SHOWN}/><col min="5" max="5"/>',
        ),
        ('<col min="1" max="16384" width="3"/>', '<col min="1" max="16384" width="3"/>'),
        (
            '<col min="2" max="16384" width="0" hidden="1" style="0" customWidth="1"/>',
            (
                '<col min="2" max="2" width="0" hidden="1" style="0" customWidth="1"/>'
                '<col min="3" max="4" width="12.7109375" style="0" customWidth="1"/>'
                '<col min="5" max="16384" width="0" hidden="1" style="0" customWidth="1"/>'
            ),
        ),
        (
            "<col max='4' min='4' hidden='true' outlineLevel='1' collapsed='1'></col>",
            f'<col min="3" max="3" {SHOWN}/><col max="4" min="4" {SHOWN}></col>',
        ),
        (
            '<!-- k --><col min="1" max="1" hidden="1"/> <col min="9" max="9" hidden="1"/>',
            f'<!-- k --><col min="1" max="1" hidden="1"/> {NEW}<col min="9" max="9" hidden="1"/>',
        ),
    ],
)
def test_columns_that_are_defined(tmp_path: Path, old: str, new: str) -> None:
    assert columns(tmp_path, f"<cols>{old}</cols>") == f"<cols>{new}</cols>"


@pytest.mark.parametrize("empty", ["<cols/>", "<cols></cols>", "<cols >\n</cols>"])
def test_an_empty_list_of_columns(tmp_path: Path, empty: str) -> None:
    written = columns(tmp_path, empty)
    assert NEW in written
    assert written.count("<cols") == 1


def test_columns_of_several_additions(tmp_path: Path) -> None:
    other = Addition(7, ("Label", "Score"), 1, {})
    written = columns(tmp_path, '<cols><col min="1" max="9" hidden="1"/></cols>', ADDITION, other)
    assert written == (
        '<cols><col min="1" max="2" hidden="1"/>'
        f'<col min="3" max="4" {SHOWN}/><col min="5" max="6" hidden="1"/>'
        f'<col min="7" max="8" {SHOWN}/><col min="9" max="9" hidden="1"/></cols>'
    )
