"""What goes wrong, as one sentence for a cell or a message box."""

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path
from traceback import format_tb

from platformdirs import user_log_path

from cellsense.errors import CellsenseError


class UnexpectedError(CellsenseError):
    """A fault in cellsense itself; its log has the traceback."""


def unexpected(error: Exception) -> CellsenseError:
    """Log an exception that nobody foresaw, and return what to tell the user.

    Only its kind and where it happened are logged: its message might quote a review.
    """
    file = log_file()
    kind = type(error).__name__
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except OSError:
        return UnexpectedError(f"cellsense failed ({kind}), and its log can't be written: {file}.")
    try:
        trace = "".join(format_tb(error.__traceback__))
        record = logging.LogRecord(
            "cellsense", logging.ERROR, "", 0, f"{kind}\n{trace}", None, None
        )
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
        handler.emit(record)
    finally:
        handler.close()
    return UnexpectedError(f"cellsense failed ({kind}). Please report it with the log: {file}.")


def log_file() -> Path:
    """Return where faults are logged."""
    return user_log_path("cellsense", appauthor=False) / "addin.log"
