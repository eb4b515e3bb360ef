"""The words that tell a label's texts from the others.

Log-odds ratios with an informative Dirichlet prior: Monroe, Colaresi and Quinn, "Fightin' Words"
(Political Analysis 16, 2008). The prior is the words' share of all texts, so that rare words need
more evidence; the z-score puts them in an order.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?")
# As many words in all as the prior weighs: a tenth of those there are, at most 500.
_PRIOR, _MOST_PRIOR = 0.1, 500.0
_SURE = 1.96  # z from which a word counts
_LEAST_TEXTS = 3  # of the label, in which it stands
_LEAST_LETTERS = 3
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Word:
    """A word, how sure it is that it tells the label, and in how many texts it stands."""

    word: str
    z: float
    texts: int  # of the label
    others: int  # texts of other labels


@dataclass(frozen=True, slots=True)
class Words:
    """The most telling words of a label, the surest first."""

    label: str
    words: tuple[Word, ...]


def telling_words(
    texts: Mapping[int, str],
    labels: Mapping[int, Sequence[str]],
    wanted: Sequence[str],
    most: int = _SHOWN,
) -> tuple[Words, ...]:
    """Find the words of each label.

    Args:
        texts: by row; a text that comes again counts once, and so does a word in a text.
        labels: those of each row.
        wanted: the labels, in the order of the result; one that no word tells is left out.
        most: words of each label.
    """
    counts: dict[str, Counter[str]] = {label: Counter() for label in wanted}
    every: Counter[str] = Counter()
    seen = set()
    for row, text in texts.items():
        if text in seen:
            continue
        seen.add(text)
        words = {word.casefold() for word in _WORD.findall(text) if len(word) >= _LEAST_LETTERS}
        every.update(words)
        for label in labels[row]:
            if label in counts:
                counts[label].update(words)
    found = (Words(label, _telling(counts[label], every, most)) for label in wanted)
    return tuple(item for item in found if item.words)


def _telling(own: Counter[str], every: Counter[str], most: int) -> tuple[Word, ...]:
    total, mine = every.total(), own.total()
    if len(every) < 2:  # the one word there is tells nothing
        return ()
    weight = min(_MOST_PRIOR, _PRIOR * total)
    ranked = []
    for word, texts in own.items():
        if texts < _LEAST_TEXTS:
            continue
        others = every[word] - texts
        prior = weight * every[word] / total
        odds = _log_odds(texts + prior, mine + weight)
        other_odds = _log_odds(others + prior, total - mine + weight)
        z = (odds - other_odds) / math.sqrt(1 / (texts + prior) + 1 / (others + prior))
        if z >= _SURE:
            ranked.append(Word(word, z, texts, others))
    ranked.sort(key=lambda item: (-item.z, item.word))
    return tuple(ranked[:most])


def _log_odds(part: float, whole: float) -> float:
    return math.log(part / (whole - part))
