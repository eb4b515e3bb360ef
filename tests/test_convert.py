"""File in, file out: what is written, what is refused, and that nothing is left half-done."""

import csv
import io
import os
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

import cellsense
from cellsense import Classifier, Conversion, Options, convert
from cellsense.cells import CellKind
from cellsense.errors import (
    CellsenseError,
    MissingFileError,
    OptionError,
    OutputError,
    SelectionError,
    UnreadableFileError,
)
from cellsense.sheets.selection import Selection

ROWS = [
    ["Id", "Review Text", "Stars"],
    [1, "I love this lamp, it is beautiful.", 5],
    [2, "Terrible, it broke after two days.", 1],
    [3, "", 3],
    [4, 12, 3],
    [5, "I love this lamp, it is beautiful.", 5],
]
LABELS = ["POSITIVE", "NEGATIVE", None, None, "POSITIVE"]


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(ROWS)
    return file


@pytest.fixture
def xlsx_file(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Reviews")
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
        book.add_worksheet("Empty")
    return file


@pytest.fixture
def parquet_file(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.parquet"
    texts = [str(row[1]) or None for row in ROWS[1:]]
    pq.write_table(pa.table({"id": [1, 2, 3, 4, 5], "Review Text": texts}), file)
    return file


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def labels_in(path: Path) -> list[str | None]:
    if path.suffix == ".parquet":
        found: list[str | None] = pq.read_table(path)["Label"].to_pylist()
        return found
    if path.suffix == ".csv":
        return [row["Label"] or None for row in read_csv(path)]
    sheet = openpyxl.load_workbook(path)["Reviews"]
    assert [cell.value for cell in sheet[1]][3:] == ["Label", "Score"]
    return [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)]


def leftovers(folder: Path) -> list[str]:
    return [name for name in os.listdir(folder) if "cellsense" in name]


@pytest.mark.parametrize("kind", ["csv_file", "xlsx_file", "parquet_file"])
def test_each_kind_of_file(kind: str, request: pytest.FixtureRequest, embedded: Classifier) -> None:
    source: Path = request.getfixturevalue(kind)
    before = source.read_bytes()
    result = convert(source, classifier=embedded)
    target = source.with_name(f"reviews.labelled{source.suffix}")
    assert result.output == str(target)
    assert labels_in(target) == LABELS
    assert source.read_bytes() == before
    assert not leftovers(source.parent)
    summary = result.summary
    assert summary.rows == 5
    assert summary.labels == {"NEGATIVE": 1, "NEUTRAL": 0, "POSITIVE": 2}
    assert summary.without_text == {CellKind.BLANK: 1, CellKind.NUMBER: 1}
    assert (summary.column, summary.header) == ("B", "Review Text")


def test_openpyxl_writer_gives_the_same_labels(xlsx_file: Path, embedded: Classifier) -> None:
    output = xlsx_file.with_name("second.xlsx")
    result = convert(xlsx_file, output, classifier=embedded, options=Options(writer="openpyxl"))
    assert labels_in(output) == LABELS
    assert any("openpyxl" in note for note in result.notes)


def test_openpyxl_writer_is_for_excel_only(csv_file: Path) -> None:
    with pytest.raises(OptionError, match="openpyxl"):
        convert(csv_file, options=Options(writer="openpyxl"))


def test_label_sheet_on_a_worksheet_one_holds(xlsx_file: Path, embedded: Classifier) -> None:
    book = openpyxl.load_workbook(xlsx_file)
    summary = cellsense.label_sheet(book["Reviews"], "Review Text", classifier=embedded)
    assert [row[3] for row in book["Reviews"].iter_rows(min_row=2, values_only=True)] == LABELS
    assert (summary.label_column, summary.score_column) == ("D", "E")
    with pytest.raises(OutputError, match="force"):
        cellsense.label_sheet(book["Reviews"], classifier=embedded)
    cellsense.label_sheet(book["Reviews"], classifier=embedded, force=True)
    assert book["Reviews"].max_column == 5


def test_in_place_keeps_every_backup(xlsx_file: Path, embedded: Classifier) -> None:
    before = xlsx_file.read_bytes()
    result = convert(xlsx_file, in_place=True, classifier=embedded)
    assert result.backup == f"{xlsx_file}.bak"
    assert Path(result.backup).read_bytes() == before
    assert labels_in(xlsx_file) == LABELS
    again = convert(xlsx_file, in_place=True, classifier=embedded, options=Options(force=True))
    assert again.backup == f"{xlsx_file}.bak2"
    assert labels_in(xlsx_file) == LABELS
    assert Path(result.backup).read_bytes() == before


def test_second_run_says_so_and_force_replaces(csv_file: Path, embedded: Classifier) -> None:
    first = Path(convert(csv_file, classifier=embedded).output)
    content = first.read_bytes()
    with pytest.raises(OutputError, match=r'already has the columns "Label"'):
        convert(first, classifier=embedded)
    result = convert(first, classifier=embedded, options=Options(force=True))
    assert Path(result.output).read_bytes() == content


def test_names_and_limit(csv_file: Path, embedded: Classifier) -> None:
    options = Options(label_name="Mood", score_name="Sure", limit=2)
    result = convert(csv_file, classifier=embedded, options=options)
    assert [row["Mood"] for row in read_csv(Path(result.output))] == [
        "POSITIVE",
        "NEGATIVE",
        "",
        "",
        "",
    ]
    assert result.summary.rows == 2


def test_output_into_a_folder(csv_file: Path, tmp_path: Path, embedded: Classifier) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    assert convert(csv_file, folder, classifier=embedded).output == str(folder / "reviews.csv")


def test_permissions_are_kept(csv_file: Path, embedded: Classifier) -> None:
    csv_file.chmod(0o640)
    output = Path(convert(csv_file, classifier=embedded).output)
    assert output.stat().st_mode & 0o777 == 0o640


def test_labels_that_look_like_formulas_stay_text(
    tmp_path: Path, bert_model: Path, xlsx_file: Path
) -> None:
    import json
    import shutil

    model = Path(shutil.copytree(bert_model, tmp_path / "model"))
    config = json.loads((model / "config.json").read_text())
    config["id2label"] = {str(n): f"=1+{n}" for n in range(4)}
    (model / "config.json").write_text(json.dumps(config))
    result = convert(xlsx_file, classifier=Classifier(model, "cpu"))
    cell = openpyxl.load_workbook(result.output)["Reviews"]["D2"]
    assert cell.data_type == "s"
    assert str(cell.value).startswith("=1+")


class Meddler:
    """A listener that does something to the input while it is being labelled."""

    def __init__(self, action: object) -> None:
        self.action = action

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        self.action()  # type: ignore[operator]

    def progress(self, done: int, total: int) -> None:
        pass


def test_an_input_that_changes_meanwhile(csv_file: Path, embedded: Classifier) -> None:
    def change() -> None:
        csv_file.write_text("something,else\n1,2\n", encoding="utf-8")

    with pytest.raises(OutputError, match="changed by another program"):
        convert(csv_file, classifier=embedded, listener=Meddler(change))
    assert sorted(os.listdir(csv_file.parent)) == ["reviews.csv"]


def test_cancelling_leaves_nothing(xlsx_file: Path, embedded: Classifier) -> None:
    def cancel() -> None:
        raise KeyboardInterrupt

    before = xlsx_file.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        convert(xlsx_file, in_place=True, classifier=embedded, listener=Meddler(cancel))
    assert xlsx_file.read_bytes() == before
    assert os.listdir(xlsx_file.parent) == ["reviews.xlsx"]


def touch(path: Path, content: bytes = b"") -> Path:
    path.write_bytes(content)
    return path


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600


@pytest.mark.parametrize(
    ("name", "content", "error", "words"),
    [
        ("old.xls", OLE, UnreadableFileError, "save it as .xlsx"),
        ("renamed.xlsx", OLE, UnreadableFileError, "xls"),
        ("corrupt.xlsx", b"PK\3\4 not a zip", UnreadableFileError, "zip"),
        ("empty.xlsx", b"", UnreadableFileError, "corrupt.*|not.*"),
        ("page.pdf", b"%PDF", UnreadableFileError, "of no kind"),
        ("empty.csv", b"", SelectionError, "empty"),
        ("corrupt.parquet", b"PAR1nonsense", UnreadableFileError, "arquet"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, name: str, content: bytes, error: type[CellsenseError], words: str
) -> None:
    with pytest.raises(error, match=words) as caught:
        convert(touch(tmp_path / name, content))
    assert name in str(caught.value) or error is SelectionError
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == [name]


def test_an_encrypted_workbook(tmp_path: Path) -> None:
    stream = "EncryptedPackage".encode("utf-16-le")
    file = touch(tmp_path / "secret.xlsx", OLE + stream + b"\0" * 500)
    with pytest.raises(UnreadableFileError, match="password"):
        convert(file)


def test_missing_file_suggests_a_near_one(csv_file: Path) -> None:
    with pytest.raises(MissingFileError, match=r'Did you mean "reviews.csv"'):
        convert(csv_file.with_name("review.csv"))


def test_a_workbook_open_in_excel(xlsx_file: Path) -> None:
    touch(xlsx_file.with_name("~$reviews.xlsx"))
    with pytest.raises(UnreadableFileError, match="open in Excel"):
        convert(xlsx_file)


def test_output_that_exists(csv_file: Path, embedded: Classifier) -> None:
    target = touch(csv_file.with_name("reviews.labelled.csv"), b"mine")
    with pytest.raises(OutputError, match="--force"):
        convert(csv_file)
    assert target.read_bytes() == b"mine"
    convert(csv_file, classifier=embedded, options=Options(force=True))
    assert labels_in(target) == LABELS


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("reviews.csv", "--in-place"),
        ("reviews.xlsx", "another kind"),
        ("nowhere/out.csv", "doesn't exist"),
        ("/sys/out.csv", "can't be written"),
    ],
)
def test_outputs_that_cannot_be(csv_file: Path, output: str, words: str) -> None:
    with pytest.raises(OutputError, match=words):
        convert(csv_file, csv_file.parent / output)
    assert os.listdir(csv_file.parent) == ["reviews.csv"]


def test_flags_that_exclude_each_other(csv_file: Path) -> None:
    with pytest.raises(OptionError, match="--in-place"):
        convert(csv_file, "other.csv", in_place=True)
    with pytest.raises(OptionError, match="--limit"):
        convert(csv_file, options=Options(limit=0))
    with pytest.raises(OptionError, match="both be called"):
        convert(csv_file, options=Options(label_name="X", score_name="x"))


def test_unknown_sheet_and_column(xlsx_file: Path) -> None:
    with pytest.raises(SelectionError, match='Did you mean "Reviews"'):
        convert(xlsx_file, options=Options(sheet="Review"))
    with pytest.raises(SelectionError, match='Did you mean "Review Text"'):
        convert(xlsx_file, options=Options(sheet="Reviews", column="Review Txt"))
    with pytest.raises(SelectionError, match='Did you mean "Review Text"'):
        convert(xlsx_file, options=Options(column="Review Txt"))
    with pytest.raises(SelectionError, match="None of the sheets"):
        convert(xlsx_file, options=Options(column="nothing of the kind"))
    with pytest.raises(SelectionError, match="empty"):
        convert(xlsx_file, options=Options(sheet="Empty"))


def test_standard_streams(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], embedded: Classifier
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(ROWS)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.getvalue().encode())))
    result = convert("-", classifier=embedded)
    assert isinstance(result, Conversion)
    out = capfdbinary.readouterr().out.decode()
    assert [row["Label"] or None for row in csv.DictReader(io.StringIO(out))] == LABELS


