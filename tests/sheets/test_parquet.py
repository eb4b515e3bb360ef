"""Parquet: what was in the file is in the output, types and metadata too."""

import datetime
import json
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cellsense.errors import MissingFileError, OutputError, SelectionError, UnreadableFileError
from cellsense.sheets.interface import Addition
from cellsense.sheets.parquet import ParquetWorkbook

NAMES = ("Label", "Score")
WHEN = datetime.datetime(2024, 5, 1, 12, 30, tzinfo=datetime.UTC)
TABLE = pa.table(
    {
        "id": pa.array([1, 2, 3, 4, 5], pa.int32()),
        "review": ["good", None, "", "bad", "so so"],
        "when": pa.array([WHEN] * 5, pa.timestamp("ns", "UTC")),
        "price": pa.array([Decimal("1.50")] * 5, pa.decimal128(9, 2)),
        "tags": [["a"], [], None, ["b"], ["c"]],
        "kind": pa.array(["x", "y", "x", "y", "x"]).dictionary_encode(),
        "ratio": [0.5, float("nan"), None, 1.0, 2.0],
    }
).replace_schema_metadata({"source": "a test"})


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.parquet"
    pq.write_table(TABLE, path, row_group_size=2, compression={"review": "gzip", "id": "none"})
    return path


def labelled(source: Path, *additions: Addition) -> Path:
    target = source.with_name("out.parquet")
    workbook = ParquetWorkbook(source)
    for addition in additions:
        workbook.sheets[0].write(addition)
    workbook.save(target)
    workbook.close()
    return target


def at_the_end(values: dict[int, tuple[str | float | None, ...]]) -> Addition:
    return Addition(TABLE.num_columns + 1, NAMES, 0, values)


def test_names_are_row_zero_and_rows_count_from_one(source: Path) -> None:
    sheet = ParquetWorkbook(source).sheets[0]
    assert (sheet.name, sheet.known_header, sheet.hidden) == ("reviews", 0, False)
    assert sheet.extent() == (5, 7)
    rows = list(sheet.rows(limit=3))
    assert [row.number for row in rows] == [0, 1, 2]
    assert rows[0].cells == dict(enumerate(TABLE.column_names, start=1))
    assert rows[1].cells == {1: 1, 2: "good", 3: WHEN, 4: 1.5, 6: "x", 7: 0.5}
    assert rows[2].cells == {1: 2, 3: WHEN, 4: 1.5, 6: "y"}
    assert [row.number for row in sheet.rows()] == [0, 1, 2, 3, 4, 5]
    assert (sheet.tables(), sheet.autofilter()) == ([], None)


def test_a_column_leaves_out_what_is_empty(source: Path) -> None:
    sheet = ParquetWorkbook(source).sheets[0]
    assert list(sheet.column(2, 1)) == [(1, "good"), (4, "bad"), (5, "so so")]
    assert next(sheet.column(2, 0)) == (0, "review")
    assert list(sheet.column(6, 5)) == [(5, "x")]


def test_names_that_contain_each_other(tmp_path: Path) -> None:
    path = tmp_path / "dots.parquet"
    pq.write_table(pa.table({"a.b": ["one"], "a": ["two"], "a.b.c": ["three"]}), path)
    sheet = ParquetWorkbook(path).sheets[0]
    assert [list(sheet.column(column, 1)) for column in (1, 2, 3)] == [
        [(1, "one")],
        [(1, "two")],
        [(1, "three")],
    ]


def test_texts_stored_as_bytes_and_broken_texts(tmp_path: Path) -> None:
    path = tmp_path / "bytes.parquet"
    broken = pa.array([b"caf\xe9", b"good"]).view(pa.string())
    pq.write_table(pa.table({"b": [b"good", b"\xff\xfe"], "s": broken}), path)
    sheet = ParquetWorkbook(path).sheets[0]
    assert list(sheet.column(1, 1)) == [(1, "good")]
    assert list(sheet.column(2, 1)) == [(1, "caf\ufffd"), (2, "good")]


def test_values_and_schema_of_the_other_columns_stay(source: Path) -> None:
    target = labelled(source, at_the_end({1: ("pos", 0.9), 4: ("neg", 0.8), 5: ("pos", 0.7)}))
    before, after = pq.read_table(source), pq.read_table(target)
    assert after.select(before.column_names).schema.equals(before.schema, check_metadata=True)
    # As text: NaN equals nothing.
    assert str(after.select(before.column_names).to_pylist()) == str(before.to_pylist())
    assert after.schema.names == [*before.schema.names, *NAMES]
    assert after.schema.field("Label").type == pa.string()
    assert after.schema.field("Score").type == pa.float64()
    assert after.schema.metadata == {b"source": b"a test"}
    assert after["Label"].to_pylist() == ["pos", None, None, "neg", "pos"]
    assert after["Score"].to_pylist() == [0.9, None, None, 0.8, 0.7]


def test_row_groups_compression_and_version_stay(source: Path) -> None:
    before = pq.ParquetFile(source).metadata
    after = pq.ParquetFile(labelled(source, at_the_end({1: ("pos", 0.9)}))).metadata
    groups = [after.row_group(index) for index in range(after.num_row_groups)]
    assert [group.num_rows for group in groups] == [2, 2, 1]
    assert after.format_version == before.format_version
    for index, group in enumerate(groups):
        for column in range(before.num_columns):
            old, new = before.row_group(index).column(column), group.column(column)
            assert new.path_in_schema == old.path_in_schema
            assert new.compression == old.compression
            assert new.has_dictionary_page == old.has_dictionary_page
            assert new.physical_type == old.physical_type


