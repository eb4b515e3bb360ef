"""Calls to a running Excel, which refuses them while a user edits a cell or a dialog is open.

A refused call is made again for some seconds. Whatever else Excel says becomes an error of ours.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from cellsense.errors import CellsenseError, OutputError
from cellsense.sheets.failures import cause

PATIENCE = 5.0  # seconds
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5

_CALL_REJECTED = -2147418111  # 0x80010001
_RETRY_LATER = -2147417846  # 0x8001010A
_VBA_IGNORE = -2146777998  # 0x800AC472
_EXCEPTION = -2147352567  # 0x80020009: the real code stands in the details
_BUSY = {_CALL_REJECTED, _RETRY_LATER, _VBA_IGNORE}
_MAC_TIMED_OUT = -1712  # the system has waited a minute or two already

Result = TypeVar("Result")


def patiently(
    action: Callable[[], Result], doing: str, failure: type[CellsenseError] = OutputError
) -> Result:
    """Call Excel, again and again while it is busy; `action` may run more than once.

    Raises OutputError when Excel stays busy, and `failure` when it can't do what is asked.
    """
    end = time.monotonic() + PATIENCE
    pause = _FIRST_PAUSE
    while True:
        try:
            with _asked_once():
                return action()
        except Exception as error:
            if not _is_of_excel(error):
                raise
            if not _is_busy(error):
                raise failure(f"Excel can't {doing}: {_said(error)}.") from error
            if time.monotonic() + pause > end or _is_mac_busy(error):
                message = (
                    f"Excel is busy and can't {doing}: finish the cell that is being edited, "
                    "close open dialogs, and run it again."
                )
                raise OutputError(message) from error
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


@contextmanager
def _asked_once() -> Iterator[None]:
    """Have xlwings raise what Excel refuses: by default it asks for ever, without a pause."""
    module: Any = sys.modules.get("xlwings._xlwindows")
    if module is None:
        yield
        return
    attempts, module.N_COM_ATTEMPTS = module.N_COM_ATTEMPTS, 1
    try:
        yield
    finally:
        module.N_COM_ATTEMPTS = attempts


def _is_of_excel(error: Exception) -> bool:
    """Tell what Excel says from mistakes of ours, without importing what it says it with."""
    kinds = [
        _kind("pywintypes", "com_error"),
        _kind("xlwings._xlwindows", "ExcelBusyError"),
        _kind("appscript.reference", "CommandError"),
    ]
    return any(kind is not None and isinstance(error, kind) for kind in kinds) or _is_lost(error)


def _kind(module: str, name: str) -> type[Exception] | None:
    return getattr(sys.modules.get(module), name, None)


def _is_lost(error: Exception) -> bool:
    """Tell whether pywin32 takes a busy Excel for one that lacks the name asked for."""
    if not isinstance(error, AttributeError):
        return False
    return type(error.obj).__module__.startswith("win32com.")


def _is_busy(error: Exception) -> bool:
    code = getattr(error, "hresult", None)
    if code is None:
        return _is_mac_busy(error) or not hasattr(error, "errornumber")
    if code == _EXCEPTION:
        details: Any = getattr(error, "excepinfo", None)
        return bool(details) and details[5] == _VBA_IGNORE
    return code in _BUSY


def _is_mac_busy(error: Exception) -> bool:
    return getattr(error, "errornumber", None) == _MAC_TIMED_OUT


def _said(error: Exception) -> str:
    details = getattr(error, "excepinfo", None)
    if details and details[2]:
        return str(details[2]).strip().rstrip(".")
    return str(getattr(error, "strerror", None) or cause(error)).strip().rstrip(".")
