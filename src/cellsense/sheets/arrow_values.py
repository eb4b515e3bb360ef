"""Arrow's values → what a cell may hold."""

import datetime
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cellsense.cells import CellValue

if TYPE_CHECKING:
    import pyarrow as pa


def cell_values(column: "pa.Array") -> list[CellValue]:
    """Return what the cells of a column hold, None for what has no place in a cell."""
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
