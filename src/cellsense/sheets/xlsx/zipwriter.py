"""Writes a zip file in which most entries are those of another, byte for byte.

The standard library can't copy an entry without unpacking it.
"""

from collections.abc import Iterable
from copy import copy
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipInfo

from cellsense.sheets.xlsx import deflate
from cellsense.sheets.xlsx.unpack import data_offset
from cellsense.sheets.xlsx.zipheaders import (
    LOCAL,
    Measure,
    directory_header,
    end_of_directory,
    entry_name,
    is_long,
    local_header,
    without_long,
)

# The header comes before the data: entries that may grow beyond 4 GB get long fields at once.
LONG_FROM = 1 << 30

_DEFLATE_VERSION = 20
_COPY = 1 << 20


class TooLargeError(Exception):
    """An entry grew by so much that its header can't tell its size."""


class ZipWriter:
    """Writes entries one after the other; `finish` writes the directory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._directory: list[bytes] = []

    def copy(self, source: BinaryIO, entry: ZipInfo) -> None:
        """Write an entry of another zip file without unpacking it."""
        start = data_offset(source, entry)
        source.seek(entry.header_offset + LOCAL.size)
        head = source.read(start - entry.header_offset - LOCAL.size)
        name = entry_name(entry)
        measure = Measure(entry.CRC, entry.compress_size, entry.file_size)
        extra = without_long(head[len(name) :])
        offset = self._file.tell()
        self._file.write(local_header(entry, name, extra, measure, long=is_long(measure)))
        left = entry.compress_size
        while left:
            chunk = source.read(min(left, _COPY))
            if not chunk:
                raise BadZipFile(f"{entry.filename} is cut off")
            self._file.write(chunk)
            left -= len(chunk)
        self._directory.append(directory_header(entry, measure, offset))

    def replace(self, entry: ZipInfo, chunks: Iterable[bytes]) -> None:
        """Write an entry under another one's name and date with new content."""
        long = entry.file_size >= LONG_FROM
        entry = copy(entry)  # the other file still reads by its own
        entry.compress_type = ZIP_DEFLATED
        entry.extract_version = max(entry.extract_version, _DEFLATE_VERSION)
        offset = self._file.tell()
        name = entry_name(entry)
        self._file.write(local_header(entry, name, b"", Measure(0, 0, 0), long=long))
        packer = deflate.packer()
        checksum = packed = unpacked = 0
        for chunk in chunks:
            checksum = deflate.crc32(chunk, checksum)
            unpacked += len(chunk)
            packed += self._file.write(packer.compress(chunk))
        packed += self._file.write(packer.flush())
        measure = Measure(checksum, packed, unpacked)
        if is_long(measure) and not long:
            raise TooLargeError(f"{entry.filename} would grow to {unpacked:,} bytes")
        end = self._file.tell()
        self._file.seek(offset)
        self._file.write(local_header(entry, name, b"", measure, long=long))
        self._file.seek(end)
        self._directory.append(directory_header(entry, measure, offset))

    def finish(self, comment: bytes) -> None:
        """Write the directory and the file's comment."""
        start = self._file.tell()
        size = self._file.write(b"".join(self._directory))
        self._file.write(end_of_directory(len(self._directory), size, start, comment))
