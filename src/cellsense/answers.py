"""Scores → predictions, and what stands in a prediction's place."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cellsense.errors import OptionError
from cellsense.prediction import BETWEEN, FITS, NONE, OTHER_LANGUAGE, Prediction

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Scores = Mapping[str, npt.NDArray[np.float64]]


def other_languages(texts: Iterable[str]) -> dict[str, Prediction]:
    """Return answers for the texts that aren't English."""
    from cellsense.language import other_language

    found = {text: other_language(text) for text in texts}
    return {
        text: Prediction(OTHER_LANGUAGE, language.probability, None, language.code)
        for text, language in found.items()
        if language is not None
    }


def predictions(
    labels: tuple[str, ...], rows: "Scores", all_scores: bool, several: bool
) -> dict[str, Prediction]:
    """Turn rows of scores (labels,) by text into predictions; with `several`, of all that fit."""
    if not rows:
        return {}
    import numpy as np

    table = np.array(list(rows.values()))
    best = table.argmax(axis=1)
    found = {}
    for text, place, values in zip(rows, best.tolist(), table.tolist(), strict=True):
        every = dict(zip(labels, values, strict=True)) if all_scores else None
        label = _fitting(labels, values) if several else labels[place]
        found[text] = Prediction(label, values[place], every)
    return found


def _fitting(labels: tuple[str, ...], values: list[float]) -> str:
    ranked = sorted(zip(values, labels, strict=True), key=lambda item: -item[0])
    return BETWEEN.join(label for value, label in ranked if value >= FITS) or NONE


def as_list(texts: Iterable[object]) -> list[object]:
    """Return the cells of a column. Raises OptionError for what is none."""
    if isinstance(texts, str | bytes):
        # A string is an iterable of its letters: that is never what was meant.
        raise OptionError("One text was given where a list is expected: write [text].")
    if hasattr(texts, "to_pylist"):  # pyarrow's own scalars are no strings
        texts = texts.to_pylist()
    if isinstance(texts, Mapping) or hasattr(texts, "columns") or getattr(texts, "ndim", 1) != 1:
        # Iterating would give keys, column names or rows.
        raise OptionError("A table was given where one column is expected: name the column.")
    return list(texts)
