"""Runs in the Python that has `uno`: starts a headless LibreOffice and serves its objects.

`uno` comes with LibreOffice and works in one Python only, often not the one that runs the tests.
Arguments: the number of the socket that leads to the tests, LibreOffice's program, a folder for
its profile and log, which is removed at the end.
"""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import uno
import unohelper
from com.sun.star.connection import NoConnectException
from com.sun.star.container import XNameReplace
from com.sun.star.uno import RuntimeException
from uno_wire import Link, RemoteError

START_SECONDS = 90
_PLAIN = frozenset({bool, int, float, str, bytes, tuple, list, dict, type(None)})
_PR_SET_CHILD_SUBREAPER = 36
_OBJECT, _METHOD = "pyuno", "PyUNO_callable"


class Callback(unohelper.Base, XNameReplace):
    """A function of the tests, as an object that Basic can call.

    Basic has no way to call a function that takes arguments on a foreign object, but it can call
    any plain UNO interface: the arguments arrive through `replaceByName`, the result leaves
    through `getByName`.
    """

    def __init__(self, host: "Host", number: int) -> None:
        self.host = host
        self.number = number
        self.arguments: dict[str, tuple[Any, ...]] = {}

    def replaceByName(self, name: str, arguments: tuple[Any, ...]) -> None:  # noqa: N802
        self.arguments[name] = arguments

    def getByName(self, name: str) -> Any:  # noqa: N802
        arguments = self.arguments.pop(name, ())
        try:
            return self.host.link.request("callback", self.number, name, arguments)
        except RemoteError as error:
            raise RuntimeException(str(error), None) from error

    def hasByName(self, name: str) -> bool:  # noqa: N802
        return True

    def getElementNames(self) -> tuple[str, ...]:  # noqa: N802
        return ()

    def hasElements(self) -> bool:  # noqa: N802
        return True

    def getElementType(self) -> Any:  # noqa: N802
        return uno.getTypeByName("any")


