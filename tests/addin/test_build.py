"""The add-in's file, as independent readers see it, beside one that is known to load in Excel."""

import io
import os
import re
import struct
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, version
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from xml.etree import ElementTree

import olefile
import pyopenvba
import pytest

from cellsense import __version__
from cellsense.errors import DependencyError, InputError, UnreadableFileError
from cellsense_addin.build import Versions, build_addin, read_versions
from cellsense_addin.vba_project import Module, vba_project

with warnings.catch_warnings():
    # oletools calls what newer versions of pyparsing have renamed.
    warnings.simplefilter("ignore", DeprecationWarning)
    from oletools.mraptor import MacroRaptor
    from oletools.olevba import VBA_Parser, decompress_stream

VBA = files("cellsense_addin") / "vba"
RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

# What programs that look at macros may take offence at. The documentation lists it: a change here
# belongs there, too.
FLAGGED = {
    ("IOC", "8.dll"),
    ("Suspicious", "ChrW"),
    ("Suspicious", "Base64 Strings"),  # any quoted word of four or eight letters
    ("Suspicious", "Hex Strings"),  # the class ids in the headers of ThisWorkbook and the sheet
    ("Suspicious", "Lib"),
    ("Suspicious", "applescript"),
    ("Suspicious", "output"),
}
RAPTOR = "-WX"  # writes (its settings) and executes (the DLL), but not by itself: not suspicious


@pytest.fixture(scope="session")
def addin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("addin") / "cellsense.xlam"
    file.write_bytes(build_addin())
    return file


def xlwings_file(name: str) -> Path:
    return Path(str(distribution("xlwings").locate_file(f"xlwings/{name}")))


@pytest.fixture(scope="session")
def known_good() -> Path:
    """An add-in that xlwings gives its users: source only, as ours is."""
    return xlwings_file("quickstart_addin_ribbon.xlam")


@pytest.fixture(scope="session")
def written_by_excel() -> Path:
    """A workbook that 64-bit Excel saved."""
    return xlwings_file("quickstart.xlsm")


def xml(package: zipfile.ZipFile, name: str) -> ElementTree.Element:
    return ElementTree.fromstring(package.read(name))  # noqa: S314 (our own, or xlwings')


class Record(NamedTuple):
    id: int
    content: bytes


class Project:
    """vbaProject.bin, taken apart by readers that had no part in writing it."""

    def __init__(self, package: Path | bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(package) if isinstance(package, bytes) else package) as z:
            self.container = z.read("xl/vbaProject.bin")
        self.ole = olefile.OleFileIO(io.BytesIO(self.container))
        self.streams = {"/".join(path) for path in self.ole.listdir()}
        self.records = list(self._records(self.directory()))
        self.project = self.stream("PROJECT").decode("cp1252")
        starts = [i for i, record in enumerate(self.records) if record.id in (0x16, 0x0F)]
        first_module = next(i for i, record in enumerate(self.records) if record.id == 0x19)
        modules = next(i for i, record in enumerate(self.records) if record.id == 0x0F)
        self.information = self.records[: starts[0]]
        self.references = self.records[starts[0] : modules]
        self.modules_head = self.records[modules:first_module]
        self.modules: list[list[Record]] = []
        for record in self.records[first_module:-1]:
            if record.id == 0x19:
                self.modules.append([])
            self.modules[-1].append(record)

    def stream(self, name: str) -> bytes:
        return self.ole.openstream(name).read()

    def directory(self) -> bytes:
        return bytes(decompress_stream(bytearray(self.stream("VBA/dir"))))

    @staticmethod
    def _records(directory: bytes) -> Iterator[Record]:
        at = 0
        while at < len(directory):
            identifier, size = struct.unpack_from("<HI", directory, at)
            size += 2 * (identifier == 0x09)  # [MS-OVBA] 2.3.4.2.1.11: says 4 and has 6
            yield Record(identifier, directory[at + 6 : at + 6 + size])
            at += 6 + size
        assert at == len(directory)

    def source(self, name: str) -> str:
        """Return what stands in a module's stream, compiled code aside."""
        module = next(m for m in self.modules if m[0].content == name.encode())
        offset = next(struct.unpack("<I", r.content)[0] for r in module if r.id == 0x31)
        return decompress_stream(bytearray(self.stream(f"VBA/{name}")[offset:])).decode("cp1252")


def kinds(records: list[Record]) -> list[int]:
    return [record.id for record in records]


