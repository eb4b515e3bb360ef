"""Sentences with slots: "{a:good} {thing}" → "an excellent kettle"."""

import random
import re
from collections.abc import Mapping, Sequence

from cellsense.errors import TrainingError

Words = Mapping[str, Sequence[str]]

_SLOT = re.compile(r"\{(a:)?(\w+)(?::(\d+))?\}")
_VOWELS = "aeiou"
# Sounds that the first letter doesn't tell.
_CONSONANT_SOUNDS = ("one", "once", "uni", "use", "usual", "euro")
_VOWEL_SOUNDS = ("hour", "honest", "heir", "honour", "mp3", "lcd", "sd ", "8", "11", "18")


def slots(template: str) -> list[str]:
    """Return the word lists that a template takes fillings from."""
    return [match[2] for match in _SLOT.finditer(template)]


def fill(
    template: str, words: Words, chance: random.Random, fixed: Mapping[str, str] | None = None
) -> str:
    """Fill every slot by chance; `{thing:2}` gets another word than `{thing}`.

    `fixed` gives the fillings of some lists. Raises TrainingError for a list that isn't there.
    """
    chosen: dict[tuple[str, str], str] = {
        (name, "1"): filling for name, filling in (fixed or {}).items()
    }

    def filling(match: re.Match[str]) -> str:
        article, name, number = match[1], match[2], match[3] or "1"
        if name not in words:
            raise TrainingError(f"The sentence {template!r} names no list of words: {name}.")
        if (name, number) not in chosen:
            taken = {word for (other, _), word in chosen.items() if other == name}
            free = [word for word in words[name] if word not in taken] or list(words[name])
            chosen[name, number] = chance.choice(free)
        word = chosen[name, number]
        return with_article(word) if article else word

    text = _SLOT.sub(filling, template)
    return text[:1].upper() + text[1:]


def with_article(word: str) -> str:
    """Put "a" or "an" in front."""
    start = word.lower()
    vowel = start[:1] in _VOWELS and bool(start[:1]) and not start.startswith(_CONSONANT_SOUNDS)
    return f"an {word}" if vowel or start.startswith(_VOWEL_SOUNDS) else f"a {word}"