class Host:
    """Holds the objects that the tests have a proxy of, and does with them what is asked."""

    def __init__(self, connection: Connection, office: "OfficeProcess") -> None:
        self.office = office
        self.link = Link(connection, self.serve, self.reduce, self.restore)
        self._objects: dict[int, Any] = {}
        self._numbers = count(1)
        self._callbacks: dict[int, Callback] = {}
        self._context: Any = None
        self._structs: dict[str, list[str]] = {}  # names of their fields

    def serve(self, message: tuple[Any, ...]) -> Any:
        """Do one thing; the first part of the message says what."""
        what, released, *arguments = message
        for number in released:
            self._objects.pop(number, None)
        action: Callable[..., Any] = getattr(self, f"do_{what}")
        return action(*arguments)

    def do_start(self) -> tuple[int, Any]:
        """Start LibreOffice; its process's number and its desktop."""
        self._context = self.office.start()
        return self.office.process_id, self._service("com.sun.star.frame.Desktop")

    def do_service(self, name: str) -> Any:
        """Make an object of LibreOffice by its service's name."""
        return self._service(name)

    def do_constant(self, name: str) -> Any:
        """Return a constant by its full name."""
        return uno.getConstantByName(name)

    def do_get(self, target: Any, name: str) -> Any:
        """Read a property, or take hold of a method."""
        return getattr(target, name)

    def do_set(self, target: Any, name: str, value: Any) -> None:
        """Set a property."""
        setattr(target, name, value)

    def do_call(self, method: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        """Call a method."""
        return method(*arguments)

    def do_item(self, target: Any, key: Any) -> Any:
        """Return target[key]."""
        return target[key]

    def do_set_item(self, target: Any, key: Any, value: Any) -> None:
        """Set target[key]."""
        target[key] = value

    def do_length(self, target: Any) -> int:
        """Return len(target)."""
        return len(target)

    def do_members(self, target: Any) -> tuple[Any, ...]:
        """Return what iterating gives."""
        return tuple(target)

    def _service(self, name: str) -> Any:
        return self._context.ServiceManager.createInstanceWithContext(name, self._context)

    def reduce(self, value: object) -> object:
        """Name what can't be sent: objects stay here, UNO's own values become plain ones."""
        kind = type(value)
        if kind in _PLAIN:
            return None
        if kind.__name__ in (_OBJECT, _METHOD):
            number = next(self._numbers)
            self._objects[number] = value
            return ("method" if kind.__name__ == _METHOD else "object", number)
        if isinstance(value, uno.Enum):
            return ("enum", value.typeName, value.value)
        if isinstance(value, uno.Type):
            return ("type", value.typeName)
        if isinstance(value, uno.Char):
            return ("value", value.value)
        if isinstance(value, uno.ByteSequence):
            return ("value", value.value)
        if hasattr(kind, "__pyunostruct__"):
            name = kind.__pyunostruct__
            fields = {field: getattr(value, field) for field in self._fields(name)}
            return ("struct", name, fields)
        return None

    def _fields(self, struct: str) -> list[str]:
        if struct not in self._structs:
            reflection = self._service("com.sun.star.reflection.CoreReflection")
            fields = reflection.forName(struct).getFields()
            self._structs[struct] = [field.getName() for field in fields]
        return self._structs[struct]

    def restore(self, named: tuple[Any, ...]) -> Any:
        """Turn a name that the tests sent into what it stands for."""
        kind, *rest = named
        if kind == "object":
            return self._objects[rest[0]]
        if kind == "callback":
            number = rest[0]
            return self._callbacks.setdefault(number, Callback(self, number))
        if kind == "enum":
            return uno.Enum(*rest)
        if kind == "type":
            return uno.getTypeByName(rest[0])
        name, fields = rest
        struct = uno.createUnoStruct(name)
        for field, value in fields.items():
            setattr(struct, field, value)
        return struct


class OfficeProcess:
    """A LibreOffice of its own: own profile, own pipe, own process group."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int:
        """The number of the process, and of its group."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Any:
        """Start it; its component context."""
        pipe = f"pipe,name=cellsense-{os.getpid()}"
        command = [
            *(self._program, "--headless", "--norestore", "--nologo", "--nodefault"),
            f"-env:UserInstallation={(self._folder / 'profile').as_uri()}",
            f"--accept={pipe};urp;",
        ]
        log = self._folder / "soffice.log"
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        local = uno.getComponentContext()
        resolver = local.ServiceManager.createInstanceWithContext(
            "com.sun.star.bridge.UnoUrlResolver", local
        )
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                return resolver.resolve(f"uno:{pipe};urp;StarOffice.ComponentContext")
            except NoConnectException as error:
                if self._process.poll() is None and time.monotonic() < end:
                    time.sleep(0.1)
                    continue
                said = log.read_text(errors="replace").strip()
                message = f"LibreOffice doesn't start ({said or 'it says nothing'})"
                raise RuntimeError(message) from error

    def stop(self) -> None:
        """End it with all its parts, and remove its folder."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while True:
                    os.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


def adopt_orphans() -> None:
    """Be the parent of what LibreOffice's starter leaves behind, so that it can be waited for."""
    set_option = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only
    if set_option is not None:
        set_option(_PR_SET_CHILD_SUBREAPER, 1)


def end_with_parent(parent: int, office: OfficeProcess) -> None:
    """Leave nothing behind when the tests are killed, whatever is being done then."""
    while os.getppid() == parent:
        time.sleep(0.5)
    office.stop()
    os._exit(1)


def main() -> None:
    """Serve until the tests close their end."""
    descriptor, program, folder = sys.argv[1:]
    office = OfficeProcess(program, Path(folder))
    watch = threading.Thread(target=end_with_parent, args=(os.getppid(), office), daemon=True)
    watch.start()
    adopt_orphans()
    try:
        with contextlib.suppress(EOFError, OSError):
            Host(Connection(int(descriptor)), office).link.serve()
    finally:
        office.stop()
        os._exit(0)  # UNO's threads would wait for a LibreOffice that is gone


if __name__ == "__main__":
    main()
