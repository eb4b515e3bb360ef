"""What xlwings needs of Windows and pywin32, so that its real Windows code runs elsewhere.

`FakeWindows` puts modules in place of pywin32 and of a part of `ctypes`, imports the unmodified
`xlwings._xlwindows`, `xlwings.udfs` and `xlwings.com_server`, and takes everything back at the
end. Nothing here makes a COM call: objects are Python's, and what isn't there is an error.

    with FakeWindows() as windows:
        windows.udfs.call_udf(…)
        windows.com_server.XLPython().CallUDF(…)
        windows.excels.append(application)     # what xw.apps, xw.books, … find

What was imported before has xlwings' stand-ins for its decorators, which do nothing: `anew(name)`
imports a module with the real ones, until the end.

Not tested this way: VARIANTs, threads and apartments, starting the COM server, Excel itself.
"""

import atexit
import ctypes
import datetime
import importlib
import os
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType, TracebackType
from typing import Any, Self

REJECTED = -2147418111  # RPC_E_CALL_REJECTED: Excel is busy
UNKNOWN_NAME = -2147352570  # DISP_E_UNKNOWNNAME
EXCEPTION = -2147352567  # DISP_E_EXCEPTION: what went wrong is in the fourth part
MISSING = -2147352572  # an argument that was left out

_RANGE_ID = "{00020846-0000-0000-C000-000000000046}"
_OF_XLWINGS = ("_win32patch", "_xlwindows", "udfs", "com_server")
_EXPORTS = ("func", "arg", "ret", "sub", "script", "serve", "get_udf_module", "import_udfs")
_ABSENT = object()


class ComError(Exception):
    """pywintypes.com_error."""

    def __init__(
        self,
        hresult: int,
        strerror: str | None = None,
        excepinfo: tuple[Any, ...] | None = None,
        argerror: int | None = None,
    ) -> None:
        super().__init__(hresult, strerror, excepinfo, argerror)
        self.hresult = hresult
        self.strerror = strerror
        self.excepinfo = excepinfo
        self.argerror = argerror


ComError.__name__ = ComError.__qualname__ = "com_error"
ComError.__module__ = "pywintypes"


def excel_says(text: str, code: int = -2146827284) -> ComError:
    """Make the error of a call that Excel refuses, 1004 unless another is given."""
    return ComError(EXCEPTION, "Exception occurred.", (0, "Microsoft Excel", text, None, 0, code))


class ComTime(datetime.datetime):
    """pywintypes' datetime: what a cell with a date gives."""


class _Id(str):
    """pywintypes.IID."""

    __slots__ = ()


class _Interface:
    """What pywin32 keeps as `_oleobj_`: asked by xlwings whether a name is there."""

    def __init__(self, type_id: str | None = None) -> None:
        self._type_id = type_id

    def GetIDsOfNames(self, _language: int, _name: str) -> None:  # noqa: N802
        raise ComError(UNKNOWN_NAME, "Unknown name.")

    def GetTypeInfo(self) -> Self:  # noqa: N802
        return self

    def GetTypeAttr(self) -> types.SimpleNamespace:  # noqa: N802
        return types.SimpleNamespace(iid=_Id(self._type_id or ""))


class Dispatched:
    """win32com.client.CDispatch: the base of all objects that stand for one of Excel's."""

    @property
    def _oleobj_(self) -> _Interface:
        return _Interface()


class DispatchedRange(Dispatched):
    """A CDispatch that xlwings takes for a Range."""

    @property
    def _oleobj_(self) -> _Interface:
        return _Interface(_RANGE_ID)


