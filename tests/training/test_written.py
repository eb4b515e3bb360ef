"""Written sentences, typos and emoji for training; the capabilities that are tested."""

import random
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest
import small_models
import torch
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from cellsense import Classifier
from cellsense.errors import TrainingError
from cellsense.training import emoji, written
from cellsense.training.behaviours.measure import failures
from cellsense.training.behaviours.suite import SUITE, Case, read_cases
from cellsense.training.recipe import load_recipe
from cellsense.training.templates import fill, slots, with_article
from cellsense.training.typos import with_typo, with_typos
from cellsense.training.written import written_sentences

RECIPE = load_recipe()
LABELS = set(RECIPE.labels)
GROUPS = tomllib.loads(written._FILE.read_text(encoding="utf-8"))
TESTS = tomllib.loads(SUITE.read_text(encoding="utf-8"))


def templates(content: dict[str, list[dict[str, list[str]]]], key: str) -> list[str]:
    return [template for group in content[key] for template in group["templates"]]


def test_written_sentences_are_whole_and_repeatable() -> None:
    first = written_sentences(RECIPE, 2, 3000)
    assert first == written_sentences(RECIPE, 2, 3000)
    assert first != written_sentences(RECIPE, 1, 3000)
    assert len(first.texts) == len(set(first.texts)) > 2000
    assert not [text for text in first.texts if re.search(r"[{}]|  ", text)]
    assert set(first.classes) == {0, 1, 2}


@pytest.mark.parametrize(("content", "key"), [(GROUPS, "sentences"), (TESTS, "tests")])
def test_every_slot_has_words_and_every_list_is_used(content, key) -> None:  # noqa: ANN001
    used = {name for template in templates(content, key) for name in slots(template)}
    used |= {group["vary"] for group in content[key] if "vary" in group}
    assert used == set(content["words"])
    labels = {label for group in content[key] for label in [group.get("label", "NEUTRAL")]
              if isinstance(label, str)}  # fmt: skip
    assert labels <= LABELS


def test_the_tests_share_no_template_with_the_training() -> None:
    def bare(template: str) -> str:
        return re.sub(r"[^a-z]+", " ", template.lower()).strip()

    trained = set(map(bare, templates(GROUPS, "sentences")))
    assert not {item for item in map(bare, templates(TESTS, "tests")) if item in trained}


def test_slots() -> None:
    words = {"thing": ["oven", "kettle"], "good": ["useful"], "link": ["", "#x"]}
    chance = random.Random(0)
    text = fill("{a:thing} and {a:thing:2}: {good}", words, chance)
    assert text in ("An oven and a kettle: useful", "A kettle and an oven: useful")
    assert fill("{a:good} {thing}", words, chance, {"thing": "fan"}) == "A useful fan"
    assert [with_article(w) for w in ("hour", "uniform", "egg", "one-off")] == [
        "an hour", "a uniform", "an egg", "a one-off",
    ]  # fmt: skip
    with pytest.raises(TrainingError, match="no list of words: colour"):
        fill("a {colour} thing", words, chance)


def test_typos_keep_the_letters_mostly() -> None:
    chance = random.Random(1)
    text = "This kettle is absolutely wonderful"
    assert Counter(with_typo(text, chance)) == Counter(text)
    assert with_typo(text, chance) != text
    assert with_typos(text, chance) != text
    assert with_typo("ok so so", chance) == with_typos("ok so so", chance) == "ok so so"


def test_cases() -> None:
    cases = read_cases(60)
    assert cases == read_cases(60)
    assert cases != read_cases(60, seed=1)
    assert len({case.capability for case in cases}) == 21
    for case in cases:
        assert case.labels <= LABELS
        assert len(case.texts) == 1 if case.labels else len(set(case.texts)) > 0
        assert not [text for text in case.texts if "{" in text]


def test_what_passes() -> None:
    labelled = Case("x", ("text",), frozenset({"POSITIVE", "NEUTRAL"}))
    assert labelled.passes(("NEUTRAL",))
    assert not labelled.passes(("NEGATIVE",))
    same = Case("x", ("one", "two"), frozenset())
    assert same.passes(("NEGATIVE", "NEGATIVE"))
    assert not same.passes(("NEGATIVE", "POSITIVE"))


def test_a_suite_that_says_something_unknown(tmp_path: Path) -> None:
    file = tmp_path / "suite.toml"
    file.write_text('[words]\n[[tests]]\ncapability = "x"\nperturb = "spin"\ntemplates = ["a b"]')
    with pytest.raises(TrainingError, match="neither label, vary nor a known perturb"):
        read_cases(5, file=file)


def test_the_embedded_model_is_measured() -> None:
    found = failures(Classifier(use_cache=False, check_language=False), per_capability=30)
    assert len(found) == 21
    mean = sum(item.rate for item in found) / len(found)
    assert mean < 0.35
    assert all(0 <= item.rate <= 1 and 0 < item.cases <= 30 for item in found)


def test_emoji_get_places_and_meanings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start, out = small_models.save("bert", tmp_path / "start"), tmp_path / "out"
    with pytest.raises(TrainingError, match="has 0 unused tokens"):
        emoji.teach_emoji(start, tmp_path / "fails")
    file = start / "tokenizer.json"
    text = file.read_text(encoding="utf-8")
    # Two words that nothing else is made of stand in for unused places.
    for number, word in enumerate(("wonderful", "terrible")):
        assert f'"{word}":' in text
        text = text.replace(f'"{word}":', f'"[unused{number}]":')
    file.write_text(text, encoding="utf-8")
    monkeypatch.setattr(emoji, "_MEANINGS", {"great": "😀", "broke": "💔"})
    emoji.teach_emoji(start, out)
    for tokenizer in (
        Tokenizer.from_file(str(out / "tokenizer.json")),
        AutoTokenizer.from_pretrained(out).backend_tokenizer,
    ):
        tokens = tokenizer.encode("looks great😀💔 two").tokens
        assert tokens[2:4] == ["great", "😀"] or ("😀" in tokens and "💔" in tokens)
    table = AutoModelForSequenceClassification.from_pretrained(out).get_input_embeddings().weight
    vocabulary = AutoTokenizer.from_pretrained(out).get_vocab()
    assert torch.equal(table[vocabulary["😀"]], table[vocabulary["great"]])
    before = AutoModelForSequenceClassification.from_pretrained(start)
    assert len(before.get_input_embeddings().weight) == len(table)
    emoji.teach_emoji(out, tmp_path / "again")
    assert (tmp_path / "again" / "tokenizer.json").read_bytes() == (
        out / "tokenizer.json"
    ).read_bytes()
