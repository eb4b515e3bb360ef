"""Type invented reviews the way people do: slips, small letters, capitals, emoji (sample data)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

SLIPS: tuple[tuple[str, str], ...] = (
    ("really", "realy"), ("because", "becuase"), ("their", "thier"), ("don't", "dont"),
    ("doesn't", "doesnt"), ("didn't", "didnt"), ("can't", "cant"), ("It's", "Its"),
    ("it's", "its"), ("definitely", "definately"), ("recommend", "recomend"),
    ("recommended", "reccommended"), ("quiet", "quite"),
    ("comfortable", "comfortble"), ("straight", "strait"), ("through", "thru"),
    ("brilliant", "briliant"), ("received", "recieved"), ("isn't", "isnt"),
    ("enough", "enuf"), ("believe", "beleive"), ("disappointed", "dissapointed"),
    ("delivery", "delivary"), ("you", "u"), ("I've", "Ive"), ("won't", "wont"),
    ("every", "evry"), ("would", "woud"), ("minutes", "mins"), ("perfect", "perfact"),
)  # fmt: skip

RARE_SLIPS: tuple[tuple[str, str], ...] = (("the", "teh"), ("with", "wiht"), ("and", "adn"))

RARE_SHARE = 0.15

HAPPY_ENDS = (" 😊", " 👍", " ❤️", "!! 😀", " 🙌", " ⭐⭐⭐⭐⭐", " :)", " 😍")
MILD_ENDS = (" 🙂", " 👍", " :)")
UNSURE_ENDS = (" 🤷", " 😐", " :/")
UNHAPPY_ENDS = (" 😡", " 👎", " 😤", " :(", "!!!", " 🙄")

HABITS: tuple[tuple[int, str], ...] = (
    (50, "plain"), (12, "no full stop"), (11, "small letters"), (11, "slips"),
    (7, "exclamation"), (6, "emoji"), (3, "capitals"), (3, "dots"), (4, "commas"),
)  # fmt: skip


def type_review(sentences: tuple[str, ...], stars: int, rng: random.Random) -> str:
    """Return the sentences as one text, typed with one habit picked at random."""
    weights, habits = zip(*HABITS, strict=True)
    habit = rng.choices(habits, weights)[0]
    if habit == "small letters":
        return _small_letters(sentences, rng)
    if habit == "dots":
        return "... ".join(s.rstrip(".") for s in sentences)
    if habit == "commas" and len(sentences) == 2:
        return sentences[0].rstrip(".") + ", " + _soft_start(sentences[1])
    if habit == "capitals":
        sentences = _shouted(sentences)
    text = _in_paragraphs(sentences, rng)
    if habit == "no full stop":
        return text.removesuffix(".")
    if habit == "slips":
        return _with_slips(text, rng)
    if habit == "exclamation":
        return text.rstrip(".") + rng.choice(("!", "!!", "!"))
    if habit == "emoji":
        return text.rstrip(".") + rng.choice(_ends_for(stars))
    return text


def _shouted(sentences: tuple[str, ...]) -> tuple[str, ...]:
    """Put a short last sentence in capitals, or else a short first one."""
    *others, last = sentences
    if len(last.split()) <= 5:
        return (*others, last.upper().rstrip(".") + "!")
    first, *others = sentences
    if len(first.split()) <= 4:
        return (first.upper().rstrip(".") + "!", *others)
    return sentences


def _ends_for(stars: int) -> tuple[str, ...]:
    return {5: HAPPY_ENDS, 4: MILD_ENDS, 3: UNSURE_ENDS}.get(stars, UNHAPPY_ENDS)


def _soft_start(text: str) -> str:
    return text if re.match(r"I\b|[A-Z]{2}", text) else text[0].lower() + text[1:]


def _small_letters(sentences: tuple[str, ...], rng: random.Random) -> str:
    between = rng.choice((" ", ", ", ", ", "\n") if len(sentences) < 3 else (", ", ". ", "\n"))
    text = between.join(s.lower().rstrip(".") for s in sentences)
    return text.replace("'", "") if rng.random() < 0.6 else text


def _in_paragraphs(sentences: tuple[str, ...], rng: random.Random) -> str:
    if len(sentences) >= 4 and rng.random() < 0.2:
        cut = rng.randint(1, len(sentences) - 1)
        return " ".join(sentences[:cut]) + "\n\n" + " ".join(sentences[cut:])
    return " ".join(sentences)


def _with_slips(text: str, rng: random.Random) -> str:
    slips = RARE_SLIPS if rng.random() < RARE_SHARE else SLIPS
    found = [pair for pair in slips if re.search(rf"\b{re.escape(pair[0])}\b", text)]
    for right, slip in rng.sample(found, min(len(found), rng.choice((1, 1, 2)))):
        text = re.sub(rf"\b{re.escape(right)}\b", slip, text, count=1)
    return text
