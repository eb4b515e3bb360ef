"""Why this label: the words that carried it, found by leaving each out.

Occlusion (Zeiler and Fergus, 2014; for words Li et al., 2016, "Understanding Neural Networks
through Representation Erasure"): a word counts for the label by how much the label's log-odds fall
without it. It asks nothing of the model but scores, so it works with any, in int8 too.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from cellsense.classifier import Classifier

MOST_PIECES = 48  # that a text is tried without at first: words, or groups of neighbours
_LOOKED_INTO = 3  # groups whose words are tried one by one
_WORD = re.compile(r"\S+")
_EDGE = ".,;:!?\"'“”‘’()[]…"
_LEAST = 1e-6
_SHOWN = 3
_COUNTS_FROM = 0.1  # log-odds below which a word isn't named


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of the text, and how many log-odds of the label hang on it."""

    text: str
    start: int  # characters
    end: int
    weight: float  # above 0 it speaks for the label


@dataclass(frozen=True, slots=True)
class Explanation:
    """The pieces of a text in their order; of a long one, groups of words where little hangs."""

    label: str
    score: float
    words: tuple[Word, ...]

    def told(self, most: int = _SHOWN) -> str:
        """Return "love (+2.1), great (+0.8); against: noisy (-0.4)"; empty if nothing counts."""
        ranked = sorted(self.words, key=lambda word: -abs(word.weight))
        counting = [word for word in ranked if abs(word.weight) >= _COUNTS_FROM][:most]
        speak = [_named(word) for word in counting if word.weight > 0]
        against = [_named(word) for word in counting if word.weight < 0]
        parts = [", ".join(speak)] if speak else []
        parts += [f"against: {', '.join(against)}"] if against else []
        return "; ".join(parts)


def explain(texts: Sequence[str], classifier: "Classifier") -> Iterator[Explanation]:
    """Explain texts one after the other. Raises what Classifier raises."""
    for text in texts:
        yield _explain(text, classifier)


def _explain(text: str, classifier: "Classifier") -> Explanation:
    words = [match.span() for match in _WORD.finditer(text)]
    groups = _grouped(words)
    first = classifier.probabilities([text, *(_without(text, group) for group in groups)])
    label = int(first[0].argmax())
    whole = _log_odds(first[:, label])
    found = dict(zip(groups, whole[0] - whole[1:], strict=True))
    if len(groups) < len(words):
        telling = sorted(groups, key=lambda group: -abs(found[group]))[:_LOOKED_INTO]
        single = [word for word in words if any(a <= word[0] < b for a, b in telling)]
        rows = classifier.probabilities([_without(text, word) for word in single])
        for group in telling:
            del found[group]
        odds = _log_odds(rows[:, label])
        found.update(zip(single, whole[0] - odds, strict=True))
    return Explanation(
        classifier.labels[label],
        float(first[0, label]),
        tuple(Word(text[a:b], a, b, float(found[a, b])) for a, b in sorted(found)),
    )


def _grouped(words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join neighbours until there are few enough."""
    if len(words) <= MOST_PIECES:
        return words
    edges = [round(place * len(words) / MOST_PIECES) for place in range(MOST_PIECES + 1)]
    return [(words[a][0], words[b - 1][1]) for a, b in pairwise(edges) if b > a]


def _without(text: str, piece: tuple[int, int]) -> str:
    return f"{text[: piece[0]].rstrip()} {text[piece[1] :].lstrip()}".strip()


def _log_odds(scores: "npt.NDArray[np.float64]") -> "npt.NDArray[np.float64]":
    import numpy as np

    sure = np.clip(scores, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(sure / (1 - sure)))


def _named(word: Word) -> str:
    return f"{word.text.strip(_EDGE) or word.text} ({word.weight:+.1f})"
