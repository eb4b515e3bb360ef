"""The columns beyond label and score: the next likeliest labels, every label's score, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cellsense.cells import CellValue
from cellsense.errors import OptionError
from cellsense.prediction import Prediction
from cellsense.sheets.earlier import Others
from cellsense.sheets.new_names import LONGEST_NAME, check_names
from cellsense.sheets.placement import earlier_span
from cellsense.sheets.selection import Selection

WHY_NAME = "Why"
SCORE_DIGITS = 4
_MOST = 50  # columns beyond label and score


class HasLabels(Protocol):
    """A classifier, or what is known of one on other machines."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels the model knows."""


@dataclass(frozen=True, slots=True)
class MoreColumns:
    """Which columns stand right of label and score, in this order."""

    top: int = 1  # so many labels with their scores, the first pair among them
    scored: tuple[str, ...] = ()  # labels with a column for their scores
    explained: bool = False

    @property
    def needs_scores(self) -> bool:
        """True if the scores of all labels are to be known."""
        return self.top > 1 or bool(self.scored)

    @property
    def texts(self) -> tuple[int, ...]:
        """The places of all columns that hold texts; the label's is 0."""
        why = 2 * self.top + len(self.scored)
        return (*range(0, 2 * self.top, 2), *([why] if self.explained else []))

    def values(self, prediction: Prediction) -> tuple[CellValue, ...]:
        """Return what stands in them, but for the reason; empty where no label was given."""
        scores = prediction.scores or {}
        ranked = sorted(scores.items(), key=lambda item: -item[1])[1 : self.top]
        pairs: list[CellValue] = [
            value for label, score in ranked for value in (label, round(score, SCORE_DIGITS))
        ]
        pairs += [None] * (2 * (self.top - 1) - len(pairs))
        found = (scores.get(label) for label in self.scored)
        return (
            *pairs,
            *(score if score is None else round(score, SCORE_DIGITS) for score in found),
        )

    def names(self, pair: tuple[str, str], selection: Selection) -> tuple[str, ...]:
        """Return the headers of all columns, label and score included.

        A label's score is headed by the label, or, if an earlier run did so or one of the headers
        would be there twice, by the score column's name and the label.
        """
        label, score = pair
        others = [*pair]
        for place in range(2, self.top + 1):
            others += [f"{label} {place}", f"{score} {place}"]
        why = [WHY_NAME] if self.explained else []
        if not self.scored:
            return (*others, *why)
        short = (*others, *_headers(self.scored, ""), *why)
        long = (*others, *_headers(self.scored, f"{score} "), *why)
        if not _usable(short):
            return long
        span = earlier_span(selection, pair, other_headers(pair, self.scored)) or range(0)
        own = {selection.header[column].casefold() for column in span}
        if own.intersection(name.casefold() for name in _headers(self.scored, f"{score} ")):
            return long
        table = () if selection.table is None else selection.table.columns
        others = [name for place, name in selection.header.items() if place not in span]
        known = {name.casefold() for name in others} | ({name.casefold() for name in table} - own)
        clash = any(name.casefold() in known for name in _headers(self.scored, ""))
        return long if clash else short


def more_columns(top_k: int, all_scores: bool, explain: bool, classifier: HasLabels) -> MoreColumns:
    """Return the columns that the flags ask for. Raises OptionError, and what Classifier raises."""
    if top_k < 2 and not all_scores:
        return MoreColumns(explained=explain)  # the model need not be looked for
    labels = classifier.labels
    more = MoreColumns(min(top_k, len(labels)), labels if all_scores else (), explain)
    count = 2 * (more.top - 1) + len(more.scored)
    if count > _MOST:
        flags = "--all-scores" if all_scores else f"--top-k {top_k}"
        raise OptionError(
            f"{flags} would add {count} columns beside label and score ({len(labels)} labels): "
            f"{_MOST} at most. Ask for fewer, such as --top-k 5."
        )
    return more


def _headers(labels: Sequence[str], before: str) -> list[str]:
    """Return the labels as headers: on one line, and none twice in any case."""
    headers: dict[str, str] = {}
    for label in labels:
        plain = "".join(letter if letter.isprintable() else " " for letter in label)
        name = " ".join(f"{before}{plain}".split())[: LONGEST_NAME - 5].rstrip()
        header, number = name, 2
        while header.casefold() in headers:
            header, number = f"{name} {number}", number + 1
        headers[header.casefold()] = header
    return list(headers.values())


def _usable(names: tuple[str, ...]) -> bool:
    try:
        check_names(names)
    except OptionError:
        return False
    return True


def with_reasons(
    rows: Mapping[int, tuple[CellValue, ...]], reasons: Mapping[int, str]
) -> dict[int, tuple[CellValue, ...]]:
    """Put the reasons behind the rows' other values."""
    return {row: (*values, reasons.get(row)) for row, values in rows.items()}


def other_headers(pair: tuple[str, str], labels: Sequence[str]) -> Others:
    """Return the headers that some flags put beside label and score, and what is below them."""
    label, score = pair
    found: Others = {
        **{f"{label} {place}".casefold(): "label" for place in range(2, _MOST)},
        **{f"{score} {place}".casefold(): "score" for place in range(2, _MOST)},
        WHY_NAME.casefold(): "reason",
        **{name.casefold(): "share" for name in _headers(labels, "")},
        **{name.casefold(): "share" for name in _headers(labels, f"{score} ")},
    }
    return found


def left_behind(
    selection: Selection, last: int, pair: tuple[str, str], labels: Sequence[str]
) -> list[str]:
    """Return the headers right of an earlier run's last column that another run's flags give."""
    known = other_headers(pair, labels)
    found: list[str] = []
    while (header := selection.header.get(last + 1 + len(found), "")).casefold() in known:
        found.append(header)
    return found
