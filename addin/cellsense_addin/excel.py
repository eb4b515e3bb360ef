"""What the add-in's installation needs to know of Excel, on whatever system."""

import os
import secrets
import sys
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

ADDIN = "cellsense.xlam"


class Machine(NamedTuple):
    """What decides where things go; the tests make machines up."""

    platform: str
    python: Path
    python_home: Path  # of the Python itself, where `python` is a virtual environment's
    home: Path
    appdata: Path

    @classmethod
    def this(cls) -> "Machine":
        """Return the one this runs on."""
        home = Path.home()
        return cls(
            platform=sys.platform,
            python=Path(sys.executable),
            python_home=Path(sys.base_prefix),
            home=home,
            appdata=Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming"),
        )


class Excel(ABC):
    """Excel on one kind of system: where it loads add-ins, and how the macros find Python.

    Args:
        machine: the one it's on.

    """

    refused: ClassVar[str]  # what to do where a file can't be written or removed
    libraries: ClassVar[Sequence[str]] = ()  # what Excel loads from beside Python, {} the version

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    @property
    @abstractmethod
    def addin(self) -> Path:
        """The file that Excel loads."""

    @property
    @abstractmethod
    def settings(self) -> str:
        """Where the macros look for Python, to be read by people."""

    @property
    @abstractmethod
    def python(self) -> Path:
        """The Python that runs this, as Excel has to start it."""

    @abstractmethod
    def is_installed(self) -> bool:
        """Tell if there's an Excel."""

    @abstractmethod
    def check(self) -> None:
        """Refuse a Python that Excel couldn't call. Raises DependencyError."""

    @abstractmethod
    def connected(self) -> Path | None:
        """Return the Python that the macros call, whether it's there or not."""

    @abstractmethod
    def connect(self) -> None:
        """Have the macros call this Python. Raises OSError."""

    @abstractmethod
    def has_settings(self) -> bool:
        """Tell if there is something to disconnect."""

    @abstractmethod
    def disconnect(self) -> None:
        """Take back what `connect` wrote. Raises OSError."""

    def missing_libraries(self, python: Path, xlwings: str) -> list[str]:
        """Return the libraries of a version of xlwings that Excel doesn't find by a Python."""
        names = [name.format(xlwings) for name in self.libraries]
        # pip puts them into the folder of python.exe, and in a virtual environment into the one
        # above. The macros look in both.
        folders = (python.parent, python.parent.parent)
        return [name for name in names if not any((folder / name).exists() for folder in folders)]


def write_whole(file: Path, content: bytes, *, work: Path | None = None) -> None:
    """Write a file whole or not at all, by way of a temporary one in `work`. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = (work or file.parent) / f".{file.name}.{secrets.token_hex(4)}"
    try:
        temporary.write_bytes(content)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)
