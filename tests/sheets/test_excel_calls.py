"""A busy Excel is asked again; what it says otherwise is passed on in its own words."""

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

from cellsense.errors import OutputError, UnreadableFileError
from cellsense.sheets import excel_calls
from cellsense.sheets.excel_calls import patiently


class ComError(Exception):
    """pywintypes.com_error."""

    def __init__(self, hresult: int, strerror: str = "", excepinfo: Any = None) -> None:
        super().__init__(hresult, strerror, excepinfo, None)
        self.hresult, self.strerror, self.excepinfo = hresult, strerror, excepinfo


class CommandError(Exception):
    """appscript's error."""

    def __init__(self, number: int, text: str) -> None:
        super().__init__(text)
        self.errornumber = number


class ExcelBusyError(Exception):
    """What xlwings raises when a name isn't found because Excel is busy."""


class Dispatch:
    """An object of pywin32's."""

    __module__ = "win32com.client.dynamic"


@pytest.fixture(autouse=True)
def _excel(monkeypatch: pytest.MonkeyPatch) -> None:
    xlwindows = types.SimpleNamespace(ExcelBusyError=ExcelBusyError, N_COM_ATTEMPTS=0)
    modules = {
        "pywintypes": types.SimpleNamespace(com_error=ComError),
        "appscript.reference": types.SimpleNamespace(CommandError=CommandError),
        "xlwings._xlwindows": xlwindows,
    }
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(excel_calls, "PATIENCE", 0.2)


def failing(*errors: Exception) -> Callable[[], str]:
    left = list(errors)

    def action() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return action


def lost() -> AttributeError:
    return AttributeError("Excel.Range.Value", name="Value", obj=Dispatch())


BUSY = [
    ComError(-2147418111, "Call was rejected by callee."),
    ComError(-2147417846, "The message filter indicated that the application is busy."),
    ComError(-2146777998),
    ComError(-2147352567, "Exception occurred.", (0, None, None, None, 0, -2146777998)),
    ExcelBusyError(),
    lost(),
]


@pytest.mark.parametrize("error", BUSY, ids=str)
def test_a_busy_excel_is_asked_again(error: Exception) -> None:
    assert patiently(failing(error, error), "write") == "done"


@pytest.mark.parametrize("error", BUSY, ids=str)
def test_patience_ends(error: Exception) -> None:
    with pytest.raises(OutputError, match=r"^Excel is busy and can't write: finish the cell"):
        patiently(failing(*[error] * 99), "write", UnreadableFileError)


def test_a_mac_has_waited_already() -> None:
    calls = []

    def action() -> None:
        calls.append(1)
        raise CommandError(-1712, "Apple event timed out.")

    with pytest.raises(OutputError, match="Excel is busy"):
        patiently(action, "write")
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ComError(-2147352567, "Exception occurred.", (0, "Excel", " No.\n", None, 0, 1)), "No"),
        (ComError(-2147352567, "Exception occurred."), "Exception occurred"),
        (ComError(-2147023174, "The RPC server is unavailable."), "The RPC server is unavailable"),
        (CommandError(-50, "Parameter error.\nMore."), "Parameter error"),
    ],
    ids=["details", "no details", "gone", "Mac"],
)
def test_other_errors_are_told_at_once(error: Exception, said: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        patiently(failing(error, error), "read", UnreadableFileError)
    assert str(caught.value) == f"Excel can't read: {said}."
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [ValueError("x"), AttributeError("x", name="x", obj="a text")])
def test_mistakes_of_ours_are_not_excels(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        patiently(failing(error), "write")
    assert caught.value is error


def test_xlwings_asks_once_meanwhile() -> None:
    module: Any = sys.modules["xlwings._xlwindows"]
    assert patiently(lambda: module.N_COM_ATTEMPTS, "write") == 1
    assert module.N_COM_ATTEMPTS == 0
    with pytest.raises(ValueError, match="x"):
        patiently(failing(ValueError("x")), "write")
    assert module.N_COM_ATTEMPTS == 0


def test_it_works_without_xlwings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pywintypes", "appscript.reference", "xlwings._xlwindows"):
        monkeypatch.delitem(sys.modules, name)
    assert patiently(lambda: 1, "write") == 1
