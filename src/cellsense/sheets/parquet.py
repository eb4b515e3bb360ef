"""Parquet: columns appended row group by row group, the others as they were."""

import datetime
import json
import math
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellsense.cells import CellValue
from cellsense.errors import OutputError, SelectionError, UnreadableFileError
from cellsense.sheets.failures import cause, missing, unwritable
from cellsense.sheets.interface import Addition, Area, Row, Sheet, TableArea

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH_ROWS = 8_192
_PANDAS = b"pandas"
_PANDAS_TYPES = {
    "string": ("unicode", "object"),
    "double": ("float64", "float64"),
    "int64": ("int64", "int64"),
    "bool": ("bool", "bool"),
}


class ParquetSheet:
    """The columns of a Parquet file; their names are row 0."""

    hidden = False
    known_header: int | None = 0

    def __init__(self, path: Path, file: "pq.ParquetFile") -> None:
        """Wrap an open file."""
        self.name = path.stem
        self._path = path
        self._file = file
        self._names = list(file.schema_arrow.names)
        self._additions: list[Addition] = []

    def extent(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        added = (addition.last_column for addition in self._additions)
        return self._file.metadata.num_rows, max([len(self._names), *added])

    def tables(self) -> list[TableArea]:
        """Return nothing: the format has no tables."""
        return []

    def autofilter(self) -> Area | None:
        """Return None: the format has no filters."""
        return None

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the names as row 0, then the first rows that hold anything."""
        return islice(self._filled_rows(limit), limit)

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield (row, value) of one column for cells that hold anything."""
        if first_row <= 0:
            yield 0, self._names[column - 1]
        batches = self._batches(_BATCH_ROWS, [column])
        values = chain.from_iterable(_values(batch[0]) for batch in batches)
        for number, value in enumerate(values, start=1):
            if value is not None and number >= first_row:
                yield number, value

    def write(self, addition: Addition) -> None:
        """Add or replace columns when the file is saved; refuse now what can't be saved then."""
        columns = self.extent()[1]
        if addition.column > columns + 1 or (addition.column <= columns and not addition.replaces):
            message = f"{self._path} has {columns} columns; new ones go right behind the last."
            raise SelectionError(message)
        span = range(addition.column - 1, addition.last_column)
        kept = {name for index, name in enumerate(self._names) if index not in span}
        for name in addition.names:
            if name in kept:
                message = f'{self._path} has a column "{name}" already; choose another name.'
                raise OutputError(message)
        self._additions.append(addition)

    def write_to(self, target: Path) -> None:
        """Write the file with all additions."""
        import pyarrow.parquet as pq

        columns = [
            _NewColumn(addition, index)
            for addition in self._additions
            for index in range(len(addition.names))
        ]
        schema = _schema(self._file.schema_arrow, columns)
        options = _writer_options(self._file, columns)
        first_row = 1
        with pq.ParquetWriter(target, schema, **options) as writer:
            for group in range(self._file.num_row_groups):
                with _readable(self._path):
                    table = self._file.read_row_group(group)
                for column in columns:
                    table = column.put(table, first_row)
                first_row += table.num_rows
                table = table.replace_schema_metadata(schema.metadata)
                writer.write_table(table, row_group_size=max(table.num_rows, 1))

    def _filled_rows(self, limit: int | None) -> Iterator[Row]:
        yield Row(0, dict(enumerate(self._names, start=1)))
        number = 0
        size = _BATCH_ROWS if limit is None else max(1, min(limit, _BATCH_ROWS))
        for batch in self._batches(size):
            for values in zip(*map(_values, batch), strict=True):
                number += 1
                cells = {i: value for i, value in enumerate(values, start=1) if value is not None}
                if cells:
                    yield Row(number, cells)

    def _batches(self, size: int, columns: list[int] | None = None) -> Iterator[list["pa.Array"]]:
        names = None if columns is None else [self._names[column - 1] for column in columns]
        wanted = range(1, len(self._names) + 1) if columns is None else columns
        with _readable(self._path):
            for batch in self._file.iter_batches(size, columns=names):
                yield [batch.column(self._position(column, batch.schema)) for column in wanted]

    def _position(self, column: int, schema: "pa.Schema") -> int:
        # Asking for "a" also brings a second "a" and "a.b": the name's rank tells them apart.
        name = self._names[column - 1]
        rank = self._names[: column - 1].count(name)
        positions: list[int] = schema.get_all_field_indices(name)
        return positions[rank]


class ParquetWorkbook:
    """A Parquet file."""

    def __init__(self, path: Path) -> None:
        """Open the file and read its schema."""
        import pyarrow.parquet as pq

        self.path = path
        with _readable(path):
            self._file = pq.ParquetFile(path)
            self._sheet = ParquetSheet(path, self._file)

    @property
    def sheets(self) -> list[Sheet]:
        """The one sheet."""
        return [self._sheet]

    @property
    def notes(self) -> list[str]:
        """Nothing: rows, types, metadata, row groups and compression stay."""
        return []

    def save(self, target: Path) -> None:
        """Write the file with all additions to `target`."""
        import pyarrow as pa

        try:
            self._sheet.write_to(target)
        except (pa.ArrowException, OSError) as error:
            raise unwritable(target, error) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except FileNotFoundError as error:
        raise missing(path) from error
    except (pa.ArrowException, OSError) as error:
        message = f"{path} can't be read as Parquet: {cause(error)}. Write it again."
        raise UnreadableFileError(message) from error


# ---- values -------------------------------------------------------------------------------------


def _values(column: "pa.Array") -> list[CellValue]:
    return [_cell_value(value) for value in _python_values(column)]


def _python_values(column: "pa.Array") -> list[Any]:
    try:
        values: list[Any] = _without_nanoseconds(column).to_pylist()
    except UnicodeDecodeError:  # a string column in Parquet may hold any bytes
        return _repaired_texts(column)
    except (ValueError, OverflowError):  # dates beyond the year 9999
        return [None] * len(column)
    return values


def _repaired_texts(column: "pa.Array") -> list[str | None]:
    import pyarrow as pa

    texts = column.cast(pa.large_string(), safe=False).cast(pa.large_binary()).to_pylist()
    return [None if text is None else text.decode("utf-8", "replace") for text in texts]


def _without_nanoseconds(column: "pa.Array") -> "pa.Array":
    # pyarrow would import pandas for them.
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        return column.cast(pa.timestamp("us", column.type.tz), safe=False)
    if pa.types.is_time64(column.type):
        return column.cast(pa.time64("us"), safe=False)
    return column


def _cell_value(value: object) -> CellValue:
    """Return what a sheet may hold; lists, structs and durations have no place in a cell."""
    if isinstance(value, bytes):
        return _text_of(value)
    if isinstance(value, Decimal):
        return float(value)
    if value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, str | int | float | datetime.date | datetime.time):
        return value
    return None


