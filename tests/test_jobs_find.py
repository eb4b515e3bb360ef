"""Which files of a folder are found."""

import os
from pathlib import Path

import pytest

from cellsense.errors import MissingFileError
from cellsense.jobs.find import Found, find_files


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (
        *("b.xlsx", "A.CSV", "a.labelled.csv", "~$b.xlsx", "notes.txt", ".hidden.csv", "x.pdf"),
        *("2024/jan.csv", "2024/feb.parquet", "2024/drafts/mar.csv", ".git/c.csv"),
    ):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def names(found: Found, folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in found.files}


EVERY = {"b.xlsx", "A.CSV", "2024/jan.csv", "2024/feb.parquet", "2024/drafts/mar.csv"}


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ((), (), EVERY),
        (("*.csv",), (), {"A.CSV", "2024/jan.csv", "2024/drafts/mar.csv"}),
        (("2024/*",), ("drafts",), {"2024/jan.csv", "2024/feb.parquet"}),
        (("./2024/jan.csv", "B*"), (), {"2024/jan.csv", "b.xlsx"}),
        ((), ("2024/",), {"b.xlsx", "A.CSV"}),
        ((), ("*.CSV", "*/feb*"), {"b.xlsx"}),
        (("*.txt",), (), {"notes.txt"}),
    ],
)
def test_patterns(
    folder: Path, include: tuple[str, ...], exclude: tuple[str, ...], expected: set[str]
) -> None:
    found = find_files(folder, recursive=True, include=include, exclude=exclude)
    assert names(found, folder) == expected


def test_not_in_folders_unless_asked(folder: Path) -> None:
    assert names(find_files(folder), folder) == {"b.xlsx", "A.CSV"}


def test_nothing_found(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"holds no file to convert .* let through"):
        find_files(folder, include=["*.tsv"])
    empty = tmp_path / "empty"
    (empty / "sub").mkdir(parents=True)
    with pytest.raises(MissingFileError, match="--recursive"):
        find_files(empty)
    (empty / "old.xls").touch()
    with pytest.raises(MissingFileError, match=r"save it as \.xlsx"):
        find_files(empty, recursive=True)


def test_links_lead_in_no_circle(folder: Path) -> None:
    (folder / "2024" / "loop").symlink_to(folder)
    (folder / "circle.csv").symlink_to("circle.csv")
    (folder / "broken.csv").symlink_to("nowhere.csv")
    (folder / "link.csv").symlink_to("A.CSV")
    found = find_files(folder, recursive=True)
    assert names(found, folder) == EVERY | {"link.csv"}
    assert {path.name for path in found.left_alone} == {"loop", "circle.csv", "broken.csv"}


def test_a_folder_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = os.scandir

    def scandir(path: Path) -> object:
        if path.name == "drafts":
            raise PermissionError(13, "Permission denied")
        return original(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_files(folder, recursive=True)
    assert names(found, folder) == EVERY - {"2024/drafts/mar.csv"}
    assert "drafts can't be read: Permission denied" in "".join(found.unreadable.values())


def test_the_output_folder_is_left_out(folder: Path) -> None:
    found = find_files(folder, recursive=True, output=folder / "2024")
    assert names(found, folder) == {"b.xlsx", "A.CSV"}
