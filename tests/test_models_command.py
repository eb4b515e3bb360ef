"""`cellsense models list`, `info` and `download`, with a stand-in hub; and renamed labels."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import small_models
from hub_server import COMMIT, serve

from cellsense import Classifier
from cellsense.errors import OptionError


def cellsense(home: Path, *arguments: str, endpoint: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    environment |= {"HF_HOME": str(home), "HF_ENDPOINT": endpoint or "http://127.0.0.1:9"}
    return subprocess.run(
        [sys.executable, "-m", "cellsense", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=environment,
    )


def test_download_then_list_and_info_without_a_network(tmp_path: Path, bert_model: Path) -> None:
    empty = cellsense(tmp_path, "models", "list")
    assert empty.returncode == 0, empty.stderr
    assert "embedded" in empty.stdout
    with serve({"test-org/small": bert_model}) as (endpoint, _):
        done = cellsense(tmp_path, "models", "download", "test-org/small", endpoint=endpoint)
    assert done.returncode == 0, done.stderr
    assert "test-org/small is on this machine" in done.stdout
    assert f"--revision {COMMIT}" in done.stdout
    listed = cellsense(tmp_path, "models", "list")
    assert f"| test-org/small | {COMMIT[:12]}" in listed.stdout
    told = cellsense(tmp_path, "models", "info", "test-org/small", "--revision", COMMIT)
    assert told.returncode == 0, told.stderr
    for expected in (COMMIT, "BertForSequenceClassification", "anger", "one label", "float32"):
        assert expected in told.stdout


def test_info_downloads_nothing(tmp_path: Path, bert_model: Path) -> None:
    with serve({"test-org/small": bert_model}) as (endpoint, asked):
        told = cellsense(tmp_path, "models", "info", "test-org/small", endpoint=endpoint)
    assert told.returncode == 2
    assert told.stderr.strip() == (
        'Error: The model "test-org/small" is not on this machine: `cellsense models download '
        "test-org/small` fetches it."
    )
    assert not asked


def test_info_of_the_embedded_model_and_of_a_folder(tmp_path: Path) -> None:
    told = cellsense(tmp_path, "models", "info")
    assert "NEGATIVE, NEUTRAL, POSITIVE" in told.stdout
    assert "English; others are flagged" in told.stdout
    assert "int8" in told.stdout
    folder = small_models.save("multilabel", tmp_path / "model")
    told = cellsense(tmp_path, "models", "info", str(folder))
    assert "any number of labels" in told.stdout
    assert f"cellsense models optimize {folder}" in told.stdout


def test_a_revision_that_is_not_there(tmp_path: Path, bert_model: Path) -> None:
    with serve({"test-org/small": bert_model}) as (endpoint, _):
        done = cellsense(
            tmp_path, "models", "download", "test-org/small", "--revision", "v9", endpoint=endpoint
        )
    assert done.returncode == 2
    assert 'has no revision "v9"' in done.stderr


def test_labels_get_other_names(bert_model: Path) -> None:
    plain = Classifier(bert_model, "cpu", use_cache=False)
    names = {"ANGER": "cross", "joy": "glad"}
    other = Classifier(bert_model, "cpu", rename_labels=names, use_cache=False)
    assert other.labels == ("cross", "glad", "fear", "none")
    for one, two in zip(plain.predict(["okay", "great"]), other.predict(["okay", "great"]),
                        strict=True):  # fmt: skip
        assert one is not None
        assert two is not None
        assert two.label == {"anger": "cross", "joy": "glad"}.get(one.label, one.label)
    assert plain.fingerprint != other.fingerprint
    with pytest.raises(OptionError, match=r'no label "angr" to rename\. Did you mean "anger"'):
        Classifier(bert_model, rename_labels={"angr": "x"}, use_cache=False).predict(["okay"])
    with pytest.raises(OptionError, match='Two labels would be called "joy"'):
        Classifier(bert_model, rename_labels={"anger": "joy"}, use_cache=False).predict(["okay"])
    for name in ("OTHER LANGUAGE", "to review", "NONE"):
        renaming = Classifier(bert_model, rename_labels={"anger": name}, use_cache=False)
        with pytest.raises(OptionError, match=f'"{name}" stands for something else'):
            renaming.predict(["okay"])


def test_pairs_that_cannot_be_read(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("Review\nThis is a fine kettle indeed\n", encoding="utf-8")
    done = cellsense(tmp_path, "convert", str(file), "--rename-labels", "LABEL_0")
    assert done.returncode == 2
    assert done.stderr.strip() == (
        'Error: --rename-labels "LABEL_0" can\'t be read: write --rename-labels '
        '"LABEL_0=bad,LABEL_1=good".'
    )
