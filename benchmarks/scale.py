"""Hours and cost of a million to a billion reviews, from the measured cost of each stage.

`python -m benchmarks.scale --stages FILE [--core-hour 0.05] [--gpu-hour 4] [--gpu-factor …]` in the
project's folder, FILE being of `python -m benchmarks.stages --json FILE`. Prices are what you say
they are, in any currency. No GPU was at hand where this was written: one is bounded from above by
what its host's cores can read, tokenise and write, which is where a model this small puts the
bottleneck; `--gpu-rows` puts a measured rate in that bound's place if it is lower.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.stages import Stages

REVIEWS = {"1 M": 10**6, "100 M": 10**8, "1 B": 10**9}
GPU_HOST_CORES = 16
CLUSTER_CORES = 1000
NETWORK = 1.25e9  # bytes a second of a machine with 10 Gbit/s
MACHINE_CORES = 16


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a run takes place."""

    name: str
    rate: float  # rows a second, all stages at work at once
    bound: str  # what holds it
    hour: float  # what an hour costs


def slowest(rates: dict[str, float]) -> tuple[float, str]:
    """Return the rate of the slowest stage and its name."""
    name = min(rates, key=lambda item: rates[item])
    return rates[name], name


def core_rate(stages: Stages) -> float:
    """Return the rows a second of a core that does everything, one stage after the other."""
    each = 1 / stages.read + 1 / stages.language + 1 / stages.label + 1 / stages.write
    return 1 / each


def settings(
    stages: Stages, core_hour: float, gpu_hour: float, gpu_rows: float | None
) -> list[Setting]:
    """Describe a laptop, a GPU and a cluster of cores."""
    one = core_rate(stages)
    around = 1 / (1 / stages.read + 1 / stages.tokenise + 1 / stages.write)
    gpu = {
        "tokenising, reading and writing on its host": GPU_HOST_CORES * around,
        "the network": NETWORK / (stages.bytes_in + stages.bytes_out),
    }
    if gpu_rows is not None:
        gpu["the GPU"] = gpu_rows
    gpu_rate, gpu_bound = slowest(gpu)
    machines = CLUSTER_CORES / MACHINE_CORES
    cluster = {
        "labelling": CLUSTER_CORES * one,
        "the network": machines * NETWORK / (stages.bytes_in + stages.bytes_out),
    }
    cluster_rate, cluster_bound = slowest(cluster)
    return [
        Setting("laptop, 4 cores", 4 * one, "labelling", 0.0),
        Setting("one GPU, 16 cores: at most", gpu_rate, gpu_bound, gpu_hour),
        Setting("cluster, 16 cores", 16 * one, "labelling", 16 * core_hour),
        Setting("cluster, 1,000 cores", cluster_rate, cluster_bound, CLUSTER_CORES * core_hour),
    ]


def told(hours: float) -> str:
    """Return a time in the unit that suits it."""
    if hours < 1 / 60:
        return f"{hours * 3600:.0f} s"
    if hours < 2:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.0f} days"


def main() -> None:
    """Print hours and cost of each setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stages", type=Path, required=True, metavar="FILE")
    parser.add_argument("--core-hour", type=float, default=0.05)
    parser.add_argument("--gpu-hour", type=float, default=4.0)
    parser.add_argument("--gpu-rows", type=float, metavar="ROWS_PER_SECOND")
    arguments = parser.parse_args()
    stages = Stages(**json.loads(arguments.stages.read_text(encoding="utf-8")))
    places = settings(stages, arguments.core_hour, arguments.gpu_hour, arguments.gpu_rows)
    print(f"| | rows/s | held by | {' | '.join(REVIEWS)} |")
    print(f"|---|---:|---|{'---:|' * len(REVIEWS)}")
    for place in places:
        cells = []
        for rows in REVIEWS.values():
            hours = rows / place.rate / 3600
            cost = f", {hours * place.hour:,.2f}" if place.hour else ""
            cells.append(f"{told(hours)}{cost}")
        print(f"| {place.name} | {place.rate:,.0f} | {place.bound} | {' | '.join(cells)} |")
    size = max(REVIEWS.values())
    print(
        f"\n{size:,} rows are {size * stages.bytes_in / 1e12:.2f} TB of Parquet to read and "
        f"{size * stages.bytes_out / 1e12:.2f} TB to write."
    )


if __name__ == "__main__":
    main()