def _text_of(value: bytes) -> str | None:
    """Return the text that older writers store as bytes, None for other bytes."""
    try:
        return value.decode("utf-8") or None
    except UnicodeDecodeError:
        return None


# ---- new columns --------------------------------------------------------------------------------


class _NewColumn:
    """One column of an addition, with its type found in its values."""

    def __init__(self, addition: Addition, index: int) -> None:
        import pyarrow as pa

        self.position = addition.column - 1 + index
        self._values = {row: values[index] for row, values in addition.values.items()}
        # Also without a value: parts of one data set keep one schema.
        usual_type = pa.string() if index in addition.texts else pa.float64()
        self.field = pa.field(addition.names[index], _type_of(self._values.values(), usual_type))

    def put(self, table: "pa.Table", first_row: int) -> "pa.Table":
        """Return the table with the column in its place."""
        import pyarrow as pa

        rows = range(first_row, first_row + table.num_rows)
        values = pa.array(map(self._values.get, rows), self.field.type, size=len(rows))
        if self.position < table.num_columns:
            return table.set_column(self.position, self.field, values)
        return table.append_column(self.field, values)


def _type_of(values: Collection[CellValue], usual_type: "pa.DataType") -> "pa.DataType":
    import pyarrow as pa

    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return usual_type
    for base, arrow_type in ((bool, pa.bool_()), (int, pa.int64()), (str, pa.string())):
        if all(issubclass(kind, base) for kind in kinds):
            return arrow_type
    if all(issubclass(kind, int | float) for kind in kinds):
        return pa.float64()
    return pa.infer_type(list(values))


# ---- schema and options -------------------------------------------------------------------------


def _schema(schema: "pa.Schema", columns: list[_NewColumn]) -> "pa.Schema":
    metadata = schema.metadata
    replaced: list[str] = []
    for column in columns:
        if column.position < len(schema):
            replaced.append(schema.field(column.position).name)
            schema = schema.set(column.position, column.field)
        else:
            schema = schema.append(column.field)
    if metadata and _PANDAS in metadata:
        fields = [column.field for column in columns]
        metadata = {**metadata, _PANDAS: _pandas_metadata(metadata[_PANDAS], fields, replaced)}
    return schema.with_metadata(metadata)


def _pandas_metadata(text: bytes, fields: list["pa.Field"], replaced: list[str]) -> bytes:
    """Add columns to what pandas wrote about its own; what it isn't sure to read stays as it is."""
    try:
        metadata = json.loads(text)
        kept = [column for column in metadata["columns"] if column["field_name"] not in replaced]
    except (ValueError, KeyError, TypeError):
        return text
    return json.dumps({**metadata, "columns": kept + list(map(_pandas_column, fields))}).encode()


def _pandas_column(field: "pa.Field") -> dict[str, str | None]:
    pandas_type, numpy_type = _PANDAS_TYPES.get(str(field.type), ("unicode", "object"))
    return {
        "name": field.name,
        "field_name": field.name,
        "pandas_type": pandas_type,
        "numpy_type": numpy_type,
        "metadata": None,
    }


def _writer_options(file: "pq.ParquetFile", columns: list[_NewColumn]) -> dict[str, Any]:
    metadata = file.metadata
    options: dict[str, Any] = {
        "version": metadata.format_version,
        # Files of other writers carry no Arrow schema; theirs would gain types they don't have.
        "store_schema": b"ARROW:schema" in (metadata.metadata or {}),
    }
    if not metadata.num_row_groups:
        return options
    group = metadata.row_group(0)
    chunks = [group.column(index) for index in range(group.num_columns)]
    codecs = {chunk.path_in_schema: _codec(chunk.compression) for chunk in chunks}
    usual = max(codecs.values(), key=list(codecs.values()).count, default="snappy")
    codecs.update({column.field.name: usual for column in columns})
    return options | {
        "compression": codecs,
        "use_dictionary": _dictionary_columns(chunks, columns),
        "write_statistics": any(chunk.is_stats_set for chunk in chunks),
        "use_deprecated_int96_timestamps": any(c.physical_type == "INT96" for c in chunks),
        "sorting_columns": group.sorting_columns or None,
    }


def _codec(name: str) -> str:
    return "none" if name == "UNCOMPRESSED" else name.lower()


def _dictionary_columns(chunks: list[Any], columns: list[_NewColumn]) -> list[str]:
    paths = [chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page]
    return paths + [column.field.name for column in columns if str(column.field.type) == "string"]
