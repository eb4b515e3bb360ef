"""A CSV or TSV file as a workbook of one sheet: reading it, writing it with what was added."""

from itertools import islice
from pathlib import Path
from typing import BinaryIO

from cellsense.errors import UnreadableFileError
from cellsense.sheets.delimited.detection import find_records
from cellsense.sheets.delimited.dialect import Dialect
from cellsense.sheets.delimited.encoding import decode
from cellsense.sheets.delimited.sheet import DelimitedSheet
from cellsense.sheets.failures import cause, missing, unwritable
from cellsense.sheets.interface import Sheet

_STDIN = Path("-")
_BLOCK_RECORDS = 8_192


class DelimitedWorkbook:
    """A CSV or TSV file, or what came through a pipe."""

    def __init__(self, path: Path, data: bytes | None = None) -> None:
        """Read the file, or take `data` as its content."""
        self.path = path
        source, name = ("stdin", "stdin") if path == _STDIN else (path.name, path.stem)
        self._decoded = decode(_read(path) if data is None else data, source)
        records = find_records(self._decoded.text, path.suffix, source)
        self._sheet = DelimitedSheet(name, source, self._decoded, records)

    @classmethod
    def from_bytes(cls, data: bytes) -> "DelimitedWorkbook":
        """Take what came through standard input."""
        return cls(_STDIN, data)

    @property
    def sheets(self) -> list[Sheet]:
        """The one sheet."""
        return [self._sheet]

    @property
    def dialect(self) -> Dialect:
        """How the file tells fields apart."""
        return self._sheet.dialect

    @property
    def encoding(self) -> str:
        """The name Python has for the file's encoding."""
        return self._decoded.encoding

    @property
    def notes(self) -> list[str]:
        """A line where the encoding is a guess or bytes don't decode."""
        return [self._decoded.note] if self._decoded.note else []

    def write_to(self, stream: BinaryIO) -> None:
        """Write the file with all additions to a binary stream."""
        stream.write(self._decoded.mark)
        pieces = self._sheet.text()
        while block := list(islice(pieces, _BLOCK_RECORDS)):
            stream.write(self._decoded.encode("".join(block)))

    def save(self, target: Path) -> None:
        """Write the file with all additions to `target`."""
        try:
            with target.open("wb") as stream:
                self.write_to(stream)
        except OSError as error:
            raise unwritable(target, error) from error

    def close(self) -> None:
        """Do nothing: the file was closed after reading."""


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise missing(path) from error
    except OSError as error:
        message = f"{path} can't be read: {cause(error)}. Close it elsewhere and check its rights."
        raise UnreadableFileError(message) from error
