"""Unpacks the entries of a zip file in chunks, and checks that they are what the directory says."""

from collections.abc import Iterator
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile, ZipInfo

from cellsense.sheets.xlsx import deflate, limits
from cellsense.sheets.xlsx.zipheaders import LOCAL, entry_name

_PACKED = 1 << 17  # bytes read at a time


def data_offset(file: BinaryIO, entry: ZipInfo) -> int:
    """Return where an entry's data begins; raises BadZipFile if there is another entry."""
    file.seek(entry.header_offset)
    local = file.read(LOCAL.size)
    if len(local) != LOCAL.size or not local.startswith(b"PK\3\4"):
        raise BadZipFile(f"no entry at byte {entry.header_offset}")
    lengths: tuple[int, int] = LOCAL.unpack(local)[-2:]
    name_length, extra_length = lengths
    if file.read(name_length) != entry_name(entry):
        raise BadZipFile("the directory calls it otherwise")
    return entry.header_offset + LOCAL.size + name_length + extra_length


def unpack(archive: ZipFile, file: BinaryIO, entry: ZipInfo) -> Iterator[bytes]:
    """Yield an entry's content; several can be read in turns."""
    if entry.compress_type != ZIP_DEFLATED:
        with archive.open(entry) as stream:
            while chunk := stream.read(limits.CHUNK):
                yield chunk
        return
    checksum = size = 0
    for chunk in _inflated(file, entry):
        checksum = deflate.crc32(chunk, checksum)
        size += len(chunk)
        if size > entry.file_size:
            raise BadZipFile(f"it is larger than the {entry.file_size:,} bytes that it tells")
        yield chunk
    if (checksum, size) != (entry.CRC, entry.file_size):
        raise BadZipFile("its checksum is wrong")


def _inflated(file: BinaryIO, entry: ZipInfo) -> Iterator[bytes]:
    unpacker = deflate.unpacker()
    place = data_offset(file, entry)
    end = place + entry.compress_size
    packed = b""
    while not unpacker.eof:
        if not packed and place < end:
            file.seek(place)
            packed = file.read(min(_PACKED, end - place))
            place += len(packed)
        chunk = unpacker.decompress(packed, limits.CHUNK)
        if not (packed or chunk):
            raise BadZipFile("it is cut off")
        packed = unpacker.unconsumed_tail
        if chunk:
            yield chunk
