"""Being told to end: a signal raises what ends the run in good order, even where that gets lost.

Packages that are interrupted while they're being imported (numpy, for one) may turn what a signal
raised into an ImportError, and the run would go on.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

TERMINATED = 143

_told: list[int] = []  # the signals that came
_held: list[bool] = []  # as many as blocks that aren't to be interrupted


def listen() -> None:
    """Take signals from now on. What the caller has the process ignore (`nohup`) stays ignored."""
    for name in ("SIGTERM", "SIGHUP", "SIGINT"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _hear)


@contextmanager
def ends_if_told() -> Iterator[None]:
    """Take no other error for what went wrong when a signal came."""
    try:
        yield
    except Exception:
        if _told:
            _end(_told[0])
        raise


@contextmanager
def ends_later() -> Iterator[None]:
    """Let a signal that comes meanwhile end the run when the block is done, and not in it."""
    _held.append(True)
    before = len(_told)
    try:
        yield
    finally:
        _held.pop()
        if len(_told) > before and not _held:
            _end(_told[before])


def _hear(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    _told.append(number)
    if not _held:
        _end(number)


def _end(number: int) -> NoReturn:
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(TERMINATED)
