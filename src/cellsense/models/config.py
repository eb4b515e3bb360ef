"""What a checkpoint's config.json says, read without transformers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from cellsense.errors import ModelError, OptionError, near_names
from cellsense.prediction import check_label

ScoreFunction = Literal["softmax", "sigmoid", "none"]

_LONGEST_WINDOW = 8192
_USUAL_WINDOW = 512
_LEAST_WINDOW = 8


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """The parts of a text-classification checkpoint's config that inference needs."""

    labels: tuple[str, ...]
    function: ScoreFunction
    window: int  # tokens read at once, special ones counted
    architecture: str = ""


def read_config(folder: Path) -> ModelConfig:
    """Read `config.json` (and the tokenizer's window beside it).

    Raises ModelError if the folder isn't a text-classification checkpoint.
    """
    config = _read_json(folder / "config.json")
    if config is None:
        raise ModelError(f"{folder} is not a model folder: it holds no config.json.")
    tokenizer = _read_json(folder / "tokenizer_config.json") or {}
    try:
        architectures = config.get("architectures") or []
        kinds = [architectures] if isinstance(architectures, str) else list(map(str, architectures))
        labels = _labels(config)
        window = _window(config, tokenizer)
        function = _score_function(config, len(labels))
        found = ModelConfig(labels, function, window, kinds[0] if kinds else "")
    except (TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"The config.json in {folder} is not that of a model: {error}.") from error
    if not any(kind.endswith("ForSequenceClassification") for kind in kinds):
        what = ", ".join(kinds) or "of no stated architecture"
        raise ModelError(
            f"The model in {folder} is {what}, not a text-classification model "
            "(…ForSequenceClassification). Name one that is."
        )
    if window < _LEAST_WINDOW:
        raise ModelError(f"The model in {folder} reads {window} tokens at once: that is too few.")
    return found


def read_architecture(folder: Path) -> str:
    """Return the first architecture that a checkpoint of any task names, or nothing."""
    config = _read_json(folder / "config.json")
    if config is None:
        raise ModelError(f"{folder} is not a model folder: it holds no config.json.")
    named = config.get("architectures")
    return str(named[0]) if isinstance(named, list) and named else ""


def read_window(folder: Path) -> int:
    """Return how many tokens a checkpoint of any task reads at once, special ones counted."""
    config = _read_json(folder / "config.json") or {}
    return _window(config, _read_json(folder / "tokenizer_config.json") or {})


def renamed(config: ModelConfig, names: Mapping[str, str]) -> ModelConfig:
    """Give labels other names, found in any case.

    Raises OptionError for a label that the model doesn't have, a name that stands for something
    else, or two of one name.
    """
    if not names:
        return config
    for other in names.values():
        check_label(other)
    known = {label.casefold(): label for label in config.labels}
    unknown = next((name for name in names if name.casefold() not in known), None)
    if unknown is not None:
        raise OptionError(
            f'The model has no label "{unknown}" to rename. {near_names(unknown, config.labels)}'
        )
    wanted = {known[name.casefold()]: other for name, other in names.items()}
    labels = tuple(wanted.get(label, label) for label in config.labels)
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise OptionError(f'Two labels would be called "{twice}": name them apart.')
    return replace(config, labels=labels)


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} can't be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} is not the config of a model: it holds no object.")
    return content


def _labels(config: dict[str, Any]) -> tuple[str, ...]:
    names = config.get("id2label")
    if not names:
        return tuple(f"LABEL_{index}" for index in range(config.get("num_labels", 2)))
    return tuple(str(names[key]) for key in sorted(names, key=int))


def _score_function(config: dict[str, Any], labels: int) -> ScoreFunction:
    """Choose as transformers' TextClassificationPipeline.postprocess does."""
    problem = config.get("problem_type")
    if problem == "regression":
        return "none"
    if problem == "multi_label_classification" or labels == 1:
        return "sigmoid"
    return "softmax"


def _window(config: dict[str, Any], tokenizer: dict[str, Any]) -> int:
    stated = tokenizer.get("model_max_length")
    positions = config.get("max_position_embeddings")
    window = _LONGEST_WINDOW
    if isinstance(positions, int) and positions > 0:
        # RoBERTa and its kin start counting positions behind the padding id (514 hold 512).
        window = min(window, positions - 2 if config.get("pad_token_id") == 1 else positions)
    if isinstance(stated, int | float) and 0 < stated < 1e6:  # "no limit" is written as 1e30
        return min(window, int(stated))
    return window if isinstance(positions, int) and positions > 0 else _USUAL_WINDOW
