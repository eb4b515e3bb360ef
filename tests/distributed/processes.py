"""The processes below another one, as Linux tells of them."""

import time
from collections.abc import Callable
from pathlib import Path

_SECONDS = 120


def workers_below(pid: int) -> list[int]:
    """Return the processes of Ray's pool that were started by a process or one below it."""
    parents, names = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            number, after_name = int(folder.name), (folder / "stat").read_text().rpartition(")")[2]
            parents[number] = int(after_name.split()[1])
            names[number] = (folder / "cmdline").read_bytes().split(b"\0")[0].decode()
        except (OSError, ValueError):  # it has just ended
            continue
    pool = [number for number, name in names.items() if "MapWorker" in name]
    return [number for number in pool if _is_below(number, pid, parents)]


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for what must come true."""
    end = time.monotonic() + _SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_below(pid: int, ancestor: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        pid = parents.get(pid, 0)
    return False
