"""The same checkpoint gives what transformers' own pipeline gives."""

from pathlib import Path

import pytest
import transformers

from cellsense import Classifier
from cellsense.models.resolve import resolve_model

TEXTS = [
    "this is not bad at all",
    "TERRIBLE, would never buy again!",
    "the kettle boils fast and looks great but it broke after two days",
    "okay",
    "ünïcödé 👍 <br> &amp; \x0b",
    "we love our new lamp",
    "  spaces around  ",
    "battery " * 12,
]


def pipeline_scores(folder: Path, texts: list[str]) -> list[dict[str, float]]:
    pipeline = transformers.pipeline(
        "text-classification", model=str(folder), device="cpu", dtype="float32"
    )
    return [{item["label"]: item["score"] for item in pipeline(text, top_k=None)} for text in texts]


def check_equal(classifier: Classifier, folder: Path, texts: list[str]) -> None:
    expected = pipeline_scores(folder, texts)
    found = classifier.predict(texts, all_scores=True)
    for scores, prediction in zip(expected, found, strict=True):
        assert prediction is not None
        assert prediction.scores == pytest.approx(scores, abs=1e-4)
        assert prediction.label == max(scores, key=scores.__getitem__)
        assert prediction.score == pytest.approx(max(scores.values()), abs=1e-4)


def test_small_models(small_model: Path) -> None:
    # CANINE's convolutions see the padding: beside longer texts its scores move a little.
    batch_size = 1 if small_model.name.startswith("canine") else None
    check_equal(Classifier(small_model, "cpu", batch_size=batch_size), small_model, TEXTS)


def test_embedded_model_in_float32() -> None:
    folder = resolve_model(None).folder
    long = " ".join(TEXTS) * 3
    check_equal(Classifier("embedded", "cpu", dtype="float32"), folder, [*TEXTS, long])


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_batch_size_changes_nothing(bert_model: Path, batch_size: int) -> None:
    check_equal(Classifier(bert_model, "cpu", batch_size=batch_size), bert_model, TEXTS * 3)
