"""`cellsense evaluate`, run as a user runs it, with the embedded model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from cellsense import Classifier
from cellsense.errors import ModelError
from cellsense.evaluation.matching import match_labels
from cellsense.evaluation.run import evaluate
from cellsense.evaluation.table import as_tables
from cellsense.labelled import read_labelled

# The last label is wrong on purpose, and surely so; its text has what tables and JSON trip over.
ROWS = (
    ("I love this tent, it is wonderful and so easy to put up.", 5),
    ("Terrible. The poles broke on the first night and nobody answered.", 1),
    ("Really happy with it, great quality, my children adore it.", 4),
    ("Awful smell, a complete waste of money.", 2),
    (None, 3),
    ("It is a tent.", None),
    ("Absolutely wonderful | the best\nholiday ever, love it!", 1),
)
KEYS = {
    "accuracy",
    "bins",
    "calibration_error",
    "cellsense_evaluation",
    "confusion",
    "date",
    "device",
    "file",
    "fingerprint",
    "label_column",
    "labels",
    "macro_f1",
    "map",
    "mean_score",
    "model",
    "notes",
    "revision",
    "right",
    "rows",
    "sheet",
    "skipped",
    "text_column",
    "version",
    "wrong",
}


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (("Review", "Stars"), *ROWS):
        book.active.append(row)
    book.save(tmp_path / "tents.xlsx")
    return tmp_path / "tents.xlsx"


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )


def test_tables(reviews: Path) -> None:
    done = run(reviews, "--text", "Review", "--label", "Stars")
    assert done.returncode == 0, done.stderr
    assert done.stderr == f'{reviews} · sheet Sheet · column A "Review" · 5 rows\n'
    lines = done.stdout.splitlines()
    assert lines[0].endswith("5 rows · skipped 2 rows (1 text blank, 1 label blank)")
    assert lines[1].startswith("embedded ")
    assert lines[2].startswith("Note: Labels are read as stars: 1, 2 NEGATIVE, 4, 5 POSITIVE")
    assert lines[3].startswith("Accuracy 80.0% · macro F1 ")
    negative = next(line for line in lines if line.startswith("| NEGATIVE "))
    assert [cell.strip() for cell in negative.split("|")[2:-1]] == [
        "100.0%",
        "66.7%",
        "0.800",
        "3",
        "2",
    ]
    assert "The surest of 1 wrong row:" in lines
    assert lines[-1].startswith("| 8   | 1     | POSITIVE | 0.")
    assert lines[-1].endswith(r"Absolutely wonderful \| the best holiday ever, love it! |")


def test_as_json(reviews: Path) -> None:
    done = run(reviews, "--label", "B", "--json", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told) == KEYS
    assert (told["rows"], told["right"], told["accuracy"]) == (5, 4, 0.8)
    assert told["skipped"] == {"text blank": 1, "label blank": 1}
    assert told["map"] == {"5": "POSITIVE", "1": "NEGATIVE", "4": "POSITIVE", "2": "NEGATIVE"}
    assert told["confusion"] == {
        "labels": ["NEGATIVE", "NEUTRAL", "POSITIVE"],
        "counts": [[2, 0, 1], [0, 0, 0], [0, 0, 2]],
    }
    assert [set(item) for item in told["labels"]] == [
        {"label", "precision", "recall", "f1", "support", "guessed"}
    ] * 3
    assert told["labels"][1]["precision"] is None
    assert sum(item["rows"] for item in told["bins"]) == 5
    assert set(told["bins"][0]) == {"low", "high", "rows", "right", "score", "accuracy"}
    assert 0 <= told["calibration_error"] <= 1
    (wrong,) = told["wrong"]
    assert 0.5 < wrong.pop("score") < 1
    assert wrong == {
        "row": 8,
        "text": ROWS[6][0],
        "label": "1",
        "meant": "NEGATIVE",
        "guess": "POSITIVE",
    }


def test_limit_wrong_and_map(reviews: Path) -> None:
    pairs = "1=positive,2=POSITIVE,4=NEGATIVE,5=NEGATIVE"
    done = run(
        reviews, "--label", "Stars", "--map", pairs, "--limit", "4", "--wrong", "2", "--json"
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["rows"], told["right"], told["notes"]) == (4, 0, [])
    assert len(told["wrong"]) == 2
    assert told["wrong"][0]["score"] >= told["wrong"][1]["score"]


def test_the_page_is_not_overwritten(reviews: Path) -> None:
    page = reviews.with_name("page.html")
    arguments = (reviews, "--label", "Stars", "--html", page)
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == f"Wrote {page}"
    assert "Accuracy" in done.stdout
    assert "<title>tents.xlsx · embedded " in page.read_text(encoding="utf-8")
    page.write_text("mine")
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "add --force to overwrite it" in done.stderr
    assert page.read_text() == "mine"
    assert run(*arguments, "--force").returncode == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(item.name for item in reviews.parent.iterdir()) == ["page.html", "tents.xlsx"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--label", "Star"], 'Did you mean "Stars"?'),
        (["--label", "Stars", "--text", "Opinion"], 'There is: "Review", "Stars".'),
        (["--label", "Review", "--text", "Review"], "both taken from column A"),
        (["--label", "Stars", "--sheet", "Autumn"], "There is no sheet"),
        (["--label", "Stars", "--map", "five"], "--map"),
        (["--label", "Stars", "--map", "5=GREAT"], '"NEGATIVE", "NEUTRAL", "POSITIVE"'),
        (["--label", "Stars", "--model", "no/such"], "cellsense models download"),
        (["--label", "Stars", "--device", "gpu"], "use auto, cpu"),
        (["--label", "Stars", "--html", "nowhere/page.html"], "create it first"),
        (["--label", "Stars", "--html", "."], "no ordinary file"),
        (["--label", "Stars", "--html", "tents.xlsx", "--force"], "the input itself"),
    ],
)
def test_a_users_mistake_is_one_line(
    reviews: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(reviews.parent)
    before = reviews.read_bytes()
    done = run("tents.xlsx", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert words in line
    assert reviews.read_bytes() == before


def test_unknown_labels_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "moods.csv"
    file.write_text("Review,Mood\nA good bag for work.,glad\nIt tore at once.,sad\n")
    done = run(file, "--label", "Mood")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert '"NEGATIVE", "NEUTRAL", "POSITIVE"' in line
    assert '"glad", "sad" in 2 rows' in line


def test_other_models(tmp_path: Path, bert_model: Path) -> None:
    file = tmp_path / "moods.csv"
    file.write_text("Review,Mood\nthe kettle boils fast,Joy\nit broke after two days,ANGER\n")
    labelled = read_labelled(file, None, "Mood")
    classifier = Classifier(bert_model, "cpu")
    steps: list[tuple[int, int]] = []
    found = evaluate(
        classifier,
        labelled,
        match_labels(labelled.labels, classifier.labels),
        on_progress=lambda done, total: steps.append((done, total)),
    )
    assert [item.label for item in found.metrics.labels] == ["anger", "joy", "fear", "none"]
    assert [item.support for item in found.metrics.labels] == [1, 1, 0, 0]
    assert found.mapping == {"Joy": "joy", "ANGER": "anger"}
    assert steps[-1] == (2, 2)
    assert found.model == str(bert_model)
    assert "| anger " in as_tables(found)


def test_a_regression_has_no_labels(tmp_path: Path, bert_model: Path) -> None:
    config = bert_model / "config.json"
    before = config.read_text()
    folder = tmp_path / "regression"
    folder.mkdir()
    for file in bert_model.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    told = json.loads(before) | {"problem_type": "regression"}
    (folder / "config.json").write_text(json.dumps(told))
    file = tmp_path / "moods.csv"
    file.write_text("Review,Mood\nthe kettle boils fast,joy\nwonderful lamp battery,anger\n")
    labelled = read_labelled(file, None, "Mood")
    classifier = Classifier(folder, "cpu")
    matched = match_labels(labelled.labels, classifier.labels)
    with pytest.raises(ModelError, match="no probabilities"):
        evaluate(classifier, labelled, matched)


def test_help_loads_nothing() -> None:
    code = "from cellsense.cli import app; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "torch", "pandas", "sklearn"}.intersection(done.stdout.split())
    assert "--label" in run("--help").stdout
