"""A sheet with figures and charts joins a workbook whose other parts stay as they are."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.defined_name import DefinedName
from openxml_audit import FileFormat, OpenXmlValidator
from sheets.xlsx_files import build, raw_entries

from cellsense import Classifier, Conversion, Options, convert
from cellsense.errors import OptionError, OutputError, SelectionError
from cellsense.sheets.open import Writer
from cellsense.sheets.xlsx.workbook import XlsxWorkbook

SAMPLE = Path(__file__).parents[2] / "workbooks" / "reviews.xlsx"
LISTS = {"[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"}
# Texts stand in the cells themselves, since the part with the shared ones stays as it is.
INLINE = "Excel_InlineStrCells"
LABELLED = {"xl/worksheets/sheet1.xml", "xl/tables/table1.xml"}


@pytest.fixture(scope="module")
def summed_up(tmp_path_factory: pytest.TempPathFactory, embedded: Classifier) -> Path:
    output = tmp_path_factory.mktemp("summary") / "reviews.xlsx"
    options = Options(summary=True, by=("Product", "Region"), limit=120)
    convert(SAMPLE, output, classifier=embedded, options=options)
    return output


def again(source: Path, output: Path, embedded: Classifier, **options: object) -> Conversion:
    wanted = Options(summary=True, **options)  # type: ignore[arg-type]
    return convert(source, output, classifier=embedded, options=wanted)


def findings(workbook: Path) -> list[str]:
    found = OpenXmlValidator(FileFormat.OFFICE_2019).validate(str(workbook))
    return [str(error) for error in found.errors if error.id != INLINE]


def test_all_other_parts_are_byte_identical(summed_up: Path) -> None:
    before, after = raw_entries(SAMPLE), raw_entries(summed_up)
    assert {name for name in before if before[name] != after[name]} == LISTS | LABELLED
    new = set(after) - set(before)
    assert new
    assert all("/cellsense" in name for name in new)
    assert sum("/charts/" in name for name in new) == 4


def test_the_lists_of_parts_only_gain(summed_up: Path) -> None:
    with zipfile.ZipFile(SAMPLE) as before, zipfile.ZipFile(summed_up) as after:
        for name in LISTS:
            old, new = before.read(name), after.read(name)
            start = next(n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b)
            assert new.endswith(old[start:])


def test_the_tables_hold_the_figures(summed_up: Path) -> None:
    book = openpyxl.load_workbook(summed_up)
    assert book.sheetnames == ["Reviews", "Summary", "Sentiment summary"]
    assert book.active.title == "Reviews"
    sheet, reviews = book["Sentiment summary"], book["Reviews"]
    labels = [reviews.cell(row, 6).value for row in range(6, 126)]
    products = [reviews.cell(row, 2).value for row in range(6, 126)]
    area = sheet[sheet.tables["cellsense1Labels"].ref]
    head, *rows = [[cell.value for cell in row] for row in area]
    assert head == ["Label", "Rows", "Share %", "Mean score"]
    assert {row[0]: row[1] for row in rows} == {
        label: labels.count(label) for label in {*labels} - {None}
    }
    assert sum(row[2] for row in rows) == pytest.approx(100, abs=0.2)
    _, *groups = [[c.value for c in row] for row in sheet[sheet.tables["cellsense1By1"].ref]]
    pairs = list(zip(products, labels, strict=True))
    for name, count, negative, *_ in groups:
        assert count == sum(product == name and label is not None for product, label in pairs)
        assert negative == pairs.count((name, "NEGATIVE"))
    assert "cellsense1OverTime" in sheet.tables
    assert len(sheet._charts) == 4


def test_no_finding_by_the_audit(summed_up: Path) -> None:
    assert findings(summed_up) == []


def test_libreoffice_shows_the_sheet(summed_up: Path, tmp_path: Path) -> None:
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    # The third sheet alone, as CSV.
    kind = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,3"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", kind, "--outdir", tmp_path, summed_up],
        check=True,
        capture_output=True,
        timeout=300,
    )
    (shown,) = tmp_path.glob("*.csv")
    text = shown.read_text(encoding="utf-8")
    assert text.startswith("Sentiment summary,")
    assert "By Region" in text
    assert "Over time, by Date" in text


def test_with_force_the_sheet_of_an_earlier_run_is_written_anew(
    summed_up: Path, tmp_path: Path, embedded: Classifier
) -> None:
    output = tmp_path / "again.xlsx"
    again(summed_up, output, embedded, force=True)
    book = openpyxl.load_workbook(output)
    assert book.sheetnames == ["Reviews", "Summary", "Sentiment summary"]
    assert len(book["Sentiment summary"]._charts) == 2
    assert findings(output) == []
    whole = sum(
        book["Sentiment summary"].cell(row, 2).value
        for row in range(1, 30)
        if book["Sentiment summary"].cell(row, 1).value in ("NEGATIVE", "NEUTRAL", "POSITIVE")
    )
    assert whole > 900


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_a_summary_of_an_earlier_run_that_stays_is_named(
    summed_up: Path, tmp_path: Path, embedded: Classifier, writer: Writer
) -> None:
    options = Options(force=True, writer=writer)
    done = convert(summed_up, tmp_path / "again.xlsx", classifier=embedded, options=options)
    (note,) = [note for note in done.notes if "earlier run" in note]
    assert note.startswith('The sheet "Sentiment summary" tells of an earlier run: add --summary')
    anew = again(summed_up, tmp_path / "anew.xlsx", embedded, force=True)
    assert not any("earlier run" in note for note in anew.notes)


def test_without_force_another_sheet_gets_a_number(
    summed_up: Path, tmp_path: Path, embedded: Classifier
) -> None:
    output = tmp_path / "again.xlsx"
    again(summed_up, output, embedded, label_name="L", score_name="S", limit=30)
    book = openpyxl.load_workbook(output)
    assert book.sheetnames[2:] == ["Sentiment summary", "Sentiment summary 2"]
    assert {*book["Sentiment summary 2"].tables}.isdisjoint(book["Sentiment summary"].tables)
    assert findings(output) == []


def test_a_sheet_of_that_name_that_is_not_ours_stays(tmp_path: Path, embedded: Classifier) -> None:
    source = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Review"])
    for text in ("A lovely lamp that I like a lot.", "It broke after a day, sadly."):
        book.active.append([text])
    book.create_sheet("sentiment SUMMARY").append(["mine"])
    book.save(source)
    again(source, tmp_path / "out.xlsx", embedded, force=True)
    made = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert made.sheetnames == ["Sheet", "sentiment SUMMARY", "Sentiment summary 2"]
    assert made["sentiment SUMMARY"]["A1"].value == "mine"


def test_every_labelled_sheet_has_a_summary(tmp_path: Path, embedded: Classifier) -> None:
    source = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Other")):
        sheet.append(["Review"])
        sheet.append(["A lovely lamp that I like a lot."])
        sheet.append(["It broke after a day, sadly, and nobody answers."])
    book.save(source)
    again(source, tmp_path / "out.xlsx", embedded, all_sheets=True)
    made = openpyxl.load_workbook(tmp_path / "out.xlsx")
    assert made.sheetnames[2:] == ["Sentiment summary", "Sentiment summary 2"]
    assert str(made["Sentiment summary 2"]["A2"].value).startswith("Sheet Other · column A")
    # A run over the result takes neither of them for a sheet with reviews.
    again(tmp_path / "out.xlsx", tmp_path / "more.xlsx", embedded, all_sheets=True, force=True)
    more = openpyxl.load_workbook(tmp_path / "more.xlsx")
    assert more.sheetnames == made.sheetnames


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_only_the_summary_of_the_same_column_is_written_anew(
    writer: Writer, tmp_path: Path, embedded: Classifier
) -> None:
    source, whole, second = (tmp_path / f"{name}.xlsx" for name in ("in", "whole", "second"))
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("Other")):
        sheet.append(["Review"])
        sheet.append([f"A lovely lamp that I like a lot, in {sheet.title}."])
    book.save(source)
    again(source, whole, embedded, all_sheets=True, writer=writer, force=True)
    again(whole, second, embedded, sheet="Other", force=True, writer=writer)
    made = openpyxl.load_workbook(second)
    subjects = [sheet["A2"].value for sheet in made if "summary" in sheet.title]
    assert sorted(subjects) == [
        'Sheet Other · column A "Review"',
        'Sheet Sheet · column A "Review"',
    ]


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_a_summary_that_another_program_saved_is_no_sheet_of_reviews(
    writer: Writer, summed_up: Path, tmp_path: Path, embedded: Classifier
) -> None:
    saved = tmp_path / "saved.xlsx"
    book = openpyxl.load_workbook(summed_up)
    book["Sentiment summary"].title = "Q1 figures"
    book.save(saved)
    done = again(
        saved, tmp_path / "out.xlsx", embedded, all_sheets=True, writer=writer, limit=5,
        label_name="L", score_name="S",
    )  # fmt: skip
    assert "Q1 figures" not in {summary.sheet for summary in done.summaries}
    assert done.added_sheets[0] == "Sentiment summary"
    tables = [
        name for sheet in openpyxl.load_workbook(tmp_path / "out.xlsx") for name in sheet.tables
    ]
    assert len({name.casefold() for name in tables}) == len(tables)


@pytest.mark.parametrize("writer", ["splice", "openpyxl"])
def test_a_sheet_that_only_looks_like_ours_stays(
    writer: Writer, tmp_path: Path, embedded: Classifier
) -> None:
    source, output = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "Sentiment summary"
    for row in (
        ["Sentiment summary"],
        [],
        ["Review"],
        ["A lovely lamp that I like a lot, really."],
    ):
        book.active.append(row)
    book.defined_names["cellsense1Labels"] = DefinedName("cellsense1Labels", attr_text="$A$1")
    book.save(source)
    again(source, output, embedded, force=True, writer=writer, column="A")
    made = openpyxl.load_workbook(output)
    assert made.sheetnames == ["Sentiment summary", "Sentiment summary 2"]
    assert made["Sentiment summary"]["A4"].value == "A lovely lamp that I like a lot, really."
    assert "cellsense2Labels" in made["Sentiment summary 2"].tables


def test_long_categories_fit_a_table(tmp_path: Path, embedded: Classifier) -> None:
    source, output = tmp_path / "in.xlsx", tmp_path / "out.xlsx"
    book = openpyxl.Workbook()
    book.active.append(["Review", "Why? " * 70])
    address = "https://shop.example/" + "kitchen/" * 9
    for end in ("red", "blue", "red"):
        book.active.append([f"A lovely lamp that I like a lot, {end}.", address + end])
    book.save(source)
    again(source, output, embedded, by=("B",))
    sheet = openpyxl.load_workbook(output)["Sentiment summary"]
    rows = [[cell.value for cell in row] for row in sheet[sheet.tables["cellsense1By1"].ref]]
    assert len(rows[0][0]) <= 255
    assert [row[1] for row in rows[1:]] == [2, 1]
    assert rows[1][0] != rows[2][0]


def test_names_from_the_workbook_are_text(tmp_path: Path, embedded: Classifier) -> None:
    source = tmp_path / "in.csv"
    names = ["=1+1", "#N/A", "a\x07b", "rows", "Rows"]
    lines = [f'"A lovely lamp, number {n}, that I like.","{name}"' for n, name in enumerate(names)]
    source.write_text("\n".join(["Review,=Shop", *lines]), encoding="utf-8")
    book = openpyxl.Workbook()
    book.active.append(["Review", "Shop"])
    book.active["B1"].value, book.active["B1"].data_type = "=Shop", "s"
    for row, name in enumerate(names, start=2):
        book.active.cell(row, 1, f"A lovely lamp, number {row}, that I like.")
        cell = book.active.cell(row, 2, "x")
        cell.value, cell.data_type = name.replace("\x07", ""), "s"
    book.save(tmp_path / "in.xlsx")
    again(tmp_path / "in.xlsx", tmp_path / "out.xlsx", embedded, by=("B",))
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Sentiment summary"]
    kinds = {cell.value: cell.data_type for row in sheet.iter_rows() for cell in row}
    assert kinds["=1+1"] == kinds["#N/A"] == kinds["=Shop"] == "s"
    assert findings(tmp_path / "out.xlsx") == findings(tmp_path / "in.xlsx")


def test_the_openpyxl_writer_makes_the_same_tables(
    summed_up: Path, tmp_path: Path, embedded: Classifier
) -> None:
    output = tmp_path / "openpyxl.xlsx"
    again(SAMPLE, output, embedded, by=("Product", "Region"), limit=120, writer="openpyxl")
    one = openpyxl.load_workbook(summed_up)["Sentiment summary"]
    other = openpyxl.load_workbook(output)["Sentiment summary"]
    skipped = 5  # the facts, among them the time
    cells = [
        [[cell.value for cell in row] for row in sheet.iter_rows(min_row=skipped)]
        for sheet in (one, other)
    ]
    assert cells[0] == cells[1]


def test_what_can_not_be_meant_is_refused_before_any_work(
    tmp_path: Path, embedded: Classifier
) -> None:
    csv = tmp_path / "in.csv"
    csv.write_text("Review\nA lovely lamp that I like.\n", encoding="utf-8")
    with pytest.raises(OptionError, match=r"cellsense report .*--html"):
        again(csv, tmp_path / "out.csv", embedded)
    with pytest.raises(SelectionError, match=r'no column "Produce"\. Did you mean "Product"'):
        again(SAMPLE, tmp_path / "out.xlsx", embedded, by=("Produce",))
    with pytest.raises(SelectionError, match=r'"Region" holds no dates: name another with --date'):
        again(SAMPLE, tmp_path / "out.xlsx", embedded, date="Region")
    with pytest.raises(OptionError, match="add --summary"):
        convert(SAMPLE, tmp_path / "out.xlsx", classifier=embedded, options=Options(by=("A",)))
    assert list(tmp_path.iterdir()) == [csv]


def test_a_strict_workbook_is_refused(tmp_path: Path) -> None:
    path = build(
        tmp_path / "strict.xlsx",
        '<worksheet xmlns="http://purl.oclc.org/ooxml/spreadsheetml/main"><sheetData/></worksheet>',
    )
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    strict = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
    loose = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    held["xl/workbook.xml"] = held["xl/workbook.xml"].replace(loose, strict)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    workbook = XlsxWorkbook(path)
    with pytest.raises(OutputError, match="strict Open XML workbook"):
        workbook.add_sheet("Sentiment summary", "about", lambda *_: None, replace=False)
    workbook.close()
