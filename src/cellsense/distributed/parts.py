"""A Parquet file in parts: some thousand rows each, the columns chosen once for all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from cellsense.classifier import Classifier
from cellsense.conversion import Options
from cellsense.distributed.storage import Place, appearing, look, opened
from cellsense.distributed.tasks import Errand, Rows, Task
from cellsense.errors import OutputError, UnreadableFileError
from cellsense.label import OnProgress, Summary, label_selection
from cellsense.label_workbook import place_in
from cellsense.more_columns import MoreColumns
from cellsense.sheets.columns import TextColumn
from cellsense.sheets.failures import cause
from cellsense.sheets.parquet import ParquetSheet
from cellsense.sheets.selection import Selection
from cellsense.sheets.several import select_named

if TYPE_CHECKING:
    import pyarrow.parquet as pq

PART_ROWS = 50_000
_PART_BYTES = 256 * 2**20  # unpacked: rows of many or wide columns make smaller parts
_FEWEST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Parted:
    """A file's parts, and how its columns were chosen; no parts where it has no rows."""

    parts: tuple[Rows, ...]
    selection: Selection | None


def part(
    source: Place, options: Options, more: MoreColumns, column: str | None, part_rows: int
) -> Parted:
    """Choose the columns of a file and part its rows. Nothing but its beginning is read.

    Raises InputError and its kinds, OutputError.
    """
    with _file(source) as file:
        if not file.metadata.num_rows:
            return Parted((), None)
        sheet = ParquetSheet(Path(source.filename), file)
        selection = select_named([sheet], options.sheets, column).selections[0]
        names = more.names(options.pair, selection)
        placement = place_in(selection, options, names, more.scored)
        for addition in placement.additions({}):  # refuses now what couldn't be written
            sheet.write(addition)
        where, header = selection.column.column, selection.column.header
        parts = tuple(
            Rows(rows.start, len(rows), where, header, placement)
            for rows in cut(_group_sizes(file), _rows_at_once(file, part_rows))
        )
    return Parted(parts, selection)


def cut(groups: list[int], most: int) -> Iterator[range]:
    """Part rows: whole row groups together up to `most`, larger ones in even slices."""
    first = rows = 0
    for size in groups:
        if rows and rows + size > most:
            yield range(first, first + rows)
            first, rows = first + rows, 0
        if size <= most:
            rows += size
            continue
        slices = ceil(size / most)
        bounds = [first + size * number // slices for number in range(slices + 1)]
        for number in range(slices):
            yield range(bounds[number], bounds[number + 1])
        first += size
    if rows:
        yield range(first, first + rows)


def label_part(
    task: Task, rows: Rows, errand: Errand, classifier: Classifier, on_progress: OnProgress
) -> tuple[Summary, int]:
    """Label a part and write it; return what was done, and the result's size in bytes.

    Raises InputError and its kinds, OutputError, and what Classifier raises.
    """
    limit = errand.options.limit
    with _file(task.source) as file:
        window = range(rows.first, rows.first + rows.count)
        sheet = ParquetSheet(Path(task.source.filename), file, window)
        selection = Selection(
            sheet=sheet,
            column=TextColumn(rows.column, rows.header),
            header_row=0,
            header={rows.column: rows.header},
            first_row=1,
            last_row=rows.count,
            table=None,
            preview=(),
        )
        summary = label_selection(
            selection,
            rows.placement,
            classifier,
            limit=None if limit is None else rows.within(limit),
            more=errand.options.more_columns(classifier),
            on_progress=on_progress,
        )
        return summary, _write(task, errand, sheet)


def _write(task: Task, errand: Errand, sheet: ParquetSheet) -> int:
    import pyarrow as pa

    aside = errand.keeps or task.target.parent
    try:
        with appearing(task.target, aside) as finished:
            sheet.write_to(finished)
            check_unchanged(task)
            return finished.stat().st_size
    except (pa.ArrowException, OSError) as error:
        raise OutputError(f"{task.target} can't be written: {cause(error)}.") from error


def check_unchanged(task: Task) -> None:
    """Raise OutputError if the source isn't what the run began with."""
    status = look(task.source)
    if status is None or status.version != task.version:
        raise OutputError(f"{task.source} was changed by another program meanwhile: run again.")


@contextmanager
def _file(source: Place) -> "Iterator[pq.ParquetFile]":
    import pyarrow as pa
    import pyarrow.parquet as pq

    with opened(source) as stream:
        try:
            file = pq.ParquetFile(stream)
        except (pa.ArrowException, OSError) as error:
            message = f"{source} can't be read as Parquet: {cause(error)}. Write it again."
            raise UnreadableFileError(message) from error
        yield file


def _group_sizes(file: "pq.ParquetFile") -> list[int]:
    return [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]


def _rows_at_once(file: "pq.ParquetFile", most: int) -> int:
    groups = range(file.num_row_groups)
    unpacked = sum(file.metadata.row_group(group).total_byte_size for group in groups)
    each = max(1, unpacked // file.metadata.num_rows)
    return int(min(most, max(_FEWEST_ROWS, _PART_BYTES // each)))
