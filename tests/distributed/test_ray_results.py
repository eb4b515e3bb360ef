"""On Ray everything comes out as on one machine, bit for bit."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import fsspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellsense import Classifier, Options, convert
from cellsense.conversion import Silent
from cellsense.distributed.aim import aim
from cellsense.distributed.files import convert_whole
from cellsense.distributed.storage import look, place
from cellsense.distributed.tasks import Errand, Task
from cellsense.errors import MissingFileError, OptionError, OutputError
from cellsense.jobs.records import Job
from cellsense.label_workbook import Work
from distributed.conftest import Driver
from distributed.stand_in import S3

Converted = Callable[[Path], Path]


@pytest.fixture
def local(tmp_path: Path, embedded: Classifier) -> Converted:
    """Convert a file on one machine."""

    def converted(source: Path) -> Path:
        folder = tmp_path / "on one machine"
        folder.mkdir(exist_ok=True)
        if not (folder / source.name).exists():
            convert(source, folder / source.name, classifier=embedded)
        return folder / source.name

    return converted


def test_a_parquet_file_in_parts(
    ray: Driver, tmp_path: Path, reviews: pd.DataFrame, local: Converted
) -> None:
    table = pa.Table.from_pandas(reviews.head(260)).append_column(
        "kind", pa.array(["a", "b"] * 130).dictionary_encode()
    )
    source = tmp_path / "big.parquet"
    # Two groups go together, the third is cut in two.
    with pq.ParquetWriter(source, table.schema, compression={"Review Text": "gzip"}) as writer:
        for first, rows in ((0, 40), (40, 40), (80, 180)):
            writer.write_table(table.slice(first, rows), row_group_size=rows)
    done = ray.run("convert", source, "--engine", "ray", "--part-rows", 100)
    assert done.code == 0, done.err
    assert "260 rows" in done.out
    expected = pq.read_table(local(source))
    output = tmp_path / "big.labelled"
    parts = [pq.read_table(file) for file in sorted(output.glob("*.parquet"))]
    assert [part.num_rows for part in parts] == [80, 90, 90]
    assert all(part.schema.equals(expected.schema, check_metadata=True) for part in parts)
    assert pa.concat_tables(parts).equals(expected)
    first_part = pq.ParquetFile(output / "part-00000.parquet").metadata
    assert first_part.num_row_groups == 2
    columns = [first_part.row_group(0).column(place) for place in range(first_part.num_columns)]
    assert "GZIP" in {column.compression for column in columns}
    run = json.loads((output / "_cellsense" / "run.json").read_text())
    assert run["finished"]
    assert run["results"] == 3
    # A program that reads the folder sees the results and nothing else.
    assert len(pd.read_parquet(output)) == 260


def test_a_folder_of_many_kinds(
    ray: Driver, tmp_path: Path, reviews: pd.DataFrame, local: Converted
) -> None:
    inbox, outbox = tmp_path / "inbox", tmp_path / "outbox"
    (inbox / "2024").mkdir(parents=True)
    reviews.iloc[:30].to_csv(inbox / "a.csv", index=False)
    reviews.iloc[30:60].to_csv(inbox / "2024" / "b.csv", sep=";", index=False)
    reviews.iloc[60:90].to_excel(inbox / "c.xlsx", index=False)
    reviews.iloc[90:120].to_parquet(inbox / "2024" / "d.parquet")
    reviews.iloc[:0].to_parquet(inbox / "empty.parquet")
    (inbox / "broken.xlsx").write_bytes(b"no workbook")
    report = tmp_path / "report.json"
    arguments = ("convert", inbox, "--recursive", "--output", outbox, "--engine", "ray")

    done = ray.run(*arguments, "--part-rows", 20, "--report", report)
    assert done.code == 3, done.err
    assert done.err.count("Error:") == 1
    assert "broken.xlsx is no .xlsx file" in done.err
    for name in ("a.csv", "2024/b.csv", "c.xlsx"):
        assert (outbox / name).read_bytes() == local(inbox / name).read_bytes()
    made = [outbox / "2024" / f"d-0000{number}.parquet" for number in range(2)]
    expected = pq.read_table(local(inbox / "2024" / "d.parquet"))
    assert pa.concat_tables(map(pq.read_table, made)).equals(expected)
    told = json.loads(report.read_text())
    assert told["totals"]["files"] == {"ok": 5, "failed": 1, "skipped": 1}
    assert told["totals"]["rows"] == 120
    assert "ray" in told["model"]["runs_on"]
    assert not json.loads((outbox / "_cellsense" / "run.json").read_text())["finished"]

    # What is done isn't done again; what changed is, and nothing that it replaces is left over.
    (inbox / "broken.xlsx").unlink()
    before = {name: (outbox / name).stat().st_mtime_ns for name in ("a.csv", "c.xlsx")}
    shutil.copy(inbox / "a.csv", inbox / "2024" / "b.csv")
    again = ray.run(*arguments)
    assert again.code == 0, again.err
    assert "2 files · 2 done before · 60 rows" in again.out
    assert before == {name: (outbox / name).stat().st_mtime_ns for name in before}
    assert (outbox / "2024" / "b.csv").read_bytes() == (outbox / "a.csv").read_bytes()
    assert list((outbox / "2024").glob("*.parquet")) == made[:1]
    assert made[0].read_bytes() == local(inbox / "2024" / "d.parquet").read_bytes()
    assert json.loads((outbox / "_cellsense" / "run.json").read_text())["finished"]


def test_a_storage_elsewhere(
    ray: Driver,
    s3: S3,
    tmp_path: Path,
    reviews: pd.DataFrame,
    local: Converted,
    embedded: Classifier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    fsspec.filesystem("s3").mkdir("bucket")
    reviews.iloc[:25].to_csv(tmp_path / "a.csv", index=False)
    reviews.iloc[25:75].to_parquet(tmp_path / "b.parquet", row_group_size=25)
    storage = fsspec.filesystem("s3", skip_instance_cache=True)
    for name in ("a.csv", "b.parquet"):
        storage.put_file(str(tmp_path / name), f"bucket/in/{name}")

    done = ray.run("convert", "s3://bucket/in", "--engine", "ray", "--part-rows", 25)
    assert done.code == 0, done.err
    assert "Wrote s3://bucket/in.labelled · 3 files · 75 rows" in done.out
    assert storage.cat_file("bucket/in.labelled/a.csv") == local(tmp_path / "a.csv").read_bytes()
    parts = [storage.open(f"bucket/in.labelled/b-0000{number}.parquet") for number in range(2)]
    expected = pq.read_table(local(tmp_path / "b.parquet"))
    assert pa.concat_tables(map(pq.read_table, parts)).equals(expected)
    storage.invalidate_cache()
    assert not [name for name in storage.find("bucket/in.labelled") if "unfinished/" in name]

    one = ray.run("convert", "s3://bucket/in/a.csv", "--engine", "ray", "-o", tmp_path / "one.csv")
    assert one.code == 0, one.err
    assert (tmp_path / "one.csv").read_bytes() == local(tmp_path / "a.csv").read_bytes()

    here = place(str(tmp_path / "a.csv"))
    status = look(here)
    assert status is not None
    task = Task(here, place("s3://buckte/a.csv"), "a.csv", status.version, "")
    with pytest.raises(OutputError, match=r"^s3://buckte/a.csv can't be written: there is no such"):
        convert_whole(task, Errand(Options(), None, ""), Work(embedded, Options(), Silent()))
    assert not storage.exists("buckte")
    with pytest.raises(OptionError, match="s3://bucket has nothing beside it: name an --output"):
        aim(Job("s3://bucket"))
    with pytest.raises(MissingFileError, match=r"There is no file or folder s3://bucket/none.csv"):
        aim(Job("s3://bucket/none.csv"))
