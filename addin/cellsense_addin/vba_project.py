"""Writes VBA modules from text as the project of an add-in, without Excel.

pyOpenVBA starts from a project that Excel itself wrote and replaces the modules. What it leaves is
brought to what [MS-OVBA] asks of a writer: no compiled code, no cookies, Excel compiles at opening.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from cellsense.errors import InputError

Kind = Literal["standard", "class", "document"]

PROJECT = "cellsense"
CODE_PAGE = "cp1252"
WORKBOOK, SHEET = "ThisWorkbook", "Sheet1"  # the code names in parts/xl/

_TEMPLATE_PROJECT = "VBAProject"
_LONGEST_LINE = 1023  # the editor's limit
_NAME = re.compile(r'^Attribute VB_Name = "([^"]*)"$', re.MULTILINE)
# Ids of records in the dir stream, [MS-OVBA] 2.3.4.2.
_PROJECT_NAME, _PROJECT_VERSION, _END = 0x0004, 0x0009, 0x0010
_NO_COOKIE = 0xFFFF
# Another program's version and no cache: whoever opens this must compile the sources.
_NOT_COMPILED = bytes.fromhex("CC61 FFFF 00 0000")


class Module(NamedTuple):
    """A module as text, in whatever line ends; a document is the workbook's or the sheet's."""

    name: str
    source: str
    kind: Kind = "standard"


def vba_project(modules: Iterable[Module]) -> bytes:
    """Return vbaProject.bin: the same bytes for the same modules.

    The modules of the workbook and the sheet are always there, empty if they aren't given. A
    document's header is Excel's own, whatever header its text has. Raises InputError.
    """
    from pyopenvba import ExcelFile, VBAModuleKind
    from pyopenvba.vba import split_attribute_header

    given = {module.name: module._replace(source=_crlf(module)) for module in modules}
    with TemporaryDirectory(prefix="cellsense-") as folder:
        file = Path(folder) / "project.xlam"
        with ExcelFile.create_new(file) as book:
            project = book.vba_project()
            for name in project.module_names():
                if name not in (WORKBOOK, SHEET):
                    project.delete_module(name)
            for name in (WORKBOOK, SHEET):
                document = given.pop(name, Module(name, "", "document"))
                # Set even where there's nothing in it, which drops the template's compiled code.
                book.set_module(name, split_attribute_header(document.source)[1])
            for module in given.values():
                standard = module.kind == "standard"
                kind = VBAModuleKind.standard if standard else VBAModuleKind.other
                project.add_module(module.name, module.source, kind=kind)
            project.project_cookie = _NO_COOKIE
            for written in project.modules:
                written.cookie = _NO_COOKIE
            book.save()
        with ExcelFile(file) as book:
            return _finished(book.vba_project_bytes())


def _crlf(module: Module) -> str:
    """Check what pyOpenVBA would pass on as it stands, or turn into question marks."""
    lines = module.source.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    for number, line in enumerate(lines, 1):
        where = f"VBA module {module.name}, line {number}"
        try:
            line.encode(CODE_PAGE)
        except UnicodeEncodeError as error:
            character = line[error.start]
            raise InputError(
                f"{where}: {character!r} (U+{ord(character):04X}) isn't in Windows-1252, the code "
                "page the macros are stored in. Write it with ChrW."
            ) from error
        if len(line) > _LONGEST_LINE:
            raise InputError(
                f"{where} has {len(line)} characters, and VBA reads {_LONGEST_LINE}: break it."
            )
    text = "\n".join(lines)
    name = _NAME.search(text)
    if name is not None and name[1] != module.name:
        raise InputError(
            f'VBA module {module.name}: its text says VB_Name = "{name[1]}". Make them the same.'
        )
    return text.replace("\n", "\r\n") + "\r\n" if text else ""


def _finished(container: bytes) -> bytes:
    """Name the project, and leave nothing that was compiled."""
    from pyopenvba.cfb import CFB
    from pyopenvba.vba import compress, decompress

    cfb = CFB.from_bytes(container)
    directory = decompress(cfb.get_stream_in_storage("VBA", "dir"))
    cfb.write_stream_in_storage("VBA", "dir", compress(_named(directory)))
    cfb.write_stream_in_storage("VBA", "_VBA_PROJECT", _NOT_COMPILED)
    old, new = (f'Name="{name}"\r\n'.encode() for name in (_TEMPLATE_PROJECT, PROJECT))
    cfb.write_stream("PROJECT", cfb.get_stream("PROJECT").replace(old, new))
    named: bytes = cfb.to_bytes()
    return named


def _named(directory: bytes) -> bytes:
    """Set the project's name, and end at the end: pyOpenVBA appends four bytes."""
    parts = []
    for identifier, content in _records(directory):
        if identifier == _PROJECT_NAME:
            parts.append(struct.pack("<HI", identifier, len(PROJECT)) + PROJECT.encode())
        else:
            parts.append(content)
        if identifier == _END:
            break
    return b"".join(parts)


def _records(directory: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each record's id, and the whole of it."""
    position = 0
    while position < len(directory):
        identifier, size = struct.unpack_from("<HI", directory, position)
        # The version says that it has four bytes and has six.
        end = position + 6 + size + (2 if identifier == _PROJECT_VERSION else 0)
        yield identifier, directory[position:end]
        position = end
