"""What CLASSIFY and the button are asked: labels in the analyst's words, or what examples tell."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cellsense.cells import CellKind, kind_of
from cellsense.classifier import Classifier
from cellsense.errors import OptionError
from cellsense.labelled import label_text
from cellsense.models.resolve import EMBEDDED

_MOST_LABELS = 50
_LEAST_EXAMPLES = 3  # rows: two columns of fewer are labels
MOST_EXAMPLES = 2_000
_SEVERAL = {"true": True, "1": True, "several": True, "": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """Labels, or texts with theirs, or what was learned from such before."""

    labels: tuple[str, ...] = ()
    examples: tuple[tuple[str, str], ...] = ()
    several: bool = False
    learned: Path | None = None
    stamp: int = 0  # of that file: learned again, it answers otherwise

    def classifier(self, model: str | None, device: str) -> Classifier:
        """Return what answers it. Learning from examples is left to its first text."""
        if self.learned:
            return Classifier(self.learned)
        if self.examples:
            return Classifier(self.examples)
        where = "auto" if model == EMBEDDED else device  # labels alone are told on the CPU
        return Classifier(model, where, labels=self.labels, several=self.several)


def read_question(given: object, several: object) -> Asked:
    """Read CLASSIFY's arguments: a list of labels in any shape, or a column of texts and of labels.

    Raises OptionError for neither.
    """
    rows = _rows(given)
    many = _several(several)
    filled = [row for row in rows if any(_text(cell) for cell in row)]
    if len(filled) >= _LEAST_EXAMPLES and all(len(row) == 2 for row in filled):
        return _examples(filled, many)
    labels = [label_text(cell) for row in filled for cell in row if _text(cell)]  # type: ignore[arg-type]
    if len(labels) == 1:
        labels = [part.strip() for part in labels[0].split(",") if part.strip()]
    if len(labels) > _MOST_LABELS:
        raise OptionError(
            f"{len(labels):,} labels are too many: name {_MOST_LABELS} at most, or give examples "
            "in two columns, the texts and their labels."
        )
    question = Asked(labels=tuple(labels), several=many)
    if len(labels) < 2 and not many:
        raise OptionError(
            'It needs labels, such as {"price","delivery"}, or two columns with examples: '
            "texts and their labels."
        )
    return question


def read_labels(text: str) -> Asked | None:
    """Read labels that a box or a field holds, parted by commas; empty asks for sentiment.

    Raises OptionError.
    """
    labels = tuple(part.strip() for part in text.split(",") if part.strip())
    if not labels:
        return None
    if len(labels) < 2:
        raise OptionError(
            f'One label alone, "{labels[0]}", is always right: name two or more with commas '
            "between them, such as price, delivery; or none for sentiment."
        )
    if len(labels) > _MOST_LABELS:
        raise OptionError(f"{len(labels):,} labels are too many: name {_MOST_LABELS} at most.")
    return Asked(labels=labels)


def asks_nothing(given: object) -> bool:
    """Tell whether labels were left out, or are empty cells."""
    return not any(_text(cell) for row in _rows(given) for cell in row)


def _several(given: object) -> bool:
    word = "" if given is None else label_text(given).strip().lower()  # type: ignore[arg-type]
    if word not in _SEVERAL:
        raise OptionError(f'"{word}" doesn\'t say if several labels may fit: use TRUE or FALSE.')
    return _SEVERAL[word]


def _examples(rows: list[list[object]], several: bool) -> Asked:
    if several:
        raise OptionError('With examples each text gets one label: leave "several" out.')
    pairs = [
        (text, label_text(label))  # type: ignore[arg-type]  # a cell's value
        for text, label in rows
        if isinstance(text, str) and kind_of(text) is CellKind.TEXT and _text(label)
    ]
    if not pairs:
        raise OptionError("No row of the examples has a text and a label beside it.")
    if len(pairs) > MOST_EXAMPLES:
        raise OptionError(
            f"{len(pairs):,} examples are too many for a formula: {MOST_EXAMPLES:,} at most, or "
            "`cellsense train`."
        )
    return Asked(examples=tuple(pairs))


def _rows(given: object) -> list[list[object]]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        return [[given]]
    return [
        list(row) if isinstance(row, Sequence) and not isinstance(row, str) else [row]
        for row in given
    ]


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
