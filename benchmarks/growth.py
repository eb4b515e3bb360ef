"""How the time and memory of `cellsense convert` grow with the rows, and what a second run costs.

`python -m benchmarks.growth [--rows 1000 10000 100000 1000000] [--whole]` in the project's folder.
Every file holds so many different texts of two short sentences, or of a whole sample review and a
sentence. It is converted by processes of their own, with an empty folder for results at first: the
second run (the fastest of three) finds all of them there.
"""

import argparse
import csv
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from cellsense.bench.texts import read_texts

SENTENCE = re.compile(r"(?<=[.!?])\s+")
SHORT = 45  # characters, so that a million texts take minutes


@dataclass(frozen=True, slots=True)
class Run:
    """A whole process."""

    seconds: float
    megabytes: float  # at its peak


def texts(sample: Path, rows: int, whole: bool) -> Iterator[str]:
    """Yield different texts: two sentences of the sample, or a whole review and a sentence."""
    reviews = read_texts(sample, None, None, 1000)
    pieces = [piece for text in reviews for piece in SENTENCE.split(text)]
    sentences = sorted({piece for piece in pieces if len(piece) <= SHORT})
    pairs = [(first, second) for first in (reviews if whole else sentences) for second in sentences]
    random.Random(0).shuffle(pairs)
    written = 0
    for round_number in count():
        note = f" ({round_number})" if round_number else ""
        for first, second in pairs:
            if written == rows:
                return
            yield f"{first} {second}{note}"
            written += 1


def write(file: Path, sample: Path, rows: int, whole: bool) -> None:
    """Write a file of two columns."""
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["Number", "Review"])
        writer.writerows(enumerate(texts(sample, rows, whole), 1))


def optimize(model: str, cache: Path) -> None:
    """Make the int8 file of a model, so that it takes as little memory as the embedded one."""
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "cellsense", "models", "optimize", model],
        env={**os.environ, "CELLSENSE_CACHE": str(cache)},
        check=True,
        capture_output=True,
    )


def convert(file: Path, cache: Path, model: str | None) -> Run:
    """Convert the file in a process of its own."""
    command = [sys.executable, "-m", "cellsense", "convert", str(file), "--force"]
    if model is not None:
        command += ["--model", model]
    environment = {**os.environ, "CELLSENSE_CACHE": str(cache)}
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with {os.waitstatus_to_exitcode(status)}.")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Run(time.perf_counter() - started, usage.ru_maxrss / unit)


def main() -> None:
    """Print a line for each number of rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--sample", type=Path, default=Path("workbooks/reviews.csv"))
    parser.add_argument("--whole", action="store_true", help="whole reviews, not two sentences")
    parser.add_argument("--model", help="a tiny one, in int8, shows what grows beside the model")
    arguments = parser.parse_args()
    print("| rows | texts | first run | rows/s | peak | second run | ratio | peak |")
    print("|---:|---:|---:|---:|---:|---:|---:|---:|")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            file, cache = Path(folder) / "reviews.csv", Path(folder) / "results"
            write(file, arguments.sample, rows, arguments.whole)
            if arguments.model is not None:
                optimize(arguments.model, cache)
            first = convert(file, cache, arguments.model)
            second = min(
                (convert(file, cache, arguments.model) for _ in range(3)),
                key=lambda run: run.seconds,
            )
            print(
                f"| {rows:,} | {file.stat().st_size / 2**20:.1f} MB "
                f"| {first.seconds:.1f} s | {rows / first.seconds:,.0f} | {first.megabytes:,.0f} MB"
                f" | {second.seconds:.2f} s | {first.seconds / second.seconds:.0f}× "
                f"| {second.megabytes:,.0f} MB |",
                flush=True,
            )


if __name__ == "__main__":
    main()
