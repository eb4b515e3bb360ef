"""What a run on Ray plans, refuses and keeps, without a Ray."""

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellsense import Classifier, Options
from cellsense.distributed import cluster
from cellsense.distributed.aim import aim
from cellsense.distributed.kept import Keeping, Record, keep
from cellsense.distributed.parts import cut
from cellsense.distributed.plan import Plan, Planning
from cellsense.distributed.sources import find_sources
from cellsense.distributed.storage import (
    Place,
    appearing,
    files_below,
    look,
    opened,
    place,
    read_many,
    remove,
)
from cellsense.distributed.tasks import Errand, Task
from cellsense.distributed.worker import Worker
from cellsense.errors import CellsenseError, InputError, MissingFileError, OptionError, OutputError
from cellsense.jobs.records import Figures, Job
from cellsense.sheets.parquet import ParquetSheet
from distributed.conftest import command

TEXTS = ["I love this lamp, it is beautiful.", "Terrible, it broke after two days.", None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "in"
    source.mkdir()
    for name in ("a", "b"):
        pd.DataFrame({"id": range(30), "review": TEXTS * 10}).to_parquet(source / f"{name}.parquet")
    (source / "c.csv").write_text("id,review\n1,I love this lamp. It is beautiful.\n")
    return source


# ---- parts --------------------------------------------------------------------------------------


def test_groups_go_together_and_large_ones_are_cut_evenly() -> None:
    assert list(cut([40, 40, 40, 250, 5], 100)) == [
        range(80),
        range(80, 120),
        range(120, 203),
        range(203, 286),
        range(286, 370),
        range(370, 375),
    ]


@given(st.lists(st.integers(0, 300)), st.integers(1, 120))
def test_every_row_is_in_one_part(groups: list[int], most: int) -> None:
    parts = list(cut(groups, most))
    assert [row for part in parts for row in part] == list(range(sum(groups)))
    assert all(1 <= len(part) <= most for part in parts)


@given(st.lists(st.integers(1, 9), min_size=1), st.data())
def test_a_window_of_rows_is_those_rows(
    tmp_path_factory: pytest.TempPathFactory, groups: list[int], data: st.DataObject
) -> None:
    rows = sum(groups)
    table = pa.table({"id": range(rows), "review": [f"text {number}" for number in range(rows)]})
    file = tmp_path_factory.mktemp("window") / "rows.parquet"
    start = 0
    with pq.ParquetWriter(file, table.schema) as writer:
        for size in groups:
            writer.write_table(table.slice(start, size))
            start += size
    first = data.draw(st.integers(0, rows - 1))
    window = range(first, data.draw(st.integers(first + 1, rows)))
    with pq.ParquetFile(file) as opened_file:
        sheet = ParquetSheet(file, opened_file, window)
        assert sheet.extent() == (len(window), 2)
        cells = dict(sheet.column(2, 1))
        assert cells == {n: f"text {row}" for n, row in enumerate(window, start=1)}
        sheet.write_to(file.with_name("part.parquet"))
    part = pq.read_table(file.with_name("part.parquet"))
    assert part.equals(table.slice(first, len(window)))


# ---- planning -----------------------------------------------------------------------------------


def planned(
    folder: Path,
    done: dict[str, Record] | None = None,
    fingerprint: str = "model",
    options: Options | None = None,
) -> Plan:
    job = Job(str(folder), options=options or Options())
    where = aim(job)
    files = find_sources(job, where.source, where.output, is_folder=True).files
    planning = Planning(job, where.output, True, fingerprint, 20, None, done or {})
    return planning.plan(files)


def kept(tasks: Sequence[Task]) -> dict[str, Record]:
    return {task.relative: Record(task.how, str(task.source), 1, 0.1, Figures()) for task in tasks}


def test_names_say_where_a_part_is_from(folder: Path) -> None:
    plan = planned(folder)
    parts = [f"{name}-0000{number}.parquet" for name in "ab" for number in (0, 1)]
    assert [task.relative for task in plan.tasks] == [*parts, "c.csv"]
    assert plan.rows is None
    assert plan.selection is not None
    assert plan.selection.column.header == "review"


def test_what_is_done_is_done_again_only_if_something_changed(folder: Path) -> None:
    done = kept(planned(folder).tasks)
    assert planned(folder, done).tasks == []
    assert [record.why for record in planned(folder, done).records] == ["already done"] * 5
    for changed in (
        planned(folder, done, fingerprint="another"),
        planned(folder, done, options=Options(limit=3)),
        planned(folder, done, options=Options(force=True)),
    ):
        assert len(changed.tasks) == 5
    pd.DataFrame({"id": range(31), "review": (TEXTS * 11)[:31]}).to_parquet(folder / "a.parquet")
    assert {task.source.filename for task in planned(folder, done).tasks} == {"a.parquet"}


def test_the_first_file_decides_the_column_of_all(folder: Path) -> None:
    frame = pd.DataFrame({"review": ["x"] * 3, "other": TEXTS})
    frame.to_parquet(folder / "b.parquet")
    frame.rename(columns={"review": "comment"}).to_parquet(folder / "d.parquet")
    plan = planned(folder)
    columns = {task.source.filename: task.rows.column for task in plan.tasks if task.rows}
    assert columns == {"a.parquet": 2, "b.parquet": 1}
    (failed,) = plan.records
    assert failed.status == "failed"
    assert f'{folder / "d.parquet"}: There is no column "review"' in str(failed.why)


# ---- records ------------------------------------------------------------------------------------


def test_a_record_counts_only_for_what_is_there(folder: Path, tmp_path: Path) -> None:
    keeping = Keeping(Place(str(tmp_path / "in.labelled")))
    task = planned(folder).tasks[0]
    assert keeping.records() == {}
    keep(keeping.folder, task, 3, 0.5, Figures(notes=("a note",)))
    assert keeping.records() == {}
    result = tmp_path / "in.labelled" / task.relative
    result.write_text("abc")
    assert keeping.records()[task.relative].figures == Figures(notes=("a note",))
    result.write_text("abcd")
    assert keeping.records() == {}
    next(keeping.folder.path.rglob("*.json")).write_text('{"cellsense_rec')  # type: ignore[union-attr]
    result.write_text("abc")
    assert keeping.records() == {}


def test_what_is_somebody_elses_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    keeping, source = Keeping(Place(str(output))), Place(str(folder))
    keeping.check(source, force=False)
    output.mkdir()
    keeping.check(source, force=False)
    (output / "notes.txt").touch()
    with pytest.raises(OutputError, match="aren't of an earlier run"):
        aim(Job(str(folder), str(output)))
    keeping.check(source, force=True)
    keeping.begin(source, {})
    keeping.check(source, force=False)
    with pytest.raises(OutputError, match=f"holds the results of {re.escape(str(folder))}"):
        keeping.check(Place("s3://other"), force=False)


# ---- the worker ---------------------------------------------------------------------------------


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


# ---- storage ------------------------------------------------------------------------------------


def test_files_elsewhere_appear_whole() -> None:
    root = place("memory://shop/out")
    target, aside = root.below("x/result.csv"), root.below("aside")
    stopped = appearing(target, aside)
    stopped.__enter__().write_text("half")
    assert not stopped.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert look(target) is None
    with appearing(target, aside) as file:
        file.write_text("whole")
    status = look(target)
    assert status is not None
    assert (status.size, status.is_folder) == (5, False)
    assert list(files_below(root)) == ["x/result.csv"]
    assert read_many([target, root.below("none")]) == {target: b"whole"}
    with opened(target) as stream:
        assert stream.read() == b"whole"
    with pytest.raises(InputError, match="There is no memory://shop/out/none"):
        opened(root.below("none")).__enter__()
    remove(root)
    assert look(root) is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("s3://key:secret@bucket/x", "A password stands in the s3:// address"),
        ("gs://", "names no file"),
    ],
)
def test_names_that_are_refused(name: str, message: str) -> None:
    with pytest.raises(OptionError, match=message) as raised:
        place(name)
    assert "secret" not in str(raised.value)


