"""`cellsense convert --task …`, as its user runs it: what is written, counted and refused."""

import csv
import io
import json
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from task_models import CheckpointOf, some_words
from typer.testing import CliRunner

from cellsense import Options, convert
from cellsense.cells import CellKind
from cellsense.cli import app
from cellsense.errors import OptionError, OutputError
from cellsense.tasks.answers import Answer, Failure, Given
from cellsense.tasks.model import TaskModel


def workbook(file: Path, rows: Sequence[Sequence[object]]) -> Path:
    with xlsxwriter.Workbook(
        file, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet("Calls")
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                sheet.write(number, place, value)
    return file


def column(file: Path, name: str) -> list[object]:
    rows = list(openpyxl.load_workbook(file).active.iter_rows(values_only=True))
    return [row[rows[0].index(name)] for row in rows[1:]]


def said(arguments: list[str], code: int, given: str | None = None) -> str:
    done = CliRunner().invoke(app, ["convert", *arguments], input=given)
    shown = str(done.exception) if done.exception and done.exit_code == 1 else ""
    assert done.exit_code == (code if not shown else 1), done.output
    return " ".join((done.output + shown).split())


class Told(TaskModel):
    """A task whose model says what it is told to, and notes what it was asked."""

    def __init__(self, task: str, says: Callable[[Given], str], **how: object) -> None:
        super().__init__(task, "none", **how)
        self.asked_for: list[Given] = []
        self._says = says

    def stream(self, given: Sequence[Given]) -> Iterator[Mapping[Given, Answer | Failure]]:
        self.asked_for += given
        for item in given:
            yield {item: Answer(self._says(item))}


def test_recordings_of_a_workbook(
    checkpoint: CheckpointOf, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    (folder / "link.wav").symlink_to(folder.parent / "outside.wav")
    names = [
        "a.wav",
        '"b.flac"',
        "a.wav",
        "none.wav",
        "../outside.wav",
        str(folder.parent / "outside.wav"),
        "link.wav",
        "https://example.com/a.wav",
        r"\\server\share\a.wav",
        "bad.wav",
        "empty.wav",
        "short.wav",
        "",
        7,
        "a\0.wav".replace("\0", "?"),
        "x" * 5000,
    ]
    file = workbook(folder / "calls.xlsx", [["Recording", "Id"], *([name, 1] for name in names)])
    model = TaskModel("automatic-speech-recognition", checkpoint("wav2vec2"))
    result = convert(file, classifier=model, options=Options(column="Recording"))
    found = column(Path(result.output), "Transcript")
    assert [bool(text) for text in found] == [True, True, True] + [False] * 13
    assert found[0] == found[2] != found[1]
    assert result.summary.labels == {"Transcript": 3}
    assert result.summary.without_text == {CellKind.BLANK: 1, CellKind.NUMBER: 1}
    assert result.summary.unanswered == {
        "outside the allowed folders": 3,
        "no such file": 3,
        "a web address": 1,
        "a network path": 1,
        "can't be read": 1,
        "an empty recording": 1,
        "the model failed with RuntimeError": 1,
    }
    assert (result.summary.label_column, result.summary.score_column) == ("C", "")
    assert any("--allow-paths" in note for note in result.notes)
    assert any("WAV, FLAC, OGG, MP3" in note for note in result.notes)


@pytest.mark.parametrize("how", [["--any-path"], ["--allow-paths", ".."]])
def test_files_outside_if_they_are_allowed(
    checkpoint: CheckpointOf, folder: Path, how: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    workbook(folder / "calls.xlsx", [["Recording"], ["../outside.wav"], ["a.wav"]])
    model = str(checkpoint("wav2vec2"))
    told = ["calls.xlsx", "--task", "automatic-speech-recognition", "--column", "Recording"]
    line = said([*told, "--model", model, *how], 0)
    assert "Transcript 2 Wrote" in line
    assert 'column B "Transcript"' in line
    assert all(column(folder / "calls.labelled.xlsx", "Transcript"))


def test_paths_of_standard_input_begin_where_the_user_is(
    checkpoint: CheckpointOf, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    told = ["-", "--task", "image-to-text", "--column", "Picture", "--max-new-tokens", "6"]
    done = CliRunner().invoke(
        app,
        ["convert", *told, "--model", str(checkpoint("llava"))],
        input="Picture,Id\na.png,1\n../outside.wav,2\nbad.png,3\n",
    )
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [bool(row["Description"]) for row in rows] == [True, False, False]
    assert "Description 1 · no answer 2" in done.stderr


def test_a_text_like_a_formula_is_written_as_text(tmp_path: Path) -> None:
    says = {"one": "=1+1", "two": "+49 30", "three": "@SUM(A1)", "four": "-"}
    rows = [["Review"], *([name] for name in says)]
    model = Told("text-generation", lambda text: says[str(text)])
    options = Options(column="Review")
    result = convert(workbook(tmp_path / "a.xlsx", rows), classifier=model, options=options)
    sheet = openpyxl.load_workbook(result.output).active
    cells = [cell for cell, *_ in sheet.iter_rows(min_row=2, min_col=2)]
    assert [(cell.value, cell.data_type) for cell in cells] == [(t, "s") for t in says.values()]
    (tmp_path / "a.csv").write_text("Review\n" + "\n".join(says) + "\n")
    result = convert(tmp_path / "a.csv", classifier=model, options=options)
    with Path(result.output).open(newline="") as stream:
        assert [row["Draft"] for row in csv.DictReader(stream)] == [f"'{t}" for t in says.values()]


def test_a_cell_that_comes_again_is_worked_out_once(tmp_path: Path) -> None:
    model = Told("text-generation", lambda text: f"To {text}:\nthanks")
    rows = [["Review"], *([text] for text in ("good", "bad", "good", "", "good"))]
    progress: list[tuple[int, int]] = []

    class Listener:
        def selected(self, *_: object) -> None: ...
        def progress(self, done: int, total: int) -> None:
            progress.append((done, total))

    file, options = workbook(tmp_path / "a.xlsx", rows), Options(column="Review")
    result = convert(file, classifier=model, options=options, listener=Listener())
    assert model.asked_for == ["good", "bad"]
    good, bad = "To good:\nthanks", "To bad:\nthanks"
    assert column(Path(result.output), "Draft") == [good, bad, good, None, good]
    assert progress == [(1, 5), (4, 5), (5, 5)]


def test_parquet_and_limit(checkpoint: CheckpointOf, tmp_path: Path) -> None:
    texts = ["the kettle boils", None, "not bad", "terrible noise"]
    pq.write_table(pa.table({"text": texts, "id": [1, 2, 3, 4]}), tmp_path / "a.parquet")
    model = TaskModel("token-classification", checkpoint("names"))
    options = Options(column="text", limit=3, label_name="Names")
    result = convert(tmp_path / "a.parquet", classifier=model, options=options)
    table = pq.read_table(result.output)
    assert table.schema.field("Names").type == pa.string()
    found = table["Names"].to_pylist()
    assert [text is not None for text in found] == [True, False, True, False]
    assert result.summary.rows == 3


def test_letters_that_a_file_cannot_hold(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes("Review,Id\ndéjà vu and slow,1\nfine,2\n".encode("cp1252"))
    model = Told("text-generation", lambda text: f"{text} ☺ “so”")
    result = convert(file, classifier=model, options=Options(column="Review"))
    rows = Path(result.output).read_bytes().decode("cp1252").splitlines()
    assert rows[1:] == ["déjà vu and slow,1,déjà vu and slow ? “so”", "fine,2,fine ? “so”"]
    assert any("2 texts have ? for letters" in note for note in result.notes)


def test_a_text_longer_than_a_cell(tmp_path: Path) -> None:
    model = Told("text-generation", lambda text: str(text) * 10_000)
    result = convert(workbook(tmp_path / "a.xlsx", [["Review"], ["good"]]), classifier=model)
    assert any("cut at 32,767 characters" in note for note in result.notes)
    assert column(Path(result.output), "Draft") == [("good" * 10_000)[:32_767]]


def test_a_file_without_quotes_is_refused_before_the_work(tmp_path: Path) -> None:
    file = tmp_path / "a.tsv"
    file.write_text('Review\tId\n"stray and slow\t1\nfine\t2\n' * 3)
    model = Told("text-generation", str)
    with pytest.raises(OutputError, match="has no quotes to put a text"):
        convert(file, classifier=model, options=Options(column="Review"))
    assert not model.asked_for


def test_a_column_of_the_same_name_is_never_written_over(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["Review", "draft"], ["good", "my own words"]])
    model = Told("text-generation", str)
    for force in (False, True):
        with pytest.raises(OutputError, match=r'already has a column "draft" \(B\).*--label-name'):
            convert(file, classifier=model, options=Options(column="Review", force=force))
    result = convert(file, classifier=model, options=Options(column="Review", label_name="Reply"))
    assert column(Path(result.output), "draft") == ["my own words"]
    assert column(Path(result.output), "Reply") == ["good"]


def test_beside(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["Review", "", "Id"], ["good", "", 1]])
    model = Told("text-generation", str)
    result = convert(file, classifier=model, options=Options(column="Review", beside=True))
    assert result.summary.label_column == "B"
    with pytest.raises(OutputError, match="has no free column right of column C"):
        convert(
            workbook(tmp_path / "b.xlsx", [["Id", "Stars", "Review", "Sum"], [1, 1, "good", 2]]),
            classifier=model,
            options=Options(column="Review", beside=True),
        )


def test_a_folder_and_its_report(checkpoint: CheckpointOf, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    inbox.mkdir()
    workbook(inbox / "a.xlsx", [["Review"], ["the kettle boils"], ["not bad"]])
    (inbox / "b.csv").write_text("Review,Entities\nslow and cheap,mine\n")
    told = [str(inbox), "--output", str(tmp_path / "out"), "--column", "Review", "--task", "ner"]
    told += ["--model", str(checkpoint("names")), "--report", str(tmp_path / "report.json")]
    line = said(told, 3)
    assert 'already has a column "Entities"' in line
    assert "1 ok · 1 failed" in line
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["model"]["task"] == "token-classification"
    assert report["model"]["labels"] == []
    assert report["totals"]["labels"] == {"Entities": 2}
    assert report["files"][0]["sheets"][0]["unanswered"] == {}
    assert "already done" in said(told, 3)


def test_a_folder_finds_files_beside_each_workbook(
    checkpoint: CheckpointOf, folder: Path, tmp_path: Path
) -> None:
    inbox = tmp_path / "in"
    for name in ("one", "two"):
        (inbox / name).mkdir(parents=True)
        shutil.copy(folder / f"{'a.wav' if name == 'one' else 'b.flac'}", inbox / name / "call.wav")
        workbook(inbox / name / "calls.xlsx", [["Recording"], ["call.wav"]])
    told = [str(inbox), "--recursive", "--task", "automatic-speech-recognition"]
    told += ["--column", "Recording", "--model", str(checkpoint("wav2vec2"))]
    said(told, 0)
    one, two = (
        column(inbox / name / "calls.labelled.xlsx", "Transcript") for name in ("one", "two")
    )
    assert one[0]
    assert two[0]
    assert one != two


def test_options_change_what_counts_as_done(checkpoint: CheckpointOf) -> None:
    folder = checkpoint("gpt2")
    models = [
        TaskModel("text-generation", folder),
        TaskModel("text-generation", folder, prompt="{} so"),
        TaskModel("text-generation", folder, max_new_tokens=9),
    ]
    assert len({model.fingerprint for model in models}) == 3
    assert models[0].fingerprint == TaskModel("text-generation", folder).fingerprint
    assert not models[0].loaded


def test_openpyxl_writer(checkpoint: CheckpointOf, tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["Review"], [some_words(9)]])
    model = TaskModel("ner", checkpoint("names"))
    result = convert(file, classifier=model, options=Options(writer="openpyxl"))
    assert column(Path(result.output), "Entities")[0]


def test_a_column_of_paths_has_to_be_named(tmp_path: Path) -> None:
    file = workbook(tmp_path / "a.xlsx", [["Recording"], ["a.wav"]])
    model = Told("automatic-speech-recognition", lambda _: "")
    with pytest.raises(OptionError, match="--column"):
        convert(file, classifier=model)


@pytest.mark.parametrize("flag", ["explain", "score_name"])
def test_options_for_labels(tmp_path: Path, flag: str) -> None:
    file = workbook(tmp_path / "a.xlsx", [["Review"], ["slow and cheap"]])
    value = True if flag == "explain" else "Sure"
    options = Options(column="Review", **{flag: value})
    with pytest.raises(OptionError, match=f"--{flag.replace('_', '-')} is for labels"):
        convert(file, classifier=Told("text-generation", str), options=options)


def test_failures_are_counted_by_reason(tmp_path: Path) -> None:
    class Failing(Told):
        def stream(self, given: Sequence[Given]) -> Iterator[Mapping[Given, Answer | Failure]]:
            yield dict.fromkeys(given, Failure("nothing written"))

    rows = [["Review"], ["good"], ["bad"], ["good"]]
    result = convert(
        workbook(tmp_path / "a.xlsx", rows), classifier=Failing("text-generation", str)
    )
    assert result.summary.unanswered == {"nothing written": 3}
    assert column(Path(result.output), "Draft") == [None, None, None]
