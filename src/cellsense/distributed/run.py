"""A run on Ray from its beginning to its end, for the command line."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from cellsense import __version__, errors
from cellsense.atomic import remove_leftovers
from cellsense.distributed.aim import Aim, aim
from cellsense.distributed.cluster import Team, begun_again, cluster, facts_of, make_board
from cellsense.distributed.kept import Keeping
from cellsense.distributed.parts import PART_ROWS
from cellsense.distributed.plan import Planning
from cellsense.distributed.pool import Pool, watching
from cellsense.distributed.show import Shown, Told
from cellsense.distributed.sources import Source, find_sources
from cellsense.distributed.tasks import Errand, Outcome, Task
from cellsense.distributed.worker import Facts, MakeClassifier
from cellsense.jobs.plan import make_folder
from cellsense.jobs.records import FileRecord, Job
from cellsense.jobs.report import reporting
from cellsense.jobs.run import alone_in


@dataclass(frozen=True, slots=True)
class Crew:
    """Where a run is to take place, and with whom."""

    address: str | None = None  # None starts Ray on this machine
    workers: int | None = None
    device: str = "auto"
    part_rows: int = PART_ROWS


@dataclass(slots=True)
class ClusterModel:
    """The model on the workers, as a report tells of it."""

    name: str = ""
    revision: str | None = None
    fingerprint: str = ""
    labels: tuple[str, ...] = ()
    loaded: bool = False
    description: str = ""
    warning: str | None = None

    def set(self, facts: Facts, team: Team) -> None:
        """Take what a worker's machine said."""
        self.name, self.revision, self.fingerprint = facts.name, facts.revision, facts.fingerprint
        self.labels, self.loaded = facts.labels, True
        self.description = f"ray, {team}, {team.device}"


@dataclass(slots=True)
class _Run:
    where: Aim
    job: Job
    crew: Crew
    make: MakeClassifier
    shown: Shown
    records: list[FileRecord]
    model: ClusterModel = field(default_factory=ClusterModel)

    def go(self) -> None:
        """Find the files, start or join the cluster, and do what isn't done."""
        where = self.where
        found = find_sources(self.job, where.source, where.output, is_folder=where.is_folder)
        for file, why in found.left_alone.items():
            self._add(FileRecord(file, None, "skipped", why=why))
        for file, why in found.unreadable.items():
            self._add(FileRecord(file, None, "failed", why=why))
        crew = self.crew
        # The bar goes before the terminal is as it was again.
        with cluster(crew.address, crew.workers, crew.device) as team, closing(self.shown):
            # On other machines the folder of kept results is often a network disk, which SQLite
            # can't share.
            make = self.make if team.is_here else partial(self.make, use_cache=False)
            self.model.set(_checked(facts_of(team, make)), team)
            keeping = None if where.target is not None else Keeping(where.output)
            told = self._label(found.files, team, make, keeping)
            self.records.sort(key=lambda record: (record.source, record.output or ""))
        self.shown.finished(where.target or where.output, self.records, told)

    def _label(
        self, files: list[Source], team: Team, make: MakeClassifier, keeping: Keeping | None
    ) -> Told:
        where, fingerprint = self.where, self.model.fingerprint
        done = {} if keeping is None else keeping.records()
        plan = Planning(
            self.job,
            where.output,
            where.is_folder,
            fingerprint,
            self.job.options.more_columns(self.model),
            self.crew.part_rows,
            where.target,
            done,
        ).plan(files)
        for record in plan.records:
            self._add(record)
        self.shown.planned(where.source, plan, team)
        if keeping is None:
            return self._work(plan.tasks, team, make, Errand(self.job.options, None, fingerprint))
        told = {"model": self.model.name, "fingerprint": fingerprint, "results": len(plan.every)}
        keeping.begin(where.source, told)
        errand = Errand(self.job.options, keeping.folder, fingerprint)
        came = self._work(plan.tasks, team, make, errand)
        if all(record.status != "failed" for record in self.records):
            for relative, before in done.items():
                # What an earlier version of a source made, and this one didn't.
                if relative not in plan.every and before.source in plan.sources:
                    keeping.drop(relative)
            keeping.finish(where.source, told)
        return came

    def _work(self, tasks: list[Task], team: Team, make: MakeClassifier, errand: Errand) -> Told:
        if not tasks:
            return Told()
        for folder in {task.target.parent.path for task in tasks}:
            if folder is not None and folder.is_dir():
                remove_leftovers(folder)
        started = time.monotonic()
        board, rows = make_board(), 0
        with (
            watching(board, self.shown.progress),
            closing(Pool(team, make, errand, board).outcomes(tasks)) as outcomes,
        ):
            for number, outcome in outcomes:
                rows += outcome.figures.rows
                self.shown.ready()
                self._came_out(tasks[number], outcome)
        self.shown.progress(rows)
        return Told(rows, time.monotonic() - started, begun_again(board))

    def _came_out(self, task: Task, outcome: Outcome) -> None:
        source = str(task.source)
        if outcome.failed is None:
            figures = outcome.figures
            self._add(FileRecord(source, str(task.target), "ok", outcome.seconds, figures))
            return
        record = FileRecord(source, None, "failed", outcome.seconds, why=outcome.failed)
        if outcome.concerns_all or self.where.target is not None:
            self.records.append(record)
            raise getattr(errors, outcome.error)(outcome.failed)
        self._add(record)

    def _add(self, record: FileRecord) -> None:
        self.records.append(record)
        if record.status != "ok":
            self.shown.left(record)


def run_on_ray(
    job: Job, crew: Crew, make: MakeClassifier, shown: Shown, records: list[FileRecord]
) -> bool:
    """Convert what a job names on Ray; `records` gains what became of each file or part.

    `make` makes the classifier on every worker. Returns True if the source is a folder. Raises
    CellsenseError; a file or part that fails doesn't stop the others.
    """
    make(device="cpu")  # what can't be meant is said before anything is started
    if job.options.summary:
        raise errors.OptionError(
            "--summary is for whole workbooks on one machine: leave it or --engine ray out."
        )
    if crew.part_rows < 1:
        raise errors.OptionError(f"--part-rows {crew.part_rows} leaves no row: use 1 or more.")
    where = aim(job)
    run = _Run(where, job, crew, make, shown, records)
    with reporting(job, run.model, records), _alone(where):
        run.go()
    return where.is_folder


@contextmanager
def _alone(where: Aim) -> Iterator[None]:
    """Keep other runs out of a folder on this machine."""
    folder = where.output.path
    if folder is None or where.target is not None:
        yield
        return
    is_new = not folder.exists()
    make_folder(folder)
    try:
        with alone_in(folder):
            yield
    finally:
        if is_new:
            with suppress(OSError):  # it holds something, mostly
                folder.rmdir()


def _checked(facts: Facts) -> Facts:
    """Raise ClusterError for other versions, and what finding the model raised."""
    if facts.error is not None:
        kind, why = facts.error
        raise getattr(errors, kind)(why)
    if facts.version != __version__:
        raise errors.ClusterError(
            f"{facts.host} has cellsense {facts.version}, this machine {__version__}: install the "
            "same version on all machines."
        )
    return facts
