"""Who works in a run on Ray, and what a worker does when something is wrong."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from cellsense import Classifier, Options
from cellsense.distributed import cluster
from cellsense.distributed.tasks import Errand
from cellsense.distributed.worker import Worker
from cellsense.errors import CellsenseError
from distributed.planning import make_folder, planned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "in")


class _Board:
    """Stands in for the actor, whose methods are remote."""

    class tell:  # noqa: N801
        @staticmethod
        def remote(number: int, rows: int) -> None:
            """Hear it."""


def worker(monkeypatch: pytest.MonkeyPatch, fingerprint: str, begun: int = 1) -> Worker:
    made = Worker(Classifier, "cpu", 1, Errand(Options(), None, fingerprint), _Board())  # type: ignore[arg-type]
    monkeypatch.setattr(Worker, "_begin", lambda *_: begun)
    return made


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CELLSENSE_CORES", "1")
    monkeypatch.setenv("RAYON_NUM_THREADS", "1")


@pytest.mark.usefixtures("_environment")
def test_a_worker_with_another_model_stops_the_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = worker(monkeypatch, "another")._attempt(0, planned(folder).tasks[0], 0.0)
    assert outcome.concerns_all
    assert outcome.error == "ModelError"
    assert "another one on" in str(outcome.failed)


@pytest.mark.usefixtures("_environment")
def test_what_kills_its_worker_each_time_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = worker(monkeypatch, "", begun=5)._attempt(0, planned(folder).tasks[0], 0.0)
    assert not outcome.concerns_all
    assert "4 workers were lost at it" in str(outcome.failed)


@pytest.mark.usefixtures("_environment")
def test_a_source_that_changes_meanwhile_is_no_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = planned(folder).tasks
    for name in ("a.parquet", "c.csv"):
        (folder / name).touch()
    attempts = worker(monkeypatch, Classifier(device="cpu").fingerprint)
    for task in (tasks[0], tasks[-1]):
        outcome = attempts._attempt(0, task, 0.0)
        assert "was changed by another program meanwhile" in str(outcome.failed)
        assert task.target.path is not None
        assert not task.target.path.exists()


def machines(*resources: dict[str, float]) -> SimpleNamespace:
    """Stand in for Ray, as far as it tells what the machines have."""
    nodes = [{"Alive": True, "Resources": machine} for machine in resources]
    nodes.append({"Alive": False, "Resources": {"CPU": 64.0, "GPU": 8.0}})
    return SimpleNamespace(nodes=lambda: nodes)


@pytest.mark.parametrize(
    ("resources", "workers", "device", "team"),
    [
        (({"CPU": 16.0},), None, "auto", "4 workers with 4 cores each"),
        (({"CPU": 16.0}, {"CPU": 6.0}, {}), None, "auto", "5 workers with 4 cores each"),
        (({"CPU": 2.0},), None, "auto", "1 worker with 2 cores each"),
        (({"CPU": 16.0},), 8, "cpu", "8 workers with 2 cores each"),
        (({"CPU": 16.0},), 1, "cpu", "1 worker with 16 cores each"),
        (({"CPU": 3.0}, {"CPU": 3.0}), 3, "cpu", "3 workers with 1 core each"),
        (({"CPU": 8.0, "GPU": 2.0}, {"CPU": 64.0}), None, "auto", "2 workers with a GPU each"),
        (({"CPU": 8.0, "GPU": 2.0},), 1, "cuda", "1 worker with a GPU each"),
        (({"CPU": 8.0, "GPU": 2.0},), None, "cpu", "2 workers with 4 cores each"),
    ],
)
def test_who_works(
    resources: tuple[dict[str, float], ...], workers: int | None, device: str, team: str
) -> None:
    assert str(cluster._team(machines(*resources), workers, device, is_here=False)) == team


@pytest.mark.parametrize(
    ("resources", "workers", "device", "message"),
    [
        ({"CPU": 4.0}, None, "cuda", "The cluster has no GPU"),
        ({"CPU": 4.0}, 5, "cpu", "--workers 5: the cluster has room for 4"),
        ({"CPU": 8.0, "GPU": 1.0}, 2, "auto", "--workers 2: the cluster has room for 1"),
        ({}, None, "auto", "The cluster has no cores"),
    ],
)
def test_who_cannot(
    resources: dict[str, float], workers: int | None, device: str, message: str
) -> None:
    with pytest.raises(CellsenseError, match=re.escape(message)):
        cluster._team(machines(resources), workers, device, is_here=False)
