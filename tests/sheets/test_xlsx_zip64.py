"""Files and parts beyond 4 GB: the long fields of zip64, tried on small files."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from cellsense.errors import OutputError
from cellsense.sheets.interface import Addition
from cellsense.sheets.xlsx import zipheaders, zipwriter
from sheets.xlsx_files import added, build, changed_entries, part, parts, read_all, worksheet

ROW = '<row r="1"><c r="A1"><v>1</v></c></row>'
ONE = Addition(2, ("Label", "Score"), 1, {2: ("positive", 0.5)})
WRITTEN = {(1, 1): 1, (1, 2): "Label", (1, 3): "Score", (2, 2): "positive", (2, 3): 0.5}
SHEET = "xl/worksheets/sheet1.xml"


class Pipe:
    """A file that can't be searched: zipfile puts sizes behind the data, in long fields."""

    def __init__(self, file: object) -> None:
        self.write = file.write
        self.flush = file.flush


def check(path: Path) -> None:
    """Have other programs read a file whole."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    for program in (["unzip", "-tqq"], ["7z", "t"]):
        if shutil.which(program[0]):
            subprocess.run([*program, str(path)], check=True, capture_output=True)


@pytest.mark.parametrize("most", [0, 300, 700, 1500, 3000])
def test_long_fields_are_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = b"the archive's comment"
    with monkeypatch.context() as patch:
        patch.setattr(zipheaders, "MAX_SIZE", most)
        patch.setattr(zipheaders, "MAX_COUNT", 3 if most == 300 else 0xFFFF)
        patch.setattr(zipwriter, "LONG_FROM", 0)
        result = added(path, ONE)
    assert result.read_bytes().count(b"PK\6\6") == (1 if most < 1000 else 0)
    check(result)
    assert read_all(result) == WRITTEN
    with zipfile.ZipFile(result) as archive:
        assert archive.comment == b"the archive's comment"
    # What has such fields is read, and written without them where the numbers are small.
    second = added(result, Addition(4, ("More",), 1, {2: ("x",)}))
    assert second.read_bytes().count(b"PK\6\6") == 0
    check(second)
    assert read_all(second) == {**WRITTEN, (1, 4): "More", (2, 4): "x"}
    assert changed_entries(result, second) == {SHEET}


@pytest.mark.parametrize("pipe", [False, True])
def test_files_of_other_programs_with_long_fields(tmp_path: Path, pipe: bool) -> None:
    path = tmp_path / "a.xlsx"
    with (
        path.open("wb") as file,
        zipfile.ZipFile(Pipe(file) if pipe else file, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, data in parts(worksheet(ROW)).items():
            with archive.open(name, "w", force_zip64=True) as entry:
                entry.write(data if isinstance(data, bytes) else data.encode())
    assert bool(path.read_bytes().count(b"PK\7\x08")) == pipe
    result = added(path, ONE)
    check(result)
    assert changed_entries(path, result) == {SHEET}
    assert read_all(result) == WRITTEN


def test_an_entry_that_outgrows_its_header_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    monkeypatch.setattr(zipheaders, "MAX_SIZE", len(part(path)) + 10)
    with pytest.raises(OutputError, match=r"sheet1.xml would grow to \d+ bytes"):
        added(path, ONE)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


def test_a_large_entry_has_long_fields_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(ROW))
    monkeypatch.setattr(zipwriter, "LONG_FROM", len(part(path)))
    result = added(path, ONE)
    check(result)
    with zipfile.ZipFile(result) as archive:
        places = {item.filename: item.header_offset for item in archive.infolist()}
    data = result.read_bytes()
    versions = {name: data[place + 4] for name, place in places.items()}
    assert {name for name, version in versions.items() if version == 45} == {SHEET}
