"""Deflate, by the fastest library that is there; where isal has no wheels, the standard one.

isal packs a worksheet in a fifth of zlib's time to much the same size, and unpacks it in two
thirds. Its levels aren't zlib's: these two come closest.
"""

import zlib
from typing import Any, Protocol

_library: Any = zlib
LEVEL = 3
try:
    from isal import isal_zlib
except ImportError:
    pass
else:
    _library = isal_zlib
    LEVEL = 2

ERRORS: tuple[type[Exception], ...] = (zlib.error, _library.error)


class Packer(Protocol):
    """What packs bytes."""

    def compress(self, data: bytes, /) -> bytes:
        """Pack some more."""

    def flush(self) -> bytes:
        """Pack the end."""


class Unpacker(Protocol):
    """What unpacks bytes."""

    unconsumed_tail: bytes
    eof: bool

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Unpack some more, at most so many bytes; `unconsumed_tail` comes next."""


def packer() -> Packer:
    """Return what packs an entry of a zip file."""
    made: Packer = _library.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    return made


def unpacker() -> Unpacker:
    """Return what unpacks an entry of a zip file."""
    made: Unpacker = _library.decompressobj(-zlib.MAX_WBITS)
    return made


def crc32(data: bytes, before: int) -> int:
    """Return the checksum of what came before and of these bytes."""
    checksum: int = _library.crc32(data, before)
    return checksum
