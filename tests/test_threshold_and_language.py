"""Texts that get no guess: scores below the threshold, and languages the model doesn't read."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cellsense import Classifier
from cellsense.errors import OptionError
from cellsense.label import MULTILINGUAL
from cellsense.prediction import OTHER_LANGUAGE, TO_REVIEW

CLEAR = "Absolutely wonderful, I love this kettle and would buy it again."
GERMAN = "Der Wasserkocher war leider schon nach zwei Tagen kaputt, nie wieder."
RUSSIAN = "Отличный чайник"
ROWS = [CLEAR, GERMAN, "It came in a box, and the box was blue or so.", RUSSIAN, "", "12"]


def test_the_score_stays_and_the_label_says_to_review() -> None:
    plain = Classifier(use_cache=False).predict(ROWS)
    strict = Classifier(use_cache=False, threshold=1.0).predict(ROWS, all_scores=True)
    for one, other in zip(plain, strict, strict=True):
        assert (one is None) == (other is None)
        if one is not None and other is not None:
            assert other.score == pytest.approx(one.score)
            assert other.label == (OTHER_LANGUAGE if one.language else TO_REVIEW)
    assert strict[0] is not None
    assert strict[0].scores is not None
    assert max(strict[0].scores.values()) == strict[0].score
    assert Classifier(use_cache=False, threshold=0).predict(ROWS) == plain


def test_other_languages_are_flagged_by_the_embedded_model_only(bert_model: Path) -> None:
    embedded = Classifier(use_cache=False).predict(ROWS)
    assert [p.language if p else None for p in embedded] == [None, "de", None, "ru", None, None]
    assert all(p is None or p.language is None or p.score > 0.8 for p in embedded)
    own = Classifier(bert_model, "cpu", use_cache=False)
    assert all(p is None or p.language is None for p in own.predict(ROWS))
    checked = Classifier(bert_model, "cpu", use_cache=False, check_language=True).predict(ROWS)
    assert checked[1] is not None
    assert checked[1].label == OTHER_LANGUAGE
    unchecked = Classifier(use_cache=False, check_language=False).predict([GERMAN])
    assert unchecked[0] is not None
    assert unchecked[0].language is None


def test_kept_results_of_unchecked_texts_are_not_taken_for_checked_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path))
    for _ in range(2):
        unchecked = Classifier(check_language=False).predict([GERMAN])
        checked = Classifier().predict([GERMAN])
        assert unchecked[0] is not None
        assert unchecked[0].label != OTHER_LANGUAGE
        assert checked[0] is not None
        assert checked[0].label == OTHER_LANGUAGE


@pytest.mark.parametrize("threshold", [-0.1, 1.5, 70, float("nan")])
def test_a_threshold_that_is_no_probability(threshold: float) -> None:
    with pytest.raises(OptionError, match="no probability"):
        Classifier(threshold=threshold)


def test_what_decides_the_answers_tells_thresholds_apart() -> None:
    hashes = {Classifier(threshold=value).fingerprint for value in (None, 0.5, 0.7)}
    hashes.add(Classifier(check_language=False).fingerprint)
    assert len(hashes) == 4


def convert(folder: Path, *flags: str) -> subprocess.CompletedProcess[str]:
    file = folder / "reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([["Review"], *([row] for row in ROWS)])
    command = [sys.executable, "-m", "cellsense", "convert", str(file), "--force", *flags]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def labels(folder: Path) -> list[str]:
    with (folder / "reviews.labelled.csv").open(encoding="utf-8", newline="") as source:
        return [row["Label"] for row in csv.DictReader(source)]


def test_the_command_line_flags_both(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = convert(tmp_path, "--threshold", "1", "--report", str(report))
    assert done.returncode == 0, done.stderr
    assert labels(tmp_path) == [TO_REVIEW, OTHER_LANGUAGE, TO_REVIEW, OTHER_LANGUAGE, "", ""]
    assert "TO REVIEW 2 · OTHER LANGUAGE 2" in done.stdout
    assert "2 texts are not in English, by their looks German 1, Russian 1" in done.stdout
    assert MULTILINGUAL in done.stdout
    counted = json.loads(report.read_text(encoding="utf-8"))["files"][0]["sheets"][0]["labels"]
    assert (counted[TO_REVIEW], counted[OTHER_LANGUAGE]) == (2, 2)


def test_any_language_labels_everything(tmp_path: Path) -> None:
    done = convert(tmp_path, "--any-language")
    assert done.returncode == 0, done.stderr
    assert set(labels(tmp_path)) <= {"NEGATIVE", "NEUTRAL", "POSITIVE", ""}
    assert OTHER_LANGUAGE not in done.stdout


def test_a_bad_threshold_is_one_line(tmp_path: Path) -> None:
    done = convert(tmp_path, "--threshold", "70")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "Error: A threshold of 70 is no probability: use 0 to 1, as 0.7."
    )
    assert not (tmp_path / "reviews.labelled.csv").exists()
