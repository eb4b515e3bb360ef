"""What can't be meant is one line that says what to do, before anything is written."""

import subprocess
import sys
from pathlib import Path

import pytest

from cellsense import Options, convert
from cellsense.errors import SelectionError
from cellsense.tasks.model import TaskModel

NER = ["--task", "ner", "--model", "m"]
WRITE = ["--task", "text-generation", "--model", "m"]
HEAR = ["--task", "automatic-speech-recognition", "--model", "m"]
LOOK = ["--task", "image-text-to-text", "--model", "m", "--column", "Picture"]


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text("Review,Id\nnot bad at all,1\nterrible battery noise,2\n")
    return file


def refused(file: Path, flags: list[str]) -> str:
    from typer.testing import CliRunner

    from cellsense.cli import app
    from cellsense.errors import CellsenseError

    done = CliRunner().invoke(app, ["convert", str(file), *flags])
    assert isinstance(done.exception, CellsenseError), done.output
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    return str(done.exception)


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--task", "ner"], "no embedded model: name one with --model, such as"),
        (["--task", "asr", "--column", "Review"], "one with --model, such as openai/whisper-small"),
        (["--task", "nre", "--model", "m"], 'no task "nre" here. There is: "text-classification"'),
        (["--task", "text-generaton"], 'Did you mean "text-generation"?'),
        (["--task", "summarization", "--model", "m"], 'no task "summarization": a chat model does'),
        (["--task", "translation_en_to_fr"], "--task text-generation --prompt"),
        (["--task", "text2text-generation"], "--task text-generation --prompt"),
        (["--task", "visual-question-answering"], "--task image-text-to-text --prompt"),
        (["--task", "zero-shot-classification"], '--labels "price,delivery"'),
        ([*NER, "--labels", "a,b"], "--labels is for labels"),
        ([*NER, "--several"], "--several is for labels"),
        ([*NER, "--hypothesis", "of {}"], "--hypothesis is for labels"),
        ([*NER, "--rename-labels", "a=b"], "--rename-labels is for labels"),
        ([*NER, "--threshold", "0"], "--threshold is for labels"),
        ([*NER, "--explain"], "--explain is for labels"),
        ([*NER, "--any-language"], "--any-language is for labels"),
        ([*NER, "--score-name", "S"], "--score-name is for labels"),
        ([*NER, "--prompt", "{}"], "--prompt asks a model that writes"),
        ([*NER, "--max-new-tokens", "3"], "writes no tokens"),
        ([*NER, "--any-path"], "reads texts, no paths"),
        ([*NER, "--batch-size", "0"], "--batch-size 0 is none"),
        ([*NER, "--device-map", "all"], "use auto"),
        ([*NER, "--device-map", "auto", "--device", "cpu"], "leave --device out"),
        ([*NER, "--label-name", "=x"], "take it for a formula"),
        ([*WRITE, "--prompt", "Answer this"], "has no {} for the text"),
        ([*WRITE, "--prompt", " "], "--prompt is empty"),
        ([*WRITE, "--max-new-tokens", "0"], "--max-new-tokens 0 is none"),
        (HEAR, "Name the column with the paths of the recordings"),
        ([*HEAR, "--column", "Id", "--prompt", "{}"], "--prompt asks a model that writes"),
        ([*HEAR, "--column", "Id", "--allow-paths", "none"], '"none" is no folder'),
        ([*HEAR, "--column", "Id", "--allow-paths", ".", "--any-path"], "leave --allow-paths out"),
        (LOOK, 'Say what is asked of every picture: --prompt "What is broken?"'),
        ([*LOOK, "--prompt", "is {} new?"], "leave {} out"),
        (["--prompt", "{}"], "--prompt is for other tasks"),
        (["--max-new-tokens", "5"], "--max-new-tokens is for other tasks"),
        (["--device-map", "auto"], "--device-map is for other tasks"),
        (["--allow-paths", "."], "--allow-paths is for other tasks"),
        (["--any-path"], "--any-path is for other tasks"),
        (["--task", "ner", "--model", "embedded"], "The embedded model gives labels"),
        (["--task", "ner", "--model", "nobody/nothing"], "models download nobody/nothing"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_refused(csv_file: Path, flags: list[str], line: str) -> None:
    assert line in refused(csv_file, flags)


def test_the_embedded_model_is_not_offered_for_a_task_it_cannot_do(csv_file: Path) -> None:
    assert "embedded" not in refused(csv_file, ["--task", "ner", "--model", "nobody/nothing"])


def test_text_classification_by_its_name_is_what_is_done_anyway(csv_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", csv_file, "--task", "text-classification"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert '"Label" and C' not in done.stdout
    assert '"Label" and D "Score"' in done.stdout


def test_one_line_and_exit_code_2(csv_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", csv_file, "--task", "vqa"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("Error: transformers 5 has no task")
    assert done.stderr.count("\n") == 1


def test_a_column_without_any_file_is_the_wrong_one(tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text("Caller,Call\nAnn,none.wav\nBob,\n", encoding="utf-8")
    model = TaskModel("automatic-speech-recognition", "some/model")
    with pytest.raises(SelectionError, match="is a file here: name the column"):
        convert(source, output, classifier=model, options=Options(column="Caller"))
    assert not output.exists()
