"""Excel on Windows: Python's path is in the registry, xlwings' DLL beside Python."""

from pathlib import Path

from cellsense import __version__
from cellsense.errors import DependencyError
from cellsense_addin.excel import ADDIN, Excel, Machine
from cellsense_addin.registry import Registry

_ALL_SETTINGS = r"Software\VB and VBA Program Settings\cellsense"  # where VBA's GetSetting looks
_SETTINGS = rf"{_ALL_SETTINGS}\Addin"


class WindowsExcel(Excel):
    """The macros load a DLL of xlwings, which starts Python and talks to it over COM."""

    refused = "Is Excel open? Close Excel first, then run this again."
    libraries = ("xlwings64-{}.dll", "xlwings32-{}.dll")  # the one as wide as Excel is loaded

    def __init__(self, machine: Machine) -> None:
        super().__init__(machine)
        self._registry = Registry()

    @property
    def addin(self) -> Path:
        # A trusted location: Excel runs the macros of what lies there without asking.
        return self.machine.appdata / "Microsoft" / "Excel" / "XLSTART" / ADDIN

    @property
    def settings(self) -> str:
        return rf"HKEY_CURRENT_USER\{_SETTINGS}"

    @property
    def python(self) -> Path:
        # Without a console, a Python that fails says so to nobody.
        python = self.machine.python
        return python.with_name("python.exe") if python.name.lower() == "pythonw.exe" else python

    def is_installed(self) -> bool:
        return self._registry.has_program("excel.exe")

    def check(self) -> None:
        if "WindowsApps" in self.machine.python_home.parts:
            # Windows gives such a program its own copy of the registry and of %APPDATA%.
            raise DependencyError(
                f"{self.python} is Python from the Microsoft Store, which can write nothing that "
                "Excel sees. Install cellsense with Python from python.org."
            )
        if not _fits_code_page(str(self.python)):
            raise DependencyError(
                f"{self.python} has letters that Excel's macros can't name on this system. Install "
                r"cellsense in a folder such as C:\cellsense."
            )

    def connected(self) -> Path | None:
        written = self._registry.read(_SETTINGS, "Interpreter")
        return Path(written) if written else None

    def connect(self) -> None:
        values = {"Interpreter": str(self.python), "Version": __version__}
        self._registry.write(_SETTINGS, values)

    def has_settings(self) -> bool:
        return self._registry.has(_ALL_SETTINGS)

    def disconnect(self) -> None:
        self._registry.remove(_ALL_SETTINGS)


def _fits_code_page(path: str) -> bool:
    """Tell whether VBA's calls into Windows, which take no Unicode, can name a path."""
    try:
        path.encode("mbcs")
    except LookupError:  # not Windows
        return True
    except UnicodeEncodeError:
        return False
    return True