def test_in_place_through_a_link_changes_the_file(csv_file: Path, embedded: Classifier) -> None:
    link = csv_file.with_name("link.csv")
    link.symlink_to(csv_file)
    result = convert(link, in_place=True, classifier=embedded)
    assert link.is_symlink()
    assert labels_in(csv_file) == LABELS
    assert result.backup == f"{csv_file}.bak"


def test_limit_does_not_clear_an_earlier_run(csv_file: Path, embedded: Classifier) -> None:
    convert(csv_file, in_place=True, classifier=embedded)
    with pytest.raises(OptionError, match="leave --limit out"):
        convert(csv_file, in_place=True, options=Options(force=True, limit=1))
    assert labels_in(csv_file) == LABELS


@pytest.mark.parametrize(("source", "output"), [("", None), ("reviews.csv", "")])
def test_an_empty_name_is_not_the_current_folder(source: str, output: str | None) -> None:
    with pytest.raises(OptionError, match="name is empty"):
        convert(source, output)


def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnreadableFileError, match="no ordinary file"):
        convert(tmp_path / "pipe.csv")


@pytest.mark.parametrize("name", ["x" * 300 + ".csv", "\0.csv"])
def test_names_that_no_file_can_have(name: str) -> None:
    with pytest.raises(MissingFileError):
        convert(name)


