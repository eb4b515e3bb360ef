"""The table at the end of a run over a folder."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from cellsense.console import count
from cellsense.jobs.records import ALREADY_DONE, FileRecord
from cellsense.jobs.report import totals
from cellsense.one_line import one_line

_MOST_FILES = 40  # beyond that, only those that need a look
_NARROWEST = 100  # columns, where no terminal says how many it has


def show_table(records: Sequence[FileRecord]) -> None:
    """Print what became of every file, or of those that failed or were skipped, and the totals."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if sys.stdout is None:
        return
    shown = [record for record in records if len(records) <= _MOST_FILES or _needs_a_look(record)]
    counted = totals(records)
    files = counted["files"]
    table = Table(box=box.SIMPLE, show_footer=True, pad_edge=False)
    result = f"{files['ok']:,} ok · {files['failed']:,} failed · {files['skipped']:,} skipped"
    table.add_column("File", count(len(records), "file"), overflow="fold", ratio=2)
    table.add_column("Rows", f"{counted['rows']:,}", justify="right", no_wrap=True)
    table.add_column("Labels", _counts(counted), overflow="fold", ratio=2)
    table.add_column("Result", result, overflow="fold", ratio=2)
    for record in shown:
        figures = totals([record])
        rows = f"{figures['rows']:,}" if record.figures.sheets else ""
        cells = (record.source, rows, _counts(figures), record.why or record.status)
        table.add_row(*(Text(one_line(cell)) for cell in cells))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = max(console.width, _NARROWEST)
    console.print(table)


def _needs_a_look(record: FileRecord) -> bool:
    return record.status == "failed" or (record.why or ALREADY_DONE) != ALREADY_DONE


def _counts(figures: Mapping[str, Any]) -> str:
    parts = [f"{label} {count:,}" for label, count in figures["labels"].items()]
    unanswered = sum(figures["unanswered"].values())
    parts += [f"no answer {unanswered:,}"] if unanswered else []
    missing = sum(figures["without_text"].values())
    return " · ".join([*parts, f"no text {missing:,}"] if missing else parts)
