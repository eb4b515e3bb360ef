"""What a run on Ray plans and keeps, without a Ray."""

import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellsense import Options
from cellsense.distributed.aim import aim
from cellsense.distributed.kept import Keeping, keep
from cellsense.distributed.parts import cut
from cellsense.distributed.storage import (
    Place,
)
from cellsense.errors import OutputError
from cellsense.jobs.records import Figures, Job
from cellsense.sheets.parquet import ParquetSheet
from distributed.planning import TEXTS, kept, make_folder, planned


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_folder(tmp_path / "in")


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
