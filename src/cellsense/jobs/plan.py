"""Where the results of a folder go: beside their sources, in their place, or mirrored elsewhere."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cellsense.errors import OptionError, OutputError
from cellsense.jobs.records import Job
from cellsense.sheets.failures import cause
from cellsense.sheets.open import SUFFIXES
from cellsense.targets import STANDARD, beside


@dataclass(frozen=True, slots=True)
class Task:
    """A file and where its result goes."""

    source: Path
    target: Path


@dataclass(slots=True)
class Plan:
    """All tasks, and the files that can have none."""

    tasks: list[Task] = field(default_factory=list)
    refused: dict[Path, str] = field(default_factory=dict)  # and why
    same: dict[Path, str] = field(default_factory=dict)  # links to the file of another task


def output_folder(job: Job) -> Path:
    """Return the folder that holds the results, which need not exist. Raises OptionError."""
    source = Path(job.source)
    if job.output is None:
        return source
    output = Path(job.output)
    wrong = job.output == STANDARD or output.suffix.lower() in SUFFIXES
    if (wrong and not output.is_dir()) or (output.exists() and not output.is_dir()):
        raise OptionError(f"{source} is a folder: --output must be a folder too, not a file.")
    if output.exists() and output.samefile(source):
        raise OptionError(
            f"--output {output} is the folder itself: leave --output out, or use --in-place."
        )
    return output


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Raises OutputError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"The folder {folder} can't be made: {cause(error)}. Name another --output."
        ) from error


def plan_tasks(job: Job, files: Sequence[Path], root: Path, *, folds_case: bool) -> Plan:
    """Give every file its target.

    With `folds_case`, the disk takes names for the same that differ in case or accents' form only;
    the first of such files gets the name.
    """
    plan = Plan()
    taken: dict[str, Path] = {}
    for source in files:
        target = _target(job, source, root)
        name = unicodedata.normalize("NFC", str(target)).casefold() if folds_case else str(target)
        other = taken.setdefault(name, source)
        if other is source:
            plan.tasks.append(Task(source, target))
        elif source.resolve() == other.resolve():
            plan.same[source] = f"{source} and {other} are the same file."
        else:
            plan.refused[source] = (
                f"The results of {source} and {other} would be the same file here: "
                "rename one of them."
            )
    return plan


def _target(job: Job, source: Path, root: Path) -> Path:
    if job.in_place:
        return source.resolve()  # through a link, the file it leads to is changed
    if job.output is None:
        return beside(source)
    return root / source.relative_to(job.source)