class FakeWindows:
    """Windows for xlwings, from `__enter__` to `__exit__`."""

    xlwindows: Any
    udfs: Any
    com_server: Any

    def __init__(self) -> None:
        self.excels: list[Any] = []  # Application objects, the one in front first
        self._undo = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as undo:  # also when an import fails
            self._install(undo)
            self._undo = undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._undo.close()

    def anew(self, name: str) -> ModuleType:
        """Import a module as if for the first time; the old one is back at the end."""
        parent, _, last = name.rpartition(".")
        if parent:
            package = importlib.import_module(parent)
            self._undo.callback(_put, package, last, vars(package).get(last, _ABSENT))
        self._undo.callback(_put_module, name, sys.modules.pop(name, _ABSENT))
        return importlib.import_module(name)

    def _install(self, undo: ExitStack) -> None:
        import xlwings

        for name, module in self._modules().items():
            undo.callback(_put_module, name, sys.modules.get(name, _ABSENT))
            sys.modules[name] = module
        for name in (*_OF_XLWINGS, *_EXPORTS):
            undo.callback(_put, xlwings, name, vars(xlwings).get(name, _ABSENT))
        for name in _OF_XLWINGS:
            full = f"xlwings.{name}"
            undo.callback(_put_module, full, sys.modules.pop(full, _ABSENT))
        with self._windows_ctypes(), _folder_kept():
            self.xlwindows = importlib.import_module("xlwings._xlwindows")
            undo.callback(atexit.unregister, self.xlwindows.cleanup)  # it looks for Excels to end
            self.udfs = importlib.import_module("xlwings.udfs")
            undo.callback(self.udfs.com_executor.shutdown)
            self.com_server = importlib.import_module("xlwings.com_server")
            undo.callback(self.com_server.loop.close)
        self._export(xlwings)
        self._activate(xlwings, undo)

    def _export(self, xlwings: Any) -> None:
        """Do what xlwings does at the end of its `__init__` on Windows."""
        udfs = self.udfs
        xlwings.func, xlwings.arg, xlwings.ret = udfs.xlfunc, udfs.xlarg, udfs.xlret
        xlwings.sub = xlwings.script = udfs.xlsub
        xlwings.get_udf_module, xlwings.import_udfs = udfs.get_udf_module, udfs.import_udfs
        xlwings.serve = self.com_server.serve

    def _activate(self, xlwings: Any, undo: ExitStack) -> None:
        engines = xlwings.engines
        undo.callback(vars(engines).update, engines=list(engines.engines), active=engines.active)
        undo.callback(vars(engines).update, engines_by_name=dict(engines.engines_by_name))
        engines.add(xlwings.Engine(impl=self.xlwindows.engine))
        engines.active = engines["excel"]

    # ---- ctypes ---------------------------------------------------------------------------------

    @contextmanager
    def _windows_ctypes(self) -> Iterator[None]:
        """Put Windows' libraries into ctypes while xlwings imports them by name."""
        user32 = types.SimpleNamespace(GetTopWindow=self._top_window, GetWindow=self._next_window)
        fakes = {
            "windll": types.SimpleNamespace(user32=user32),
            "oledll": types.SimpleNamespace(
                ole32=types.SimpleNamespace(CLSIDFromString=lambda _text, _id: 0),
                oleacc=types.SimpleNamespace(AccessibleObjectFromWindow=_object_of_window),
            ),
            "PyDLL": lambda _file: types.SimpleNamespace(
                PyCom_PyObjectFromIUnknown=_Function(self._excel_of_object)
            ),
        }
        with ExitStack() as undo:
            for name, fake in fakes.items():
                undo.callback(_put, ctypes, name, vars(ctypes).get(name, _ABSENT))
                setattr(ctypes, name, fake)
            yield

    # Each Excel has one window, whose handle is its place in the list, from 1.

    def _top_window(self, _parent: None) -> int:
        return 1 if self.excels else 0

    def _next_window(self, handle: int, _direction: int) -> int:
        return handle + 1 if handle < len(self.excels) else 0

    def _excel_of_object(self, pointer: Any, _id: Any, _add_reference: bool) -> Any:
        return self.excels[pointer.value - 1]

    # ---- pywin32 --------------------------------------------------------------------------------

    def _modules(self) -> dict[str, ModuleType]:
        client = _module(
            "win32com.client",
            CDispatch=Dispatched,
            DispatchBaseClass=type("DispatchBaseClass", (), {}),
            CoClassBaseClass=type("CoClassBaseClass", (), {}),
            Dispatch=lambda value, *_, **__: value,
            DispatchEx=self._new_excel,
        )
        util = _module("win32com.server.util", wrap=lambda value, *_, **__: value, unwrap=_unwrap)
        policy, dispatcher = (
            _module("win32com.server.policy"),
            _module("win32com.server.dispatcher"),
        )
        server = _module("win32com.server", util=util, policy=policy, dispatcher=dispatcher)
        utc = types.SimpleNamespace(utc=lambda: datetime.UTC)
        modules = [
            _module("pywintypes", com_error=ComError, error=ComError, TimeType=ComTime, IID=_Id),
            _module(
                "pythoncom",
                com_error=ComError,
                ole_error=ComError,
                CoInitialize=lambda: None,
                IID_IDispatch="IDispatch",
                IID_IEnumVARIANT="IEnumVARIANT",
                TypeIIDs={"IDispatch": type("PyIDispatch", (), {})},
                __file__="pythoncom.dll",
            ),
            _module("win32api"),
            _module("win32con"),
            _module("win32event"),
            _module("win32gui", FindWindowEx=lambda parent, _after, _class, _title: parent),
            _module("win32process", GetWindowThreadProcessId=lambda handle: (1, 1000 + handle)),
            _module("win32timezone", TimeZoneInfo=utc),
            _module("win32com", client=client, server=server),
            *(client, server, util, policy, dispatcher),
        ]
        return {module.__name__: module for module in modules}

    def _new_excel(self, program: str) -> Any:
        raise ComError(-2147221005, f"Invalid class string: {program}")


class _Function:
    """A function of a library, which takes attributes (`restype`)."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)


def _object_of_window(handle: int, _kind: int, _id: Any, pointer: Any) -> int:
    pointer._obj.value = handle
    return 0


def _unwrap(value: Any) -> Any:
    """Return what `wrap` was given; anything else isn't an object of this process."""
    if hasattr(value, "_public_methods_"):
        return value
    raise ValueError("The object is not a PyGateway object")


def _module(name: str, **members: Any) -> ModuleType:
    module = ModuleType(name)
    module.__dict__.update(members)
    module.__path__ = []  # type: ignore[attr-defined]
    return module


def _put(owner: object, name: str, value: object) -> None:
    """Set an attribute, or remove it if there was none."""
    if value is not _ABSENT:
        setattr(owner, name, value)
    elif name in vars(owner):
        delattr(owner, name)


def _put_module(name: str, module: Any) -> None:
    sys.modules.pop(name, None)
    if module is not _ABSENT:
        sys.modules[name] = module


@contextmanager
def _folder_kept() -> Iterator[None]:
    """xlwings changes the working folder while it imports pywin32."""
    folder = os.getcwd()  # noqa: PTH109 - as xlwings does
    try:
        yield
    finally:
        os.chdir(folder)