def test_an_output_name_that_no_file_can_have(csv_file: Path) -> None:
    with pytest.raises(OutputError, match="name another"):
        convert(csv_file, csv_file.with_name("x" * 300 + ".csv"))


def test_a_long_name_that_is_legal(tmp_path: Path, embedded: Classifier, csv_file: Path) -> None:
    output = tmp_path / f"{'x' * 240}.csv"
    convert(csv_file, output, classifier=embedded)
    assert labels_in(output) == LABELS


@pytest.mark.parametrize(
    ("output", "words"),
    [("out.xlsx", "another kind"), (".", "is a folder"), ("there.csv", "--force")],
)
def test_standard_input_to_a_bad_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, words: str
) -> None:
    touch(tmp_path / "there.csv", b"mine")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a,b\n1,2\n")))
    with pytest.raises(OutputError, match=words):
        convert("-", tmp_path / output)
    assert (tmp_path / "there.csv").read_bytes() == b"mine"


def test_a_failing_rename_leaves_no_backup(
    csv_file: Path, embedded: Classifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    before = csv_file.read_bytes()
    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match="No space left"):
        convert(csv_file, in_place=True, classifier=embedded)
    assert os.listdir(csv_file.parent) == ["reviews.csv"]
    assert csv_file.read_bytes() == before
