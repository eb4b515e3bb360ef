"""Files that appear whole or not at all, and what a killed run left behind.

A file is written under a temporary name in its folder and renamed when it is complete. As long as
its run is alive it holds a lock on a file of the same name in `.lock`, which the system frees
whatever becomes of the run. So the next run knows what is left over and what is in work, also where
several machines share a folder.
"""

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cellsense.errors import OutputError
from cellsense.held import hold
from cellsense.sheets.failures import unwritable

PREFIX = ".cellsense-"
_LOCK = ".lock"
_OURS = re.compile(rf"{re.escape(PREFIX)}[0-9a-f]{{16}}(?:{re.escape(_LOCK)})?")
_TRIES = 5
_ABANDONED_SECONDS = 86_400  # for disks that know no locks


@contextmanager
def temporary(folder: Path) -> Iterator[Path]:
    """Give a name in a folder that nobody else uses; what stands under it goes at the end.

    Raises OutputError if nothing can be written there.
    """
    for _ in range(_TRIES):
        path = folder / f"{PREFIX}{secrets.token_hex(8)}"
        held = hold(path.with_suffix(_LOCK))
        if held is not None:  # else a run that cleans up came between its making and its locking
            break
    else:
        raise OutputError(f"The folder {folder} can't be written to: no lock can be had there.")
    try:
        yield path
    finally:
        with suppress(OSError):
            _remove(path)
        held.let_go()


def write_whole(target: Path, text: str) -> None:
    """Write a text file that is there whole or stays as it was. Raises OutputError."""
    with temporary(target.parent) as file:
        try:
            with file.open("x", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            file.replace(target)
        except OSError as error:
            raise unwritable(target, error) from error


def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files of runs that were killed; those of runs in work stay."""
    try:
        names = [item.name for item in folder.iterdir() if _OURS.fullmatch(item.name)]
    except OSError:
        return
    for stem in {name.removesuffix(_LOCK) for name in names}:
        with suppress(OSError, OutputError):  # another user's, or gone meanwhile
            _remove_if_left(folder / stem)


def _remove_if_left(path: Path) -> None:
    lock_file = path.with_suffix(_LOCK)
    if not lock_file.exists():
        if _is_old(path):
            _remove(path)
        return
    was_old = _is_old(lock_file)
    held = hold(lock_file)
    if held is None:
        return
    if held.is_sure or was_old:
        _remove(path)
        held.let_go()


def _is_old(path: Path) -> bool:
    return time.time() - path.lstat().st_mtime > _ABANDONED_SECONDS


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