def test_a_file_without_an_arrow_schema_gets_none(tmp_path: Path) -> None:
    path = tmp_path / "plain.parquet"
    pq.write_table(pa.table({"review": ["good"]}), path, store_schema=False)
    metadata = pq.ParquetFile(labelled(path, Addition(2, NAMES, 0, {1: ("p", 0.5)}))).metadata
    assert b"ARROW:schema" not in (metadata.metadata or {})


def test_int96_timestamps_stay_int96(tmp_path: Path) -> None:
    path = tmp_path / "spark.parquet"
    table = pa.table({"when": pa.array([WHEN], pa.timestamp("ns")), "review": ["good"]})
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)
    target = labelled(path, Addition(3, NAMES, 0, {1: ("p", 0.5)}))
    assert pq.ParquetFile(target).metadata.row_group(0).column(0).physical_type == "INT96"


def test_pandas_reads_its_frame_back_with_the_columns(tmp_path: Path) -> None:
    path = tmp_path / "frame.parquet"
    frame = pd.DataFrame(
        {"review": ["good", "bad"], "day": pd.to_datetime(["2024-01-01", "NaT"])},
        index=pd.Index([10, 20], name="key"),
    )
    frame.to_parquet(path)
    width = len(pq.read_schema(path).names)
    target = labelled(path, Addition(width + 1, NAMES, 0, {1: ("pos", 0.9)}))
    back = pd.read_parquet(target)
    pd.testing.assert_frame_equal(back[["review", "day"]], frame)
    assert back["Label"].iloc[0] == "pos"
    assert back["Label"].isna().tolist() == [False, True]
    assert back["Score"].dtype == "float64"
    described = json.loads(pq.read_schema(target).metadata[b"pandas"])["columns"]
    assert [column["name"] for column in described] == ["review", "day", "key", *NAMES]


def test_a_second_run_replaces(tmp_path: Path) -> None:
    path = tmp_path / "frame.parquet"
    frame = pd.DataFrame({"Label": ["old", "old"], "Score": [0.1, 0.2], "review": ["good", "bad"]})
    frame.to_parquet(path, index=False)
    target = labelled(path, Addition(1, NAMES, 0, {2: ("neg", 0.75)}, replaces=True))
    after = pq.read_table(target)
    assert after.to_pydict() == {
        "Label": [None, "neg"],
        "Score": [None, 0.75],
        "review": ["good", "bad"],
    }
    described = json.loads(after.schema.metadata[b"pandas"])["columns"]
    assert sorted(column["name"] for column in described) == ["Label", "Score", "review"]


def test_two_additions_stand_side_by_side(source: Path) -> None:
    second = Addition(TABLE.num_columns + 3, ("L2", "S2"), 0, {2: ("neg", 1)})
    after = pq.read_table(labelled(source, at_the_end({1: ("pos", 0.5)}), second))
    assert after.column_names[-4:] == ["Label", "Score", "L2", "S2"]
    assert after["S2"].to_pylist() == [None, 1, None, None, None]


def test_without_rows_the_types_are_the_usual_ones(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    pq.write_table(pa.table({"review": pa.array([], pa.string())}), path)
    schema = pq.read_schema(labelled(path, Addition(2, NAMES, 0, {})))
    assert [str(field.type) for field in schema] == ["string", "string", "double"]


def test_the_type_of_a_new_column_follows_its_values(source: Path) -> None:
    values = {1: (datetime.date(2024, 5, 1), True, 1, "a"), 3: (None, False, 0.5, None)}
    names = ("day", "flag", "number", "text")
    schema = pq.read_schema(labelled(source, Addition(TABLE.num_columns + 1, names, 0, values)))
    assert [str(field.type) for field in list(schema)[-4:]] == [
        *("date32[day]", "bool", "double", "string"),
    ]


@pytest.mark.parametrize(
    ("addition", "error", "message"),
    [
        (Addition(9, NAMES, 0, {}), SelectionError, "7 columns"),
        (Addition(2, NAMES, 0, {}), SelectionError, "7 columns"),
        (Addition(8, ("review", "Score"), 0, {}), OutputError, '"review" already'),
    ],
)
def test_additions_that_have_no_place(
    source: Path, addition: Addition, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        ParquetWorkbook(source).sheets[0].write(addition)


def test_formulas_are_plain_text(source: Path) -> None:
    after = pq.read_table(labelled(source, at_the_end({1: ("=1+1", 0.5)})))
    assert after["Label"][0].as_py() == "=1+1"


@pytest.mark.parametrize("content", [b"", b"PAR1 no PAR1", b"id,review\n1,good\n"])
def test_a_corrupt_file_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "corrupt.parquet"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"corrupt\.parquet") as caught:
        ParquetWorkbook(path)
    assert "\n" not in str(caught.value)


def test_pages_that_are_corrupt_are_found_when_read(source: Path) -> None:
    data = bytearray(source.read_bytes())
    data[4:200] = b"\xff" * 196
    source.write_bytes(data)
    workbook = ParquetWorkbook(source)
    with pytest.raises(UnreadableFileError):
        list(workbook.sheets[0].rows())
    workbook.sheets[0].write(at_the_end({}))
    with pytest.raises(UnreadableFileError):
        workbook.save(source.with_name("out.parquet"))


def test_files_that_are_not_there(source: Path) -> None:
    with pytest.raises(MissingFileError, match=r"none\.parquet"):
        ParquetWorkbook(source.with_name("none.parquet"))
    with pytest.raises(OutputError, match="can't be written"):
        ParquetWorkbook(source).save(source.parent / "no" / "out.parquet")
