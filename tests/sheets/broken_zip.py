"""Ways in which a workbook's zip file can be odd or broken."""

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import NamedTuple


class Entry(NamedTuple):
    """An entry to be written."""

    name: str
    data: bytes
    stored: bool = False
    extra: bytes = b""


Entries = list[Entry]


class _Stream:
    """A file that can't be sought in, so that sizes follow the data in descriptors."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass


def _drop(entries: Entries, rng: Random) -> Entries:
    gone = rng.randrange(len(entries))
    return entries[:gone] + entries[gone + 1 :]


def _shuffle(entries: Entries, rng: Random) -> Entries:
    return rng.sample(entries, len(entries))


def _twice(entries: Entries, rng: Random) -> Entries:
    entry = rng.choice(entries)
    name = rng.choice((entry.name, entry.name.upper(), f"/{entry.name}"))
    return [*entries, entry._replace(name=name)]


def _rename(entries: Entries, rng: Random) -> Entries:
    place = rng.randrange(len(entries))
    name = entries[place].name
    new = rng.choice(
        (name.upper(), name.replace("/", "\\"), f"/{name}", f"{name}x", f"é{name}", f"./{name}")
    )
    return [*entries[:place], entries[place]._replace(name=new), *entries[place + 1 :]]


def _swap_contents(entries: Entries, rng: Random) -> Entries:
    one, other = rng.randrange(len(entries)), rng.randrange(len(entries))
    new = list(entries)
    new[one] = entries[one]._replace(data=entries[other].data)
    new[other] = entries[other]._replace(data=entries[one].data)
    return new


def _empty(entries: Entries, rng: Random) -> Entries:
    place = rng.randrange(len(entries))
    data = rng.choice((b"", b" ", b"<a/>", b"\0" * 9, b"<" * 50))
    return [*entries[:place], entries[place]._replace(data=data), *entries[place + 1 :]]


def _store(entries: Entries, rng: Random) -> Entries:
    share = rng.choice((0.3, 1))
    return [entry._replace(stored=rng.random() < share) for entry in entries]


def _add(entries: Entries, rng: Random) -> Entries:
    name = rng.choice(
        ("xl/", "docProps/thumb.jpeg", "ünï/côdé.bin", "_xmlsignatures/a.xml", "a\tb")
    )
    entry = Entry(name, b"" if name.endswith("/") else rng.randbytes(300))
    place = rng.randrange(len(entries) + 1)
    return [*entries[:place], entry, *entries[place:]]


def _fields(entries: Entries, rng: Random) -> Entries:
    extra = rng.choice((b"UT\5\0\3abcd", b"\1\0\10\0abcdefgh", b"\xfe\xca\0\0", b"\x75\x70\2\0ab"))
    return [entry._replace(extra=extra) for entry in entries]


_CHANGES: tuple[Callable[[Entries, Random], Entries], ...] = (
    *(_drop, _shuffle, _twice, _rename, _swap_contents, _empty, _store, _add, _fields),
)


def break_entries(entries: Entries, rng: Random) -> Entries:
    """Change which entries there are, or how they are written."""
    return rng.choice(_CHANGES)(entries, rng) if entries else entries


def zipped(entries: Entries, *, descriptors: bool = False, comment: bytes = b"") -> bytes:
    """Write a zip file, with the sizes before each entry's data or in a descriptor behind it."""
    buffer, stream = io.BytesIO(), _Stream()
    with zipfile.ZipFile(stream if descriptors else buffer, "w") as archive:  # type: ignore[arg-type]
        archive.comment = comment
        for entry in entries:
            info = zipfile.ZipInfo(entry.name)
            info.compress_type = zipfile.ZIP_STORED if entry.stored else zipfile.ZIP_DEFLATED
            info.extra = entry.extra
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", "Duplicate name", UserWarning)  # it's meant
                archive.writestr(info, entry.data)
    return b"".join(stream.pieces) or buffer.getvalue()


def _cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _flip(data: bytes, rng: Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 5))):
        changed[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _change_header(data: bytes, rng: Random) -> bytes:
    """Put another number into a header: a size, an offset, a checksum, flags, a method."""
    mark = rng.choice((b"PK\1\2", b"PK\1\2", b"PK\3\4", b"PK\5\6"))
    places = [found.start() for found in re.finditer(re.escape(mark), data)]
    if not places:
        return data
    length = rng.choice((1, 2, 4))
    start = rng.choice(places) + rng.randrange(4, 46)
    number = rng.choice((0, 1, 8, 99, 0xFFFF_FFFF, rng.getrandbits(8 * length)))
    new = number.to_bytes(4, "little")[:length]
    return data[:start] + new + data[start + length :]


def _surround(data: bytes, rng: Random) -> bytes:
    more = rng.choice((b"\0" * 20, b"MZ odd", b"PK\3\4", b"PK\5\6"))
    return more + data if rng.random() < 0.5 else data + more


def _overwrite(data: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(data))
    return data[:start] + rng.randbytes(rng.choice((1, 4, 64))) + data[start + 4 :]


def break_bytes(data: bytes, rng: Random) -> bytes:
    """Change a few bytes of a zip file."""
    change = rng.choice((_cut, _flip, _change_header, _change_header, _surround, _overwrite))
    return change(data, rng) if data else data
