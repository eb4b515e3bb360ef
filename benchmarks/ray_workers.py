"""What a worker of `--engine ray` does beside one process, and the memory that it takes.

`python -m benchmarks.ray_workers [--rows 4000] [--workers 2] [--rounds 1]` in the project's folder:
a Parquet file of so many different texts is labelled by one process that may use one core, and by
so many workers with a core each, on a Ray that the run starts itself; each way in turn, as whole
processes, nothing kept from before. A worker's efficiency is its rows per second, from the moment
when every worker has finished a part to the end, beside those of the one process without its start.

`python -m benchmarks.ray_workers --memory-rows 5000000 [--different 5000]`: the peak memory of the
command and of its workers over a file of so many short texts in row groups of half a million, with
a tiny model of random weights. With `--different`, only so many of them differ, in a part as in the
whole: that takes minutes. Linux only, as it looks into /proc.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from benchmarks.growth import texts

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "workbooks" / "reviews.csv"
GROUP_ROWS = 500_000
CHUNK_ROWS = 50_000


@dataclass(slots=True)
class Run:
    """A whole command."""

    seconds: float
    # The most memory of each process, in MB, by what it is.
    peaks: dict[str, list[float]] = field(default_factory=dict)


def write(
    file: Path, rows: int, *, whole: bool, group_rows: int, different: int | None = None
) -> None:
    """Write a file of so many different texts, or of some that come again and again."""
    schema = pa.schema({"number": pa.int64(), "review": pa.string()})
    with pq.ParquetWriter(file, schema) as writer:
        group: list[pa.Table] = []
        for table in _tables(rows, different or rows, whole, schema):
            group.append(table)
            if sum(map(len, group)) >= group_rows:
                writer.write_table(pa.concat_tables(group), row_group_size=group_rows)
                group = []
        if group:
            writer.write_table(pa.concat_tables(group), row_group_size=group_rows)


def _tables(rows: int, different: int, whole: bool, schema: pa.Schema) -> Iterator[pa.Table]:
    chunk: list[str] = []
    every = texts(SAMPLE, rows, whole)
    if different < rows:
        every = islice(cycle(texts(SAMPLE, different, whole)), rows)
    for number, text in enumerate(every, start=1):
        chunk.append(text)
        if len(chunk) == CHUNK_ROWS or number == rows:
            numbers = range(number - len(chunk), number)
            yield pa.table([list(numbers), chunk], schema=schema)
            chunk = []


def run(*arguments: object, cores: int | None = None) -> Run:
    """Run a command without results from before, and watch its processes."""
    environment = {**os.environ, "CELLSENSE_CACHE": "off"}
    if cores is not None:
        environment["CELLSENSE_CORES"] = str(cores)
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - the command itself
        [sys.executable, "-m", "cellsense", "convert", *map(str, arguments)],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    found: dict[int, tuple[str, float]] = {}
    ended = threading.Event()
    watch = threading.Thread(target=_watch, args=(process.pid, found, ended))
    watch.start()
    code = process.wait()
    seconds = time.monotonic() - started
    ended.set()
    watch.join()
    if code:
        raise SystemExit(f"The command failed with {code}.")
    peaks: dict[str, list[float]] = {}
    for kind, peak in found.values():
        peaks.setdefault(kind, []).append(peak)
    return Run(seconds, peaks)


def _watch(pid: int, found: dict[int, tuple[str, float]], ended: threading.Event) -> None:
    while not ended.wait(0.5):
        parents: dict[int, int] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                after_name = (folder / "stat").read_text().rpartition(")")[2]
                parents[int(folder.name)] = int(after_name.split()[1])
            except (OSError, ValueError):
                continue
        for child in list(parents):
            if _is_below(child, pid, parents):
                _note(child, pid, found)


def _is_below(child: int, pid: int, parents: dict[int, int]) -> bool:
    while child > 1 and child != pid:
        child = parents.get(child, 0)
    return child == pid


def _note(child: int, pid: int, found: dict[int, tuple[str, float]]) -> None:
    folder = Path("/proc") / str(child)
    try:
        name = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
        status = (folder / "status").read_text()
    except OSError:
        return
    peak = next((line for line in status.splitlines() if line.startswith("VmHWM")), "VmHWM: 0")
    kind = "driver" if child == pid else "worker" if "MapWorker" in name else "Ray itself"
    before = found.get(child, (kind, 0.0))[1]
    found[child] = (kind, max(before, int(peak.split()[1]) / 1000))


def steady(output: Path, workers: int) -> float:
    """Return the rows a second of all workers from when each had finished a part."""
    parts = sorted(output.glob("*.parquet"), key=lambda part: part.stat().st_mtime_ns)
    rows = sum(pq.ParquetFile(part).metadata.num_rows for part in parts[workers:])
    times = [part.stat().st_mtime_ns / 1e9 for part in parts]
    return rows / (times[-1] - times[workers - 1])


def efficiency(folder: Path, rows: int, workers: int, rounds: int) -> None:
    """Print what a worker does beside one process."""
    source, few = folder / "texts.parquet", folder / "few.parquet"
    write(source, rows, whole=True, group_rows=GROUP_ROWS)
    write(few, 2, whole=True, group_rows=GROUP_ROWS)
    part_rows = max(10, rows // (workers * 8))
    alone, together, whole_alone, whole_together = [], [], [], []
    for number in range(rounds):
        start = run(few, "--output", folder / f"few-{number}.parquet", cores=1).seconds
        one = run(source, "--output", folder / f"one-{number}.parquet", cores=1).seconds
        output = folder / f"ray-{number}"
        ray = run(
            *(source, "--output", output, "--engine", "ray"),
            *("--workers", workers, "--part-rows", part_rows),
        )
        whole_alone.append(one)
        whole_together.append(ray.seconds)
        alone.append((rows - 2) / (one - start))
        together.append(steady(output, workers))
        print(f"round {number + 1}: {alone[-1]:,.0f} and {together[-1]:,.0f} rows/s", flush=True)
    one_rate, all_rate = statistics.median(alone), statistics.median(together)
    print(f"\n{rows:,} texts, medians of {rounds} round(s)\n")
    print("| | rows/s | as a whole process |\n|---|---:|---:|")
    print(f"| one process, one core | {one_rate:,.0f} | {statistics.median(whole_alone):,.1f} s |")
    print(
        f"| {workers} workers, a core each | {all_rate:,.0f} | "
        f"{statistics.median(whole_together):,.1f} s |"
    )
    print(f"\nEfficiency of a worker: {all_rate / workers / one_rate:.0%}")


def memory(folder: Path, rows: int, workers: int, different: int | None) -> None:
    """Print the peak memory over a large file."""
    sys.path.insert(0, str(ROOT / "tests"))
    import small_models

    model = small_models.save("bert", folder / "model")
    source, output = folder / "texts.parquet", folder / "out"
    write(source, rows, whole=False, group_rows=GROUP_ROWS, different=different)
    megabytes = source.stat().st_size / 1e6
    print(f"{rows:,} texts, {megabytes:,.0f} MB of Parquet", flush=True)
    done = run(
        *(source, "--output", output, "--engine", "ray", "--model", model),
        *("--workers", workers),
    )
    made = sum(pq.ParquetFile(part).metadata.num_rows for part in output.glob("*.parquet"))
    print(f"{made:,} rows in {done.seconds:,.0f} s, {made / done.seconds:,.0f} rows/s\n")
    print("| | processes | largest peak, MB | all together, MB |\n|---|---:|---:|---:|")
    for kind, peaks in sorted(done.peaks.items()):
        print(f"| {kind} | {len(peaks)} | {max(peaks):,.0f} | {sum(peaks):,.0f} |")


def main() -> None:
    """Measure one or the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--memory-rows", type=int)
    parser.add_argument("--different", type=int)
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if told.memory_rows:
            memory(Path(folder), told.memory_rows, told.workers, told.different)
        else:
            efficiency(Path(folder), told.rows, told.workers, told.rounds)


if __name__ == "__main__":
    main()
