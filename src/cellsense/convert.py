"""File in, file out: the output appears whole or not at all, the input stays as it was."""

import os
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cellsense.classifier import Classifier
from cellsense.errors import MissingFileError, OptionError, OutputError
from cellsense.label import LABEL_NAME, SCORE_NAME, Summary, label_selection, row_count
from cellsense.sheets.interface import Workbook
from cellsense.sheets.open import (
    DELIMITED,
    FOLDER_SUFFIXES,
    Writer,
    check_readable,
    excel_lock,
    open_workbook,
)
from cellsense.sheets.placement import place
from cellsense.sheets.selection import Selection, select

STANDARD = "-"
LABELLED = ".labelled"
BACKUP = ".bak"
_TEMPORARY = ".cellsense-"


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is converted; the command line has flags of the same names."""

    sheet: str | None = None
    column: str | None = None
    label_name: str = LABEL_NAME
    score_name: str = SCORE_NAME
    limit: int | None = None  # label only so many rows
    force: bool = False  # overwrite the output, and the columns of an earlier run
    writer: Writer = "splice"


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a file."""

    source: str
    output: str
    backup: str | None
    summary: Summary
    notes: tuple[str, ...]


class Listener(Protocol):
    """Hears what is going on, to show it."""

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        """Hear which column was chosen, before the model loads."""

    def progress(self, done: int, total: int) -> None:
        """Hear how many cells are answered."""


class Silent:
    """A listener that shows nothing."""

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        """Show nothing."""

    def progress(self, done: int, total: int) -> None:
        """Show nothing."""


def convert(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    in_place: bool = False,
    classifier: Classifier | None = None,
    options: Options | None = None,
    listener: Listener | None = None,
) -> Conversion:
    """Put a label and a score column into a copy of a file.

    Args:
        source: .xlsx, .xlsm, .csv, .tsv or .parquet; "-" reads CSV from standard input.
        output: the file to write, of the same kind, or a folder; "-" is standard output. By
            default `name.labelled.xlsx` beside the source (standard output for standard input).
        in_place: replace the source, keeping it as `name.xlsx.bak`.
        classifier: None for the embedded model.
        options: None for all defaults.
        listener: hears of the progress.

    Raises InputError and its kinds, OutputError, and what Classifier raises; nothing is written
    then.
    """
    options = options or Options()
    _check_options(str(source), output, options, in_place=in_place)
    classifier = classifier or Classifier()
    before = None
    if str(source) == STANDARD:
        from cellsense.sheets.delimited import DelimitedWorkbook

        target = _target(None, STANDARD if output is None else output, force=options.force)
        workbook: Workbook = DelimitedWorkbook.from_bytes(_standard_input())
    else:
        path = Path(source)
        check_readable(path)
        before = _fingerprint(path)
        # Through a link, the file it leads to is changed, and the link stays one.
        target = path.resolve() if in_place else _target(path, output, force=options.force)
        workbook = open_workbook(path, options.writer)
    with closing(workbook):
        if target is not None:
            _check_writable(target)
        summary = _label(workbook, str(source), classifier, options, listener or Silent())
        backup = None
        if target is None:
            _save_to_stdout(workbook)
        else:
            with _saved(workbook, target) as finished:
                if before is not None and _fingerprint(Path(source)) != before:
                    raise OutputError(
                        f"{source} was changed by another program meanwhile: run again."
                    )
                backup = _replace(finished, target, keep=in_place)
        notes = (*workbook.notes, *summary.notes)
    shown = STANDARD if target is None else str(target)
    return Conversion(str(source), shown, None if backup is None else str(backup), summary, notes)


def find_files(folder: Path) -> list[Path]:
    """Return the files of a folder that can be converted, without the outputs of earlier runs.

    Raises MissingFileError if there is none.
    """
    found = sorted(
        path
        for path in folder.iterdir()
        if path.is_file()
        and path.suffix.lower() in FOLDER_SUFFIXES
        and not path.name.startswith(("~$", "."))
        and not path.stem.endswith(LABELLED)
    )
    if not found:
        kinds = ", ".join(sorted(FOLDER_SUFFIXES))
        raise MissingFileError(f"The folder {folder} holds no file to convert ({kinds}).")
    return found


def _label(
    workbook: Workbook,
    source: str,
    classifier: Classifier,
    options: Options,
    listener: Listener,
) -> Summary:
    selection = select(workbook.sheets, options.sheet, options.column)
    names = (options.label_name, options.score_name)
    placement = place(selection, names, replace=options.force)
    if placement.replaces and options.limit is not None:
        raise OptionError(
            "--limit would leave the columns of the earlier run empty below it: leave --limit out."
        )
    listener.selected(source, selection, row_count(selection, options.limit))
    return label_selection(
        selection,
        placement,
        classifier,
        limit=options.limit,
        on_progress=listener.progress,
    )


