"""Bytes → text and back: byte order marks, UTF-8 with a few broken bytes, guessed encodings."""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_BE, BOM_UTF32_LE
from dataclasses import dataclass
from itertools import islice

from cellsense.errors import UnreadableFileError

# UTF-32 before UTF-16: the one mark begins with the other.
_MARKS = {
    BOM_UTF32_LE: "utf-32-le",
    BOM_UTF32_BE: "utf-32-be",
    BOM_UTF16_LE: "utf-16-le",
    BOM_UTF16_BE: "utf-16-be",
    BOM_UTF8: "utf-8",
    b"": "utf-8",
}
_WORKBOOK_MARKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# What spreadsheets and databases export. No encoding with shift states: the pieces of a file in
# such an encoding can't be put together again.
_GUESSES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258"),
    *("cp874", "koi8_r", "mac_roman", "cp850"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
)
_GUESS_BYTES = 65_536
_GUESS_LINES = 2_000
_BROKEN = re.compile("[\udc80-\udcff]")  # what "surrogateescape" makes of bytes that don't decode


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, and what it takes to turn text into the same bytes again."""

    text: str
    encoding: str
    mark: bytes = b""
    note: str | None = None  # what a user should know about the encoding

    def encode(self, text: str) -> bytes:
        """Turn a piece of text into bytes, those that didn't decode included."""
        return text.encode(self.encoding, "surrogateescape")

    def can_hold(self, text: str) -> bool:
        """Return True if the encoding has all characters of a new text."""
        try:
            text.encode(self.encoding)
        except UnicodeEncodeError:
            return False
        return True


def decode(data: bytes, name: str) -> Decoded:
    """Find the encoding and decode; raise UnreadableFileError, which calls the file `name`."""
    if data.startswith(_WORKBOOK_MARKS):
        message = f"{name} is no text: it looks like a workbook or an archive. Name it .xlsx or so."
        raise UnreadableFileError(message)
    mark = next(mark for mark in _MARKS if data.startswith(mark))
    if _MARKS[mark] == "utf-8":
        decoded = _decode_utf8(data, mark) or _decode_guessed(data, name)
    else:
        decoded = _decode_marked(data, mark, name)
    if "\0" in decoded.text:
        message = f"{name} holds NUL bytes, so it is no text; save it as UTF-8 and try again."
        raise UnreadableFileError(message)
    return decoded


def without_broken(text: str) -> str:
    """Put the replacement character for bytes that didn't decode."""
    return text if text.isascii() else _BROKEN.sub("\ufffd", text)


def _decode_marked(data: bytes, mark: bytes, name: str) -> Decoded:
    encoding = _MARKS[mark]
    try:
        return Decoded(data[len(mark) :].decode(encoding), encoding, mark)
    except UnicodeDecodeError as error:
        message = f"{name} begins as {encoding} and breaks at byte {error.start}; save it again."
        raise UnreadableFileError(message) from error


def _decode_utf8(data: bytes, mark: bytes) -> Decoded | None:
    text = data[len(mark) :].decode("utf-8", "surrogateescape")
    broken = len(_BROKEN.findall(text))
    if not broken:
        return Decoded(text, "utf-8", mark)
    beyond_ascii = sum(map(len, re.findall(r"[^\x00-\x7f]+", text))) - broken
    # A few broken bytes among good ones: UTF-8 that was cut or glued, not another encoding.
    if not mark and beyond_ascii < 10 * broken:
        return None
    note = f"{broken} bytes aren't UTF-8; they stay as they are and are read as \ufffd"
    return Decoded(text, "utf-8", mark, note)


def _decode_guessed(data: bytes, name: str) -> Decoded:
    for encoding in dict.fromkeys((_guess(data), "cp1252")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.encode(encoding, "replace") == data:  # else bytes would change
            return Decoded(text, encoding, note=f"read as {encoding}, a guess: it isn't UTF-8")
    message = f"{name} is in no encoding that could be found; save it as UTF-8 and try again."
    raise UnreadableFileError(message)


def _guess(data: bytes) -> str:
    from charset_normalizer import from_bytes

    telling = (line for line in data.splitlines() if not line.isascii())
    sample = b"\n".join(islice(telling, _GUESS_LINES))[:_GUESS_BYTES]
    matches = from_bytes(sample, cp_isolation=list(_GUESSES))
    best = matches.best()
    if best is None:
        return "cp1252"
    # Near ties are the rule for short texts, and cp1252 is by far the likeliest there.
    western = any(
        "cp1252" in match.could_be_from_charset
        and (match.chaos, -match.coherence) <= (best.chaos, -best.coherence)
        for match in matches
    )
    return "cp1252" if western else best.encoding
