"""Labelled texts → what the model makes of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from cellsense.classifier import Classifier
from cellsense.errors import ModelError
from cellsense.evaluation.matching import Matched
from cellsense.evaluation.metrics import Metrics, measure
from cellsense.labelled import Labelled, Skip
from cellsense.prediction import Prediction

_HASH_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Wrong:
    """A row whose guess isn't what its label stands for."""

    row: int
    text: str
    label: str  # as the column has it
    meant: str  # the model's label that it stands for
    guess: str
    score: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was compared, with what, and how it came out.

    `wrong` are the surest of the wrong rows, the surest first.
    """

    file: str
    sheet: str
    text_column: str
    label_column: str
    model: str
    revision: str | None  # a hub model's commit
    fingerprint: str  # of what decides the answers, in hex
    device: str
    date: datetime  # with its time zone
    skipped: Mapping[Skip, int]
    mapping: Mapping[str, str]
    notes: tuple[str, ...]
    metrics: Metrics
    wrong: Sequence[Wrong]

    @property
    def model_and_revision(self) -> str:
        """Return the model's name with what tells its versions apart."""
        return f"{self.model} {(self.revision or self.fingerprint)[:_HASH_DIGITS]}"


def evaluate(
    classifier: Classifier,
    labelled: Labelled,
    matched: Matched,
    *,
    wrong: int = 10,
    on_progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Classify all texts and compare; `wrong` is how many of the surest wrong rows to name.

    `on_progress` is called with (rows done, rows in all). Raises what Classifier raises, and
    ModelError for a model whose scores are no probabilities.
    """
    predictions = _classify(classifier, labelled.texts, on_progress)
    names = classifier.labels
    place = {name: number for number, name in reversed(list(enumerate(names)))}
    meant = [matched.labels[label] for label in labelled.labels]
    scores = np.array([item.score for item in predictions])
    if not ((scores >= 0) & (scores <= 1)).all():
        raise ModelError(
            f"The model {classifier.name} gives scores that are no probabilities: name one that "
            "classifies."
        )
    metrics = measure(
        np.array([place[name] for name in meant]),
        np.array([place[item.label] for item in predictions]),
        scores,
        names,
    )
    rows = zip(labelled.rows, labelled.texts, labelled.labels, meant, predictions, strict=True)
    missed = [
        Wrong(row, text, label, wanted, guess.label, guess.score)
        for row, text, label, wanted, guess in rows
        if guess.label != wanted
    ]
    return Evaluation(
        file=str(labelled.file),
        sheet=labelled.selection.sheet.name,
        text_column=str(labelled.selection.column),
        label_column=str(labelled.label_column),
        model=classifier.name,
        revision=classifier.revision,
        fingerprint=classifier.fingerprint,
        device=classifier.description,
        date=datetime.now().astimezone(),
        skipped=labelled.skipped,
        mapping=dict(matched.labels),
        notes=(*labelled.notes, *matched.notes),
        metrics=metrics,
        wrong=sorted(missed, key=lambda item: (-item.score, item.row))[:wrong],
    )


def _classify(
    classifier: Classifier,
    texts: Sequence[str],
    on_progress: Callable[[int, int], None] | None,
) -> list[Prediction]:
    answers: dict[int, Prediction | None] = {}
    for step in classifier.stream(texts):
        answers.update(step.rows)
        if on_progress is not None:
            on_progress(step.done, step.total)
    found = [answers[place] for place in range(len(texts))]
    return [item for item in found if item is not None]  # all are: only texts were read
