"""New columns of a Parquet file: their types, the schema they come into, how they are written."""

import json
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from cellsense.cells import CellValue
from cellsense.sheets.interface import Addition

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_PANDAS = b"pandas"
_PANDAS_TYPES = {
    "string": ("unicode", "object"),
    "double": ("float64", "float64"),
    "int64": ("int64", "int64"),
    "bool": ("bool", "bool"),
}


class NewColumn:
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


def extended_schema(schema: "pa.Schema", columns: list[NewColumn]) -> "pa.Schema":
    """Return the schema of a file that gains columns."""
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


def writer_options(file: "pq.ParquetFile", columns: list[NewColumn]) -> dict[str, Any]:
    """Return what has a new file written as this one is."""
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


def _dictionary_columns(chunks: list[Any], columns: list[NewColumn]) -> list[str]:
    paths = [chunk.path_in_schema for chunk in chunks if chunk.has_dictionary_page]
    return paths + [column.field.name for column in columns if str(column.field.type) == "string"]
