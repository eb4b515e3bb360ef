"""What changes when a file is written."""

from pathlib import Path
from typing import NamedTuple


class Stamp(NamedTuple):
    """A file's time of writing and its size."""

    written_ns: int
    size: int


def stamp(path: Path) -> Stamp | None:
    """Look at a file; None if it isn't there."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return Stamp(status.st_mtime_ns, status.st_size)
