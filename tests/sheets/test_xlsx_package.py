"""Opening: what is refused and how it is said; saving: what is copied and what is checked."""

import errno
import os
import struct
import zipfile
from pathlib import Path

import pytest

from cellsense.errors import MissingFileError, OutputError, UnreadableFileError
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx import limits, zipwriter
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import (
    added,
    build,
    changed_entries,
    opened,
    pack,
    part,
    parts,
    read_all,
    read_openpyxl,
    relationships,
    worksheet,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
ONE = Addition(2, ("Label", "Score"), 1, {2: ("positive", 0.5)})


def refusal(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        XlsxWorkbook(path)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le"), "encrypted.*remove the password"),
        (OLE + "Workbook".encode("utf-16-le"), "97-2003.*save it as .xlsx"),
        (OLE + "WordDocument".encode("utf-16-le"), "Word document"),
        (b"", "is empty"),
        (b"name,review\n1,good\n", "no .xlsx file"),
        (b"PK\3\4" + bytes(100), "cut off"),
    ],
)
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=words):
        XlsxWorkbook(path)
    assert refusal(path)


def test_long_names_are_cut_short_in_messages(tmp_path: Path) -> None:
    name = "xl/" + "n" * 5_000
    message = refusal(pack(tmp_path / "a.xlsx", [(name, "1"), (name.upper(), "2")]))
    assert message.endswith("….")
    assert len(message) < len(str(tmp_path)) + 600


def test_an_encrypted_name_across_two_reads_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    head = OLE + bytes((1 << 20) - len(OLE) - 9)
    path.write_bytes(head + "EncryptedPackage".encode("utf-16-le") + bytes(5000))
    assert "encrypted" in refusal(path)


def test_a_missing_file_is_no_unreadable_one(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match="no file"):
        XlsxWorkbook(tmp_path / "a.xlsx")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "can't be read" in refusal(tmp_path)


def test_excels_own_lock_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "~$a.xlsx"
    path.write_bytes(b"\x05Ada  " + bytes(150))
    assert "only marks a workbook as open" in refusal(path)


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("[Content_Types].xml", "no workbook"),
        ("_rels/.rels", "names no workbook part"),
        ("xl/workbook.xml", "xl/workbook.xml is missing"),
        ("xl/_rels/workbook.xml.rels", 'sheet "Data" is missing'),
        ("xl/worksheets/sheet1.xml", 'sheet "Data" is missing'),
    ],
)
def test_missing_parts_are_named(tmp_path: Path, missing: str, words: str) -> None:
    content = parts(worksheet(ROW))
    del content[missing]
    assert words in refusal(pack(tmp_path / "a.xlsx", content))


def test_binary_workbooks_and_documents_are_refused(tmp_path: Path) -> None:
    binary = parts(worksheet(ROW))
    binary["_rels/.rels"] = relationships({"officeDocument": "xl/workbook.bin"})
    binary["xl/workbook.bin"] = b"\0\1"
    assert "save it in Excel as .xlsx" in refusal(pack(tmp_path / "b.xlsx", binary))
    document = parts(worksheet(ROW))
    document["xl/workbook.xml"] = "<document/>"
    assert "a document, not a workbook" in refusal(pack(tmp_path / "d.xlsx", document))


@pytest.mark.parametrize(
    "name", ["[Content_Types].xml", "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"]
)
def test_a_doctype_is_refused_wherever_it_is(tmp_path: Path, name: str) -> None:
    content = parts(worksheet(ROW))
    bomb = '<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;">]>'
    content[name] = bomb + str(content[name])
    path = pack(tmp_path / "a.xlsx", content)
    with pytest.raises(UnreadableFileError, match="DOCTYPE"), opened(path) as sheet:
        list(sheet.rows())


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["xl/workbook.xml", "XL/Workbook.XML", "xl\\workbook.xml"])
def test_two_entries_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    content = [*parts(worksheet(ROW)).items(), (name, "<workbook/>")]
    assert "twice" in refusal(pack(tmp_path / "a.xlsx", content))


def test_encrypted_entries_are_refused(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 8] |= 1
    path.write_bytes(data)
    assert "encrypted entries" in refusal(path)