def values(records: list[Record]) -> dict[int, bytes]:
    return {record.id: record.content for record in records}


# --- the sources


def test_every_module_is_there_with_its_text(addin: Path) -> None:
    written = {
        Path(file).stem: text for _, _, file, text in VBA_Parser(str(addin)).extract_macros()
    }
    sources = {Path(file.name).stem: file for file in VBA.iterdir() if "." in file.name}
    assert set(written) == {*sources, "Functions", "ThisWorkbook", "Sheet1"}
    for name, file in sources.items():
        text = file.read_text(encoding="utf-8")
        text = text.replace("{{XLWINGS_VERSION}}", version("xlwings"))
        text = text.replace("{{CELLSENSE_VERSION}}", __version__)
        body = text.rpartition("\nAttribute VB_")[2].partition("\n")[2]  # the header is Excel's
        assert body.strip(), name
        if name == "ThisWorkbook":
            assert written[name].endswith(body.replace("\n", "\r\n"))
        else:
            assert written[name] == text.replace("\n", "\r\n")


def test_modules_can_be_replaced_and_added() -> None:
    bridge = 'Attribute VB_Name = "Bridge"\nOption Explicit\n'
    project = Project(build_addin(replace={"Bridge": bridge, "Extra": "Option Explicit\n"}))
    assert project.source("Bridge") == bridge.replace("\n", "\r\n")
    assert project.source("Extra") == 'Attribute VB_Name = "Extra"\r\nOption Explicit\r\n'
    assert "Module=Bridge\r\n" in project.project
    assert "Module=Extra\r\n" in project.project


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_line_ends_become_those_of_windows(ends: str) -> None:
    text = ends.join(('Attribute VB_Name = "Bridge"', "Option Explicit", "'é – “"))
    source = Project(build_addin(replace={"Bridge": text})).source("Bridge")
    assert source == 'Attribute VB_Name = "Bridge"\r\nOption Explicit\r\n\'é – “\r\n'


def test_versions_are_filled_in() -> None:
    text = "'{{XLWINGS_VERSION}} {{CELLSENSE_VERSION}}"
    project = Project(build_addin(xlwings_version="9.8.7", replace={"Bridge": text}))
    assert project.source("Bridge").endswith(f"'9.8.7 {__version__}\r\n")


def test_character_that_the_code_page_lacks() -> None:
    with pytest.raises(InputError, match=r"VBA module Bridge, line 2: '→' \(U\+2192\)"):
        build_addin(replace={"Bridge": "Option Explicit\n'→\n"})


def test_line_that_is_too_long() -> None:
    with pytest.raises(InputError, match=r"VBA module Bridge, line 1 has 1024 characters"):
        build_addin(replace={"Bridge": "'" * 1024})
    assert build_addin(replace={"Bridge": "'" * 1023})


def test_name_in_the_text_must_be_the_modules() -> None:
    with pytest.raises(InputError, match='VBA module Bridge: its text says VB_Name = "Other"'):
        build_addin(replace={"Bridge": 'Attribute VB_Name = "Other"\n'})


def test_placeholder_that_stands_for_nothing() -> None:
    with pytest.raises(InputError, match=r"VBA module Bridge: \{\{XLWING\}\} stands for nothing"):
        build_addin(replace={"Bridge": "'{{XLWING}}"})


def test_without_xlwings_a_version_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def not_installed(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("cellsense_addin.build.version", not_installed)
    with pytest.raises(DependencyError, match="pip install xlwings"):
        build_addin()
    assert build_addin(xlwings_version="1.2.3")


def test_long_text_comes_back_whole() -> None:
    """More than a chunk of 4096 bytes, repetitive and not."""
    lines = [f"'{number:x} {number**7:x} the same words in every line" for number in range(3000)]
    text = "\r\n".join(lines) + "\r\n"
    assert Project(build_addin(replace={"Bridge": text})).source("Bridge").endswith(text)


# --- the file


def test_two_builds_are_the_same(addin: Path) -> None:
    code = "import sys; from cellsense_addin.build import build_addin as build;"
    code += "sys.stdout.buffer.write(build())"
    other_process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    ).stdout
    assert addin.read_bytes() == build_addin() == other_process


def test_readers_find_nothing_wrong(addin: Path) -> None:
    assert Project(addin).ole.parsing_issues == []
    assert pyopenvba.check_file(addin).issues == ()
    with pyopenvba.ExcelFile(addin) as book:
        assert book.validate() == []
        protection = book.vba_project().protection
        assert protection is not None
        assert not protection.has_password
        assert not book.vba_signature().present


