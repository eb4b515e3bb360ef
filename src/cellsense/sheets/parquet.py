"""Parquet: columns appended row group by row group, the others as they were."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from cellsense.cells import CellValue
from cellsense.errors import OutputError, SelectionError, UnreadableFileError
from cellsense.sheets.arrow_values import cell_values
from cellsense.sheets.failures import cause, missing, unwritable
from cellsense.sheets.interface import Addition, Area, Row, Sheet, TableArea
from cellsense.sheets.parquet_columns import NewColumn, extended_schema, writer_options

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

_BATCH_ROWS = 8_192


class ParquetSheet:
    """The columns of a Parquet file; their names are row 0."""

    hidden = False
    known_header: int | None = 0

    def __init__(self, path: Path, file: "pq.ParquetFile", window: range | None = None) -> None:
        """Wrap an open file, or some rows of it, which count from 1 then (`window` from 0)."""
        self.name = path.stem
        self._path = path
        self._file = file
        self._window = range(file.metadata.num_rows) if window is None else window
        self._names = list(file.schema_arrow.names)
        self._additions: list[Addition] = []

    def extent(self) -> tuple[int, int]:
        """Return (rows, columns)."""
        added = (addition.last_column for addition in self._additions)
        return len(self._window), max([len(self._names), *added])

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
        values = chain.from_iterable(cell_values(batch[0]) for batch in batches)
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
        names = dict(enumerate(self._names))
        for earlier in self._additions:
            names.update(enumerate(earlier.names, start=earlier.column - 1))
        kept = {name for index, name in names.items() if index not in span}
        for name in addition.names:
            if name in kept:
                message = f'{self._path} has a column "{name}" already; choose another name.'
                raise OutputError(message)
        self._additions.append(addition)

    def write_to(self, target: Path) -> None:
        """Write the file with all additions."""
        import pyarrow.parquet as pq

        columns = [
            NewColumn(addition, index)
            for addition in self._additions
            for index in range(len(addition.names))
        ]
        schema = extended_schema(self._file.schema_arrow, columns)
        options = writer_options(self._file, columns)
        first_row = 1
        with pq.ParquetWriter(target, schema, **options) as writer:
            for read in self._tables():
                table = read
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
            for values in zip(*map(cell_values, batch), strict=True):
                number += 1
                cells = {i: value for i, value in enumerate(values, start=1) if value is not None}
                if cells:
                    yield Row(number, cells)

    def _batches(self, size: int, columns: list[int] | None = None) -> Iterator[list["pa.Array"]]:
        names = None if columns is None else [self._names[column - 1] for column in columns]
        wanted = range(1, len(self._names) + 1) if columns is None else columns
        places = list(self._groups())
        groups = [group for group, _ in places]
        skipped = places[0][1].start if places else 0
        for batch in self._slices(groups, skipped, len(self._window), size, names):
            yield [batch.column(self._position(column, batch.schema)) for column in wanted]

    def _groups(self) -> Iterator[tuple[int, range]]:
        """Yield the row groups of the window, and which of their rows lie in it."""
        start = 0
        for group in range(self._file.num_row_groups):
            rows = self._file.metadata.row_group(group).num_rows
            first = max(0, self._window.start - start)
            last = min(rows, self._window.stop - start)
            if first < last or (not rows and self._window.start <= start <= self._window.stop):
                yield group, range(first, last)
            start += rows

    def _tables(self) -> "Iterator[pa.Table]":
        """Yield the rows of the window, row group by row group, with all columns."""
        import pyarrow as pa

        for group, rows in self._groups():
            with _readable(self._path):
                if len(rows) == self._file.metadata.row_group(group).num_rows:
                    table = self._file.read_row_group(group)
                else:
                    slices = list(self._slices([group], rows.start, len(rows), _BATCH_ROWS, None))
                    table = pa.Table.from_batches(slices)
            yield table

    def _slices(
        self, groups: list[int], skipped: int, rows: int, size: int, names: list[str] | None
    ) -> "Iterator[pa.RecordBatch]":
        """Yield so many rows of some row groups, behind those skipped."""
        if not groups:
            return
        with _readable(self._path):
            for batch in self._file.iter_batches(size, row_groups=groups, columns=names):
                wanted = batch.slice(skipped, rows)
                skipped = max(0, skipped - batch.num_rows)
                rows -= wanted.num_rows
                if wanted.num_rows:
                    yield wanted
                if not rows:
                    return

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
