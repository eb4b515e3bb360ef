"""A finished file takes the place of another, whose content may be kept under a second name."""

import os
import shutil
from pathlib import Path

from cellsense.atomic import temporary

BACKUP = ".bak"


def take_place(finished: Path, target: Path, *, keep: bool) -> Path | None:
    """Rename a finished file; with `keep`, the one in its place gets a name first, returned.

    Raises OSError, and OutputError if there's no room for a backup.
    """
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
        if backup.samefile(path):  # a run was killed just before it replaced the file
            return backup
        number += 1
    try:
        # At once, and without a byte: the file itself is replaced, not changed.
        os.link(path, backup)
    except OSError:  # a disk without links
        with temporary(path.parent) as copy:
            shutil.copy2(path, copy)
            copy.replace(backup)
    return backup
