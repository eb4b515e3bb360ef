"""The headers of a zip file, with the long fields of zip64 where a number needs them."""

import struct
from typing import NamedTuple
from zipfile import ZipInfo

# From these numbers on a field holds the number itself as a sign that the long one counts.
MAX_SIZE = 0xFFFF_FFFF
MAX_COUNT = 0xFFFF

LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_LONG_END = struct.Struct("<4sQ2H2L4Q")
_LONG_PLACE = struct.Struct("<4sLQL")
_LONG = 1  # the kind of the extra field that holds long numbers
_LONG_VERSION = 45
_DESCRIPTOR = 0x08  # sizes follow the data instead of standing before it
_UTF8 = 0x800


class Measure(NamedTuple):
    """What the headers tell of an entry's data."""

    checksum: int
    packed: int
    unpacked: int


def entry_name(entry: ZipInfo) -> bytes:
    """Return an entry's name as it's written."""
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8 else "cp437")


def is_long(measure: Measure) -> bool:
    """Tell if an entry needs long fields for its sizes."""
    return max(measure.packed, measure.unpacked) >= MAX_SIZE


def local_header(
    entry: ZipInfo, name: bytes, extra: bytes, measure: Measure, *, long: bool
) -> bytes:
    """Return what stands before an entry's data; `extra` are other fields."""
    checksum, packed, unpacked = measure
    if long:
        extra = struct.pack("<2H2Q", _LONG, 16, unpacked, packed) + extra
        packed = unpacked = 0xFFFF_FFFF
    head = LOCAL.pack(
        b"PK\3\4",
        max(entry.extract_version, _LONG_VERSION if long else 0),
        entry.flag_bits & ~_DESCRIPTOR,
        entry.compress_type,
        *_dos_time(entry),
        checksum,
        packed,
        unpacked,
        len(name),
        len(extra),
    )
    return head + name + extra


def directory_header(entry: ZipInfo, measure: Measure, offset: int) -> bytes:
    """Return what the directory says of an entry."""
    name, extra, comment = entry_name(entry), without_long(entry.extra), entry.comment
    numbers = [measure.unpacked, measure.packed, offset]
    long = [number for number in numbers if number >= MAX_SIZE]
    unpacked, packed, offset = (0xFFFF_FFFF if n >= MAX_SIZE else n for n in numbers)
    if long:
        extra = struct.pack(f"<2H{len(long)}Q", _LONG, 8 * len(long), *long) + extra
    head = _CENTRAL.pack(
        b"PK\1\2",
        entry.create_version,
        entry.create_system,
        max(entry.extract_version, _LONG_VERSION if long else 0),
        entry.reserved,
        entry.flag_bits & ~_DESCRIPTOR,
        entry.compress_type,
        *_dos_time(entry),
        measure.checksum,
        packed,
        unpacked,
        len(name),
        len(extra),
        len(comment),
        0,  # the disk: there is one
        entry.internal_attr,
        entry.external_attr,
        offset,
    )
    return head + name + extra + comment


def end_of_directory(count: int, size: int, start: int, comment: bytes) -> bytes:
    """Return what stands after the directory, which begins at `start`."""
    end = b""
    if count >= MAX_COUNT or max(size, start) >= MAX_SIZE:
        fields = (_LONG_VERSION, _LONG_VERSION, 0, 0, count, count, size, start)
        end += _LONG_END.pack(b"PK\6\6", _LONG_END.size - 12, *fields)
        end += _LONG_PLACE.pack(b"PK\6\7", 0, start + size, 1)
        count, size, start = 0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF
    return end + _END.pack(b"PK\5\6", 0, 0, count, count, size, start, len(comment)) + comment


def without_long(extra: bytes) -> bytes:
    """Leave out the long numbers: they'd contradict those that are written."""
    kept = b""
    while len(extra) >= 4:
        kind, length = struct.unpack_from("<HH", extra)
        if kind != _LONG:
            kept += extra[: 4 + length]
        extra = extra[4 + length :]
    return kept + extra


def _dos_time(entry: ZipInfo) -> tuple[int, int]:
    year, month, day, hour, minute, second = entry.date_time
    return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day
