import json
from pathlib import Path

import pytest

from cellsense.errors import CellsenseError, OutputError
from cellsense.learn.learn import learn
from cellsense_addin.options import AddinOptions, change_option, read_options


@pytest.fixture(autouse=True)
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path / "folder" / "addin.json"))
    return tmp_path / "folder" / "addin.json"


def test_changes_are_kept(file: Path) -> None:
    assert read_options() == AddinOptions()
    change_option("label_name", " Stimmung ")
    change_option("occupied", "next free")
    assert read_options() == AddinOptions(label_name="Stimmung", occupied="next free")
    assert json.loads(file.read_text())["score_name"] == "Score"


def test_labels_need_a_model_that_can_be_asked(bert_model: Path) -> None:
    assert change_option("labels", " price, delivery ").labels == "price, delivery"
    assert change_option("labels", "").labels == ""
    change_option("model", str(bert_model))
    with pytest.raises(CellsenseError, match="natural language inference"):
        change_option("labels", "price, delivery")


def test_what_was_learned_is_a_question_and_not_for_other_machines(tmp_path: Path) -> None:
    texts = ["It came late.", "The parcel was wet.", "Three weeks in the post.", "Too dear.",
             "A bargain.", "Worth every penny."]  # fmt: skip
    kept = tmp_path / "reviews, March.topic.json"
    kept.write_text(learn(texts, ["delivery"] * 3 + ["price"] * 3).as_json(), encoding="utf-8")
    changed = change_option("labels", str(kept))
    assert changed.question is not None
    assert changed.question.learned == kept
    assert changed.own_labels == ""
    assert change_option("labels", "price, delivery").own_labels == "price, delivery"
    for wrong in (tmp_path / "none.json", tmp_path / "addin.json"):
        with pytest.raises(CellsenseError, match="cellsense learn"):
            change_option("labels", str(wrong))
    assert read_options().labels == "price, delivery"


def test_an_empty_value_sets_back() -> None:
    change_option("device", "cpu")
    assert change_option("device", "") == AddinOptions()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("label_name", "=1+1"),
        ("label_name", "Score"),
        ("score_name", "two\nlines"),
        ("occupied", "overwrite"),
        ("model", "no such folder"),
        ("device", "toaster"),
        ("colour", "red"),
        ("labels", "price"),
        ("labels", "price, Price"),
        ("labels", "price, to review"),
        ("labels", ", ".join(f"a label with number {number}" for number in range(12))),
        ("labels", ",".join(f"n{number}" for number in range(51))),
    ],
)
def test_what_cannot_be_used_is_refused_and_not_kept(name: str, value: str) -> None:
    with pytest.raises(CellsenseError):
        change_option(name, value)
    assert read_options() == AddinOptions()


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"model": 5, "colour": "red"}', "\udcff"])
def test_damaged_file_is_as_at_first(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    assert read_options() == AddinOptions()


def test_folder_that_cannot_be_made(file: Path) -> None:
    file.parent.touch()
    with pytest.raises(OutputError, match="can't be written"):
        change_option("device", "cpu")
