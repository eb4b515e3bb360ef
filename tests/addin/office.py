"""A real LibreOffice for tests: its cells and its Basic, from the Python that runs the tests.

    def test_something(office: Office, tmp_path: Path) -> None:  # the fixture in conftest.py
        doc = office.open(tmp_path / "addin.xlam")               # or office.new()
        sheet = doc.sheet("Sheet1")                              # a UNO object, as all that follow
        sheet.getCellByPosition(0, 0).String = "good"            # column, row: from 0
        sheet.getCellRangeByName("B1:C1").setDataArray((("a", 1.0),))  # tuples, no lists
        doc.model.calculateAll()
        assert doc.run("Module1.Twice", 21) == 42                # or "Project.Module1.Twice"

What Basic gets from Python, and back:

    python = office.callback(lambda name, *args: xlpython.CallUDF(name, args))
    doc.run("Bridge.SetPython", python)
    '  Basic:  python.replaceByName "f", Array(1, "two")    (may be left out: no arguments)
    '          result = python.getByName("f")               calls the function with ("f", 1, "two")

The function may use LibreOffice while Basic waits for it, and run Basic that doesn't call back
again. What it raises becomes an error in Basic (`On Error` catches it) and is kept in
`python.errors`. Lists and tuples become arrays (nested: of arrays), None is Empty. **Basic doesn't
say when something goes wrong**: `run` returns what the function had returned so far, or None, so
let macros return something and assert on it.

A method that LibreOffice doesn't have is an AttributeError; what it raises is a `RemoteError` whose
`kind` is the exception's name. `office.struct("com.sun.star.beans.PropertyValue", Name="a")`,
`office.enum("com.sun.star.sheet.FillDirection", "TO_RIGHT")`, `office.constant(…)` and
`office.service(…)` make what UNO's methods take. A call that takes longer than `timeout` ends
LibreOffice and raises OfficeError; the fixture starts another one for the next test.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from addin.uno_wire import Link, LinkTimeoutError, RemoteError

__all__ = ["Document", "Office", "OfficeError", "OfficeMissingError", "RemoteError", "Struct"]

_HOST = Path(__file__).with_name("uno_host.py")
_MACROS_RUN = 4  # com.sun.star.document.MacroExecMode.ALWAYS_EXECUTE_NO_WARN
# LibreOffice doesn't recognise these by their content.
_FILTERS = {".xlam": "Calc MS Excel 2007 VBA XML"}
_METHOD = "method"


class OfficeError(Exception):
    """LibreOffice didn't start, ended or doesn't answer."""


class OfficeMissingError(OfficeError):
    """LibreOffice, or a Python that can talk to it, isn't installed."""


class Proxy:
    """An object inside LibreOffice: properties, methods, `[i]`, `len` and iteration as in UNO."""

    __slots__ = ("_number", "_office", "_released")

    _number: int
    _office: "Office"
    _released: list[int]  # one for each LibreOffice that was started

    def __init__(self, office: "Office", number: int) -> None:
        object.__setattr__(self, "_office", office)
        object.__setattr__(self, "_number", number)
        object.__setattr__(self, "_released", office.released)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._office.ask("get", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        self._office.ask("set", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return self._office.ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        self._office.ask("set_item", self, key, value)

    def __len__(self) -> int:
        return int(self._office.ask("length", self))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._office.ask("members", self))

    def __bool__(self) -> bool:
        return True  # without this, a call of len()

    def __call__(self, *arguments: Any) -> Any:
        return self._office.ask("call", self, arguments)

    def __del__(self) -> None:
        self._released.append(self._number)


class Struct:
    """A struct of UNO's, as a value: change a copy and set it where it came from."""

    def __init__(self, type_name: str, fields: dict[str, Any]) -> None:
        self.__dict__["type_name"] = type_name
        self.__dict__["fields"] = fields

    def __getattr__(self, name: str) -> Any:
        try:
            return self.fields[name]
        except KeyError:
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        self.fields[name] = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Struct) and (other.type_name, other.fields) == (
            self.type_name,
            self.fields,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Struct({self.type_name}, {self.fields})"


class Named:
    """A value of an enum of UNO's, or a type."""

    def __init__(self, *parts: str) -> None:
        self.parts = parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Named) and other.parts == self.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __repr__(self) -> str:
        return f"Named{self.parts}"

    @property
    def value(self) -> str:
        """An enum value's short name."""
        return self.parts[-1]


