"""Warnings of ours on the command line: a line each, as errors have."""

import sys
import warnings
from typing import TextIO

from cellsense.errors import ServerWarning
from cellsense.one_line import one_line

_usual = warnings.showwarning


def show_warnings() -> None:
    """Print our warnings to stderr as one line; all others as Python does."""
    warnings.showwarning = _show


def _show(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    if issubclass(category, ServerWarning):
        print(f"Warning: {one_line(str(message))}", file=sys.stderr, flush=True)
    else:
        _usual(message, category, filename, lineno, file, line)
