"""The way into a run, for the command line: one file or a folder, with or without a report."""

import time
from pathlib import Path

from cellsense.convert import convert
from cellsense.errors import CellsenseError, OptionError
from cellsense.jobs.records import FileRecord, Job, JobListener, figures_of
from cellsense.jobs.report import reporting
from cellsense.jobs.run import run_folder
from cellsense.maker import Maker
from cellsense.targets import STANDARD


def is_folder(source: str) -> bool:
    """Tell whether a run is over a folder."""
    try:
        return source not in ("", STANDARD) and Path(source).is_dir()
    except OSError:  # a name that no file can have; converting it says so
        return False


def run_job(job: Job, classifier: Maker, listener: JobListener, records: list[FileRecord]) -> None:
    """Convert a file, or the files of a folder; `records` gains what became of each.

    A file that fails doesn't stop the others of its folder; alone it raises. Raises CellsenseError.
    """
    run = run_folder if is_folder(job.source) else _run_file
    _check(job)
    with reporting(job, classifier, records):
        run(job, classifier, listener, records)


def _run_file(
    job: Job, classifier: Maker, listener: JobListener, records: list[FileRecord]
) -> None:
    started = time.monotonic()
    try:
        conversion = convert(
            job.source,
            job.output,
            in_place=job.in_place,
            classifier=classifier,
            options=job.options,
            listener=listener,
        )
    except CellsenseError as error:
        records.append(FileRecord(job.source, None, "failed", why=str(error)))
        raise
    listener.converted(conversion)
    seconds = round(time.monotonic() - started, 3)
    records.append(FileRecord(job.source, conversion.output, "ok", seconds, figures_of(conversion)))


def _check(job: Job) -> None:
    """Refuse what can't be meant, before anything is done. Raises OptionError."""
    job.options.check()
    if job.report == "":
        raise OptionError("The report's name is empty: name a file.")
    if not is_folder(job.source):
        if job.recursive or job.include or job.exclude:
            raise OptionError(
                "--recursive, --include and --exclude choose files of a folder: name a folder."
            )
    elif job.in_place and job.output is not None:
        raise OptionError("--in-place changes the files themselves: leave --output out.")
    elif job.output == "":
        raise OptionError("The name of --output is empty: name a folder.")
