"""Where a run's texts come from and where its results go, and what of that is refused."""

from dataclasses import dataclass
from pathlib import Path

from cellsense.distributed.kept import Keeping
from cellsense.distributed.storage import Place, look, place
from cellsense.errors import MissingFileError, OptionError, OutputError
from cellsense.jobs.records import Job
from cellsense.sheets.open import PARQUET, SUFFIXES, check_readable
from cellsense.targets import LABELLED, STANDARD


@dataclass(frozen=True, slots=True)
class Aim:
    """A source, and the folder of its results; or the one file that a workbook or CSV becomes."""

    source: Place
    is_folder: bool
    output: Place
    target: Place | None = None


def aim(job: Job) -> Aim:
    """Find out what a job means, before anything is started.

    Raises OptionError, MissingFileError, UnreadableFileError, OutputError, and InputError for a
    storage that can't be reached.
    """
    _check(job)
    source = _absolute(job.source)
    status = look(source)
    if status is None:
        if source.path is not None:
            check_readable(source.path)  # says which names are near
        raise MissingFileError(f"There is no file or folder {source}.")
    if not status.is_folder and (job.recursive or job.include or job.exclude):
        raise OptionError(
            "--recursive, --include and --exclude choose files of a folder: name a folder."
        )
    if not status.is_folder and source.suffix not in PARQUET:
        return Aim(source, False, source.parent, _target(job, source))
    output = _beside(source) if job.output is None else _absolute(job.output)
    if output == source:
        raise OptionError(f"--output {output} is the source itself: name another folder.")
    if output.suffix in SUFFIXES - PARQUET:
        raise OptionError(f"--output {output}: the results are several files; name a folder.")
    Keeping(output).check(source, force=job.options.force)
    return Aim(source, status.is_folder, output)


def _target(job: Job, source: Place) -> Place:
    name = source.filename.removesuffix(source.suffix) + LABELLED + source.suffix
    target = source.parent.below(name) if job.output is None else _absolute(job.output)
    status = look(target)
    if status is not None and status.is_folder:
        target = target.below(source.filename)
        status = look(target)
    if target == source:
        raise OutputError(f"{target} is the input itself: name another --output.")
    if target.suffix != source.suffix:
        raise OutputError(
            f"{target} is of another kind than {source}: name a {source.suffix} file."
        )
    if status is not None and not job.options.force:
        raise OutputError(f"{target} exists: add --force to overwrite it, or name an --output.")
    return target


def _absolute(text: str) -> Place:
    """Understand a name; workers may have another working folder."""
    named = place(text)
    if named.name.startswith("memory://"):
        raise OptionError("memory:// is in one process, and the workers are others.")
    return named if named.path is None else Place(str(Path(named.path).absolute()))


def _beside(source: Place) -> Place:
    if source.path is None and "/" not in source.name.partition("://")[2]:
        raise OptionError(f"{source} has nothing beside it: name an --output.")
    stem = source.filename
    if source.suffix in PARQUET:
        stem = stem[: -len(source.suffix)]
    return source.parent.below(stem + LABELLED)


def _check(job: Job) -> None:
    job.options.check()
    if not job.source or job.output == "" or job.report == "":
        raise OptionError("A name is empty: name the file or folder.")
    if STANDARD in (job.source, job.output):
        raise OptionError("--engine ray reads and writes files: name them in the place of -.")
    if job.in_place:
        raise OptionError("--engine ray changes no file itself: leave --in-place out.")
