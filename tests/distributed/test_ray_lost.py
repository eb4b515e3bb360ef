"""Workers and drivers that are killed: no row is lost, none is there twice, and a run goes on."""

import os
import re
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cellsense import Classifier, convert
from distributed.conftest import TOKEN, Driver, command
from distributed.processes import wait_until, workers_below

ROWS = 480


@pytest.fixture
def source(tmp_path: Path, reviews: pd.DataFrame) -> Path:
    file = tmp_path / "reviews.parquet"
    pd.concat([reviews, reviews]).head(ROWS).to_parquet(file, index=False)
    return file


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def arguments(source: Path, output: Path) -> tuple[object, ...]:
    return ("convert", source, "--output", output, "--engine", "ray", "--part-rows", 60)


def finished(output: Path) -> dict[str, int]:
    """Return when each finished part was written."""
    records = output.glob("_cellsense/done/*.json")
    names = [record.name.removesuffix(".json") for record in records]
    return {name: (output / name).stat().st_mtime_ns for name in names}


def is_complete(source: Path, output: Path, embedded: Classifier) -> bool:
    expected = source.with_name("expected.parquet")
    convert(source, expected, classifier=embedded)
    parts = pq.read_table(output)
    return parts.num_rows == ROWS and parts.equals(pq.read_table(expected))


def test_a_lost_worker_costs_no_row(
    ray: Driver, source: Path, output: Path, embedded: Classifier
) -> None:
    ray.start(*arguments(source, output), "--workers", 2)
    wait_until(lambda: bool(finished(output)))
    time.sleep(0.1)  # the next part is begun
    workers = workers_below(ray.pid)
    assert workers
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    done = ray.wait()
    assert done.code == 0, done.err
    assert "Workers were lost" in done.out
    assert done.err == ""
    assert is_complete(source, output, embedded)


def _goes_on(process: "subprocess.Popen[str]", output: Path, parts: int) -> bool:
    return len(finished(output)) > parts or process.poll() is not None


def test_a_killed_run_goes_on(
    ray: Driver, source: Path, output: Path, embedded: Classifier
) -> None:
    kept: dict[str, int] = {}
    # On a Ray of its own, then on one that goes on without it.
    for number, code, joins in (
        (signal.SIGINT, 130, ("--workers", 2)),
        (signal.SIGKILL, -signal.SIGKILL, ("--address", ray.address)),
    ):
        with subprocess.Popen(
            command(*arguments(source, output), *joins),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **(TOKEN if "--address" in joins else {})},
        ) as process:
            wait_until(partial(_goes_on, process, output, len(kept)))
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
        assert process.returncode == code, err
        assert "Wrote" not in out
        if number == signal.SIGINT:
            assert err == "Cancelled; what is finished stays, and the same command goes on.\n"
            assert workers_below(process.pid) == []
        assert len(kept) < len(finished(output)) < ROWS // 60
        kept = finished(output)
    done = ray.run(*arguments(source, output))
    assert done.code == 0, done.err
    before_it = re.search(r"(\d+) done before", done.out)
    assert before_it is not None
    assert int(before_it[1]) >= len(kept)  # a worker may have finished its part
    now = finished(output)
    assert len(now) == ROWS // 60
    assert {name: now[name] for name in kept} == kept
    assert is_complete(source, output, embedded)
