"""Written sentences for what the corpora hold too little of, such as turns and negations."""

import random
import tomllib
from pathlib import Path

from cellsense.training.mixture import Examples, training_mixture
from cellsense.training.recipe import Recipe
from cellsense.training.templates import fill
from cellsense.training.typos import with_typos

NAME = "written sentences"
_FILE = Path(__file__).parent / "recipes" / "sentences.toml"


def round_examples(folder: Path, recipe: Recipe, number: int) -> Examples:
    """Return the mixture of round `number` (from 0), with the typos and sentences it wants."""
    this_round = recipe.rounds[number]
    mixture = training_mixture(folder, recipe, number)
    written = written_sentences(recipe, number, this_round.written)
    chance = random.Random(recipe.seed * 1000 + number)  # noqa: S311 - no secret
    texts = [
        with_typos(text, chance) if chance.random() < this_round.typos else text
        for text in mixture.texts
    ]
    return Examples(
        texts + written.texts,
        mixture.classes + written.classes,
        mixture.corpora + written.corpora,
    )


def written_sentences(recipe: Recipe, number: int, count: int) -> Examples:
    """Fill the templates until there are `count` different sentences, or nearly so.

    A group of templates gets its `share` of them; the seed and the round decide the fillings.
    """
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    words, groups = raw["words"], raw["sentences"]
    whole = sum(group["share"] for group in groups)
    chance = random.Random(recipe.seed * 1000 + number)  # noqa: S311 - no secret
    classes = {label: index for index, label in enumerate(recipe.labels)}
    found: dict[str, int] = {}
    for group in groups:
        templates = group["templates"]
        for turn in range(round(count * group["share"] / whole)):
            text = fill(templates[turn % len(templates)], words, chance)
            found.setdefault(text, classes[group["label"]])
    return Examples(list(found), list(found.values()), [NAME] * len(found))
