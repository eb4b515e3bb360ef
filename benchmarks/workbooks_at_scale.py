"""Reading a column of a large workbook beside the fastest readers, writing beside unzip + zip.

The same file, the same machine, in turn, each in a process of its own; CPU seconds of all its
threads, without the imports. `pip install fastexcel polars python-calamine` first, then
`python benchmarks/workbooks_at_scale.py [--rows 1048575] [--runs 3] [--openpyxl]`.
"""

import argparse
import importlib
import itertools
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from large_workbook import COLUMN, LEVEL, SHEET, make, reviews

# A reader or writer yields once when it's done; what a reader yields then are the column's values.
Work = Callable[[Path], Iterator[Any]]


def needed(module: str) -> Any:
    """Import what only this comparison needs."""
    try:
        return importlib.import_module(module)
    except ImportError:
        package = module.replace("_", "-")
        sys.exit(f"{package} isn't installed: run pip install fastexcel polars python-calamine")


def cellsense(path: Path) -> Iterator[Any]:
    """Read the column."""
    from cellsense.sheets.xlsx.workbook import XlsxWorkbook

    sheet = XlsxWorkbook(path).sheets[0]
    deque(sheet.column(COLUMN, 2), maxlen=0)
    yield
    yield from (value for _, value in sheet.column(COLUMN, 2))


def conversion(path: Path) -> Iterator[Any]:
    """Read all that a conversion reads: the first rows, the extent, the column."""
    from cellsense.sheets.xlsx.workbook import XlsxWorkbook

    sheet = XlsxWorkbook(path).sheets[0]
    deque(sheet.rows(400), maxlen=0)
    sheet.extent()
    deque(sheet.column(COLUMN, 2), maxlen=0)
    yield
    yield from (value for _, value in sheet.column(COLUMN, 2))


def fastexcel(path: Path) -> Iterator[Any]:
    """Read the column."""
    sheet = needed("fastexcel").read_excel(path).load_sheet(0, use_columns=[COLUMN - 1])
    column = sheet.to_arrow().column(0)
    yield
    yield from column.to_pylist()


def polars(path: Path) -> Iterator[Any]:
    """Read the column."""
    # With its default, a row whose cell is an error goes, and those below move up.
    read = needed("polars").read_excel
    column = read(path, columns=[COLUMN - 1], drop_empty_rows=False).to_series(0)
    yield
    yield from column.to_list()


def calamine(path: Path) -> Iterator[Any]:
    """Read all columns: it has no choice."""
    book = needed("python_calamine").CalamineWorkbook.from_path(str(path))
    column = [row[COLUMN - 1] for row in book.get_sheet_by_index(0).iter_rows()]
    yield
    yield from column[1:]


def openpyxl(path: Path) -> Iterator[Any]:
    """Read the column."""
    sheet = needed("openpyxl").load_workbook(path, read_only=True).worksheets[0]
    rows = sheet.iter_rows(min_row=2, min_col=COLUMN, max_col=COLUMN, values_only=True)
    column = [row[0] for row in rows]
    yield
    yield from column


def splice(path: Path) -> Iterator[Any]:
    """Write two columns, once the extent is known."""
    from cellsense.sheets.interface import Addition
    from cellsense.sheets.xlsx.workbook import XlsxWorkbook

    book = XlsxWorkbook(path)
    labels = ("NEGATIVE", "NEUTRAL", "POSITIVE")
    rows, last = book.sheets[0].extent()
    values = {row: (labels[row % 3], row * 7919 % 10001 / 10000) for row in range(2, rows + 1)}
    names = ("Label", "Score")
    started()
    book.sheets[0].write(Addition(last + 1, names, 1, values, look_like=COLUMN))
    target = path.with_name("written.xlsx")
    target.unlink(missing_ok=True)
    book.save(target)
    yield


def unzip_zip(path: Path) -> Iterator[Any]:
    """Unpack the sheet's part and pack it again."""
    target = path.with_name("plain.zip")
    with (
        zipfile.ZipFile(path) as old,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as new,
        old.open(SHEET) as source,
        new.open(SHEET, "w", force_zip64=True) as sink,
    ):
        while chunk := source.read(1 << 18):
            sink.write(chunk)
    yield


