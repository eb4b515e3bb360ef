"""What is compared: cellsense on every device and precision, and the plain pipeline."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Answers = list[tuple[str, float]]  # label and score of each text
# Loads a model and returns what classifies texts with it.
Loader = Callable[..., Callable[[Sequence[str]], Answers]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to label texts. `loader` is "module:function", called with `arguments`.

    `python` runs it in another environment, for packages that can't live beside cellsense.
    """

    name: str
    loader: str
    arguments: dict[str, Any] = field(default_factory=dict)
    python: str = sys.executable


def candidates(model: str | None) -> list[Candidate]:
    """Return the plain pipeline on each device, then cellsense in each precision it has there."""
    from cellsense.device import CPU, accelerators
    from cellsense.models.resolve import resolve_model

    files = resolve_model(model)
    found = []
    for device in (*accelerators(), CPU):
        place = str(device)
        given: dict[str, Any] = {"model": str(files.folder), "device": place}
        found.append(Candidate(f"pipeline, batch 32, {place}", f"{__name__}:pipeline", given))
        precisions = ["float32"] if device.kind in ("cpu", "mps") else ["float32", "bfloat16"]
        if device == CPU and files.int8.is_file():
            precisions.append("int8")
        for precision in precisions:
            given = {"model": model, "device": place, "dtype": precision}
            found.append(Candidate(f"cellsense {precision}, {place}", f"{__name__}:own", given))
    return found


def own(model: str | None, device: str, dtype: Any) -> Callable[[Sequence[str]], Answers]:
    """Load cellsense's classifier."""
    from cellsense.classifier import Classifier

    # The pipeline labels other languages too: the labels are to be the same.
    classifier = Classifier(model, device, dtype=dtype, use_cache=False, check_language=False)
    classifier.load()

    def classify(texts: Sequence[str]) -> Answers:
        found = classifier.predict(texts)
        return [("", 0.0) if item is None else (item.label, item.score) for item in found]

    return classify


def pipeline(model: str, device: str, batch_size: int = 32) -> Callable[[Sequence[str]], Answers]:
    """Load transformers' pipeline as it is used everywhere, in float32.

    Its default would be the precision that weights are stored in; half precision takes a CPU
    several times as long.
    """
    from transformers import pipeline as load

    classify: Any = load("text-classification", model=model, device=device, dtype="float32")

    def answers(texts: Sequence[str]) -> Answers:
        found = classify(list(texts), truncation=True, batch_size=batch_size)
        return [(item["label"], item["score"]) for item in found]

    return answers
