"""Which file a result goes to, and whether it may go there."""

import os
from pathlib import Path

from cellsense.errors import OutputError
from cellsense.sheets.failures import cause
from cellsense.sheets.open import DELIMITED, excel_lock

STANDARD = "-"
LABELLED = ".labelled"


def choose_target(
    source: Path | None, output: str | os.PathLike[str] | None, *, force: bool
) -> Path | None:
    """Decide the file to write, None for standard output; no source is standard input.

    Raises OutputError, also if the file exists and `force` isn't given.
    """
    if output is not None and str(output) == STANDARD:
        return None
    try:
        target = _named(source, output)
        exists = target.exists()
        same = exists and source is not None and target.samefile(source)
    except OSError as error:
        raise OutputError(f"{output or source}: {cause(error)}; name another --output.") from error
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


def beside(source: Path) -> Path:
    """Return where a result goes that nobody named a place for."""
    return source.with_name(f"{source.stem}{LABELLED}{source.suffix}")


def check_target(target: Path) -> None:
    """Raise OutputError for what will certainly not do."""
    if not target.parent.is_dir():
        raise OutputError(f"The folder {target.parent} doesn't exist: create it first.")
    if excel_lock(target) is not None:
        raise OutputError(f"{target} is open in Excel: close it there and try again.")


def _named(source: Path | None, output: str | os.PathLike[str] | None) -> Path:
    if output is None:
        assert source is not None  # noqa: S101 - for the type checker: no output goes with a source
        return beside(source)
    target = Path(output)
    if not target.is_dir() and not str(output).endswith(("/", os.sep)):
        return target
    if source is None:
        raise OutputError(f"{target} is a folder: name a file in it.")
    return target / source.name
