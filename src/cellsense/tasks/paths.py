"""From a cell's text to a file: only inside the folders that are allowed, and never an address."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellsense.errors import OptionError
from cellsense.tasks.answers import ADDRESS, NETWORK, NO_FILE, OUTSIDE, Failure

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://|(?:data|file|mailto):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PathRules:
    """Where files may lie that cells name: in the workbook's folder, in `folders`, or anywhere."""

    folders: tuple[Path, ...] = ()  # as they really are, without links
    anywhere: bool = False

    @classmethod
    def of(cls, folders: Sequence[str | os.PathLike[str]], *, anywhere: bool) -> "PathRules":
        """Raise OptionError for a folder that isn't there."""
        found = []
        for folder in folders:
            path = Path(folder)
            if not str(folder) or not path.is_dir():
                raise OptionError(f'--allow-paths "{folder}" is no folder: name one that is there.')
            found.append(path.resolve())
        if found and anywhere:
            raise OptionError("--any-path allows all folders: leave --allow-paths out, or it.")
        return cls(tuple(found), anywhere)

    def find(self, cell: str, folder: Path) -> Path | Failure:
        """Find the file that a cell of a workbook in `folder` names, or say why it isn't taken.

        Links and `..` are followed before it's decided: what counts is where the file really lies.
        """
        name = cell.strip().strip('"').strip()  # Windows' "Copy as path" puts quotes around
        if _ADDRESS.match(name):
            return ADDRESS
        if name.replace("\\", "/").startswith("//"):
            return NETWORK
        forms = [name]
        if os.sep == "/" and "\\" in name:
            forms.append(name.replace("\\", "/"))  # a workbook from Windows
        try:
            root = folder.resolve()
            for form in forms:
                path = (root / form).resolve()
                if not self._allows(path, root):
                    return OUTSIDE
                if path.is_file():
                    return path
        except (
            OSError,
            ValueError,
            RuntimeError,
        ):  # a name that no file can have; links in circles
            return NO_FILE
        return NO_FILE

    def _allows(self, path: Path, root: Path) -> bool:
        return self.anywhere or any(path.is_relative_to(place) for place in (root, *self.folders))
