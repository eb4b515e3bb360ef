"""Runs the backend over files, each in a process of its own, and tells what it took.

`python bounded_run.py FILE…` prints a line of JSON for each: what came of it, CPU seconds, MB.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cellsense.errors import CellsenseError
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx.workbook import XlsxWorkbook

# Far above what is allowed; they end a process that the test would wait for else.
ADDRESS_SPACE = 4 << 30
CPU_SECONDS = 120


def convert(path: Path) -> str:
    """Read a sheet as a conversion does, and write two columns; return what came of it."""
    target = path.with_suffix(".out.xlsx")
    try:
        book = XlsxWorkbook(path)
        try:
            sheet = book.sheets[0]
            rows = list(sheet.rows(400))
            last = sheet.extent()[1]
            values = {row: ("x", 0.5) for row, _ in sheet.column(1, 2)}
            column = min(last + 1, 16_383)
            sheet.write(Addition(column, ("L", "S"), 1, values, look_like=1))
            book.save(target)
            return f"{len(rows)} rows seen, {len(values)} labels written"
        finally:
            book.close()
    except CellsenseError as error:
        return f"{type(error).__name__}: {error}"
    finally:
        target.unlink(missing_ok=True)


def run(path: Path, work: Callable[[Path], str] = convert) -> dict[str, Any]:
    """Convert a file in a child process."""
    read, write = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        os.close(read)
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        try:
            outcome = work(path)
        except BaseException as error:  # noqa: BLE001 - the parent tells of it
            outcome = f"unexpected {type(error).__name__}: {error}"
        os.write(write, outcome.encode(errors="replace")[:4000])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        outcome = pipe.read().decode()
    _, status, usage = os.wait4(child, 0)
    return {
        "outcome": outcome or f"ended with status {status}",
        "cpu": usage.ru_utime + usage.ru_stime,
        "wall": time.monotonic() - started,
        "mb": usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10),
    }


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(json.dumps({"name": Path(name).name, **run(Path(name))}) + "\n")
        sys.stdout.flush()
