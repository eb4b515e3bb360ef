"""A thousand workers with failures, simulated: how long a run takes, and what is done twice.

`python -m benchmarks.simulate_cluster [--rows 1000000000] [--workers 1000] [--rate 280]` in the
project's folder. The parts are made by the code that makes them in a real run
(`cellsense.distributed.parts.cut`), from row groups as large as writers commonly make them; they
go to workers as the pool in `cellsense.distributed.pool` gives them: one at a time to each worker,
in order, and again to another one if the worker is lost. What Ray does inside is not simulated. A
worker's rate varies by machine and by part; it is lost at random, loses the part it has in work,
and comes back after a while.
"""

import argparse
import heapq
import random
from collections import deque
from dataclasses import dataclass

from cellsense.distributed.parts import PART_ROWS, cut

ROW_GROUP = 122_880  # rows, DuckDB's; pyarrow makes larger ones


@dataclass(frozen=True, slots=True)
class Setting:
    """What a cluster is like."""

    workers: int
    rate: float  # rows a second of a worker
    spread: float  # standard deviation of machines' speeds, as a share
    slow: float  # share of parts that take three times as long
    between_failures: float  # hours of one worker
    away: float  # seconds until a lost worker's successor has loaded the model
    start: float  # seconds until a worker has loaded the model


@dataclass(frozen=True, slots=True)
class Result:
    """How a run went."""

    hours: float
    ideal: float  # hours without failures, loading or waiting
    lost: int  # workers
    again: int  # rows that were labelled in vain

    @property
    def efficiency(self) -> float:
        """The share of the workers' time that went into the result."""
        return self.ideal / self.hours


def parts_of(rows: int, part_rows: int) -> list[int]:
    """Return the sizes of the parts that a run makes of a file."""
    groups = [ROW_GROUP] * (rows // ROW_GROUP) + ([rows % ROW_GROUP] if rows % ROW_GROUP else [])
    return [len(part) for part in cut(groups, part_rows)]


def simulate(parts: list[int], setting: Setting, seed: int) -> Result:
    """Let workers take parts until all are done."""
    chance = random.Random(seed)
    speeds = [
        setting.rate * max(0.3, chance.gauss(1, setting.spread)) for _ in range(setting.workers)
    ]
    waiting = deque(parts)
    free = [(setting.start, worker) for worker in range(setting.workers)]
    heapq.heapify(free)
    end = lost = again = 0.0
    # Parts that come back when their worker is lost, by the time at which that is noticed.
    returning: list[tuple[float, int]] = []
    while waiting or returning:
        now, worker = heapq.heappop(free)
        while returning and (returning[0][0] <= now or not waiting):
            noticed, part = heapq.heappop(returning)
            waiting.appendleft(part)
            now = max(now, noticed)
        part = waiting.popleft()
        rate = speeds[worker] / (3 if chance.random() < setting.slow else 1)
        needed = part / rate
        fails = chance.expovariate(1 / (setting.between_failures * 3600))
        if fails < needed:
            lost += 1
            again += fails * rate
            heapq.heappush(returning, (now + fails, part))
            heapq.heappush(free, (now + fails + setting.away, worker))
        else:
            end = max(end, now + needed)
            heapq.heappush(free, (now + needed, worker))
    ideal = sum(parts) / sum(speeds)
    return Result(end / 3600, ideal / 3600, int(lost), round(again))


def main() -> None:
    """Print a line for each size of the parts and each rate of failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000_000)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=280.0, help="rows a second of a worker")
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    print(
        f"{arguments.rows:,} rows, {arguments.workers:,} workers of {arguments.rate:,.0f} rows/s; "
        f"means of {arguments.seeds} runs"
    )
    print("| rows in a part | a worker lost every | hours | efficiency | lost | rows again |")
    print("|---:|---:|---:|---:|---:|---:|")
    for part_rows in (10_000, PART_ROWS, 500_000):
        parts = parts_of(arguments.rows, part_rows)
        for hours in (1000.0, 24.0, 2.0):
            setting = Setting(arguments.workers, arguments.rate, 0.1, 0.01, hours, 120.0, 30.0)
            found = [simulate(parts, setting, seed) for seed in range(arguments.seeds)]
            mean = [sum(values) / len(found) for values in zip(*map(_figures, found), strict=True)]
            took = f"{mean[0]:.2f} | {mean[1]:.1%}"
            redone = f"{mean[2]:,.0f} | {mean[3] / arguments.rows:.2%}"
            print(f"| {part_rows:,} | {hours:,.0f} h | {took} | {redone} |", flush=True)


def _figures(result: Result) -> tuple[float, ...]:
    return result.hours, result.efficiency, result.lost, result.again


if __name__ == "__main__":
    main()
