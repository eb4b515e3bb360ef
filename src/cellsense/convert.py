"""File in, file out: the output appears whole or not at all, the input stays as it was."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cellsense.atomic import remove_leftovers, temporary
from cellsense.backup import take_place
from cellsense.classifier import Classifier
from cellsense.conversion import Conversion, Listener, Options, Silent
from cellsense.errors import OptionError, OutputError
from cellsense.label_workbook import Labelled, Work, label_workbook
from cellsense.maker import Maker
from cellsense.sheets.failures import cause
from cellsense.sheets.interface import Workbook
from cellsense.sheets.open import check_readable, open_workbook
from cellsense.stamp import Stamp, stamp
from cellsense.targets import STANDARD, check_target, choose_target

Ready = Callable[[Path, Labelled], None]


def convert(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str] | None = None,
    *,
    in_place: bool = False,
    classifier: Maker | None = None,
    options: Options | None = None,
    listener: Listener | None = None,
) -> Conversion:
    """Put a label and a score column into a copy of a file.

    Args:
        source: .xlsx, .xlsm, .csv, .tsv or .parquet; "-" reads CSV from standard input.
        output: the file to write, of the same kind, or a folder; "-" is standard output. By
            default `name.labelled.xlsx` beside the source (standard output for standard input).
        in_place: replace the source, keeping it as `name.xlsx.bak`.
        classifier: None for the embedded model; or a `TaskModel`, for another task's column.
        options: None for all defaults.
        listener: hears of the progress.

    Raises InputError and its kinds, OutputError, and what Classifier raises; nothing is written
    then.
    """
    options = options or Options()
    _check(str(source), output, options, in_place=in_place)
    work = Work(classifier or Classifier(), options, listener or Silent())
    if str(source) == STANDARD:
        target = choose_target(None, STANDARD if output is None else output, force=options.force)
        return _convert_stdin(target, work)
    path = Path(source)
    check_readable(path)
    # Through a link, the file it leads to is changed, and the link stays one.
    target = path.resolve() if in_place else choose_target(path, output, force=options.force)
    if target is None:
        return _to_stdout(lambda: open_workbook(path, options.writer), str(source), work)
    remove_leftovers(target.parent)
    return convert_file(path, target, work, in_place=in_place)


def convert_file(
    source: Path,
    target: Path,
    work: Work,
    *,
    in_place: bool = False,
    ready: Ready = lambda *_: None,
) -> Conversion:
    """Convert a file to another one, which is overwritten if it was there at the start.

    `ready` is called with the finished file, which is about to get its name, and what was done to
    it. Raises as `convert`.
    """
    before = stamp(source)

    def check_source(finished: Path, done: Labelled) -> None:
        _check_unchanged(source, before)
        ready(finished, done)

    def opened() -> Workbook:
        return open_workbook(source, work.options.writer)

    return _to_file(opened, str(source), target, work, ready=check_source, keep=in_place)


def _convert_stdin(target: Path | None, work: Work) -> Conversion:
    from cellsense.sheets.delimited import DelimitedWorkbook

    def opened() -> Workbook:
        if sys.stdin is None:
            raise OptionError("There is no standard input: name a file.")
        return DelimitedWorkbook.from_bytes(sys.stdin.buffer.read())

    if target is None:
        return _to_stdout(opened, STANDARD, work)
    remove_leftovers(target.parent)
    return _to_file(opened, STANDARD, target, work)


def _to_file(
    opened: Callable[[], Workbook],
    source: str,
    target: Path,
    work: Work,
    *,
    ready: Ready = lambda *_: None,
    keep: bool = False,
) -> Conversion:
    check_target(target)
    there = stamp(target)
    # Beside the target, on the same disk, so that the last step is a mere rename.
    with temporary(target.parent) as finished:
        with closing(opened()) as workbook:
            done = label_workbook(workbook, source, work)
            with _writing(target, finished):
                _save(workbook, finished)
        # The workbook is closed: Windows replaces no file that is open.
        with _writing(target, finished):
            ready(finished, done)
            _check_unchanged(target, there)
            backup = take_place(finished, target, keep=keep)
    kept = None if backup is None else str(backup)
    return Conversion(
        source,
        str(target),
        kept,
        done.summaries,
        done.notes,
        done.skipped_sheets,
        done.added_sheets,
    )


def _to_stdout(opened: Callable[[], Workbook], source: str, work: Work) -> Conversion:
    folder = Path(tempfile.gettempdir())
    remove_leftovers(folder)
    with closing(opened()) as workbook, temporary(folder) as private:
        done = label_workbook(workbook, source, work)
        try:
            private.mkdir(mode=0o700)
            _save(workbook, private / "output")
            with (private / "output").open("rb") as content:
                shutil.copyfileobj(content, sys.stdout.buffer)
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise  # the reader has seen enough
        except OSError as error:
            raise OutputError(f"Standard output can't be written: {cause(error)}.") from error
    return Conversion(
        source, STANDARD, None, done.summaries, done.notes, done.skipped_sheets, done.added_sheets
    )


@contextmanager
def _writing(target: Path, finished: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputError(f"{target} can't be written: {cause(error)}.") from error
    except OutputError as error:
        # Backends name the file they were given, which nobody has heard of.
        raise OutputError(str(error).replace(str(finished), str(target))) from error


def _check_unchanged(path: Path, before: Stamp | None) -> None:
    if stamp(path) != before:
        raise OutputError(f"{path} was changed by another program meanwhile: run again.")


def _save(workbook: Workbook, finished: Path) -> None:
    workbook.save(finished)
    if workbook.path.exists():
        shutil.copymode(workbook.path, finished)
    with finished.open("rb+") as file:
        os.fsync(file.fileno())


def _check(
    source: str, output: str | os.PathLike[str] | None, options: Options, *, in_place: bool
) -> None:
    """Refuse what can't be meant. Raises OptionError."""
    if not source or output == "":
        # An unset variable in a script must not mean the current folder.
        raise OptionError("A file's name is empty: name the file.")
    if in_place and (output is not None or source == STANDARD):
        raise OptionError("--in-place changes the file itself: leave --output out, name a file.")
    if source == STANDARD and options.writer != "splice":
        raise OptionError("--writer is for Excel files: standard input is read as CSV.")
    options.check()
