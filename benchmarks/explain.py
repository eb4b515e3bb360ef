"""Whether the words that an explanation names carry the label: what happens when they are deleted.

`python -m benchmarks.explain [FILE] [--texts 200] [--words 3]` in the project's folder: of each
text the words that speak most for its label are deleted, and as many words drawn by chance (the
mean of five draws). Deletion is how explanations are commonly judged: Samek et al., 2017,
"Evaluating the Visualization of What a Deep Neural Network Has Learned".
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from cellsense import Classifier
from cellsense.bench.texts import read_texts
from cellsense.explain import Word, explain

DRAWS = 5
SHORTEST = 8  # words
LEAST = 1e-6  # of a probability, for its log-odds

Fall = tuple[float, float, bool]  # of the probability, of the log-odds; whether the label changed


def left(text: str, words: Sequence[Word]) -> str:
    """Return the text without some of its words."""
    for word in sorted(words, key=lambda word: -word.start):
        text = f"{text[: word.start]} {text[word.end :]}"
    return " ".join(text.split())


def falls(classifier: Classifier, text: str, others: Sequence[str]) -> list[Fall]:
    """Tell how far the score of the text's label falls in each of the other texts."""
    scores = classifier.probabilities([text, *others])
    label = int(scores[0].argmax())
    sure = np.clip(scores[:, label], LEAST, 1 - LEAST)
    odds = np.log(sure / (1 - sure))
    return [
        (sure[0] - sure[place], odds[0] - odds[place], scores[place].argmax() != label)
        for place in range(1, len(scores))
    ]


def main() -> None:
    """Print a line for the words named and one for words drawn by chance."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=Path("workbooks/reviews.csv"))
    parser.add_argument("--texts", type=int, default=200)
    parser.add_argument("--words", type=int, default=3)
    arguments = parser.parse_args()
    every = dict.fromkeys(read_texts(arguments.file, None, None, 5 * arguments.texts))
    texts = [text for text in every if len(text.split()) >= SHORTEST][: arguments.texts]
    classifier = Classifier(use_cache=False, check_language=False)
    random = np.random.default_rng(0)
    named: list[Fall] = []
    drawn: list[Fall] = []
    for text, explanation in zip(texts, explain(texts, classifier), strict=True):
        words = explanation.words
        ranked = sorted(words, key=lambda word: -word.weight)[: arguments.words]
        chosen = [random.permutation(len(words))[: arguments.words] for _ in range(DRAWS)]
        by_chance = [left(text, [words[place] for place in places]) for places in chosen]
        first, *others = falls(classifier, text, [left(text, ranked), *by_chance])
        named.append(first)
        drawn += others
    print(f"{len(texts)} texts, {arguments.words} words deleted of each")
    print("| words | probability falls by | log-odds fall by | another label |")
    print("|---|---:|---:|---:|")
    for name, found in (("named", named), ("by chance", drawn)):
        probability, odds, changed = np.mean(found, axis=0)
        print(f"| {name} | {probability:.3f} | {odds:.2f} | {changed:.0%} |")


if __name__ == "__main__":
    main()
