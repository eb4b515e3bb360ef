"""What an OLE2 file is that is named like a workbook: an encrypted one, or one of another kind."""

from typing import BinaryIO

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CHUNK = 1 << 20
_KINDS = {
    "EncryptedPackage": (
        "is encrypted (password-protected): open it in Excel, remove the password (File > Info > "
        "Protect Workbook > Encrypt with Password), save, try again"
    ),
    "WordDocument": "is a Word document, not a workbook: check that it is the right file",
    "PowerPoint Document": "is a presentation, not a workbook: check that it is the right file",
}
_OLD = "is an Excel 97-2003 workbook (.xls) whatever its name: open it in Excel, save it as .xlsx"


def what_it_is(file: BinaryIO) -> str:
    """Tell what an OLE2 file is and what to do, to follow the file's name in a message.

    The names in its directory are UTF-16. They may stand anywhere in the file, so all of it is
    searched; walking the directory's chain of sectors would have to trust a hostile file.
    """
    patterns = {name.encode("utf-16-le"): message for name, message in _KINDS.items()}
    overlap = max(map(len, patterns))
    file.seek(0)
    tail = b""
    while chunk := file.read(_CHUNK):
        window = tail + chunk
        for pattern, message in patterns.items():
            if pattern in window:
                return message
        tail = window[-overlap:]
    return _OLD