def unzip_zip_result(path: Path) -> Iterator[Any]:
    """Do the same with the part that was written, which is larger by the new columns."""
    yield from unzip_zip(path.with_name("written.xlsx"))


def rewrite(path: Path) -> Iterator[Any]:
    """Write two columns the usual way: the whole workbook into memory and out again."""
    book = needed("openpyxl").load_workbook(path)
    sheet = book.worksheets[0]
    column = sheet.max_column + 1
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, column, "POSITIVE")
        sheet.cell(row, column + 1, row * 7919 % 10001 / 10000)
    book.save(path.with_name("rewritten.xlsx"))
    yield


READERS: dict[str, Work] = {
    "cellsense": cellsense,
    "cellsense, whole conversion": conversion,
    "fastexcel": fastexcel,
    "polars": polars,
    "python-calamine": calamine,
    "openpyxl": openpyxl,
}
WRITERS: dict[str, Work] = {
    "cellsense": splice,
    f"unzip + zip -{LEVEL}": unzip_zip,
    f"unzip + zip -{LEVEL} of the result": unzip_zip_result,
    "openpyxl": rewrite,
}
_clock = [0.0]


def started() -> None:
    """Begin to count: what was done before is no part of the work."""
    _clock[0] = time.process_time()


def child(kind: str, name: str, path: Path, rows: int) -> None:
    """Do one piece of work; print what it took, and how many values aren't what was written."""
    work = (READERS if kind == "read" else WRITERS)[name](path)
    if name in ("fastexcel", "polars", "python-calamine", "openpyxl"):
        needed(name.replace("-", "_"))
    started()
    next(work)
    told: dict[str, float] = {"cpu": time.process_time() - _clock[0], "mb": peak()}
    if kind == "read" and rows:
        pairs = itertools.zip_longest(reviews(rows), work)
        told["other"] = sum(1 for wanted, value in pairs if wanted != value)
    print(json.dumps(told))


def peak() -> float:
    """Return the most memory this process had, in MB; 0 where the system doesn't tell."""
    try:
        import resource
    except ImportError:
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def compare(kind: str, names: list[str], path: Path, runs: int, rows: int) -> None:
    """Run each in turn; print the least that each took, as noise only adds, and the ratios."""
    told: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            command = [sys.executable, __file__, "--child", kind, name, str(path)]
            command += ["--rows", str(rows)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
            if done.returncode:
                sys.exit(done.stderr)
            told[name].append(json.loads(done.stdout))
    own = min(item["cpu"] for item in told[names[0]])
    for name, items in told.items():
        cpu = min(item["cpu"] for item in items)
        line = f"  {name:32} {cpu:7.2f} s {max(item['mb'] for item in items):6.0f} MB"
        line += f"   ×{own / cpu:.2f}" if name != names[0] else ""
        if items[0].get("other"):
            line += f"   {items[0]['other']:,.0f} values are not what the cells hold"
        print(line, flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--openpyxl", action="store_true", help="also run openpyxl, which is slow")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        kind, name, path = arguments.child
        child(kind, name, Path(path), arguments.rows)
        return
    slow = set() if arguments.openpyxl else {"openpyxl"}
    readers = [name for name in READERS if name not in slow]
    writers = [name for name in WRITERS if name not in slow]
    with tempfile.TemporaryDirectory() as folder:
        for shared in (True, False):
            strings = "shared strings" if shared else "inline strings"
            path = make(Path(folder) / f"{strings}.xlsx", arguments.rows, shared=shared)
            size = path.stat().st_size / 1e6
            print(f"{arguments.rows:,} rows × 8, {strings}, {size:.0f} MB: read a column")
            compare("read", readers, path, arguments.runs, arguments.rows)
            print(f"{arguments.rows:,} rows × 8, {strings}: write two columns")
            compare("write", writers, path, arguments.runs, 0)
            path.unlink()


if __name__ == "__main__":
    main()