def test_names_of_places() -> None:
    assert place("file:///in/a b.csv").path == Path("/in/a b.csv")
    where = place("abfs://container@account.dfs.core.windows.net/in/a.CSV/")
    assert (where.filename, where.suffix) == ("a.CSV", ".csv")
    assert str(where.parent.below("x/y")) == (
        "abfs://container@account.dfs.core.windows.net/in/x/y"
    )


# ---- mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("job", "kind", "message"),
    [
        (Job("-"), OptionError, "reads and writes files"),
        (Job("in", in_place=True), OptionError, "leave --in-place out"),
        (Job("none.csv"), MissingFileError, "none.csv"),
        (Job("in/c.csv", recursive=True), OptionError, "name a folder"),
        (Job("in", "in"), OptionError, "is the source itself"),
        (Job("in", "out.csv"), OptionError, "several files"),
        (Job("in/c.csv", "in/c.csv"), OutputError, "is the input itself"),
        (Job("in/c.csv", "out.xlsx"), OutputError, "another kind"),
        (Job("memory://x/y"), OptionError, "in one process"),
        (Job("nowhere://x/y"), OptionError, "nowhere://x/y can't be used"),
    ],
)
def test_jobs_that_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, job: Job, kind: type[Exception], message: str
) -> None:
    monkeypatch.chdir(folder.parent)
    with pytest.raises(kind, match=re.escape(message)):
        aim(job)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("--workers", 2), "--workers is for --engine ray"),
        (("--engine", "ray", "--device", "cuda:1"), "each worker has a device of its own"),
        (("--engine", "ray", "--workers", 0), "--workers 0 leaves nobody to work"),
        (("--engine", "ray", "--part-rows", 0), "--part-rows 0 leaves no row"),
        (("--engine", "ray", "--threshold", 7), "7"),
        (("--engine", "ray", "--address", "127.0.0.1:9"), "No Ray cluster answers at 127.0.0.1:9"),
    ],
)
def test_flags_that_are_refused(folder: Path, flags: tuple[object, ...], message: str) -> None:
    line = command("convert", folder, *flags)
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("address", ["here", "10.0.0.5", "host:port", "ray://"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(OptionError, match=f'--address "{address}" is none'):
        cluster._check_reachable(address)


def test_without_ray(folder: Path) -> None:
    program = (
        "import sys\n"
        "sys.modules['ray'] = None\n"
        f"sys.argv = ['cellsense', 'convert', {str(folder)!r}, '--engine', 'ray']\n"
        "from cellsense.cli import main\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert not folder.with_name("in.labelled").exists()
    assert done.stderr == (
        "Error: --engine ray needs the package ray: run `pip install 'cellsense[ray]'`.\n"
    )


# ---- workers ------------------------------------------------------------------------------------


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
