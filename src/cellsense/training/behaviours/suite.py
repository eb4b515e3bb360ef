"""The suite's file → cases: a text with the labels that are right, or texts that must agree.

After Ribeiro et al., 2020, "Beyond Accuracy: Behavioral Testing of NLP Models with CheckList".
"""

import random
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellsense.errors import TrainingError
from cellsense.training.templates import Words, fill
from cellsense.training.typos import with_typo

SUITE = Path(__file__).with_name("suite.toml")
_VARIANTS = 4  # texts that must agree


@dataclass(frozen=True)
class Case:
    """One text with the labels that are right; or, without labels, texts that must agree."""

    capability: str
    texts: tuple[str, ...]
    labels: frozenset[str]

    def passes(self, given: tuple[str, ...]) -> bool:
        """Judge the labels given to the texts."""
        return set(given) <= self.labels if self.labels else len(set(given)) == 1


def read_cases(per_capability: int, seed: int = 0, file: Path = SUITE) -> list[Case]:
    """Fill the templates, each about equally often; the seed decides the fillings.

    Raises TrainingError for a suite that says something unknown.
    """
    raw = tomllib.loads(file.read_text(encoding="utf-8"))
    by_name: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for test in raw["tests"]:
        known = by_name.setdefault(test["capability"], [])
        known += [(template, test) for template in test["templates"]]
    cases: list[Case] = []
    for name, templates in by_name.items():
        chance = random.Random(f"{seed} {name}")  # noqa: S311 - no secret
        found: dict[tuple[str, ...], Case] = {}
        for turn in range(per_capability):
            template, test = templates[turn % len(templates)]
            case = _case(name, template, test, raw["words"], chance)
            found.setdefault(case.texts, case)
        cases += found.values()
    return cases


def _case(
    name: str, template: str, test: dict[str, Any], words: Words, chance: random.Random
) -> Case:
    if "label" in test:
        return Case(name, (fill(template, words, chance).strip(),), frozenset(test["label"]))
    if "vary" in test:
        return Case(name, tuple(_varied(template, test["vary"], words, chance)), frozenset())
    perturbed = _PERTURBATIONS.get(test.get("perturb", ""))
    if perturbed is None:
        raise TrainingError(f'The tests of "{name}" have neither label, vary nor a known perturb.')
    text = fill(template, words, chance)
    return Case(name, (text, *perturbed(text, chance)), frozenset())


def _varied(template: str, vary: str, words: Words, chance: random.Random) -> Iterator[str]:
    state = chance.getrandbits(32)
    for word in chance.sample(list(words[vary]), _VARIANTS):
        # The same chances again: nothing but this word differs.
        same = random.Random(state)  # noqa: S311 - no secret
        yield fill(template, words, same, {vary: word}).strip()


def _typos(text: str, chance: random.Random) -> list[str]:
    return [with_typo(text, chance) for _ in range(_VARIANTS - 1)]


def _html(text: str, _: random.Random) -> list[str]:
    broken = text.replace("&", "&amp;").replace(". ", ".<br/>")
    return [f"<p>{broken}</p>", f"{broken}<br />"]


_PERTURBATIONS: dict[str, Callable[[str, random.Random], list[str]]] = {
    "typo": _typos,
    "shout": lambda text, _: [text.upper()],
    "html": _html,
    "line breaks": lambda text, _: [text.replace(". ", ".\r\n\r\n"), f"\n{text}\n"],
}
