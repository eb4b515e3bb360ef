"""Slips of the keyboard."""

import random


def with_typo(text: str, chance: random.Random) -> str:
    """Swap two neighbouring letters inside a word of four letters or more, if there is one."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    if long:
        place = chance.choice(long)
        word = words[place]
        at = chance.randrange(1, len(word) - 2)
        words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def with_typos(text: str, chance: random.Random) -> str:
    """Swap, drop or double letters in about one word of ten, in one at least."""
    words = text.split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 3 and word.isalpha()]
    for place in chance.sample(long, min(len(long), 1 + len(long) // 10)):
        word = words[place]
        at = chance.randrange(1, len(word) - 2)
        pieces = (word[at + 1] + word[at], word[at], word[at] * 2 + word[at + 1])
        words[place] = word[:at] + chance.choice(pieces) + word[at + 2 :]
    return " ".join(words)
