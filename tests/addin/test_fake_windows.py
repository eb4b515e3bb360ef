"""xlwings' own Windows code runs here, and leaves no trace."""

import ctypes
import sys
import types
from pathlib import Path
from textwrap import dedent

import pytest
import xlwings as xw

from addin.fake_windows import MISSING, FakeWindows


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "functions_of_a_test.py").write_text(
        dedent(
            '''
            import xlwings as xw

            @xw.func
            @xw.arg("texts", ndim=2)
            def shout(texts, times: int = 1):
                """Say it louder."""
                return [[str(cell).upper() * int(times) for cell in row] for row in texts]
            '''
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "functions_of_a_test"
    sys.modules.pop("functions_of_a_test", None)


def state() -> tuple[object, ...]:
    names = ("func", "arg", "ret", "sub", "script", "serve", "_xlwindows", "udfs", "com_server")
    return (
        {name for name in sys.modules if name.startswith(("win32", "py", "xlwings"))},
        {name: vars(xw).get(name) for name in names},
        {name: vars(ctypes).get(name) for name in ("windll", "oledll", "PyDLL")},
        (list(xw.engines.engines), dict(xw.engines.engines_by_name), xw.engines.active),
        Path.cwd(),
    )


def test_functions_are_called_as_excel_calls_them(module: str) -> None:
    with FakeWindows() as windows:
        call = windows.com_server.XLPython().CallUDF
        assert call(module, "shout", ((("a",), ("b",)), MISSING), None, None) == [["A"], ["B"]]
        assert call(module, "shout", ("a", 2.0), None, None) == "AA"


def test_nothing_is_left() -> None:
    before = state()
    for _ in range(2):
        with FakeWindows():
            assert xw.engines.active.name == "excel"
            assert state() != before
        assert state() == before


def test_nothing_is_left_when_an_import_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    monkeypatch.setattr(FakeWindows, "_export", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), FakeWindows():
        pass
    assert state() == before


def test_modules_are_imported_with_the_real_decorators(module: str) -> None:
    old = __import__(module)
    assert not hasattr(old.shout, "__xlfunc__")
    with FakeWindows() as windows:
        assert windows.anew(module).shout.__xlfunc__["args"][1]["optional"] == 1
    assert sys.modules[module] is old


def test_excels_are_found_by_their_windows() -> None:
    with FakeWindows() as windows:
        assert len(xw.apps) == 0
        for name in ("one", "two"):
            excel = types.SimpleNamespace(name=name, Hwnd=len(windows.excels) + 1)
            excel.Application = excel
            windows.excels.append(excel)
        assert [app.api.name for app in xw.apps] == ["one", "two"]
        assert [app.pid for app in xw.apps] == [1001, 1002]


def test_what_windows_has_and_this_has_not_is_an_error() -> None:
    with FakeWindows() as windows, pytest.raises(AttributeError):
        _ = windows.xlwindows.win32api.MessageBox
