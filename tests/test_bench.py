"""`cellsense bench`: what it times, what it says, and that one failure doesn't stop the rest."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cellsense.bench.candidates import Candidate, candidates
from cellsense.bench.report import as_table
from cellsense.bench.run import compare
from cellsense.bench.texts import count_tokens, read_texts
from cellsense.bench.worker import run
from cellsense.errors import MissingFileError, SelectionError

TEXTS = ["I love this lamp, it is beautiful.", "Terrible, it broke after two days.", "Not bad!"]
ROWS = "id,review\n" + "".join(f'{n},"{text}"\n' for n, text in enumerate([*TEXTS, TEXTS[0], ""]))


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    path = tmp_path / "reviews.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def bench(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "bench", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ,
    )


def test_different_texts_only(reviews: Path) -> None:
    assert read_texts(reviews, None, None, 1000) == TEXTS
    assert read_texts(reviews, None, "review", 2) == TEXTS[:2]
    with pytest.raises(SelectionError, match="no texts in column A"):
        read_texts(reviews, None, "id", 1000)


def test_tokens_without_special_ones() -> None:
    assert count_tokens(None, ["good lamp", "lamp"]) == 3


@pytest.mark.parametrize("candidate", candidates(None), ids=lambda item: item.name)
def test_every_candidate_on_this_machine_runs(candidate: Candidate) -> None:
    told = run(candidate.loader, candidate.arguments, TEXTS)
    assert told["labels"][:2] == ["POSITIVE", "NEGATIVE"]
    assert told["seconds"] > 0


def test_as_json(reviews: Path) -> None:
    done = bench(str(reviews), "--json", "--rounds", "2", folder=reviews.parent)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["texts"], told["rounds"]) == (3, 2)
    names = [item["name"] for item in told["results"]]
    assert {"pipeline, batch 32, cpu", "cellsense float32, cpu", "cellsense int8, cpu"} <= {*names}
    first = told["results"][0]
    assert (first["speed_up"], first["same_labels"]) == (1, 1)
    assert all(item["rows_per_second"] > 0 and item["why"] is None for item in told["results"])


def test_one_that_fails_is_named_below_the_table() -> None:
    broken = Candidate("broken", "cellsense.bench.candidates:own", {"model": "no/such", "x": 1})
    fine = Candidate(
        "fine",
        "cellsense.bench.candidates:own",
        {"model": None, "device": "cpu", "dtype": "int8"},
    )
    heard: list[str] = []
    results = compare([broken, fine], TEXTS, tokens=20, on_start=heard.append)
    assert heard == ["broken, round 1 of 1", "fine, round 1 of 1"]
    assert results[0].why
    assert results[1].speed_up == 1
    lines = as_table(results).splitlines()
    assert "| fine" in lines[2]
    assert lines[3].startswith("broken failed: TypeError")


def test_a_users_mistake_is_one_line(tmp_path: Path) -> None:
    for arguments, words in {
        (): "name a file of reviews",
        ("gone.csv",): "There is no file gone.csv",
    }.items():
        done = bench(*arguments, folder=tmp_path)
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert words in line
    with pytest.raises(MissingFileError):
        read_texts(tmp_path / "gone.csv", None, None, 5)
