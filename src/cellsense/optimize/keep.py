"""Int8 files of other models: made on request, kept on this machine, taken from then on."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellsense.atomic import temporary
from cellsense.classifier import Classifier
from cellsense.errors import ModelError
from cellsense.inference.engine import Engine
from cellsense.inference.load import load_int8
from cellsense.models.config import read_config
from cellsense.models.resolve import EMBEDDED, resolve_model
from cellsense.optimize.optimize import write_int8
from cellsense.sheets.failures import unwritable

# Those whose attention ONNX Runtime's optimiser fuses, each with a test.
SUPPORTED = ("bert", "roberta", "xlm-roberta", "camembert", "distilbert")
LEAST_AGREEMENT = 0.95


@dataclass(frozen=True, slots=True)
class Optimized:
    """What came of it."""

    file: Path
    size: int  # bytes
    texts: int
    same_labels: float  # share of the texts that get float32's label


def optimize_model(
    model: str, texts: Sequence[str], *, on_step: Callable[[str], None] = lambda _: None
) -> Optimized:
    """Write a model's int8 file and keep it, if it labels texts as the model itself does.

    Raises ModelError for a model of another architecture or one that suffers from int8, and what
    finding a model raises.
    """
    files = resolve_model(model)
    if files.name == EMBEDDED:
        raise ModelError("The embedded model is optimised already.")
    kind = _model_type(files.folder)
    if kind not in SUPPORTED:
        raise ModelError(
            f'The model "{files.name}" is of the kind {kind}, which can\'t be optimised: those '
            f"that can are {', '.join(SUPPORTED)}. It runs through torch as it is."
        )
    if not (files.folder / "tokenizer.json").is_file():
        raise ModelError(
            f'The model "{files.name}" has no tokenizer.json: save its tokenizer anew with '
            "transformers, which writes one."
        )
    config = read_config(files.folder)
    on_step("Labelling with float32")
    exact = Classifier(model, "cpu", dtype="float32", use_cache=False)
    wanted = [config.labels.index(item.label) if item else -1 for item in exact.predict(texts)]
    target = files.optimized
    _make_folder(target.parent)
    with temporary(target.parent) as made:
        on_step("Writing the int8 file")
        write_int8(files.folder, made, texts, config.window)
        on_step("Labelling with int8")
        found = _best(load_int8(files.folder, config, made), texts)
        same = sum(one == other for one, other in zip(wanted, found, strict=True)) / len(texts)
        if same < LEAST_AGREEMENT:
            raise ModelError(
                f'The model "{files.name}" loses too much in int8: {same:.1%} of {len(texts)} '
                f"texts keep their label, {LEAST_AGREEMENT:.0%} are asked for. It runs through "
                "torch as it is."
            )
        try:
            made.replace(target)
        except OSError as error:
            raise unwritable(target, error) from error
    return Optimized(target, target.stat().st_size, len(texts), same)


def forget_model(model: str) -> bool:
    """Remove a model's int8 file; False if there is none."""
    file = resolve_model(model).optimized
    there = file.is_file()
    file.unlink(missing_ok=True)
    return there


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error


def _best(engine: Engine[str], texts: Sequence[str]) -> list[int]:
    best = [-1] * len(texts)
    for rows in engine.run(texts):
        for position, row in rows.items():
            best[position] = int(row.argmax())
    return best


def _model_type(folder: Path) -> str:
    told = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return str(told.get("model_type", "unknown"))


def sample_texts() -> list[str]:
    """Return the reviews, invented for this, that decide the scales where no others are named."""
    text = Path(__file__).with_name("samples.txt").read_text(encoding="utf-8")
    return text.splitlines()
