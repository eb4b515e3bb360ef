"""Rows that a person should see: the most telling ones of each label, and those to review."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cellsense.classifier import Classifier
from cellsense.explain import Explanation, explain
from cellsense.label import Answered
from cellsense.prediction import OTHER_LANGUAGE, TO_REVIEW

_FEWEST_WORDS = 5  # shorter texts are sure, and say little
_MOST_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class TellingRow:
    """A row, its label, and for a telling one the words that carried it."""

    row: int
    text: str
    label: str
    score: float
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to show; each text comes once."""

    telling: Sequence[TellingRow]  # the surest of each label, label by label
    to_review: Sequence[TellingRow]  # the least sure, the least sure first
    unsure: int  # rows whose label is TO REVIEW


NO_ROWS = Rows((), (), 0)


def find_rows(
    answered: Answered,
    labels: Sequence[str],
    classifier: Classifier,
    *,
    telling: int,
    review: int,
) -> Rows:
    """Choose rows, and explain the telling ones.

    Args:
        answered: the column.
        labels: in the order in which their rows are shown.
        classifier: what gave the answers.
        telling: rows of each label.
        review: rows to review.
    """
    given = _once(answered)
    chosen: list[TellingRow] = []
    for label in labels:
        if label not in (OTHER_LANGUAGE, TO_REVIEW):
            chosen += sorted(
                (row for row in given if row.label == label and _says_much(row.text)),
                key=lambda row: (-row.score, row.row),
            )[:telling]
    reasons = explain([row.text for row in chosen], classifier)
    explained = [
        replace(row, explanation=reason) for row, reason in zip(chosen, reasons, strict=True)
    ]
    marked = [row for row in given if row.label == TO_REVIEW]
    unsure = marked or [row for row in given if row.label != OTHER_LANGUAGE]
    return Rows(
        telling=explained,
        to_review=sorted(unsure, key=lambda row: (row.score, row.row))[:review],
        unsure=sum(item.label == TO_REVIEW for item in answered.answers.values() if item),
    )


def _once(answered: Answered) -> list[TellingRow]:
    seen = set()
    found = []
    for row, answer in answered.answers.items():
        text = str(answered.cells[row])
        if answer is not None and text not in seen:
            seen.add(text)
            found.append(TellingRow(row, text, answer.label, answer.score))
    return found


def _says_much(text: str) -> bool:
    return len(text) <= _MOST_CHARACTERS and len(text.split()) >= _FEWEST_WORDS