def test_every_part_has_a_type_and_a_way_to_it(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        assert package.testzip() is None
        names = package.namelist()
        assert len(set(names)) == len(names)
        assert names[0] == "[Content_Types].xml"
        trees = {name: xml(package, name) for name in names if not name.endswith(".bin")}
    types = trees["[Content_Types].xml"]
    default = {item.get("Extension") for item in types.iter(f"{TYPES}Default")}
    override = {item.get("PartName") for item in types.iter(f"{TYPES}Override")}
    assert {name.removeprefix("/") for name in override} <= set(names)
    assert {name.rpartition(".")[2] for name in names} <= default

    reached = {"[Content_Types].xml"}
    for name in (name for name in names if name.endswith(".rels")):
        reached.add(name)
        base = PurePosixPath(name).parent.parent
        relations = list(trees[name].iter(f"{RELATIONSHIPS}Relationship"))
        assert len({relation.get("Id") for relation in relations}) == len(relations)
        reached |= {str(base / relation.get("Target", "")) for relation in relations}
    assert reached == set(names)


def test_relations_and_types_are_those_of_an_addin_that_loads(
    addin: Path, known_good: Path
) -> None:
    def table(file: Path) -> tuple[dict[str, str], dict[str, str]]:
        with zipfile.ZipFile(file) as package:
            relations = {
                item.get("Type", ""): item.get("Target", "")
                for name in ("_rels/.rels", "xl/_rels/workbook.xml.rels")
                for item in xml(package, name)
            }
            types = xml(package, "[Content_Types].xml")
        return relations, {
            item.get("PartName", ""): item.get("ContentType", "")
            for item in types.iter(f"{TYPES}Override")
        }

    relations, types = table(addin)
    good_relations, good_types = table(known_good)
    ribbon = "http://schemas.microsoft.com/office/2007/relationships/ui/extensibility"
    assert relations.pop(ribbon) == "customUI/customUI14.xml"
    assert good_relations.pop(ribbon) == "customUI/customUI.xml"  # of Excel 2007
    shared = relations.keys() & good_relations.keys()
    assert len(shared) == len(good_relations) - 2  # we have neither theme nor shared strings
    assert {key: relations[key] for key in shared} == {key: good_relations[key] for key in shared}
    parts = types.keys() & good_types.keys()
    assert "/xl/workbook.xml" in parts
    assert {key: types[key] for key in parts} == {key: good_types[key] for key in parts}


def test_ribbon_is_that_of_excel_2010_and_later(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        root = xml(package, "customUI/customUI14.xml")
    assert root.tag == "{http://schemas.microsoft.com/office/2009/07/customui}customUI"


def test_workbook_is_hidden_and_knows_its_modules(addin: Path) -> None:
    with zipfile.ZipFile(addin) as package:
        workbook = xml(package, "xl/workbook.xml")
        sheet = xml(package, "xl/worksheets/sheet1.xml")
    assert [view.get("visibility") for view in workbook.iter(f"{MAIN}workbookView")] == ["hidden"]
    assert [item.get("name") for item in workbook.iter(f"{MAIN}sheet")] == ["cellsense"]
    names = [
        item.get("codeName", "")
        for item in (*workbook.iter(f"{MAIN}workbookPr"), *sheet.iter(f"{MAIN}sheetPr"))
    ]
    documents = re.findall(r"^Document=(\w+)/&H00000000\r$", Project(addin).project, re.MULTILINE)
    assert names == documents == ["ThisWorkbook", "Sheet1"]


def test_versions_can_be_read_back(addin: Path, tmp_path: Path) -> None:
    assert read_versions(addin) == Versions(__version__, version("xlwings"))
    other = tmp_path / "other.xlam"
    other.write_bytes(build_addin(xlwings_version="0.1.2"))
    assert read_versions(other) == Versions(__version__, "0.1.2")


def test_file_of_another_kind_has_no_versions(known_good: Path, tmp_path: Path) -> None:
    broken = tmp_path / "cellsense.xlam"
    broken.write_bytes(b"PK")
    for file in (known_good, broken):
        with pytest.raises(UnreadableFileError, match="isn't an add-in that cellsense built"):
            read_versions(file)
    with pytest.raises(UnreadableFileError, match=r"nowhere\.xlam can't be read: No such file"):
        read_versions(tmp_path / "nowhere.xlam")


# --- the VBA project, beside one that loads in Excel


def test_streams_are_those_of_an_addin_that_loads(addin: Path, known_good: Path) -> None:
    ours, good = Project(addin), Project(known_good)

    def fixed(project: Project) -> set[str]:
        return project.streams - {f"VBA/{module[0].content.decode()}" for module in project.modules}

    assert fixed(ours) == fixed(good) == {"PROJECT", "PROJECTwm", "VBA/dir", "VBA/_VBA_PROJECT"}
    assert len(ours.streams) == len(fixed(ours)) + len(ours.modules)


def test_nothing_is_compiled(addin: Path, known_good: Path) -> None:
    ours, good = Project(addin), Project(known_good)
    compiled, good_compiled = ours.stream("VBA/_VBA_PROJECT"), good.stream("VBA/_VBA_PROJECT")
    assert len(compiled) == len(good_compiled) == 7
    # [MS-OVBA] 2.3.4.1: a mark, the version 0xFFFF, a zero; the last two bytes are ignored.
    assert compiled[:5] == good_compiled[:5] == bytes.fromhex("CC61FFFF00")
    for module in ours.modules:
        assert values(module)[0x31] == bytes(4), module[
            0
        ]  # the source begins where the stream does


def test_directory_has_the_records_of_an_addin_that_loads(
    addin: Path, known_good: Path, written_by_excel: Path
) -> None:
    ours, good, excel = Project(addin), Project(known_good), Project(written_by_excel)
    # Excel itself also writes PROJECTCOMPATVERSION (0x4A); the add-in passed through a library.
    assert kinds(ours.information) == kinds(excel.information)
    assert [kind for kind in kinds(ours.information) if kind != 0x4A] == kinds(good.information)
    assert kinds(ours.modules_head) == kinds(good.modules_head) == kinds(excel.modules_head)
    for module in ours.modules:
        alike = next(m for m in good.modules if m[9].id == module[9].id)  # MODULETYPE
        assert kinds(module) == kinds(alike)
    assert ours.records[-1] == good.records[-1] == excel.records[-1] == Record(0x10, b"")
    assert struct.unpack("<H", values(ours.modules_head)[0x0F])[0] == len(ours.modules)


def test_project_information(addin: Path, known_good: Path, written_by_excel: Path) -> None:
    ours, good = values(Project(addin).information), values(Project(known_good).information)
    excel = values(Project(written_by_excel).information)
    assert ours.pop(0x04) == b"cellsense"
    assert ours.pop(0x01) == excel[0x01]  # SYSKIND: 64-bit Windows
    assert ours.pop(0x4A) >= excel[0x4A]
    assert len(ours.pop(0x09)) == 6  # the version counts savings
    # Locales, code page, no description, no help file, no constants.
    assert ours == {kind: good[kind] for kind in ours}
    assert ours[0x03] == struct.pack("<H", 1252)
    assert ours[0x06] == ours[0x3D] == ours[0x0C] == ours[0x3C] == b""


def test_references_are_those_of_excels_own_new_projects(
    addin: Path, written_by_excel: Path, known_good: Path
) -> None:
    """VBA and Excel aren't listed: a project has them from the program that opens it."""
    for project in (Project(written_by_excel), Project(known_good)):
        names = {record.content for record in project.references if record.id == 0x16}
        assert not names & {b"VBA", b"Excel"}
    ours = Project(addin).references
    assert kinds(ours) == [0x16, 0x3E, 0x0D] * 2
    assert [record.content for record in ours if record.id == 0x16] == [b"stdole", b"Office"]
    registered = [record.content for record in ours if record.id == 0x0D]
    for content, guid in zip(
        registered,
        ("{00020430-0000-0000-C000-000000000046}", "{2DF8D04C-5BFA-101B-BDE5-00AA0044DE52}"),
        strict=True,
    ):
        (size,) = struct.unpack_from("<I", content)
        assert content[4:].startswith(b"*\\G" + guid.encode() + b"#2.0#0#C:\\")
        assert content[4 + size :] == bytes(6)
    office = [r.content for r in Project(written_by_excel).references if r.id == 0x0D]
    assert registered[1] in office


def test_modules_are_recorded_alike_in_all_places(addin: Path) -> None:
    project = Project(addin)
    names = []
    for module in project.modules:
        record = values(module)
        name = record[0x19].decode()
        names.append(name)
        assert record[0x1A] == record[0x19]
        assert record[0x47] == record[0x32] == name.encode("utf-16-le")
        assert record[0x2C] == b"\xff\xff"  # a cookie that says nothing, [MS-OVBA] 2.3.4.2.3.2.7
        assert f"VBA/{name}" in project.streams
        source = project.source(name)
        assert source.startswith(f'Attribute VB_Name = "{name}"\r\n')
        is_class = "Attribute VB_Base" in source
        assert (0x22 in record) is is_class
        assert (0x21 in record) is not is_class
    assert values(project.modules_head)[0x13] == b"\xff\xff"
    declared = re.findall(r"^(?:Document|Module|Class)=(\w+)", project.project, re.MULTILINE)
    windows = re.findall(r"^(\w+)=0, 0, 0, 0, C\r$", project.project, re.MULTILINE)
    assert declared == windows == names
    both = b"".join(name.encode() + b"\0" + name.encode("utf-16-le") + b"\0\0" for name in names)
    assert project.stream("PROJECTwm") == both + b"\0\0"


def test_project_stream_has_the_lines_of_an_addin_that_loads(addin: Path, known_good: Path) -> None:
    def skeleton(project: Project) -> list[str]:
        lines = project.project.rstrip().split("\r\n")
        keys = [line.partition("=")[0] if "=" in line else line for line in lines]
        keys = ["" if key in ("Document", "Module", "Class") else key for key in keys]
        return [key for i, key in enumerate(keys) if key or i == 0 or keys[i - 1]][:13]

    ours, good = Project(addin), Project(known_good)
    assert skeleton(ours) == skeleton(good)
    for line in ("HelpContextID", "VersionCompatible32", "&H00000001"):
        pattern = re.compile(rf"^{line}=(.*)$", re.MULTILINE)
        assert pattern.findall(ours.project) == pattern.findall(good.project)
    assert 'Name="cellsense"\r\n' in ours.project
    assert "VBAProject" not in ours.project


def test_documents_have_the_headers_that_excel_gives_them(addin: Path, known_good: Path) -> None:
    def header(source: str) -> list[str]:
        return [line for line in source.split("\r\n") if line.startswith("Attribute VB_")]

    ours, good = Project(addin), Project(known_good)
    assert header(ours.source("ThisWorkbook")) == header(good.source("ThisWorkbook"))
    good_sheet = good.source("Sheet2").replace("Sheet2", "Sheet1")
    assert ours.source("Sheet1") == good_sheet


def test_exported_classes_lose_what_only_files_have() -> None:
    exported = (
        "VERSION 1.0 CLASS\nBEGIN\n  MultiUse = -1  'True\nEND\n"
        'Attribute VB_Name = "{}"\nAttribute VB_GlobalNameSpace = False\n'
        "Attribute VB_Creatable = False\nAttribute VB_PredeclaredId = {}\n"
        "Attribute VB_Exposed = {}\nOption Explicit\n"
    )
    container = vba_project(
        [
            Module("ThisWorkbook", exported.format("ThisWorkbook", True, True), "document"),
            Module("Kept", exported.format("Kept", False, False), "class"),
        ]
    )
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as z:
        z.writestr("xl/vbaProject.bin", container)
    project = Project(package.getvalue())
    workbook, kept = project.source("ThisWorkbook"), project.source("Kept")
    assert "Class=Kept\r\n" in project.project
    for source in (workbook, kept):
        assert source.startswith("Attribute VB_Name")
        assert "VERSION" not in source
        assert source.count("Option Explicit\r\n") == 1
    assert 'Attribute VB_Base = "0{00020819-0000-0000-C000-000000000046}"' in workbook
    assert 'Attribute VB_Base = "0{FCFB3D2A-A0FA-1068-A738-08002B3371B5}"' in kept


# --- antivirus programs


def test_what_is_flagged_is_known(addin: Path) -> None:
    """As `olevba --analysis` and mraptor see the file."""
    parser = VBA_Parser(str(addin))
    assert {(kind, keyword) for kind, keyword, _ in parser.analyze_macros()} == FLAGGED
    raptor = MacroRaptor(parser.vba_code_all_modules)
    raptor.scan()
    assert raptor.get_flags() == RAPTOR


def test_sources_are_ascii() -> None:
    """In another code page a byte above 127 may swallow the quote after it."""
    for source in (files("cellsense_addin") / "vba").iterdir():
        assert source.read_text(encoding="utf-8").isascii(), source.name
