"""Join invented sentences into reviews whose tone fits the stars (sample data)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sample_reviews.reading import DateRange, Parts, Sentence

if TYPE_CHECKING:
    import random

MOST_USES_OF_A_SENTENCE = 4

# Orders of sentences that make a review, with how often each is picked.
SHAPES: dict[int, tuple[tuple[int, tuple[str, ...]], ...]] = {
    5: (
        (5, ("open+", "plus", "plus")),
        (3, ("open0", "plus", "plus", "end+")),
        (3, ("open0", "plus")),
        (4, ("plus", "plus")),
        (4, ("plus",)),
        (4, ("open+", "plus")),
        (4, ("plus", "end+")),
        (2, ("open0", "plus", "plus", "plus")),
        (3, ("open+", "plus", "plus", "end+")),
        (1, ("plus", "plus", "plus", "end+")),
        (1, ("open0", "plus", "plus", "plus", "plus", "end+")),
    ),
    4: (
        (5, ("plus", "plus", "niggle")),
        (4, ("open+", "plus", "niggle")),
        (3, ("open0", "plus", "plus", "niggle")),
        (3, ("open0", "plus", "plus")),
        (2, ("open+", "niggle")),
        (2, ("plus", "niggle")),
        (2, ("niggle", "plus", "plus")),
        (2, ("open0", "plus", "plus", "plus", "niggle")),
    ),
    3: (
        (4, ("plus", "minus", "end0")),
        (3, ("open0", "plus", "minus")),
        (3, ("minus", "plus")),
        (3, ("open0", "plus", "niggle", "niggle", "end0")),
        (2, ("plus", "niggle", "minus")),
        (1, ("open0", "end0")),
    ),
    2: (
        (4, ("open-", "minus", "minus")),
        (3, ("plus", "minus", "end-")),
        (3, ("open0", "minus", "minus", "end-")),
        (2, ("plus", "minus", "minus")),
        (2, ("minus", "then-")),
    ),
    1: (
        (4, ("open-", "minus", "then-")),
        (3, ("open-", "minus", "minus", "end-")),
        (3, ("minus", "then-")),
        (3, ("minus", "end-")),
        (3, ("open0", "minus", "minus", "then-")),
        (1, ("minus", "minus", "minus", "then-")),
        (2, ("minus",)),
        (1, ("open-", "minus")),
    ),
}

# Faults that no one would pass over with two or three stars.
SEVERE_TOPICS = frozenset(
    {"life", "safe", "rust", "stairs", "side", "error", "tear", "scratch", "peel", "bill", "twig"}
)

BEFORE_A_NIGGLE = (
    "", "", "", "", "", "Only gripe: ", "But ", "One small thing, ", "That said, ",
    "Only downside: ", "If I'm picky, ", "One star off: ", "Mind you, ",
)  # fmt: skip
NO_LEAD = ("",)
BETWEEN_PRAISE = ("", "", "", "", "", "", "", "", "Also ", "Also ", "And ", "Plus ", "Oh and ")
BEFORE_A_TURN = ("", "But ", "However, ", "On the other hand, ", "Trouble is, ", "Sadly ", "")
BEFORE_PRAISE_AFTER_BLAME = ("On the plus side, ", "That said, ", "But ", "In its favour: ", "")

_FIRST_PERSON = re.compile(r"\b(I|I'm|I've|I'd|my|me|our|we)\b", re.IGNORECASE)
_FULL_SENTENCE = re.compile(
    r"(It|It's|The|They|There|There's|I|I'd|I've|I'm|You|He|My|One|Even|Everything|Changing)\b"
)
_KEEP_CAPITAL = re.compile(r"^(I\b|I'|[A-Z]{2})")


@dataclass(frozen=True)
class JoinedReview:
    """Sentences in order, lead-ins included, and the days on which they make sense."""

    sentences: tuple[str, ...]
    days: DateRange


def lower_first(text: str) -> str:
    """Begin a sentence with a small letter, unless its first word keeps its capital."""
    return text if _KEEP_CAPITAL.match(text) else text[0].lower() + text[1:]


class ReviewJoiner:
    """Joins sentences of one product, the least used ones first."""

    def __init__(self, own: Parts, shared: Parts | None, rng: random.Random) -> None:
        """Keep the product's own sentences and those that suit any product."""
        self._own = own
        self._shared = shared
        self._rng = rng
        self.uses: Counter[str] = Counter()

    def share_uses(self, uses: Counter[str]) -> None:
        """Count uses together with the joiners of other products."""
        self.uses = uses

    def join(self, stars: int) -> JoinedReview | None:
        """Return a new review for these stars, or None when the sentences do not fit."""
        weights, shapes = zip(*SHAPES[stars], strict=True)
        shape = self._rng.choices(shapes, weights)[0]
        days = DateRange()
        topics: set[str] = set()
        picked: list[tuple[str, Sentence]] = []
        for heading in shape:
            sentence = self._pick(heading, stars, topics, days)
            if sentence is None:
                return None
            picked.append((heading, sentence))
            topics |= sentence.topics
            days = days.narrowed(sentence.days)
        for _, sentence in picked:
            self.uses[sentence.text] += 1
        return JoinedReview(self._with_lead_ins(picked, stars), days)

    def _pick(self, heading: str, stars: int, topics: set[str], days: DateRange) -> Sentence | None:
        candidates = list(self._own.get(heading))
        if self._shared is not None:
            candidates += self._shared.get(heading)
        fitting = [s for s in candidates if self._fits(s, heading, stars, topics, days)]
        if not fitting:
            return None
        fewest = min(self.uses[s.text] for s in fitting)
        weights = [4.0 ** (fewest - self.uses[s.text]) for s in fitting]
        return self._rng.choices(fitting, weights)[0]

    def _fits(
        self, sentence: Sentence, heading: str, stars: int, topics: set[str], days: DateRange
    ) -> bool:
        if self.uses[sentence.text] >= MOST_USES_OF_A_SENTENCE or sentence.topics & topics:
            return False
        if "gift" in topics and _FIRST_PERSON.search(sentence.text):
            return False
        if heading == "minus" and stars in (2, 3) and sentence.topics & SEVERE_TOPICS:
            return False
        return days.narrowed(sentence.days).is_possible()

    def _with_lead_ins(self, picked: list[tuple[str, Sentence]], stars: int) -> tuple[str, ...]:
        sentences: list[str] = []
        before = ""
        used: set[str] = set()
        for heading, sentence in picked:
            leads = _leads(before, heading, stars, sentence.text)
            lead = self._rng.choice([word for word in leads if not word or word not in used])
            used.add(lead)
            sentences.append(lead + lower_first(sentence.text) if lead else sentence.text)
            before = heading
        return tuple(sentences)


def _leads(before: str, heading: str, stars: int, text: str) -> tuple[str, ...]:
    """Return the words that may lead from a sentence under one heading to the next."""
    is_full = _FULL_SENTENCE.match(text) is not None
    if heading == "plus" and before == "plus":
        return BETWEEN_PRAISE if is_full else NO_LEAD
    if heading == "niggle" and before in ("plus", "open+"):
        leads: tuple[str, ...] = BEFORE_A_NIGGLE if stars > 3 else BEFORE_A_TURN
    elif heading == "minus" and before == "plus":
        leads = BEFORE_A_TURN
    elif heading == "plus" and before in ("minus", "niggle"):
        leads = BEFORE_PRAISE_AFTER_BLAME
    else:
        return NO_LEAD
    return leads if is_full else ("", "But ")
