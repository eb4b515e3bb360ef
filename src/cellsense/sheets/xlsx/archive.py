"""Opens a workbook's zip file, and refuses what is no sound zip or would fill the machine."""

import struct
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, NoReturn

from cellsense.errors import UnreadableFileError
from cellsense.sheets.failures import cause, missing
from cellsense.sheets.xlsx import deflate, limits, ole
from cellsense.sheets.xlsx.unpack import unpack

_ENCRYPTED = 0x1
_LONGEST_REASON = 500  # characters
_ZIP_ERRORS: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    *deflate.ERRORS,
    struct.error,
    EOFError,
    NotImplementedError,  # a compression that Python doesn't know
    RuntimeError,
    ValueError,
    OverflowError,
    OSError,
)


class Archive:
    """The entries of a zip file, by name ignoring case."""

    def __init__(self, path: Path) -> None:
        """Open the file and check it; raises MissingFileError or UnreadableFileError."""
        self.path = path
        self.file = self._open()
        with ExitStack() as undo:
            undo.callback(self.file.close)
            self._zip = self._open_zip()
            self.entries = self._zip.infolist()
            self.by_name = self._index()
            self._check_sizes()
            undo.pop_all()
        self.comment = self._zip.comment

    def refuse(self, reason: str, error: BaseException | None = None) -> NoReturn:
        """Raise UnreadableFileError: the file's name, then `reason`."""
        if len(reason) > _LONGEST_REASON:  # it quotes names, which a file may make very long
            reason = f"{reason[: _LONGEST_REASON - 1]}…"
        raise UnreadableFileError(f"{self.path} {reason}.") from error

    def damaged(self, what: str, error: BaseException | None = None) -> NoReturn:
        """Refuse the file because something in it is broken."""
        self.refuse(f"is damaged ({what}): open it in Excel, let it repair and save it", error)

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """Return the entry of this name, ignoring case."""
        return self.by_name.get(_key(name))

    def chunks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """Unpack an entry in chunks; its checksum is checked at the end."""
        if _is_bomb(entry, limits.READ_RATIO_FROM):
            self.refuse(_bomb(entry))
        try:
            yield from unpack(self._zip, self.file, entry)
        except _ZIP_ERRORS as error:
            self.damaged(f"{entry.filename} can't be unpacked: {cause(error)}", error)

    def check_small(self, entry: zipfile.ZipInfo) -> None:
        """Refuse a file in which an entry is huge that never is in a real one."""
        if entry.file_size > limits.MAX_SMALL:
            self.refuse(f"holds {entry.filename} of {entry.file_size:,} bytes: that is no workbook")

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self.file.close()

    def _open(self) -> BinaryIO:
        try:
            return self.path.open("rb")
        except FileNotFoundError as error:
            raise missing(self.path) from error
        except OSError as error:
            self.refuse(f"can't be read: {cause(error)}", error)

    def _open_zip(self) -> zipfile.ZipFile:
        try:
            head = self.file.read(8)
            if head == ole.MAGIC:
                self.refuse(ole.what_it_is(self.file))
            if self.path.name.startswith("~$"):
                self.refuse("only marks a workbook as open in Excel: name the workbook itself")
            if not head:
                self.refuse("is empty, not a workbook: get the file again")
            return zipfile.ZipFile(self.file)
        except _ZIP_ERRORS as error:
            what = "was cut off or is corrupt" if head[:4] == b"PK\3\4" else "is no .xlsx file"
            self.refuse(f"{what} (not a readable zip): get it again, or save it as .xlsx", error)

    def _index(self) -> dict[str, zipfile.ZipInfo]:
        by_name: dict[str, zipfile.ZipInfo] = {}
        for entry in self.entries:
            name = _key(entry.filename)
            if name in by_name:
                # Programs differ in which of the two they read: what is checked isn't what opens.
                self.damaged(f"it holds {entry.filename} twice")
            if entry.flag_bits & _ENCRYPTED:
                self.refuse("has encrypted entries: save it in Excel without a password")
            by_name[name] = entry
        return by_name

    def _check_sizes(self) -> None:
        if len(self.entries) > limits.MAX_ENTRIES:
            self.refuse(f"holds {len(self.entries):,} entries: that is no workbook but a zip bomb")
        total = sum(entry.file_size for entry in self.entries)
        if total > limits.MAX_TOTAL:
            most = limits.MAX_TOTAL
            self.refuse(f"unpacks to {total:,} bytes, more than the {most:,} that are read")
        if sum(entry.compress_size for entry in self.entries) > self.path.stat().st_size:
            self.damaged("its entries overlap")
        for entry in self.entries:
            if _is_bomb(entry, limits.RATIO_FROM):
                self.refuse(_bomb(entry))


def _is_bomb(entry: zipfile.ZipInfo, large: int) -> bool:
    packed = max(entry.compress_size, 1)
    return entry.file_size > large and entry.file_size > limits.MAX_RATIO * packed


def _bomb(entry: zipfile.ZipInfo) -> str:
    size, packed = entry.file_size, entry.compress_size
    return f"looks like a zip bomb: {entry.filename} unpacks from {packed:,} to {size:,} bytes"


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
