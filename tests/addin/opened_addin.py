"""The shipped add-in, opened in LibreOffice: its own VBA, with another module to reach Python."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from addin.com_over_libreoffice import Application
from addin.fake_windows import FakeWindows
from addin.office import Document, Office
from cellsense_addin.build import build_addin
from cellsense_addin.wrappers import functions_module

if TYPE_CHECKING:
    from collections.abc import Callable

BRIDGE = Path(__file__).with_name("Bridge.bas").read_text()


class Addin:
    """The add-in, opened in LibreOffice, and what it said."""

    def __init__(
        self, office: Office, windows: FakeWindows, excel: Application, file: Path
    ) -> None:
        self.modules: dict[str, Any] = {
            name: windows.anew(f"cellsense_addin.{name}")
            for name in ("functions", "polling", "macros")
        }
        self._server = windows.com_server.XLPython()
        self.said: list[tuple[str, str]] = []
        self.consent = ""  # what a question is answered
        self.entered = "(cancelled)"  # what is typed into a box
        self.before_call: Callable[[str], None] = lambda _function: None
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        renamed = functions_module().replace("output", "result")
        file.write_bytes(build_addin(replace={"Bridge": BRIDGE, "Functions": renamed}))
        self.document: Document = office.open(file)
        self.book = excel.add(self.document, file.name)
        self.sheet = self.document.sheet(0)
        self.python = office.callback(self._answer)
        self.document.run("Bridge.SetPython", self.python)

    def _answer(self, name: str, *arguments: Any) -> Any:
        module, function = name.split(":")
        if module == "test":
            self.said.append((function, arguments[0]))
            return self.entered if function == "enter" else self.consent
        self.calls.append((function, arguments))
        self.before_call(function)
        given = tuple(self._as_com(argument) for argument in arguments)
        return self._server.CallUDF(module, function, given)

    def _as_com(self, argument: Any) -> Any:
        """Turn a range of LibreOffice's into one that xlwings knows."""
        if not hasattr(argument, "AbsoluteName"):
            return argument
        sheet, _, address = argument.AbsoluteName.replace("$", "").rpartition(".")
        return self.book.Worksheets(sheet.strip("'")).Range(address)

    def fill(self, column: str, texts: list[Any], first_row: int = 1) -> None:
        """Write a column of cells."""
        last = first_row + len(texts) - 1
        cells = self.sheet.getCellRangeByName(f"{column}{first_row}:{column}{last}")
        cells.setDataArray(tuple(("" if text is None else text,) for text in texts))

    def formula(self, cells: str, formula: str) -> tuple[tuple[Any, ...], ...]:
        """Enter a formula over cells, as Excel spills it, and return what they show."""
        place = self.sheet.getCellRangeByName(cells)
        place.setArrayFormula(formula)
        self.document.model.calculateAll()
        return place.getDataArray()
