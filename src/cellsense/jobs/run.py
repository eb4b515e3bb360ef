"""A run over the files of a folder: what fails doesn't stop the rest, what is done isn't redone.

One file after the other: the model keeps all cores busy, and reading and writing beside it would
save less than they take, 2 to 8 % of the time on two cores.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from cellsense.atomic import PREFIX, remove_leftovers
from cellsense.conversion import Conversion
from cellsense.convert import convert_file
from cellsense.ending import ends_if_told
from cellsense.errors import CellsenseError, DeviceError, ModelError, OutputError
from cellsense.held import Held, hold
from cellsense.jobs.decide import finished_before
from cellsense.jobs.done import DoneList
from cellsense.jobs.find import find_files
from cellsense.jobs.how import how_made
from cellsense.jobs.plan import Task, make_folder, output_folder, plan_tasks
from cellsense.jobs.records import ALREADY_DONE, FileRecord, Job, JobListener, Status, figures_of
from cellsense.label_workbook import Labelled, Work
from cellsense.maker import Maker
from cellsense.sheets.failures import cause
from cellsense.tasks.model import TaskModel

_LOCK = f"{PREFIX}run.lock"
_Attempt = tuple[FileRecord, Conversion | None]


def run_folder(
    job: Job, classifier: Maker, listener: JobListener, records: list[FileRecord]
) -> None:
    """Convert the files of a folder; `records` gains what became of each.

    Raises OptionError, MissingFileError and OutputError before anything is done, ModelError and
    DeviceError whenever they come up: they concern all files.
    """
    root = output_folder(job)
    found = find_files(
        Path(job.source),
        recursive=job.recursive,
        include=job.include,
        exclude=job.exclude,
        output=None if job.output is None else root,
    )
    run = _Run(job, classifier, listener, records)
    make_folder(root)
    with alone_in(root) as lock:
        plan = plan_tasks(job, found.files, root, folds_case=_folds_case(lock))
        run.leave("skipped", found.left_alone | plan.same)
        run.leave("failed", found.unreadable)
        run.leave("failed", plan.refused)
        run.convert(plan.tasks, root)


class _Run:
    """What the files of a run have in common."""

    def __init__(
        self,
        job: Job,
        classifier: Maker,
        listener: JobListener,
        records: list[FileRecord],
    ) -> None:
        self._job = job
        self._work = Work(classifier, job.options, listener)
        self._how = how_made(job.options, classifier.fingerprint)
        if not isinstance(classifier, TaskModel):
            job.options.more_columns(classifier)  # what can't be had fails here, not in every file
        self._listener = listener
        self._records = records

    def leave(self, status: Status, files: Mapping[Path, str]) -> None:
        """Record files that no attempt is made at."""
        for file, why in files.items():
            self._add(FileRecord(str(file), None, status, why=why))

    def convert(self, tasks: list[Task], root: Path) -> None:
        """Convert one file after the other."""
        done = DoneList(root)
        for folder in {task.target.parent for task in tasks}:
            remove_leftovers(folder)
        for number, task in enumerate(tasks, start=1):
            self._listener.begins(number, len(tasks))
            started = time.monotonic()
            record, conversion = self._attempt(task, root, done)
            self._add(replace(record, seconds=round(time.monotonic() - started, 3)))
            if conversion is not None:
                self._listener.converted(conversion)

    def _add(self, record: FileRecord) -> None:
        self._records.append(record)
        if record.status != "ok":
            self._listener.left(record)

    def _attempt(self, task: Task, root: Path, done: DoneList) -> _Attempt:
        """Convert a file; what is wrong with it alone is in the record."""
        try:
            with ends_if_told():
                return self._convert(task, root, done)
        except (ModelError, DeviceError, BrokenPipeError):  # they concern all files
            raise
        except CellsenseError as error:
            why = _with_name(str(error), task)
        except OSError as error:
            why = f"{task.source}: {cause(error)}."
        except Exception as error:  # noqa: BLE001 - a fault in cellsense, met in one file of many
            # Its message might quote a review.
            why = f"{task.source}: cellsense failed ({type(error).__name__}). Please report it."
        return FileRecord(str(task.source), None, "failed", why=why), None

    def _convert(self, task: Task, root: Path, done: DoneList) -> _Attempt:
        source, target = str(task.source), str(task.target)
        in_place = self._job.in_place
        if not root.is_dir():
            # Making it anew might fill another disk than the one that was unplugged.
            raise OutputError(f"{source}: the folder {root} isn't there any more; run again.")
        force = self._job.options.force
        entry = finished_before(task, done, self._how, in_place=in_place, force=force)
        if entry is not None:
            return (
                FileRecord(source, target, "skipped", figures=entry.figures, why=ALREADY_DONE),
                None,
            )

        def note_down(finished: Path, labelled: Labelled) -> None:
            done.add(task.target, finished, task.source, self._how, figures_of(labelled))

        make_folder(task.target.parent)
        conversion = convert_file(
            task.source, task.target, self._work, in_place=in_place, ready=note_down
        )
        return FileRecord(source, target, "ok", figures=figures_of(conversion)), conversion


def _with_name(why: str, task: Task) -> str:
    """Say which file it is about, among many, where the message doesn't."""
    if str(task.source) in why or str(task.target) in why:
        return why
    return f"{task.source}: {why.removeprefix(f'{task.source.name}: ')}"


@contextmanager
def alone_in(folder: Path) -> Iterator[Held]:
    """Keep other runs out of a folder. Raises OutputError if there is one already."""
    held = hold(folder / _LOCK)
    if held is None:
        raise OutputError(f"Another run of cellsense is at work in {folder}: wait for it to end.")
    try:
        yield held
    finally:
        held.let_go()


def _folds_case(lock: Held) -> bool:
    """Tell whether a disk takes names for the same that differ in case only."""
    return lock.file.with_name(lock.file.name.upper()).exists()
