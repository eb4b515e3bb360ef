"""Runs the comparison that a user asked for, and shows it as a table or as JSON."""

import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from cellsense import __version__
from cellsense.bench import DEFAULT_FILE
from cellsense.bench.candidates import candidates
from cellsense.bench.run import Result, compare
from cellsense.bench.texts import count_tokens, read_texts
from cellsense.cores import usable_cores
from cellsense.errors import MissingFileError
from cellsense.markdown import table

_HEADER = ("", "rows/s", "tokens/s", "speed-up", "same label", "load", "memory", "on the device")


def run_and_print(
    file: Path,
    sheet: str | None,
    column: str | None,
    model: str | None,
    *,
    limit: int,
    rounds: int,
    as_json: bool,
) -> None:
    """Print the comparison on standard output, what is in work on standard error."""
    if file == DEFAULT_FILE and not file.exists():
        raise MissingFileError(
            f"There is no {file} here (it comes with the source): name a file of reviews."
        )
    texts = read_texts(file, sheet, column, limit)
    tokens = count_tokens(model, texts)
    found = compare(
        candidates(model), texts, rounds=rounds, tokens=tokens, on_start=_say if _watched() else _no
    )
    if as_json:
        told = {
            "file": str(file),
            "texts": len(texts),
            "tokens": tokens,
            "rounds": rounds,
            "machine": machine(),
            "versions": {"cellsense": __version__}
            | {name: version(name) for name in ("torch", "transformers", "onnxruntime")},
            "results": [asdict(item) for item in found],
        }
        print(json.dumps(told, indent=2))
        return
    each = "" if tokens is None else f" · {tokens:,} tokens"
    print(f"{file} · {len(texts):,} different texts{each} · {machine()}")
    print(as_table(found))


def machine() -> str:
    """Name the system, the processor and how many of its cores are to be used."""
    return f"{platform.system()}, {platform.machine()}, {usable_cores()} cores"


def as_table(results: Sequence[Result]) -> str:
    """Return the results as a Markdown table, and below it what went wrong."""
    rows = [
        (
            item.name,
            f"{item.rows_per_second:,.0f}",
            "–" if item.tokens_per_second is None else f"{item.tokens_per_second:,.0f}",
            f"{item.speed_up:.1f}×",
            f"{item.same_labels:.1%}",
            f"{item.load_seconds:.1f} s",
            _megabytes(item.memory_mb),
            _megabytes(item.device_memory_mb),
        )
        for item in results
        if item.why is None
    ]
    failures = [f"{item.name} failed: {item.why}" for item in results if item.why is not None]
    return "\n".join([table(_HEADER, rows, numbers=True), *failures])


def _megabytes(number: float | None) -> str:
    return "–" if number is None else f"{number:,.0f} MB"


def _watched() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _say(line: str) -> None:
    print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def _no(_: str) -> None:
    return
