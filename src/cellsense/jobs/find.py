"""Which files of a folder are to be converted, and which ones are named and left alone."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from cellsense.errors import MissingFileError, UnreadableFileError
from cellsense.jobs.done import outputs_of_earlier_runs
from cellsense.sheets.failures import cause
from cellsense.sheets.open import FOLDER_SUFFIXES, OTHER_EXCEL, SUFFIXES
from cellsense.targets import LABELLED


@dataclass(slots=True)
class Found:
    """What a folder holds."""

    files: list[Path] = field(default_factory=list)
    left_alone: dict[Path, str] = field(default_factory=dict)  # and why
    unreadable: dict[Path, str] = field(default_factory=dict)  # and why


def find_files(
    folder: Path,
    *,
    recursive: bool = False,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    output: Path | None = None,
) -> Found:
    """Find the files of a folder that can be converted, without the outputs of earlier runs.

    Args:
        folder: where to look.
        recursive: also in the folders in it, but not through links: they may lead anywhere.
        include: patterns of which a file's name, or its path in the folder, matches one.
        exclude: patterns of files and folders to leave out.
        output: the folder that the results go to, which may lie in the other.

    Raises MissingFileError if there is none, UnreadableFileError if the folder can't be read.
    """
    search = _Search(folder, recursive, patterns(include), patterns(exclude), output)
    search.walk(folder)
    found = search.found
    if folder in found.unreadable:
        raise UnreadableFileError(found.unreadable[folder])
    found.files.sort()
    if not found.files and not found.unreadable:
        raise MissingFileError(_nothing(folder, search, matching=bool(include or exclude)))
    return found


def _nothing(folder: Path, search: "_Search", *, matching: bool) -> str:
    kinds = ", ".join(sorted(FOLDER_SUFFIXES))
    more = " that --include and --exclude let through" if matching else ""
    hint = " Add --recursive to look into its folders." if search.passed_folders else ""
    others = "".join(f" {why}" for why in list(search.found.left_alone.values())[:1])
    return f"The folder {folder} holds no file to convert ({kinds}){more}.{hint}{others}"


class _Search:
    """Walks through folders, each of them once."""

    def __init__(
        self,
        root: Path,
        recursive: bool,
        include: Sequence[str],
        exclude: Sequence[str],
        output: Path | None,
    ) -> None:
        self.found = Found()
        self.passed_folders = False
        self._root = root
        self._recursive = recursive
        self._include = include
        self._exclude = exclude
        self._made: set[str] = set()
        # A junction on Windows is no link, and may lead back.
        self._seen = {identity for place in (output,) if (identity := _identity(place))}

    def walk(self, folder: Path) -> None:
        """Look into a folder."""
        identity = _identity(folder)
        if identity in self._seen and folder != self._root:
            return
        if identity is not None:
            self._seen.add(identity)
        if folder != self._root:
            self._made |= outputs_of_earlier_runs(folder)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.found.unreadable[folder] = f"The folder {folder} can't be read: {cause(error)}."
            return
        for entry in entries:
            self._look_at(entry, folder / entry.name)

    def _look_at(self, entry: os.DirEntry[str], path: Path) -> None:
        if entry.name.startswith((".", "~$")) or matches(self._exclude, self._name(path)):
            return
        try:
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:  # links in a circle
            is_folder = is_file = False
        if is_folder:
            self._pass(entry, path)
        elif not self._is_wanted(path) or self._was_made(path):
            return
        elif is_file:
            self._take(path)
        elif entry.is_symlink() and path.suffix.lower() in FOLDER_SUFFIXES:
            self.found.left_alone[path] = f"{path} is a link that leads nowhere."

    def _pass(self, entry: os.DirEntry[str], folder: Path) -> None:
        if not self._recursive:
            self.passed_folders = True
        elif entry.is_symlink():
            why = f"{folder} is a link to a folder: name that folder to have it converted."
            self.found.left_alone[folder] = why
        else:
            self.walk(folder)

    def _is_wanted(self, path: Path) -> bool:
        if self._include and not matches(self._include, self._name(path)):
            return False
        return not path.stem.endswith(LABELLED)

    def _name(self, path: Path) -> str:
        return path.relative_to(self._root).as_posix()

    def _was_made(self, path: Path) -> bool:
        return bool(self._made) and str(path.resolve()) in self._made

    def _take(self, path: Path) -> None:
        suffix = path.suffix.lower()
        if is_taken(suffix, self._include):
            self.found.files.append(path)
        elif suffix in OTHER_EXCEL:
            why = f"{path} is {OTHER_EXCEL[suffix]}: open it in Excel and save it as .xlsx."
            self.found.left_alone[path] = why


def is_taken(suffix: str, include: Sequence[str]) -> bool:
    """Tell whether files of a kind are converted; a .txt may be anything: only if asked for."""
    asked = any(pattern.endswith(suffix) for pattern in include)
    return suffix in FOLDER_SUFFIXES or (asked and suffix in SUFFIXES)


def patterns(given: Sequence[str]) -> list[str]:
    """Return patterns in the form that `matches` takes."""
    forms = (pattern.replace(os.sep, "/").casefold() for pattern in given)
    return [form.removeprefix("./").rstrip("/") for form in forms]


def matches(patterns: Sequence[str], relative: str) -> bool:
    """Tell whether a file's name, or its path in the folder, is as one of the patterns says."""
    path = relative.casefold()
    names = (path.rpartition("/")[2], path)
    return any(fnmatchcase(name, pattern) for pattern in patterns for name in names)


def _identity(folder: Path | None) -> tuple[int, int] | None:
    try:
        status = None if folder is None else folder.stat()
    except OSError:
        return None
    return None if status is None else (status.st_dev, status.st_ino)