class Callback:
    """A function that Basic can call; what it raised is in `errors`."""

    def __init__(self, number: int, function: Callable[..., Any]) -> None:
        self.number = number
        self.function = function
        self.errors: list[Exception] = []


class Document:
    """An open workbook: `model` is the UNO object."""

    def __init__(self, office: "Office", model: Any) -> None:
        self._office = office
        self.model = model

    def sheet(self, key: str | int) -> Any:
        """Return a sheet by its name or its place, counted from 0."""
        return self.model.Sheets[key]

    def run(self, function: str, *arguments: Any) -> Any:
        """Call a Basic function, "Module.Function" of the workbook's own project."""
        return self._office.run_basic(self, function, *arguments)

    def close(self) -> None:
        """Close it without saving."""
        self._office.close_document(self)


class Office:
    """A headless LibreOffice with a profile of its own, started at the first use."""

    def __init__(self, timeout: float = 120.0) -> None:
        self.timeout = timeout
        self.released: list[int] = []  # objects that aren't needed any more
        self._link: Link | None = None
        self._host: subprocess.Popen[bytes] | None = None
        self._group = 0  # LibreOffice's process group
        self._desktop: Any = None
        self._documents: list[Document] = []
        self._callbacks: dict[int, Callback] = {}
        self._numbers = count(1)
        self._folder: Path | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # ---- life -----------------------------------------------------------------------------------

    def start(self) -> None:
        """Start LibreOffice if it doesn't run. Raises OfficeMissingError, OfficeError."""
        if self._link is not None:
            return
        program, python = _programs()
        self._folder = Path(tempfile.mkdtemp(prefix="cellsense-office-"))
        here, there = socket.socketpair()
        environment = {name: os.environ[name] for name in os.environ if "PYTHON" not in name}
        with there, (self._folder / "host.log").open("wb") as log:
            self._host = subprocess.Popen(
                [python, str(_HOST), str(there.fileno()), program, str(self._folder)],
                pass_fds=(there.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C ends the tests, and these end LibreOffice
            )
        connection = Connection(here.detach())
        self._link = Link(connection, self._serve, self._reduce, self._restore, self.timeout)
        self._group, self._desktop = self.ask("start")

    def stop(self) -> None:
        """End LibreOffice and everything that belongs to it."""
        link, self._link, self._desktop = self._link, None, None
        self._documents.clear()
        if self._group:  # first, as the other end may be waiting for a LibreOffice that hangs
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._group, signal.SIGKILL)
            self._group = 0
        if link is not None:
            link.close()  # which is how the other end learns that it's over
        if self._host is not None:
            try:
                self._host.wait(10)
            except subprocess.TimeoutExpired:
                self._host.kill()
                self._host.wait()
            self._host = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None
        self.released = []
        self._callbacks.clear()

    # ---- workbooks ------------------------------------------------------------------------------

    def open(self, path: Path, filter_name: str | None = None, *, macros: bool = True) -> Document:
        """Open a workbook; its macros run without a question."""
        chosen = filter_name or _FILTERS.get(path.suffix.lower())
        return self._load(path.resolve().as_uri(), chosen, macros=macros)

    def new(self) -> Document:
        """Make an empty workbook; its sheet is "Sheet1"."""
        return self._load("private:factory/scalc", None, macros=True)

    def close_documents(self) -> None:
        """Close what is still open, without saving."""
        for document in list(self._documents):
            self.close_document(document)

    def close_document(self, document: Document) -> None:
        """Close a workbook without saving."""
        self._documents.remove(document)
        document.model.close(True)

    def run_basic(self, document: Document, function: str, *arguments: Any) -> Any:
        """Call a Basic function of a workbook, "Module.Function" or "Project.Module.Function"."""
        if function.count(".") == 1:
            function = f"{document.model.BasicLibraries.ProjectName or 'Standard'}.{function}"
        address = f"vnd.sun.star.script:{function}?language=Basic&location=document"
        script = document.model.getScriptProvider().getScript(address)
        return script.invoke(arguments, (), ())[0]

    def _load(self, address: str, filter_name: str | None, *, macros: bool) -> Document:
        options = {"Hidden": True, "MacroExecutionMode": _MACROS_RUN if macros else 0}
        if filter_name is not None:
            options["FilterName"] = filter_name
        self.start()
        model = self._desktop.loadComponentFromURL(address, "_blank", 0, self.properties(**options))
        if model is None:
            message = f"LibreOffice doesn't open {address}."
            raise OfficeError(message)
        document = Document(self, model)
        self._documents.append(document)
        return document

    # ---- what UNO's methods take ----------------------------------------------------------------

    def callback(self, function: Callable[..., Any]) -> Callback:
        """Make a function callable for Basic: `function(name, *arguments)`."""
        callback = Callback(next(self._numbers), function)
        self._callbacks[callback.number] = callback
        return callback

    def service(self, name: str) -> Any:
        """Make an object of LibreOffice by its service's name."""
        self.start()
        return self.ask("service", name)

    def constant(self, name: str) -> Any:
        """Return a constant by its full name."""
        return self.ask("constant", name)

    def struct(self, type_name: str, **fields: Any) -> Struct:
        """Make a struct; the fields left out have UNO's own values."""
        return Struct(type_name, fields)

    def enum(self, type_name: str, value: str) -> Named:
        """Name an enum's value."""
        return Named("enum", type_name, value)

    def properties(self, **values: Any) -> tuple[Struct, ...]:
        """Make a sequence of PropertyValue."""
        return tuple(
            Struct("com.sun.star.beans.PropertyValue", {"Name": name, "Value": value})
            for name, value in values.items()
        )

    # ---- the connection -------------------------------------------------------------------------

    def ask(self, what: str, *arguments: Any) -> Any:
        """Have something done at the other end."""
        if self._link is None:
            message = "LibreOffice doesn't run: it was stopped, or ended after an earlier failure."
            raise OfficeError(message)
        released = tuple(self.released)
        del self.released[: len(released)]
        try:
            return self._link.request(what, released, *arguments)
        except LinkTimeoutError:
            message = f"LibreOffice didn't answer within {self._link.timeout} s ({what}): stopped."
            self.stop()
            raise OfficeError(message) from None
        except (EOFError, OSError) as error:
            said = "" if self._folder is None else (self._folder / "host.log").read_text().strip()
            self.stop()
            message = f"LibreOffice's end of the bridge is gone: {said or error!r}"
            raise OfficeError(message) from error
        except RemoteError as error:
            if error.kind == "AttributeError":
                raise AttributeError(error.message) from None
            raise

    def _serve(self, message: tuple[Any, ...]) -> Any:
        _, number, name, arguments = message
        callback = self._callbacks[number]
        try:
            return _tuples(callback.function(name, *arguments))
        except Exception as error:
            callback.errors.append(error)
            raise

    def _reduce(self, value: object) -> object:
        if isinstance(value, Proxy):
            if value._released is not self.released:
                message = "This object was in a LibreOffice that has ended."
                raise OfficeError(message)
            return ("object", value._number)
        if isinstance(value, Callback):
            return ("callback", value.number)
        if isinstance(value, Struct):
            return ("struct", value.type_name, value.fields)
        return value.parts if isinstance(value, Named) else None

    def _restore(self, named: tuple[Any, ...]) -> Any:
        kind, *rest = named
        if kind in ("object", _METHOD):
            return Proxy(self, rest[0])
        if kind == "struct":
            return Struct(*rest)
        if kind == "value":
            return rest[0]
        return Named(*named)


def _tuples(value: Any) -> Any:
    """UNO's sequences are tuples."""
    return tuple(_tuples(item) for item in value) if isinstance(value, list | tuple) else value


def _programs() -> tuple[str, str]:
    """Find LibreOffice, and a Python that can talk to it."""
    program = shutil.which("soffice")
    if program is None:
        message = "LibreOffice (soffice) is not installed"
        raise OfficeMissingError(message)
    beside = Path(program).resolve().parent
    places = [str(beside), *os.defpath.split(os.pathsep), *os.get_exec_path()]
    pythons = [shutil.which("python3", path=place) for place in places]
    for python in dict.fromkeys(found for found in pythons if found):
        found = subprocess.run([python, "-E", "-c", "import uno"], capture_output=True, check=False)
        if found.returncode == 0:
            return program, python
    message = "no Python on this machine can import uno (Debian: python3-uno)"
    raise OfficeMissingError(message)
