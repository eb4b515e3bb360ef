"""The one sheet of a CSV or TSV file."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import islice

from cellsense.cells import CellValue
from cellsense.errors import OutputError, SelectionError
from cellsense.sheets.delimited.encoding import Decoded, without_broken
from cellsense.sheets.delimited.records import Records
from cellsense.sheets.delimited.writing import FieldStyle, ToField, extend
from cellsense.sheets.interface import Addition, Area, Row, TableArea

_STYLE_RECORDS = 1_000
_KNOWN_FIELDS = 32_768


class DelimitedSheet:
    """The records of a CSV or TSV file; row numbers count records, blank lines among them."""

    hidden = False
    known_header: int | None = None

    def __init__(self, name: str, source: str, decoded: Decoded, records: Records) -> None:
        """Wrap what was read; `source` is how messages call the file."""
        self.name = name
        self.dialect = records.dialect
        self._source = source
        self._decoded = decoded
        self._records = records
        self._additions: list[Addition] = []

    def extent(self) -> tuple[int, int]:
        """Return (last record that isn't blank, most fields in a record)."""
        last, widest = self._own_extent
        return last, max([widest, *(addition.last_column for addition in self._additions)])

    def tables(self) -> list[TableArea]:
        """Return nothing: the format has no tables."""
        return []

    def autofilter(self) -> Area | None:
        """Return None: the format has no filters."""
        return None

    def rows(self, limit: int | None = None) -> Iterator[Row]:
        """Yield the first `limit` records that hold anything; values are strings."""
        return islice(self._filled_rows(), limit)

    def column(self, column: int, first_row: int) -> Iterator[tuple[int, CellValue]]:
        """Yield (record number, value) of one column for fields that hold anything."""
        for number, body in self._records.filled(first_row):
            fields = self.dialect.split(body)
            value = self._value(fields[column - 1]) if column <= len(fields) else ""
            if value:
                yield number, value

    def write(self, addition: Addition) -> None:
        """Add or replace columns when the file is saved; refuse now what can't be saved then."""
        last = max([*addition.values, addition.header_row or 1])
        if last > len(self._records):
            message = f"{self._source} has no row {last}; it ends at {len(self._records)}."
            raise SelectionError(message)
        values = {value for values in addition.values.values() for value in values}
        for value in (*addition.names, *values):
            self._check(self._style.field(value))
        self._additions.append(addition)

    def holdable(self, text: str) -> str:
        """Return a text with ? in the place of what the file's encoding doesn't have."""
        encoding = self._decoded.encoding
        return text.encode(encoding, "replace").decode(encoding)

    def text(self) -> Iterator[str]:
        """Yield the whole file with all additions, in pieces."""
        yield self._decoded.text[: self._records.first]
        # The same few labels and scores come again and again; 1, 1.0 and TRUE are written apart.
        field = lru_cache(_KNOWN_FIELDS, typed=True)(self._style.field)
        for number in range(1, len(self._records) + 1):
            yield self._extended(number, self._records.record(number), field)

    @cached_property
    def _own_extent(self) -> tuple[int, int]:
        last, widest = 0, 0
        for number, body in self._records.filled():
            last, widest = number, max(widest, len(self.dialect.split(body)))
        return last, widest

    @cached_property
    def _style(self) -> FieldStyle:
        sample = islice(self._records.filled(), _STYLE_RECORDS)
        return FieldStyle.of(self.dialect, (body for _, body in sample))

    def _filled_rows(self) -> Iterator[Row]:
        for number, body in self._records.filled():
            values = map(self._value, self.dialect.split(body))
            cells = {index: value for index, value in enumerate(values, start=1) if value}
            if cells:
                yield Row(number, cells)

    def _value(self, raw: str) -> str:
        return without_broken(self.dialect.value(raw))

    def _check(self, text: str) -> None:
        if not self._decoded.can_hold(text):
            message = (
                f"{self._source} is in {self._decoded.encoding}, which can't hold {text!r}; "
                "save it as UTF-8 and try again."
            )
            raise OutputError(message)

    def _extended(self, number: int, record: str, field: ToField) -> str:
        body = record.rstrip("\r\n")
        if not body or not self._additions:
            return record
        fields = self.dialect.split(body)
        for addition in self._additions:
            extend(fields, number, addition, field)
        return self.dialect.delimiter.join(fields) + record[len(body) :]
