"""Opens a workbook's zip file, and refuses what is no sound zip or would fill the machine."""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, BinaryIO, NoReturn

from cellsense.errors import UnreadableFileError
from cellsense.sheets.failures import cause, missing
from cellsense.sheets.xlsx import ole

# Limits against zip bombs, far above what Excel writes: worksheets pack to a tenth or so.
MAX_ENTRIES = 50_000
MAX_TOTAL = (1 << 32) - 1  # bytes of all entries, unpacked; also keeps the output below zip64
MAX_SMALL = 1 << 28  # bytes of a part that is no worksheet and no shared strings
MAX_RATIO = 200  # unpacked : packed, for entries of more than
RATIO_FROM = 100_000_000  # bytes

CHUNK = 1 << 18

_ENCRYPTED = 0x1
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
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
        raise UnreadableFileError(f"{self.path} {reason}.") from error

    def damaged(self, what: str, error: BaseException | None = None) -> NoReturn:
        """Refuse the file because something in it is broken."""
        self.refuse(f"is damaged ({what}): open it in Excel, let it repair and save it", error)

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """Return the entry of this name, ignoring case."""
        return self.by_name.get(_key(name))

    @contextmanager
    def open(self, entry: zipfile.ZipInfo) -> Iterator[Iterator[bytes]]:
        """Unpack an entry in chunks; its checksum is checked at the end."""
        with self._reading(entry):
            stream = self._zip.open(entry)
        with stream:
            yield self._chunks(stream, entry)

    def check_small(self, entry: zipfile.ZipInfo) -> None:
        """Refuse a file in which an entry is huge that never is in a real one."""
        if entry.file_size > MAX_SMALL:
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
        if len(self.entries) > MAX_ENTRIES:
            self.refuse(f"holds {len(self.entries):,} entries: that is no workbook but a zip bomb")
        total = sum(entry.file_size for entry in self.entries)
        if total > MAX_TOTAL:
            self.refuse(f"unpacks to {total:,} bytes, more than the {MAX_TOTAL:,} that are read")
        if sum(entry.compress_size for entry in self.entries) > self.path.stat().st_size:
            self.damaged("its entries overlap")
        for entry in self.entries:
            large = entry.file_size > RATIO_FROM
            if large and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
                self.refuse(
                    f"looks like a zip bomb: {entry.filename} unpacks to {entry.file_size:,} bytes"
                )

    def _chunks(self, stream: IO[bytes], entry: zipfile.ZipInfo) -> Iterator[bytes]:
        with self._reading(entry):
            while chunk := stream.read(CHUNK):
                yield chunk

    @contextmanager
    def _reading(self, entry: zipfile.ZipInfo) -> Iterator[None]:
        try:
            yield
        except _ZIP_ERRORS as error:
            self.damaged(f"{entry.filename} can't be unpacked: {cause(error)}", error)


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
