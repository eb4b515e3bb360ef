"""Which files a source holds, on this machine or in a storage elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from cellsense.distributed.storage import Place, Status, files_below, look
from cellsense.errors import MissingFileError
from cellsense.jobs.find import find_files, is_taken, matches, patterns
from cellsense.jobs.records import Job
from cellsense.sheets.open import FOLDER_SUFFIXES, OTHER_EXCEL, SUFFIXES, check_readable
from cellsense.targets import LABELLED

_NOT_DATA = (".", "_", "~$")  # marks and logs of other programs, Excel's locks


@dataclass(frozen=True, slots=True)
class Source:
    """A file to be labelled."""

    place: Place
    relative: str  # in the folder that was named, with slashes; its name, if it was named itself
    version: str


@dataclass(slots=True)
class Sources:
    """What was found, and what was left alone."""

    files: list[Source] = field(default_factory=list)
    left_alone: dict[str, str] = field(default_factory=dict)  # and why
    unreadable: dict[str, str] = field(default_factory=dict)  # and why


def find_sources(job: Job, source: Place, output: Place, *, is_folder: bool) -> Sources:
    """Find the files of a source, without those of an output that lies in it.

    Raises MissingFileError, UnreadableFileError, InputError, DependencyError.
    """
    if not is_folder:
        return _one_file(source)
    if source.path is not None:
        return _on_this_machine(job, source.path, output.path)
    return _elsewhere(job, source, output)


def _one_file(source: Place) -> Sources:
    if source.path is not None:
        check_readable(source.path)
    elif source.suffix not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise MissingFileError(f"{source} is of no kind that is read here: {known}.")
    status = look(source)
    if status is None:
        raise MissingFileError(f"There is no file {source}.")
    return Sources([Source(source, source.filename, status.version)])


def _on_this_machine(job: Job, folder: Path, output: Path | None) -> Sources:
    found = find_files(
        folder,
        recursive=job.recursive,
        include=job.include,
        exclude=job.exclude,
        output=output,
    )
    sources = Sources(
        left_alone={str(file): why for file, why in found.left_alone.items()},
        unreadable={str(file): why for file, why in found.unreadable.items()},
    )
    for file in found.files:
        relative = file.relative_to(folder).as_posix()
        status = look(Place(str(file)))
        if status is not None and not _is_log(relative):
            sources.files.append(Source(Place(str(file)), relative, status.version))
    return sources


def _elsewhere(job: Job, folder: Place, output: Place) -> Sources:
    found = files_below(folder, recursive=job.recursive)
    taken, left_alone = _chosen(job, folder, output, found)
    sources = Sources(left_alone=left_alone)
    for relative in sorted(taken):
        sources.files.append(Source(folder.below(relative), relative, found[relative].version))
    if not sources.files:
        kinds = ", ".join(sorted(FOLDER_SUFFIXES))
        more = " that --include and --exclude let through" if job.include or job.exclude else ""
        hint = "" if job.recursive else " Add --recursive to look into its folders."
        raise MissingFileError(
            f"The folder {folder} holds no file to convert ({kinds}){more}.{hint}"
        )
    return sources


def _chosen(
    job: Job, folder: Place, output: Place, found: Mapping[str, Status]
) -> tuple[list[str], dict[str, str]]:
    include, exclude = patterns(job.include), patterns(job.exclude)
    taken, left_alone = [], {}
    for relative in found:
        path = PurePosixPath(relative)
        inside = folder.below(relative)
        above = [str(item) for item in path.parents if str(item) != "."]
        if (
            any(part.startswith(_NOT_DATA) for part in path.parts)
            or any(matches(exclude, item) for item in (*above, relative))
            or (include and not matches(include, relative))
            or f"{inside}/".startswith(f"{output}/")
            or path.stem.endswith(LABELLED)
        ):
            continue
        if is_taken(path.suffix.lower(), include):
            taken.append(relative)
        elif path.suffix.lower() in OTHER_EXCEL:
            kind = OTHER_EXCEL[path.suffix.lower()]
            left_alone[str(inside)] = f"{inside} is {kind}: save it as .xlsx."
    return taken, left_alone


def _is_log(relative: str) -> bool:
    """Tell whether it is part of a table format's log, such as _delta_log, and no data."""
    parts = PurePosixPath(relative).parts
    return relative.endswith(".parquet") and any(part.startswith("_") for part in parts)