def test_zip_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = parts(worksheet(ROW))
    content["xl/media/image1.png"] = bytes(3_000_000)
    path = pack(tmp_path / "a.xlsx", content)
    assert read_all(path) == {(1, 1): 1}
    for name, value, words in (
        ("RATIO_FROM", 1_000_000, "zip bomb"),
        ("MAX_TOTAL", 2_000_000, "unpacks to"),
        ("MAX_ENTRIES", 3, "zip bomb"),
        ("MAX_SMALL", 100, "that is no workbook"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(limits, name, value)
            assert words in refusal(path)


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.index(b"PK\1\2") + 20, len(data))
    path.write_bytes(data)
    assert "overlap" in refusal(path)


def test_a_wrong_checksum_is_found_when_the_part_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts(worksheet(ROW)).items():
            archive.writestr(name, data)
    path.write_bytes(path.read_bytes().replace(b"<v>1</v>", b"<v>7</v>"))
    with opened(path) as sheet, pytest.raises(UnreadableFileError, match=r"sheet1\.xml can't be"):
        list(sheet.rows())
    with pytest.raises(UnreadableFileError, match=r"sheet1\.xml can't be unpacked"):
        added(path, ONE)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_parts_are_found_however_they_are_named(tmp_path: Path) -> None:
    content = parts(worksheet(ROW))
    content["XL/Work%20Sheets/sheet 1.xml"] = content.pop("xl/worksheets/sheet1.xml")
    content["xl\\_rels\\workbook.xml.rels"] = relationships(
        {"worksheet": "/xl/work%2520sheets/./sheet%201.xml"}
    )
    del content["xl/_rels/workbook.xml.rels"]
    path = pack(tmp_path / "a.xlsx", content)
    assert read_all(path) == {(1, 1): 1}
    result = added(path, ONE)
    assert changed_entries(path, result) == {"XL/Work%20Sheets/sheet 1.xml"}
    assert read_all(result)[2, 2] == "positive"


def test_everything_else_is_copied_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    odd = zipfile.ZipInfo("xl/media/ünï.png", (1999, 12, 31, 23, 59, 58))
    odd.extra = struct.pack("<HHL", 0x7777, 4, 42)
    odd.comment = b"an entry's comment"
    odd.external_attr = 0o644 << 16
    odd.compress_type = zipfile.ZIP_BZIP2
    # An entry written to a pipe has its sizes behind the data.
    with (
        path.open("wb") as file,
        zipfile.ZipFile(_Pipe(file), "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, data in parts(worksheet(ROW)).items():
            archive.writestr(name, data)
        archive.writestr(odd, b"image" * 100)
        with archive.open("zip64.bin", "w", force_zip64=True) as entry:
            entry.write(b"long" * 100)
        archive.comment = b"the archive's comment"
    with zipfile.ZipFile(path) as archive:
        assert archive.infolist()[0].flag_bits & 8
    result = added(path, ONE)
    assert changed_entries(path, result) == {"xl/worksheets/sheet1.xml"}
    with zipfile.ZipFile(result) as archive:
        assert archive.testzip() is None
        assert archive.comment == b"the archive's comment"
        assert archive.getinfo(odd.filename).extra == odd.extra
        assert archive.read("zip64.bin") == b"long" * 100
    assert read_openpyxl(result)[2, 3] == 0.5


class _Pipe:
    """A file that can't be searched, for which zipfile writes data descriptors."""

    def __init__(self, file: object) -> None:
        self.write = file.write
        self.flush = file.flush


def test_the_result_is_checked_and_removed_if_it_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    copy = zipwriter.ZipWriter.copy

    def spoiled(self: zipwriter.ZipWriter, source: object, entry: zipfile.ZipInfo) -> None:
        copy(self, source, entry)
        self._directory[-1] = self._directory[-1].replace(struct.pack("<L", entry.CRC), b"\1\2\3\4")

    with monkeypatch.context() as patch:
        patch.setattr(zipwriter.ZipWriter, "copy", spoiled)
        with pytest.raises(OutputError, match="not kept"):
            added(path, ONE)
    with monkeypatch.context() as patch:
        patch.setattr("cellsense.sheets.xlsx.columns.new_columns", lambda *_: b"<broken>")
        with pytest.raises(OutputError, match="isn't sound and was not kept"):
            added(path, ONE)
    with monkeypatch.context() as patch:
        patch.setattr(zipwriter.ZipWriter, "copy", lambda *_: None)
        with pytest.raises(OutputError, match="not kept"):
            added(path, ONE)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_full_disk_is_one_line_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(zipwriter.ZipWriter, "copy", full)
    with pytest.raises(OutputError, match="No space left") as caught:
        added(path, ONE)
    assert "\n" not in str(caught.value)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_target_that_exists_is_left_alone(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    (tmp_path / "a.added.xlsx").write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        added(path, ONE)
    assert (tmp_path / "a.added.xlsx").read_text() == "mine"


def test_saving_twice_gives_the_same(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    book = XlsxWorkbook(path)
    book.sheets[0].write(ONE)
    book.save(tmp_path / "b.xlsx")
    book.save(tmp_path / "c.xlsx")
    book.close()
    assert (tmp_path / "b.xlsx").read_bytes() == (tmp_path / "c.xlsx").read_bytes()


def test_without_additions_a_save_is_a_copy(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    assert changed_entries(path, added(path)) == set()


def test_a_signature_is_told_of(tmp_path: Path) -> None:
    content = parts(worksheet(ROW))
    content["_xmlsignatures/origin.sigs"] = b""
    book = XlsxWorkbook(pack(tmp_path / "a.xlsx", content))
    book.close()
    assert len(book.notes) == 1
    assert "signature isn't valid" in book.notes[0]


def test_the_sheet_part_is_packed(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>{row}</v></c></row>' for row in range(1, 3000))
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts(worksheet(rows)).items():
            archive.writestr(name, data)
    result = added(path, ONE)
    with zipfile.ZipFile(result) as archive:
        info = archive.getinfo("xl/worksheets/sheet1.xml")
        assert info.compress_type == zipfile.ZIP_DEFLATED
        assert info.compress_size < info.file_size / 4
    assert part(result).endswith(part(path)[-500:])
    assert len(read_openpyxl(result)) == 2999 + 4
