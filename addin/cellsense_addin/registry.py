"""The Windows registry, as far as the add-in needs it."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

_PROGRAMS = r"Software\Microsoft\Windows\CurrentVersion\App Paths"


class Registry:
    """What the current user may write there, and what programs there are."""

    def __init__(self) -> None:
        # Exists on Windows only, for type checkers too.
        self._winreg: Any = import_module("winreg")

    def read(self, key: str, name: str) -> str | None:
        """Return a value as text, or None."""
        try:
            with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, key) as opened:
                return str(self._winreg.QueryValueEx(opened, name)[0])
        except FileNotFoundError:
            return None

    def write(self, key: str, values: Mapping[str, str]) -> None:
        """Set values, and make the key where there's none."""
        with self._winreg.CreateKey(self._winreg.HKEY_CURRENT_USER, key) as opened:
            for name, value in values.items():
                self._winreg.SetValueEx(opened, name, 0, self._winreg.REG_SZ, value)

    def has(self, key: str) -> bool:
        """Tell if there is such a key."""
        return self._exists(self._winreg.HKEY_CURRENT_USER, key)

    def remove(self, key: str) -> None:
        """Delete a key and those below it, which Windows deletes one by one."""
        with self._winreg.OpenKey(self._winreg.HKEY_CURRENT_USER, key) as opened:
            below = [
                self._winreg.EnumKey(opened, index)
                for index in range(self._winreg.QueryInfoKey(opened)[0])
            ]
        for name in below:
            self.remove(rf"{key}\{name}")
        self._winreg.DeleteKey(self._winreg.HKEY_CURRENT_USER, key)

    def has_program(self, name: str) -> bool:
        """Tell if a program was installed, for this user or for all."""
        roots = (self._winreg.HKEY_CURRENT_USER, self._winreg.HKEY_LOCAL_MACHINE)
        return any(self._exists(root, rf"{_PROGRAMS}\{name}") for root in roots)

    def _exists(self, root: Any, key: str) -> bool:
        try:
            with self._winreg.OpenKey(root, key):
                return True
        except FileNotFoundError:
            return False
