"""Builds cellsense.xlam from text: VBA modules, the ribbon's XML and the parts of a workbook.

The add-in's macros load the DLL of one version of xlwings. So the file is built on the machine that
uses it, for the xlwings that is installed there; the same sources give the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from cellsense import __version__
from cellsense.errors import DependencyError, InputError, UnreadableFileError
from cellsense_addin.vba_project import SHEET, WORKBOOK, Kind, Module, vba_project

_PACKAGE = files("cellsense_addin")
_FUNCTIONS = "Functions"
_PROPERTIES = "docProps/custom.xml"
# What the package's readers expect first comes first.
_PARTS = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet1.xml",
    "xl/styles.xml",
    "docProps/core.xml",
    "docProps/app.xml",
    _PROPERTIES,
)
_RIBBON = "customUI14.xml"
_PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip file can say
_FAT = 0  # whatever system the file is built on


class Versions(NamedTuple):
    """What an add-in is built for; an unknown version is empty."""

    cellsense: str
    xlwings: str

    def __str__(self) -> str:
        return f"cellsense {self.cellsense or '?'}, xlwings {self.xlwings or '?'}"


def installed_versions() -> Versions:
    """Return the versions that are installed, without importing xlwings. Raises DependencyError."""
    try:
        return Versions(__version__, version("xlwings"))
    except PackageNotFoundError as error:
        raise DependencyError(
            "The Excel add-in needs xlwings, which isn't installed. Run: pip install xlwings"
        ) from error


def build_addin(
    *, xlwings_version: str | None = None, replace: Mapping[str, str] | None = None
) -> bytes:
    """Return cellsense.xlam.

    Args:
        xlwings_version: whose DLL the macros load; that of the installed xlwings by default.
        replace: module names to other texts, or to modules that the add-in doesn't have.

    Raises:
        DependencyError: xlwings isn't installed and no version is given.
        InputError: a module can't be stored: it says which, and the line.

    """
    installed = Versions(__version__, xlwings_version) if xlwings_version else installed_versions()
    modules = [
        module._replace(source=_filled(module.source, f"VBA module {module.name}", installed))
        for module in _modules(replace or {})
    ]
    parts = {name: _filled(_text("parts", name), name, installed).encode() for name in _PARTS}
    ribbon = _filled(_text("ribbon", _RIBBON), _RIBBON, installed)
    parts[f"customUI/{_RIBBON}"] = ribbon.encode()
    parts["xl/vbaProject.bin"] = vba_project(modules)
    return _zipped(parts)


def read_versions(addin: Path) -> Versions:
    """Return what an add-in file was built for. Raises UnreadableFileError."""
    try:
        with zipfile.ZipFile(addin) as package:
            # No more than cellsense itself wrote there.
            properties = ElementTree.fromstring(package.read(_PROPERTIES))  # noqa: S314
    except OSError as error:
        raise UnreadableFileError(f"{addin} can't be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError) as error:
        raise UnreadableFileError(
            f"{addin} isn't an add-in that cellsense built. Run: cellsense addin install"
        ) from error
    values = {item.get("name", ""): "".join(item.itertext()).strip() for item in properties}
    return Versions(values.get("cellsense version", ""), values.get("xlwings version", ""))


def _modules(replace: Mapping[str, str]) -> Iterator[Module]:
    """Yield the package's modules by name, then those that `replace` adds."""
    added = dict(replace)
    for file in sorted(source.name for source in (_PACKAGE / "vba").iterdir()):
        name, _, suffix = file.rpartition(".")
        if suffix in ("bas", "cls"):
            text = added.pop(name) if name in added else _text("vba", file)
            yield Module(name, text, _kind(name, suffix))
    if _FUNCTIONS not in added:
        from cellsense_addin.wrappers import functions_module

        yield Module(_FUNCTIONS, functions_module())
    for name, text in added.items():
        yield Module(name, text)


def _kind(name: str, suffix: str) -> Kind:
    if name in (WORKBOOK, SHEET):
        return "document"
    return "class" if suffix == "cls" else "standard"


def _text(*path: str) -> str:
    return _PACKAGE.joinpath(*path).read_text(encoding="utf-8")


def _filled(text: str, where: str, installed: Versions) -> str:
    values = {"CELLSENSE_VERSION": installed.cellsense, "XLWINGS_VERSION": installed.xlwings}

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise InputError(f"{where}: {found[0]} stands for nothing. Known: {', '.join(values)}.")
        return values[found[1]]

    return _PLACEHOLDER.sub(value, text)


def _zipped(parts: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        for name, part in parts.items():
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = _FAT
            package.writestr(info, part)
    return content.getvalue()
