"""The list of finished files in an output folder: what was made, from what, and how.

A line is added just before a file gets its name, and counts only if that is what stands there. So a
run that is killed at any moment leaves neither a file that nobody accounts for nor a line that
lies. It holds names, sizes, hashes and counts, and no texts.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import Any

from cellsense.atomic import PREFIX, write_whole
from cellsense.jobs.records import Figures
from cellsense.sheets.failures import unwritable
from cellsense.stamp import stamp

FILE = f"{PREFIX}done.jsonl"
_FORMAT = 1
_DIGEST_BYTES = 16
_KEPT = 2  # lines per output: the last one may be of a file that didn't get its name
_SPARE_LINES = 1000


@dataclass(frozen=True, slots=True)
class Version:
    """A file's content at a time."""

    written_ns: int
    size: int
    digest: str

    @classmethod
    def of(cls, path: Path) -> "Version":
        """Look at a file. Raises OSError."""
        status = path.stat()
        return cls(status.st_mtime_ns, status.st_size, _digest(path))

    def is_in(self, path: Path) -> bool:
        """Tell whether a file has this content; copies that lost their time have it too."""
        now = stamp(path)
        if now is None or now.size != self.size:
            return False
        return now.written_ns == self.written_ns or _digest(path) == self.digest


@dataclass(frozen=True, slots=True)
class Entry:
    """One finished file."""

    output: str  # from the folder of the list
    made: Version
    source: str
    source_version: Version
    how: str  # a hash of options and model
    figures: Figures = field(default_factory=Figures)


class DoneList:
    """The finished files of an output folder; a list that can't be read counts as empty."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / FILE
        self._entries: dict[str, list[Entry]] = {}
        lines = 0
        for lines, entry in enumerate(_read(self._file), start=1):  # noqa: B007 - counts
            self._entries.setdefault(entry.output, []).append(entry)
        if lines > _KEPT * len(self._entries) + _SPARE_LINES:
            self._shorten()

    def find(self, output: Path) -> Entry | None:
        """Return the entry of what stands under a name now, if it was made here."""
        entries = self._entries.get(self._name(output), [])
        return next((entry for entry in reversed(entries) if entry.made.is_in(output)), None)

    def knows(self, output: Path) -> bool:
        """Tell whether something was made under a name, whatever stands there now."""
        return self._name(output) in self._entries

    def add(self, output: Path, finished: Path, source: Path, how: str, figures: Figures) -> None:
        """Add the file that is about to get its name. Raises OutputError, OSError."""
        entry = Entry(
            self._name(output),
            Version.of(finished),
            str(source.resolve()),
            Version.of(source),
            how,
            figures,
        )
        try:
            _append(self._file, _line(entry))
        except OSError as error:
            raise unwritable(self._file, error) from error
        self._entries.setdefault(entry.output, []).append(entry)

    def _name(self, output: Path) -> str:
        try:
            return Path(os.path.relpath(output, self._folder)).as_posix()
        except ValueError:  # another drive
            return output.as_posix()

    def _shorten(self) -> None:
        self._entries = {name: entries[-_KEPT:] for name, entries in self._entries.items()}
        lines = [_line(entry) for entries in self._entries.values() for entry in entries]
        write_whole(self._file, "\n".join(lines) + "\n")


def outputs_of_earlier_runs(folder: Path) -> set[str]:
    """Return the absolute paths of what earlier runs made in a folder that is no input."""
    paths = {str((folder / entry.output).resolve()): entry for entry in _read(folder / FILE)}
    return {path for path, entry in paths.items() if path != entry.source}


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return file_digest(content, lambda: blake2b(digest_size=_DIGEST_BYTES)).hexdigest()


def _append(file: Path, line: str) -> None:
    with file.open("a+b") as stream:
        end = stream.seek(0, os.SEEK_END)
        if end:
            stream.seek(end - 1)
            if stream.read(1) != b"\n":  # the run was killed, or the disk full, in mid-line
                line = f"\n{line}"
        stream.write(f"{line}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())


def _line(entry: Entry) -> str:
    return json.dumps({"format": _FORMAT, **asdict(entry)})


def _read(file: Path) -> Iterator[Entry]:
    try:
        lines = file.read_bytes().splitlines()
    except OSError:
        return
    for line in lines:
        try:
            yield _entry(json.loads(line))
        except (ValueError, TypeError, KeyError):  # torn, or of another version
            continue


def _entry(told: dict[str, Any]) -> Entry:
    if told.pop("format") != _FORMAT:
        raise ValueError
    figures = told.pop("figures")
    return Entry(
        **{name: told[name] for name in ("output", "source", "how")},
        made=Version(**told["made"]),
        source_version=Version(**told["source_version"]),
        figures=Figures(
            tuple(figures["sheets"]), figures["skipped_sheets"], tuple(figures["notes"])
        ),
    )
