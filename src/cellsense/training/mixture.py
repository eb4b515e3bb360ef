"""Labelled corpora → the training mixture, its validation split, and the held-out sets."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cellsense.errors import TrainingError
from cellsense.training.recipe import Recipe


@dataclass(frozen=True)
class Examples:
    """Texts with their class indices (into ``Recipe.labels``) and the corpus of each."""

    texts: list[str]
    classes: list[int]
    corpora: list[str]


def read_corpus(folder: Path, name: str) -> pd.DataFrame:
    """Read one corpus with the columns ``text`` and ``label`` (lower-case class names)."""
    path = folder / f"{name}.parquet"
    if not path.is_file():
        raise TrainingError(f"The corpus {name} is missing: there is no {path}.")
    return pd.read_parquet(path, columns=["text", "label"])


def training_mixture(folder: Path, recipe: Recipe, number: int) -> Examples:
    """Draw the texts of one round by the recipe's caps; the same seed draws the same texts.

    Round `number` (from 0) takes up where the one before left off; a class that is used up
    begins again.
    """
    parts = []
    for name, rule in recipe.corpora.items():
        if number + 1 < rule.first_round:
            continue
        _, pool = _split(folder, recipe, name)
        for label, cap in rule.caps.items():
            rows = pool[pool["label"] == label]
            take = (np.arange(min(cap, len(rows))) + number * cap) % max(1, len(rows))
            parts.append(rows.iloc[take])
    return _examples(parts, recipe, shuffle=True)


def validation_set(folder: Path, recipe: Recipe) -> Examples:
    """Draw the texts of the training corpora that no round trains on."""
    parts = [_split(folder, recipe, name)[0] for name in recipe.corpora]
    return _examples(parts, recipe, shuffle=False)


def held_out_sets(folder: Path, recipe: Recipe) -> dict[str, Examples]:
    """Draw the corpora that training never sees, balanced by class as far as they go."""
    sets = {}
    for name in recipe.held_out:
        frame = read_corpus(folder, name).sample(frac=1.0, random_state=recipe.seed)
        parts = [rows.head(recipe.held_out_per_class) for _, rows in frame.groupby("label")]
        sets[name] = _examples([part.assign(corpus=name) for part in parts], recipe, shuffle=False)
    return sets


def _split(folder: Path, recipe: Recipe, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a corpus as (validation, the rest), both shuffled."""
    rule = recipe.corpora[name]
    frame = read_corpus(folder, name)
    frame = frame[frame["text"].str.count(r"\S+") >= rule.min_words]
    # A seed for each corpus: adding one must not redraw the others.
    seed = recipe.seed + zlib.crc32(name.encode())
    frame = frame.sample(frac=1.0, random_state=seed % 2**32)
    frame = frame[frame["label"].isin(rule.caps)].assign(corpus=name)
    held = max(recipe.validation_least, int(len(frame) * recipe.validation_share))
    return frame.iloc[:held], frame.iloc[held:]


def _examples(frames: list[pd.DataFrame], recipe: Recipe, *, shuffle: bool) -> Examples:
    frame = pd.concat(frames, ignore_index=True)
    if shuffle:
        frame = frame.sample(frac=1.0, random_state=recipe.seed)
    index = {label.lower(): position for position, label in enumerate(recipe.labels)}
    return Examples(
        texts=frame["text"].tolist(),
        classes=frame["label"].map(index).astype(int).tolist(),
        corpora=frame["corpus"].tolist(),
    )
