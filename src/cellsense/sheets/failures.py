"""What went wrong with a file, said in the same words by every backend."""

from pathlib import Path

from cellsense.errors import MissingFileError, OutputError


def cause(error: BaseException) -> str:
    """Return what an error of the system or another library says, as one line without a stop."""
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    return (text.strip().splitlines() or [type(error).__name__])[0].rstrip(".")


def missing(path: Path) -> MissingFileError:
    """Return the error for a file that isn't there."""
    return MissingFileError(f"There is no file {path}; check its name and folder.")


def unwritable(target: Path, error: BaseException) -> OutputError:
    """Return the error for an output that the system doesn't let be written."""
    return OutputError(f"{target} can't be written: {cause(error)}. Check the folder and the disk.")
