"""The README's workbook, labelled, still holds all it held: by its parts, openpyxl, LibreOffice."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from pypdf import PdfReader

from cellsense import Classifier, convert

SAMPLE = Path(__file__).parents[1] / "workbooks" / "reviews.xlsx"
CHANGED = {"xl/worksheets/sheet1.xml", "xl/tables/table1.xml"}


@pytest.fixture(scope="module")
def labelled(tmp_path_factory: pytest.TempPathFactory, embedded: Classifier) -> Path:
    output = tmp_path_factory.mktemp("sample") / "reviews.xlsx"
    result = convert(SAMPLE, output, classifier=embedded)
    assert sum(result.summary.labels.values()) == 989
    return output


def office(file: Path, kind: str, folder: Path) -> Path:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", kind, "--outdir", str(folder), str(file)],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return folder / file.with_suffix(f".{kind}").name


def test_all_other_parts_are_byte_identical(labelled: Path) -> None:
    with zipfile.ZipFile(SAMPLE) as before, zipfile.ZipFile(labelled) as after:
        assert before.namelist() == after.namelist()
        for name in before.namelist():
            assert (before.read(name) == after.read(name)) == (name not in CHANGED), name


def test_openpyxl_finds_columns_table_chart_picture_and_formula_values(labelled: Path) -> None:
    before = openpyxl.load_workbook(SAMPLE, data_only=True)
    after = openpyxl.load_workbook(labelled, data_only=True)
    assert after.sheetnames == before.sheetnames == ["Reviews", "Summary"]
    sheet = after["Reviews"]
    table = sheet.tables["Reviews"]
    assert (table.ref, table.autoFilter.ref) == ("A5:G1005", "A5:G1005")
    assert [column.name for column in table.tableColumns][-2:] == ["Label", "Score"]
    assert [cell.value for cell in sheet[5]][-2:] == ["Label", "Score"]
    labels = [sheet.cell(row, 6).value for row in range(6, 1006)]
    assert set(labels) == {"POSITIVE", "NEUTRAL", "NEGATIVE", "OTHER LANGUAGE", None}
    assert labels.count(None) == 11
    for name in before.sheetnames:
        for row in before[name].iter_rows():
            for cell in row:
                assert after[name][cell.coordinate].value == cell.value
    assert len(sheet._images) == 1
    assert len(after["Summary"]._charts) == 1
    assert sheet.freeze_panes == before["Reviews"].freeze_panes


def test_libreoffice_opens_it_and_computes_the_same(labelled: Path, tmp_path: Path) -> None:
    again = openpyxl.load_workbook(office(labelled, "xlsx", tmp_path), data_only=True)
    before = openpyxl.load_workbook(SAMPLE, data_only=True)
    for cells in before["Summary"].iter_rows():
        for cell in cells:
            value = again["Summary"][cell.coordinate].value
            assert value == (
                pytest.approx(cell.value) if isinstance(cell.value, float) else cell.value
            )
    assert again["Reviews"].tables["Reviews"].ref == "A5:G1005"
    assert again["Reviews"]["F6"].value in {"POSITIVE", "NEUTRAL", "NEGATIVE"}


def test_libreoffice_prints_it(labelled: Path, tmp_path: Path) -> None:
    pages = PdfReader(office(labelled, "pdf", tmp_path)).pages
    text = "\n".join(page.extract_text() for page in pages)
    for expected in ("Label", "Score", "POSITIVE", "NEGATIVE"):
        assert expected in text
