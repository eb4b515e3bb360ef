"""The processes below another one, as Linux tells of them."""

import os
import time
from collections.abc import Callable
from pathlib import Path

_SECONDS = 120


def workers_below(pid: int) -> list[int]:
    """Return the processes of Ray's pool that were started by a process or one below it."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int(
                (folder / "stat").read_text().rpartition(")")[2].split()[1]
            )
            names[int(folder.name)] = (folder / "cmdline").read_bytes().split(b"\0")[0].decode()
        except (OSError, ValueError):  # it has just ended
            continue
    return [
        child for child in names if "MapWorker" in names[child] and _is_below(child, pid, parents)
    ]


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what must come true."""
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def kill(pid: int, number: int) -> None:
    os.kill(pid, number)


def _is_below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        pid = parents.get(pid, 0)
    return False
