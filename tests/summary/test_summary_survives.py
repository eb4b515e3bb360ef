"""Real workbooks take in a summary sheet, and nothing else of them changes."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sheets.survival.checks import _findings
from sheets.survival.spread import spread
from sheets.xlsx_files import openpyxl_sheets, raw_entries

from cellsense.errors import CellsenseError
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from cellsense.summary.figures import Breakdown, Count, Figures, Group
from cellsense.summary.sheet import fill_sheet
from cellsense.summary.words import Word, Words

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TRIED = 40
FIGURES = Figures(
    file="reviews.xlsx",
    sheet="Reviews",
    column="D",
    header="Review",
    model="embedded",
    revision=None,
    fingerprint="0123456789abcdef",
    device="cpu, onnx int8",
    date=datetime(2026, 5, 4, tzinfo=UTC),
    rows=100,
    texts=98,
    without_text={"blank": 2},
    counts=(Count("NEGATIVE", 40, 0.41, 0.9), Count("POSITIVE", 58, 0.59, 0.8)),
    by=(Breakdown("=Shop", (Group("=1+1", 60, (20, 40)), Group("(blank)", 38, (20, 18)))),),
    over_time=Breakdown("Day", (Group("2026-05", 98, (40, 58)),), "month"),
    words=(Words("NEGATIVE", (Word("broken", 4.0, 9, 1),)),),
    notes=("A note.",),
)


def fill(worksheet: "Worksheet", tables: str) -> None:
    fill_sheet(worksheet, FIGURES, tables)


def test_real_workbooks_take_in_a_sheet(shared_workbooks: Path, tmp_path: Path) -> None:
    paths = sorted(item for item in (shared_workbooks / "real").iterdir() if item.is_file())
    refused = []
    for path in spread(paths, TRIED):
        target = tmp_path / path.name
        try:
            with closing(XlsxWorkbook(path)) as book:
                name = book.add_sheet("Sentiment summary", "about", fill, replace=False)
                book.save(target)
        except CellsenseError as error:
            refused.append(str(error))
            continue
        before, after = raw_entries(path), raw_entries(target)
        assert sum(before[entry] != after[entry] for entry in before) == 3, path.name
        assert not _findings(target) - _findings(path), path.name
        old, new = openpyxl_sheets(path), openpyxl_sheets(target)
        if old is not None:
            assert new is not None
            assert list(new) == [*old, name]
            assert {sheet: new[sheet] for sheet in old} == old
        target.unlink()
    assert all("strict" in why or "holds no worksheet" in why for why in refused)
    assert len(refused) < TRIED / 8
