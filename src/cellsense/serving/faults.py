"""What nobody foresaw, told on stderr: its kind and where it happened, and no text of anybody's."""

import sys
from traceback import format_tb

from cellsense.errors import CellsenseError


class FaultError(CellsenseError):
    """A fault in cellsense itself."""


def report_fault(where: str, error: BaseException) -> FaultError:
    """Tell an exception that nobody foresaw, and return what to tell the caller.

    Its message might quote a text, so it is left out.
    """
    kind = type(error).__name__
    trace = "".join(format_tb(error.__traceback__))
    print(f"cellsense failed in {where} ({kind}):\n{trace}", file=sys.stderr, flush=True)
    return FaultError(f"cellsense failed ({kind}). The server's terminal has the rest.")
