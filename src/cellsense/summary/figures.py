"""Answers → counts, shares and mean scores: of all rows, by category and by period."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cellsense.cells import CellValue
from cellsense.label import Answered, count_labels, count_without_text, notes_on
from cellsense.labelled import label_text
from cellsense.one_line import shorten
from cellsense.prediction import BETWEEN, Prediction
from cellsense.sheets.interface import column_letter
from cellsense.summary.asked import Asked
from cellsense.summary.made import Made
from cellsense.summary.periods import Periods
from cellsense.summary.words import Words, telling_words

MOST_GROUPS = 20  # categories; further ones are counted together
BLANK = "(blank)"
_LONGEST = 60  # characters of a category's name


@dataclass(frozen=True, slots=True)
class Count:
    """A label, or what stands in a label's place."""

    label: str
    rows: int
    share: float  # of the rows that hold a text, between 0 and 1
    score: float | None  # their mean; None for no row or no scores, or if several labels share one


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of a category or of a period that hold a text."""

    name: str
    rows: int
    counts: tuple[int, ...]  # of rows, in the order of `Figures.counts`


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The rows parted by what another column holds.

    `each` is the length of a period, where that column holds dates; the groups are then in their
    order, else those with the most rows come first.
    """

    column: str
    groups: Sequence[Group]
    each: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the labels of a column come to."""

    file: str
    sheet: str
    column: str
    header: str
    model: str  # or where the labels stand, if no model gave them
    revision: str | None  # a hub model's commit
    fingerprint: str
    device: str
    date: datetime  # with its time zone
    rows: int
    texts: int  # rows that hold a text
    without_text: Mapping[str, int]
    counts: tuple[Count, ...]  # in the model's order, then what stands in a label's place
    by: tuple[Breakdown, ...]
    over_time: Breakdown | None
    words: tuple[Words, ...]
    notes: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of what was counted."""
        return tuple(count.label for count in self.counts)


def gather(answered: Answered, asked: Asked, made: Made) -> Figures:
    """Count the answers to a column's texts, by the other columns that were asked for.

    Args:
        answered: the cells and the answers, by row.
        asked: the other columns, their cells read.
        made: how the answers were made.
    """
    given = {row: item for row, item in answered.answers.items() if item is not None}
    counted = _counts(count_labels(made.labels, given.values()), given.values(), made.scored)
    names = tuple(item.label for item in counted)
    over = asked.periods and _over(asked.date, asked.periods, given, names)
    selection = answered.selection
    undated = over and len(given) - sum(group.rows for group in over.groups)
    notes = (*notes_on(selection, given.values(), answered.below), *asked.notes)
    if undated:
        note = (
            f"{undated:,} of {len(given):,} texts have no date in the column {asked.date} that is "
            "read and near the others: they aren't in the trend."
        )
        notes = (*notes, note)
    without_text = count_without_text(answered.cells, answered.answers, answered.rows)
    return Figures(
        file=made.file,
        sheet=selection.sheet.name,
        column=column_letter(selection.column.column),
        header=selection.column.header,
        model=made.model,
        revision=made.revision,
        fingerprint=made.fingerprint,
        device=made.device,
        date=datetime.now().astimezone(),
        rows=answered.rows,
        texts=len(given),
        without_text={kind.value: rows for kind, rows in without_text.items()},
        counts=counted,
        by=tuple(_by(name, cells, given, names) for name, cells in asked.by),
        over_time=over if over and over.groups else None,
        words=telling_words(
            {row: str(answered.cells[row]) for row in given},
            {row: parts(item, names) for row, item in given.items()},
            [item.label for item in counted if item.rows],
        ),
        notes=notes if made.note is None else (*notes, made.note),
    )


def parts(answer: Prediction, known: Collection[str]) -> list[str]:
    """Return the labels of an answer: several, where several may fit a text."""
    return [answer.label] if answer.label in known else answer.label.split(BETWEEN)


def _counts(
    rows: Mapping[str, int], given: Iterable[Prediction], scored: bool
) -> tuple[Count, ...]:
    scores: dict[str, list[float]] = {label: [] for label in rows}
    texts = 0
    for answer in given:
        texts += 1
        if scored and answer.label in scores:  # of several labels one score says nothing
            scores[answer.label].append(answer.score)
    return tuple(
        Count(
            label,
            number,
            number / texts if texts else 0.0,
            math.fsum(scores[label]) / number if number == len(scores[label]) > 0 else None,
        )
        for label, number in rows.items()
    )


def _by(
    column: str,
    cells: Mapping[int, CellValue],
    given: Mapping[int, Prediction],
    labels: Sequence[str],
) -> Breakdown:
    names = {row: _name(cells.get(row)) for row in given}
    sizes = Counter(names.values())
    order = [name for name, _ in sizes.most_common()]
    if len(order) > MOST_GROUPS:
        kept = order[: MOST_GROUPS - 1]
        others = f"({len(order) - len(kept):,} others)"
        names = {row: name if name in kept else others for row, name in names.items()}
        order = [*kept, others]
    groups = _groups(order, names, given, labels)
    return Breakdown(column, _shown(groups))


def _shown(groups: Sequence[Group]) -> tuple[Group, ...]:
    """Shorten long names, and number those that are the same then."""
    taken: set[str] = set()
    found = []
    for group in groups:
        short, number = shorten(group.name, _LONGEST), 2
        name = short
        while name in taken:
            name, number = f"{short} ({number})", number + 1
        taken.add(name)
        found.append(replace(group, name=name))
    return tuple(found)


def _over(
    column: str, periods: Periods, given: Mapping[int, Prediction], labels: Sequence[str]
) -> Breakdown:
    names = {row: periods.by_row[row] for row in given if row in periods.by_row}
    # The column may go on below the rows that were labelled.
    seen = set(names.values())
    held = [place for place, name in enumerate(periods.names) if name in seen]
    shown = periods.names[held[0] : held[-1] + 1] if held else ()
    return Breakdown(column, _groups(shown, names, given, labels), periods.each)


def _groups(
    order: Sequence[str],
    names: Mapping[int, str],
    given: Mapping[int, Prediction],
    labels: Sequence[str],
) -> tuple[Group, ...]:
    members: dict[str, list[Prediction]] = {name: [] for name in order}
    for row, name in names.items():
        members[name].append(given[row])
    found = []
    for name, answers in members.items():
        counted = count_labels(labels, answers)
        found.append(Group(name, len(answers), tuple(counted[label] for label in labels)))
    return tuple(found)


def _name(value: CellValue) -> str:
    if value is None:
        return BLANK
    if isinstance(value, datetime):
        value = value.date()
    return label_text(value) or BLANK
