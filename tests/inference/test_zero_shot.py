"""Labels in the analyst's words, beside transformers' own zero-shot pipeline."""

import csv
import gc
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
import small_models
from transformers import pipeline

from cellsense import Classifier
from cellsense.errors import ModelError, OptionError

TEXTS = [
    "the kettle boils fast and looks great",
    "delivery was slow",
    "cheap plastic smell",
    "we love our new lamp although it broke",
]
LABELS = ("money", "delivery", "noise and smell")
HYPOTHESIS = "this is {}"


@pytest.fixture(scope="module", params=["nli", "nli-roberta", "nli-reversed"])
def nli(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(request.param, tmp_path_factory.mktemp(request.param))


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_the_same_scores_as_transformers(nli: Path, several: bool) -> None:
    own = Classifier(
        nli, "cpu", labels=LABELS, several=several, hypothesis=HYPOTHESIS, use_cache=False
    )
    plain = pipeline("zero-shot-classification", model=str(nli), device="cpu", dtype="float32")
    found = own.predict([*TEXTS, None, 7], all_scores=True)
    assert found[-2:] == [None, None]
    for text, item in zip(TEXTS, found, strict=False):
        told = plain(text, list(LABELS), hypothesis_template=HYPOTHESIS, multi_label=several)
        assert item is not None
        assert item.scores == pytest.approx(
            dict(zip(told["labels"], told["scores"], strict=True)), abs=1e-4
        )
        assert several or item.label == told["labels"][0]
        assert list(item.scores) == list(LABELS)


def test_a_long_text_is_read_to_its_end(nli: Path) -> None:
    asked = {"labels": LABELS, "hypothesis": HYPOTHESIS, "use_cache": False}
    own = Classifier(nli, "cpu", **asked)
    filler = "the kettle boils fast and looks great " * 8
    ends = own.predict([filler + "delivery was slow", filler + "cheap plastic"], all_scores=True)
    assert ends[0] is not None
    assert ends[1] is not None
    assert ends[0].scores != ends[1].scores


def test_scores_do_not_depend_on_the_neighbours(nli: Path) -> None:
    own = Classifier(nli, "cpu", labels=LABELS, use_cache=False)
    together = own.predict(TEXTS * 3, all_scores=True)
    for text, item in zip(TEXTS * 3, together, strict=True):
        alone = own.predict([text], all_scores=True)[0]
        assert item is not None
        assert alone is not None
        assert item.scores == pytest.approx(alone.scores, abs=1e-5)


def test_questions_share_the_loaded_model(nli: Path) -> None:
    asked = [("money", "delivery"), ("noise", "smell", "delivery")]
    first, second = (Classifier(nli, "cpu", labels=labels, use_cache=False) for labels in asked)
    expected = first.predict(TEXTS, all_scores=True)
    model = ref(backend_of(first))
    second.predict(TEXTS)
    assert backend_of(second) is model()
    assert first.predict(TEXTS, all_scores=True) == expected
    del first, second
    gc.collect()
    assert model() is None  # and it isn't kept longer than it is used


def backend_of(classifier: Classifier) -> Any:
    engine: Any = classifier.load()
    return engine._engine._backend


def test_results_are_kept_by_their_question(
    nli: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path))
    first = Classifier(nli, "cpu", labels=LABELS).predict(TEXTS)
    again = Classifier(nli, "cpu", labels=LABELS)
    assert again.predict(TEXTS) == first
    assert not again.loaded
    others = Classifier(nli, "cpu", labels=("price", "quality", "service"))
    assert others.fingerprint != again.fingerprint
    assert {p.label for p in others.predict(TEXTS) if p} <= {"price", "quality", "service"}
    assert others.loaded


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([], "without a name"),
        (["price", " "], "without a name"),
        (["price", "Price"], "named twice"),
        (["price"], "One label alone"),
        (["price", "very " * 40], "leaves no room for a text"),
    ],
)
def test_labels_that_cannot_be_asked_for(nli: Path, labels: list[str], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Classifier(nli, "cpu", labels=labels, use_cache=False).predict(TEXTS)


def test_a_hypothesis_without_a_place_for_the_label(nli: Path) -> None:
    with pytest.raises(OptionError, match="where the label goes"):
        Classifier(nli, labels=LABELS, hypothesis="nothing", use_cache=False).predict(TEXTS)


def test_a_model_of_another_kind(bert_model: Path) -> None:
    with pytest.raises(ModelError, match='a label "entailment"; this one has'):
        Classifier(bert_model, "cpu", labels=LABELS, use_cache=False).predict(TEXTS)


def test_any_number_of_labels_may_fit(nli: Path) -> None:
    asked = Classifier(
        nli, "cpu", labels=LABELS, several=True, hypothesis=HYPOTHESIS, use_cache=False
    )
    for item in asked.predict(TEXTS * 4, all_scores=True):
        assert item is not None
        assert item.scores is not None
        fits = [label for label, score in item.scores.items() if score >= 0.5]
        assert set(item.label.split(", ")) == set(fits or ["NONE"])
        assert item.score == max(item.scores.values())


def test_a_model_that_gives_several_labels(tmp_path: Path, bert_model: Path) -> None:
    model = small_models.save("multilabel", tmp_path / "model")
    plain = pipeline("text-classification", model=str(model), device="cpu", top_k=None)
    for text, item in zip(
        TEXTS, Classifier(model, "cpu", several=True, use_cache=False).predict(TEXTS), strict=True
    ):
        told = [found["label"] for found in plain([text])[0] if found["score"] >= 0.5]
        assert item is not None
        assert item.label == (", ".join(told) or "NONE")
    with pytest.raises(OptionError, match="gives each text one label"):
        Classifier(bert_model, "cpu", several=True, use_cache=False).predict(TEXTS)


def test_the_command_line_asks_and_counts(nli: Path, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("Review\n" + "\n".join(TEXTS) + "\n\n", encoding="utf-8")
    flags = ["--model", str(nli), "--labels", "money, delivery,noise", "--several"]
    done = subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", str(file), *flags, "--device", "cpu"],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"money \d · delivery \d · noise \d", done.stdout)
    with file.with_name("reviews.labelled.csv").open(encoding="utf-8", newline="") as source:
        labels = [row["Label"] for row in csv.DictReader(source)]
    assert {name for label in labels for name in label.split(", ")} <= {
        "money", "delivery", "noise", "NONE",
    }  # fmt: skip
