"""A learned head in a file, and the engine that labels with it."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from cellsense.errors import MissingModelError, ModelError
from cellsense.inference.encoder import WIDTH
from cellsense.inference.engine import Rows
from cellsense.learn.features import SENTIMENTS, features
from cellsense.learn.head import Head
from cellsense.models.resolve import resolve_encoder, resolve_model

_OURS = "cellsense labels "
FORMAT = f"{_OURS}1"
_LOT = 512  # texts
_WEAK = 0.1  # better than the commonest label by less than this is little


@dataclass(frozen=True)
class Learned:
    """A head, how sure it may be, and how well it did on examples it hadn't seen.

    The file holds labels, numbers and counts, and no texts.
    """

    head: Head
    temperature: float
    accuracy: float  # cross-validated
    margin: float  # half of its 95 % interval
    examples: dict[str, int] = field(default_factory=dict)  # by label

    @property
    def told(self) -> str:
        """Say how good it is: "78 % ± 12 on examples it hadn't seen"."""
        rows = sum(self.examples.values())
        return (
            f"{self.accuracy:.0%} ± {self.margin * 100:.0f} right, by cross-validation on {rows} "
            f"examples of {len(self.examples)} labels"
        )

    def lines(self, rows: int) -> list[str]:
        """Say what it learned from so many labelled rows, and how far to trust it."""
        counts = " · ".join(f"{name} {count}" for name, count in self.examples.items())
        commonest = max(self.examples.values()) / sum(self.examples.values())
        told = [
            f"Learned from {rows:,} rows: {counts}",
            f"{self.told}; always the commonest label: {commonest:.0%}",
        ]
        if self.accuracy < commonest + _WEAK:
            told.append("That is little: label more rows, or take clearer labels.")
        return told

    @property
    def note(self) -> str:
        """Say what to expect of its labels."""
        return f"These labels were learned from few examples: {self.told}."

    def as_json(self) -> str:
        """Return the file's content."""
        content = asdict(self)
        content["labels"] = list(self.head.labels)
        content["weights"] = [[round(float(w), 6) for w in row] for row in self.head.weights]
        del content["head"]
        return json.dumps({"format": FORMAT, "encoder": encoder_mark(), **content}, indent=1)


def read_learned(file: Path) -> Learned:
    """Read a file of `cellsense learn`. Raises ModelError."""
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        known, mark = content["format"], content["encoder"]
        weights = np.array(content["weights"], dtype=np.float64)
        labels = tuple(map(str, content["labels"]))
        learned = Learned(
            Head(labels, weights),
            float(content["temperature"]),
            float(content["accuracy"]),
            float(content["margin"]),
            {str(label): int(count) for label, count in content["examples"].items()},
        )
    except FileNotFoundError as error:
        raise MissingModelError(f"There is no file {file}: `cellsense learn` makes one.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{file} is no file of `cellsense learn`: {error}.") from error
    if known != FORMAT or mark != encoder_mark():
        raise ModelError(
            f"{file} was learned with another version of the embedded model, so its numbers don't "
            "fit this one: run `cellsense learn` again."
        )
    fits = weights.shape == (len(labels), WIDTH + len(SENTIMENTS) + 1)
    sane = math.isfinite(weights.sum()) and 0 < learned.temperature < math.inf
    if not fits or not sane or len(set(labels)) < max(2, len(labels)):
        raise ModelError(f"{file} is broken: its numbers don't fit its labels.")
    return learned


def is_learned(file: Path) -> bool:
    """Tell whether a file is one of `cellsense learn`, of whatever version."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and str(content.get("format")).startswith(_OURS)


def encoder_mark() -> str:
    """Return a hash of the two embedded models that a head's numbers depend on."""
    mark = blake2b(digest_size=8)
    for files in (resolve_encoder(), resolve_model(None)):
        mark.update(str(files.int8.stat().st_size).encode())
        with files.int8.open("rb") as content:
            content.seek(-65_536, 2)  # enough to tell versions apart, and read at once
            mark.update(content.read())
    return mark.hexdigest()


class LearnedEngine:
    """Labels texts by a learned head."""

    description = "cpu, onnx int8, learned head"

    def __init__(self, learned: Learned) -> None:
        self._learned = learned

    def run(self, texts: Sequence[str]) -> Iterator[Rows]:
        """Yield rows of probabilities (labels,) by position in `texts`."""
        for start in range(0, len(texts), _LOT):
            found = features(texts[start : start + _LOT])
            logits = np.log(np.clip(self._learned.head.probabilities(found), 1e-12, 1))
            powers = np.exp(logits / self._learned.temperature)
            rows = powers / powers.sum(axis=1, keepdims=True)
            yield {start + place: row for place, row in enumerate(rows)}
