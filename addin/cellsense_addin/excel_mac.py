"""Excel on a Mac: Python's path is in an AppleScript, the one thing its sandbox can start."""

import re
from importlib.resources import files
from pathlib import Path

from cellsense_addin.excel import ADDIN, Excel, write_whole

_SCRIPT = "cellsense.applescript"
_PYTHON = re.compile(r"^\treturn (.*)$", re.MULTILINE)  # the script's first such line
_UNPRINTABLE = re.compile(r"([^ -~])")
_PIECE = re.compile(r'"((?:[^"\\]|\\.)*)"|\(character id (\d+)\)')


class MacExcel(Excel):
    """The macros hand over to an AppleScript, which runs Python."""

    refused = (
        "Allow your terminal program to access data of other apps, in System Settings > Privacy & "
        "Security, then run this again."
    )

    @property
    def addin(self) -> Path:
        office = self.machine.home / "Library" / "Group Containers" / "UBF8T9346G.Office"
        return office / "User Content.localized" / "Startup.localized" / "Excel" / ADDIN

    @property
    def settings(self) -> str:
        return str(self._script)

    @property
    def python(self) -> Path:
        return self.machine.python

    @property
    def _script(self) -> Path:
        library = self.machine.home / "Library"
        return library / "Application Scripts" / "com.microsoft.Excel" / _SCRIPT

    def is_installed(self) -> bool:
        folders = (Path("/Applications"), self.machine.home / "Applications")
        return any((folder / "Microsoft Excel.app").exists() for folder in folders)

    def check(self) -> None:
        """Let any Python pass."""

    def connected(self) -> Path | None:
        try:
            found = _PYTHON.search(self._script.read_text(encoding="ascii"))
        except (FileNotFoundError, UnicodeDecodeError):
            return None
        return Path(from_applescript(found[1])) if found else None

    def connect(self) -> None:
        template = files("cellsense_addin").joinpath("mac", _SCRIPT).read_text(encoding="utf-8")
        script = template.replace("{{INTERPRETER}}", to_applescript(str(self.python)))
        write_whole(self._script, script.encode("ascii"))

    def has_settings(self) -> bool:
        return self._script.exists()

    def disconnect(self) -> None:
        self._script.unlink()


def to_applescript(text: str) -> str:
    """Spell a text in ASCII, as nobody can be sure how AppleScript reads a file with more."""
    pieces = (
        f"(character id {ord(piece)})"
        if _UNPRINTABLE.fullmatch(piece)
        else '"' + piece.replace("\\", r"\\").replace('"', r"\"") + '"'
        for piece in _UNPRINTABLE.split(text)
        if piece
    )
    return " & ".join(pieces)


def from_applescript(expression: str) -> str:
    """Return the text that `to_applescript` spelt."""
    return "".join(
        chr(int(code)) if code else re.sub(r"\\(.)", r"\1", quoted)
        for quoted, code in _PIECE.findall(expression)
    )
