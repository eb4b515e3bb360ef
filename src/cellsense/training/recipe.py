"""The recipe file: every number that decides what a trained model is."""

import tomllib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Base:
    """The checkpoint training starts from: a folder inside an installed package."""

    package: str
    folder: str
    emoji: bool  # give them places in the vocabulary: it is BERT's, with unused ones

    def path(self) -> Path:
        """Return the folder; raises ModuleNotFoundError if the package is not installed."""
        return Path(str(resources.files(self.package).joinpath(self.folder)))


@dataclass(frozen=True)
class Round:
    """One pass over a mixture, from the peak of the learning rate to its end."""

    learning_rate: float
    max_tokens: int  # longer texts keep their head and their tail
    int8_activations: bool = False
    teacher_share: float = 0.0  # of the targets: what the round before thinks of a text
    written: int = 0  # sentences from recipes/sentences.toml
    typos: float = 0.0  # share of the corpora's texts that get some


@dataclass(frozen=True)
class Optimisation:
    """AdamW with linear warm-up and decay over batches of about equal token counts."""

    head_share: float
    batch_tokens: int
    warmup_share: float
    final_rate_share: float
    weight_decay: float
    label_smoothing: float
    dropout: float
    gradient_clip: float


@dataclass(frozen=True)
class CorpusRule:
    """What is taken of one corpus: at most so many texts of each class."""

    caps: dict[str, int]
    min_words: int
    what: str
    licence: str
    first_round: int = 1


@dataclass(frozen=True)
class Recipe:
    """One model, reproducible from its corpora."""

    labels: tuple[str, ...]
    seed: int
    base: Base
    rounds: tuple[Round, ...]
    optimisation: Optimisation
    validation_share: float
    validation_least: int
    window: int
    corpora: dict[str, CorpusRule]
    held_out: tuple[str, ...]
    held_out_per_class: int


def load_recipe(path: Path | None = None) -> Recipe:
    """Read a recipe; without a path, the embedded model's."""
    source = path or Path(__file__).parent / "recipes" / "embedded.toml"
    raw: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
    classes = {label.lower() for label in raw["labels"]}
    corpora = {}
    for name, rule in raw["corpora"].items():
        caps = {key: value for key, value in rule.items() if key in classes}
        least = rule.get("min_words", 1)
        first = rule.get("first_round", 1)
        corpora[name] = CorpusRule(caps, least, rule["what"], rule["licence"], first)
    return Recipe(
        labels=tuple(raw["labels"]),
        seed=raw["seed"],
        base=Base(**raw["base"]),
        rounds=tuple(Round(**item) for item in raw["rounds"]),
        optimisation=Optimisation(**raw["optimisation"]),
        validation_share=raw["validation"]["share"],
        validation_least=raw["validation"]["least"],
        window=raw["inference"]["window"],
        corpora=corpora,
        held_out=tuple(raw["held_out"]["corpora"]),
        held_out_per_class=raw["held_out"]["texts_per_class"],
    )
