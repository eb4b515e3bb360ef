"""Which tasks a source makes, and which of them are done already."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from cellsense.distributed.kept import Record
from cellsense.distributed.parts import Parted, part
from cellsense.distributed.sources import Source
from cellsense.distributed.storage import Place
from cellsense.distributed.tasks import Rows, Task, named
from cellsense.errors import CellsenseError
from cellsense.jobs.how import how_made
from cellsense.jobs.records import ALREADY_DONE, FileRecord, Job
from cellsense.more_columns import MoreColumns
from cellsense.sheets.open import PARQUET
from cellsense.sheets.selection import Selection

_READERS = 16  # beginnings of files read at the same time


@dataclass(slots=True)
class Plan:
    """What is to be done, and what needs nothing."""

    tasks: list[Task] = field(default_factory=list)
    records: list[FileRecord] = field(default_factory=list)
    selection: Selection | None = None  # of the first Parquet file
    every: set[str] = field(default_factory=set)  # the relative names of all results
    sources: set[str] = field(default_factory=set)
    limit: int | None = None

    @property
    def rows(self) -> int | None:
        """The rows that all tasks label; None where whole files are among them."""
        if any(task.rows is None for task in self.tasks):
            return None
        return sum(task.rows.within(self.limit) for task in self.tasks if task.rows is not None)


@dataclass(frozen=True, slots=True)
class Planning:
    """What it takes to make a plan."""

    job: Job
    output: Place
    is_folder: bool
    fingerprint: str
    more: MoreColumns
    part_rows: int
    target: Place | None  # where the result of a single file goes that has no parts
    done: Mapping[str, Record]

    def plan(self, files: Sequence[Source]) -> Plan:
        """Plan the tasks of all files; those that can't be read are in the records.

        Raises InputError and its kinds, and OutputError, where it is the only file.
        """
        sources = {str(file.place) for file in files}
        plan = Plan(sources=sources, limit=self.job.options.limit)
        parquet = [file for file in files if file.place.suffix in PARQUET]
        for file, parted in self._parted(parquet):
            if isinstance(parted, CellsenseError):
                if not self.is_folder:
                    raise parted
                why = named(str(parted), file.place)
                plan.records.append(FileRecord(str(file.place), None, "failed", why=why))
                continue
            plan.selection = plan.selection or parted.selection
            if not parted.parts:
                why = f"{file.place} holds no rows."
                plan.records.append(FileRecord(str(file.place), None, "skipped", why=why))
            for number, rows in enumerate(parted.parts):
                self._add(plan, file, _part_name(file, number, is_folder=self.is_folder), rows)
        for file in files:
            if file.place.suffix not in PARQUET:
                self._add(plan, file, file.relative, None)
        return plan

    def _add(self, plan: Plan, file: Source, relative: str, rows: Rows | None) -> None:
        source = str(file.place)
        if relative in plan.every:
            why = f"{source}: another file's result has the name {relative} too; rename one."
            plan.records.append(FileRecord(source, None, "failed", why=why))
            return
        plan.every.add(relative)
        span = None if rows is None else [rows.first, rows.count]
        how = how_made(self.job.options, self.fingerprint, source, file.version, span)
        target = self.target or self.output.below(relative)
        record = None if self.job.options.force else self.done.get(relative)
        if record is not None and record.how == how:
            plan.records.append(
                FileRecord(source, str(target), "skipped", figures=record.figures, why=ALREADY_DONE)
            )
        else:
            plan.tasks.append(Task(file.place, target, relative, file.version, how, rows))

    def _parted(self, files: Sequence[Source]) -> Iterator[tuple[Source, Parted | CellsenseError]]:
        """Part the files; the first that has rows decides which column is meant in the others."""
        options, column = self.job.options, self.job.options.column
        rest = list(files)
        while rest:
            file = rest.pop(0)
            parted = _try(partial(part, file.place, options, self.more, column, self.part_rows))
            yield file, parted
            if isinstance(parted, Parted) and parted.selection is not None:
                if column is None:
                    column = parted.selection.column.header
                # Where the first one had the columns of an earlier run, all of them have.
                break
        with ThreadPoolExecutor(_READERS, "cellsense-plan") as pool:
            works = [
                partial(part, file.place, options, self.more, column, self.part_rows)
                for file in rest
            ]
            yield from zip(rest, pool.map(_try, works), strict=True)


def _try(work: "partial[Parted]") -> Parted | CellsenseError:
    try:
        return work()
    except CellsenseError as error:
        return error


def _part_name(file: Source, number: int, *, is_folder: bool) -> str:
    name = PurePosixPath(file.relative)
    if not is_folder:
        return f"part-{number:05}.parquet"
    return str(name.with_name(f"{name.stem}-{number:05}.parquet"))