def _check_options(
    source: str, output: str | os.PathLike[str] | None, options: Options, *, in_place: bool
) -> None:
    """Refuse what can't be meant. Raises OptionError."""
    if not source or output == "":
        # An unset variable in a script must not mean the current folder.
        raise OptionError("A file's name is empty: name the file.")
    if options.limit is not None and options.limit < 1:
        raise OptionError(f"--limit {options.limit} leaves no row: use 1 or more.")
    if in_place and (output is not None or source == STANDARD):
        raise OptionError("--in-place changes the file itself: leave --output out, name a file.")
    if source == STANDARD and options.writer != "splice":
        raise OptionError("--writer is for Excel files: standard input is read as CSV.")


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise OptionError("There is no standard input: name a file.")
    return sys.stdin.buffer.read()


def _target(
    source: Path | None, output: str | os.PathLike[str] | None, *, force: bool
) -> Path | None:
    """Decide the file to write, None for standard output. Raises OutputError."""
    if output is not None and str(output) == STANDARD:
        return None
    try:
        target = _named_target(source, output)
        exists = target.exists()
        same = exists and source is not None and target.samefile(source)
    except OSError as error:
        raise OutputError(
            f"{output or source}: {error.strerror}; name another --output."
        ) from error
    if same:
        raise OutputError(f"{target} is the input itself: use --in-place, which keeps a backup.")
    kinds = DELIMITED if source is None else {source.suffix.lower()}
    if target.suffix.lower() not in kinds:
        raise OutputError(
            f"{target} is of another kind than {source or 'CSV from standard input'}: "
            f"name a {' or '.join(sorted(kinds))} file."
        )
    if exists and not target.is_file():
        raise OutputError(f"{target} is no ordinary file: name another --output.")
    if exists and not force:
        raise OutputError(f"{target} exists: add --force to overwrite it, or name an --output.")
    return target.resolve() if target.is_symlink() else target


def _named_target(source: Path | None, output: str | os.PathLike[str] | None) -> Path:
    if output is None:
        assert source is not None  # noqa: S101 - for the type checker: no output goes with a source
        return source.with_name(f"{source.stem}{LABELLED}{source.suffix}")
    target = Path(output)
    if not target.is_dir() and not str(output).endswith(("/", os.sep)):
        return target
    if source is None:
        raise OutputError(f"{target} is a folder: name a file in it.")
    return target / source.name


def _check_writable(target: Path) -> None:
    """Try before the work, not after it. Raises OutputError."""
    if not target.parent.is_dir():
        raise OutputError(f"The folder {target.parent} doesn't exist: create it first.")
    if excel_lock(target) is not None:
        raise OutputError(f"{target} is open in Excel: close it there and try again.")
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=_TEMPORARY):
            pass
    except OSError as error:
        raise OutputError(
            f"The folder {target.parent} can't be written to ({error.strerror}): "
            "name an --output elsewhere."
        ) from error


@contextmanager
def _saved(workbook: Workbook, target: Path) -> Iterator[Path]:
    """Save beside the target, on the same disk, so that the last step is a mere rename."""
    temporary = target.with_name(f"{_TEMPORARY}{secrets.token_hex(8)}{target.suffix}")
    try:
        workbook.save(temporary)
        if workbook.path.exists():
            shutil.copymode(workbook.path, temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        yield temporary
    except OSError as error:
        raise OutputError(f"{target} can't be written: {error.strerror}.") from error
    except OutputError as error:
        # Backends name the file they were given, which nobody has heard of.
        raise OutputError(str(error).replace(str(temporary), str(target))) from error
    finally:
        temporary.unlink(missing_ok=True)


def _save_to_stdout(workbook: Workbook) -> None:
    with tempfile.TemporaryDirectory(prefix="cellsense-") as folder:
        file = Path(folder) / "output"
        try:
            workbook.save(file)
            with file.open("rb") as content:
                shutil.copyfileobj(content, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # the reader has seen enough
        except OSError as error:
            raise OutputError(f"Standard output can't be written: {error.strerror}.") from error


def _replace(finished: Path, target: Path, *, keep: bool) -> Path | None:
    """Put the finished file in the target's place; with `keep`, the old one gets a name first."""
    backup = _back_up(target) if keep else None
    try:
        finished.replace(target)
    except OSError:
        if backup is not None:
            backup.unlink()
        raise
    return backup


def _back_up(path: Path) -> Path:
    """Give a file a second name, the first that is free; earlier backups stay."""
    number = 1
    while True:
        backup = path.with_name(f"{path.name}{BACKUP}{'' if number == 1 else number}")
        if not backup.exists():
            break
        number += 1
    try:
        os.link(
            path, backup
        )  # at once, and without a byte: the file itself is replaced, not changed
    except OSError:
        try:
            shutil.copy2(path, backup)  # a disk without links
        except OSError:
            backup.unlink(missing_ok=True)
            raise
    return backup


def _fingerprint(path: Path) -> tuple[int, int]:
    """Return what changes when a file is written."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size
