"""Text in a workbook's XML: Excel's `_xHHHH_` escapes, and what XML can't hold."""

import re

MAX_UNITS = 32_767  # of UTF-16, in one cell

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# A text that looks like an escape has its underscore escaped, or Excel would decode it.
_LITERAL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
# A raw carriage return would be read back as a line feed, so it's escaped with the illegal ones.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REFERENCE = re.compile(r"&#(?:x([0-9A-Fa-f]+)|([0-9]+));")
# All that there are without a DOCTYPE; the ampersand last, or what it begins would be one more.
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}


def parsed(raw: bytes) -> str:
    """Return what a parser makes of the bytes between two tags, which are well-formed."""
    text = raw.decode()
    if b"\r" in raw:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if b"&" in raw:
        if b"&#" in raw:
            text = _REFERENCE.sub(_character, text)
        for entity, character in _ENTITIES.items():
            text = text.replace(entity, character)
    return text


def _character(match: re.Match[str]) -> str:
    hexadecimal, decimal = match.groups()
    character = chr(int(hexadecimal, 16) if hexadecimal else int(decimal))
    return "&amp;" if character == "&" else character


def cell_text(raw: bytes) -> str:
    """Return the text that the bytes between two tags stand for."""
    if b"&" in raw or b"_x" in raw or b"\r" in raw:
        return decode(parsed(raw))
    return raw.decode()


def decode(text: str) -> str:
    """Undo `_xHHHH_` escapes; a half of a surrogate pair alone becomes U+FFFD."""
    if "_x" not in text:
        return text
    decoded = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    if _SURROGATE.search(decoded):
        decoded = decoded.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return decoded


def encode(text: str) -> str:
    """Write a cell's text as XML text, cut at the length that Excel allows."""
    escaped = _LITERAL.sub("_x005F_", truncate(text))
    escaped = _ILLEGAL.sub(lambda match: f"_x{ord(match[0]):04X}_", escaped)
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def encode_attribute(text: str) -> str:
    """Write a text as an attribute's value (for double quotes), as Excel writes table columns."""
    escaped = encode(text).replace('"', "&quot;")
    return escaped.replace("\n", "_x000a_").replace("\t", "_x0009_")


def truncate(text: str) -> str:
    """Cut a text to 32,767 UTF-16 units, never through a surrogate pair."""
    if len(text) <= MAX_UNITS // 2:  # even if every character took two units
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * MAX_UNITS:
        return text
    units = units[: 2 * MAX_UNITS]
    if 0xD8 <= units[-1] <= 0xDB:
        units = units[:-2]
    return units.decode("utf-16-le", "surrogatepass")


def needs_space_preserved(text: str) -> bool:
    """Tell if `xml:space="preserve"` is needed for Excel to keep the spaces at the ends."""
    return text != text.strip()
