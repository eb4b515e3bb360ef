"""Locks that live and die with their process: who holds one is alive, wherever it runs."""

import errno
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cellsense.errors import OutputError
from cellsense.sheets.failures import cause

if TYPE_CHECKING:
    from filelock import BaseFileLock

# What disks say that know no locks (some network and user-space ones).
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


class Held:
    """A lock file that this process holds; `is_sure` is False where the disk knows no locks."""

    def __init__(self, file: Path, lock: "BaseFileLock | None") -> None:
        self.file = file
        self._lock = lock

    @property
    def is_sure(self) -> bool:
        """True if nobody else can hold it at the same time."""
        return self._lock is not None

    def let_go(self) -> None:
        """Free the lock and remove its file."""
        try:
            self.file.unlink(missing_ok=True)  # while it is held, or another's file might be hit
            removed = True
        except OSError:  # Windows removes nothing that is open
            removed = False
        if self._lock is not None:
            with suppress(OSError):
                self._lock.release()
        if not removed:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)


def hold(file: Path) -> Held | None:
    """Lock a file, making it if need be; None if it is held already.

    Raises OutputError if it can't be made.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(file, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        return None
    except NotImplementedError:
        return Held(file, None)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return Held(file, None)
        raise OutputError(
            f"The folder {file.parent} can't be written to ({cause(error)}): name another one."
        ) from error
    return Held(file, lock)
