"""Keeps what Ray prints for itself off the terminal; what matters comes back as an error."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import TextIOBase, UnsupportedOperation

_STDERR = 2


class _Nowhere(TextIOBase):
    """Takes text and does nothing with it."""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def quiet() -> Iterator[None]:
    """Let only what is written to `sys.stderr` by name get through.

    Ray's core writes to the file behind it, and its threads to `sys.stdout`, whatever it is told.
    """
    with redirect_stdout(_Nowhere()), _own_stderr():
        yield


@contextmanager
def _own_stderr() -> Iterator[None]:
    """Give Python's stderr a descriptor of its own, and the usual one to nobody."""
    try:
        descriptor = -1 if sys.stderr is None else sys.stderr.fileno()
    except (UnsupportedOperation, ValueError):  # a stand-in, or closed
        descriptor = -1
    if descriptor != _STDERR:
        yield
        return
    before = sys.stderr
    before.flush()
    kept, nowhere = os.dup(_STDERR), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    try:
        with (
            os.fdopen(os.dup(kept), "w", 1, encoding=before.encoding, errors=before.errors) as own,
            redirect_stderr(own),
        ):
            yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
