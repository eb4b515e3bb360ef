"""The model card of a user's own model: what it was trained on, and how good it is."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from cellsense.markdown import table
from cellsense.training.split import Split

if TYPE_CHECKING:
    from cellsense.training.own import Trained


def own_card(trained: "Trained", data: Split, recipe: dict[str, Any]) -> str:
    """Return the card as Markdown. It holds figures and settings, and no texts."""
    counts, held = Counter(data.classes), Counter(data.validation_classes)
    shown = [figures for figures in trained.metrics.labels if figures.support]
    f1 = {figures.label: figures.f1 for figures in shown}
    rows = [
        (label, f"{counts[place]:,}", f"{held[place]:,}", _figure(f1.get(label)))
        for place, label in enumerate(data.labels)
    ]
    settings = table(("setting", ""), [(key, str(value)) for key, value in recipe.items()])
    return f"""---
pipeline_tag: text-classification
---

# {trained.folder.name}

Trained with `cellsense train`. {_sentence(trained)} Scores are calibrated on the validation texts.

{table(("label", "training texts", "validation texts", "F1"), rows)}

{settings}
"""


def _sentence(trained: "Trained") -> str:
    metrics = trained.metrics
    return (
        f"On {metrics.rows:,} validation texts, which it didn't train on but which chose the epoch "
        "and the temperature (so a little too good): accuracy "
        f"{metrics.accuracy:.1%}, macro F1 {metrics.macro_f1:.3f}, calibration error "
        f"{metrics.calibration_error:.1%}."
    )


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
