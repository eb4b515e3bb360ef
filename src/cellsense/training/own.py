"""A user's labelled texts → a model of their own, in an ordinary transformers folder.

What is in work stands in a folder beside the result, `OUT.training`: the same command goes on from
there after it was stopped. The result appears whole, or not at all.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from cellsense.atomic import temporary
from cellsense.device import resolve_device
from cellsense.errors import ModelError, OutputError, TrainingError
from cellsense.evaluation.metrics import Metrics
from cellsense.evaluation.temperature import best_temperature
from cellsense.inference.torch_backend import first_line, quiet_transformers
from cellsense.labelled import Labelled
from cellsense.models.resolve import EMBEDDED, resolve_model
from cellsense.sheets.failures import unwritable
from cellsense.training.calibrate import divide_logits, last_layer
from cellsense.training.encode import Encoded, encode, one_hot
from cellsense.training.fit import Fit, Plan
from cellsense.training.judge import judge
from cellsense.training.own_card import own_card
from cellsense.training.recipe import Optimisation
from cellsense.training.split import split
from cellsense.training.wish import Epoch, Listener, Wish, work_folder

RECIPE = "training.json"
_BEST = "best"
_LARGEST_BATCH = 3072  # tokens
_SMALLEST_BATCH = 256
_STEPS_PER_EPOCH = 25  # at least, where there are texts enough: few steps teach little
_NEW_HEAD_RATE = 10.0
_HEAD_SHARE = 0.7  # of a text that is too long; the rest is its tail
_SMALL_WIDTH = 512  # narrower encoders take, and want, faster steps
_RATES = (1e-4, 3e-5)


@dataclass(frozen=True)
class Trained:
    """What came out: `metrics` are of the validation texts, which the model didn't train on."""

    folder: Path
    epochs: tuple[Epoch, ...]
    best: Epoch
    metrics: Metrics
    notes: tuple[str, ...]


def train(
    labelled: Labelled, out: Path, wish: Wish, listener: Listener, *, force: bool, restart: bool
) -> Trained:
    """Fine-tune, keep the best epoch, calibrate, and write the folder.

    Raises TrainingError for labels that can't be trained on, OutputError where `out` may not be
    written, and what a base or a device that isn't there raises.
    """
    out = out.absolute()
    _check_out(out, force=force)
    device = str(resolve_device(wish.device))
    data = split(
        labelled.texts,
        labelled.labels,
        share=wish.validation,
        seed=wish.seed,
        allowed=wish.labels,
    )
    base = resolve_model(wish.base).folder
    tokenizer, model, is_new = _load(base, data.labels)
    longest = min(wish.max_tokens, _window(tokenizer, model))
    training, validation = (
        encode(tokenizer, texts, one_hot(classes, len(data.labels)), longest, _HEAD_SHARE)
        for texts, classes in (
            (data.texts, data.classes),
            (data.validation_texts, data.validation_classes),
        )
    )
    plan = _plan(wish, model, training, device, is_new=is_new)
    weights = [file.stat().st_size for file in sorted(base.glob("*.safetensors"))]
    mark = [asdict(data), asdict(wish), plan.learning_rate, weights]
    work = _work_folder(out, mark, restart=restart)
    fit = Fit(model, training, plan, work)
    listener.begins(data, int(training.lengths.sum()), fit.done, fit.total)
    history = _history(work)

    def after_epoch(number: int) -> bool:
        judged = judge(model, validation, data.labels, device)
        metrics = judged.metrics()
        # A run that was killed before it kept its state judges the epoch again.
        history[:] = [item for item in history if item.number < number]
        epoch = Epoch(number, judged.loss, metrics.accuracy, metrics.macro_f1)
        is_best = all(_better(epoch, other) for other in history)
        history.append(epoch)
        if is_best:
            model.save_pretrained(work / _BEST)
        _write_json(work / "history.json", [asdict(item) for item in history])
        listener.epoch(epoch, best=is_best)
        return number - _best(history).number >= wish.patience

    try:
        fit.run(listener.step, after_epoch)
    except KeyboardInterrupt:
        fit.save()
        raise
    except OSError as error:  # what is in work can't be kept
        raise unwritable(work, error) from error
    best_model = _load_weights(work / _BEST, device)
    judged = judge(best_model, validation, data.labels, device)
    temperature = best_temperature(judged.logits, judged.classes)
    divide_logits(best_model, temperature)
    done = Trained(out, tuple(history), _best(history), judged.metrics(temperature), data.notes)
    recipe = {**asdict(wish), "base": wish.base or EMBEDDED, "texts": len(data.texts)}
    recipe |= {"learning_rate": plan.learning_rate, "batch_tokens": plan.optimisation.batch_tokens}
    recipe |= {"temperature": temperature, "best_epoch": done.best.number}
    _write(out, best_model, tokenizer, longest, own_card(done, data, recipe), recipe)
    shutil.rmtree(work, ignore_errors=True)
    return done


def _check_out(out: Path, *, force: bool) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file: name a folder for the model with --out.")
    if out.is_dir() and any(out.iterdir()):
        if not force:
            raise OutputError(f"{out} exists: add --force to replace it, or name another --out.")
        if not (out / RECIPE).is_file():
            raise OutputError(
                f"{out} holds no model of `cellsense train`, so it isn't replaced: name another "
                "--out."
            )
    if not out.parent.is_dir():
        raise OutputError(f"The folder {out.parent} doesn't exist: create it first.")


def _load(base: Path, labels: tuple[str, ...]) -> tuple[Any, Any, bool]:
    """Load tokenizer and model; also tell whether the head begins at random."""
    names = dict(enumerate(labels))
    try:
        with quiet_transformers():
            tokenizer: Any = AutoTokenizer.from_pretrained(
                base, local_files_only=True, trust_remote_code=False
            )
            known = json.loads((base / "config.json").read_text(encoding="utf-8")).get("id2label")
            same = known is not None and [known[key] for key in sorted(known, key=int)] == list(
                labels
            )
            loaded: tuple[Any, dict[str, Any]] = AutoModelForSequenceClassification.from_pretrained(
                base,
                num_labels=len(labels),
                id2label=names,
                label2id={label: index for index, label in names.items()},
                dtype=torch.float32,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                ignore_mismatched_sizes=True,
                output_loading_info=True,
            )
    except (
        OSError, ValueError, RuntimeError, KeyError, ImportError, SafetensorError,
    ) as error:  # fmt: skip
        reason = first_line(error)
        raise ModelError(f"The base in {base} can't be loaded: {reason}") from error
    model, info = loaded
    # Another task's checkpoint doesn't say that it ends in several labels at once.
    model.config.problem_type = "single_label_classification"
    encoder = [key for key in info["missing_keys"] if key.startswith(model.base_model_prefix)]
    if [key for key in encoder if "pooler" not in key]:
        raise ModelError(
            f"The base in {base} lacks weights such as {encoder[0]}: it is no encoder that can "
            "be trained on."
        )
    if not same:
        _begin_anew(model)
    return tokenizer, model, not same or bool(info["missing_keys"])


def _begin_anew(model: Any) -> None:
    """Forget what the last layer was trained for: these are other labels."""
    last = last_layer(model)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        last.weight.normal_(0.0, 0.02, generator=generator)
        if last.bias is not None:
            last.bias.zero_()


def _window(tokenizer: Any, model: Any) -> int:
    known = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None)]
    return min([int(value) for value in known if value and value < 100_000] or [512])


def _plan(wish: Wish, model: Any, training: Encoded, device: str, *, is_new: bool) -> Plan:
    tokens = int(training.lengths.sum())
    batch = min(_LARGEST_BATCH, max(_SMALLEST_BATCH, tokens // _STEPS_PER_EPOCH))
    width: int = getattr(model.config, "hidden_size", 0) or getattr(model.config, "dim", 1024)
    rate = wish.learning_rate or _RATES[width > _SMALL_WIDTH]
    optimisation = Optimisation(
        head_share=_HEAD_SHARE,
        batch_tokens=batch,
        warmup_share=0.06,
        final_rate_share=0.02,
        weight_decay=0.01,
        label_smoothing=0.05,
        dropout=0.1,
        gradient_clip=1.0,
    )
    head_rate = _NEW_HEAD_RATE if is_new else 1.0
    return Plan(optimisation, rate, wish.epochs, wish.seed, device, head_rate=head_rate)


def _work_folder(out: Path, decides: list[Any], *, restart: bool) -> Path:
    """Make the folder, or find it; refuse one that is of other texts or settings."""
    work = work_folder(out)
    what = json.dumps(decides, sort_keys=True)
    mark = blake2b(what.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    file = work / "what"
    try:
        if work.exists() and not work.is_dir():
            raise TrainingError(f"{work} is in the way: name another --out.")
        if work.is_dir() and not file.is_file() and any(work.iterdir()):
            raise TrainingError(
                f"{work} is in the way, and is no training of cellsense's: name another --out."
            )
        if restart and work.is_dir():
            shutil.rmtree(work)
        work.mkdir(exist_ok=True)
        if file.exists() and file.read_text(encoding="utf-8") != mark:
            raise TrainingError(
                f"{work} holds a training of other texts or settings: add --restart to begin anew "
                "and lose it, or name another --out."
            )
        file.write_text(mark, encoding="utf-8")
    except OSError as error:
        raise unwritable(work, error) from error
    return work


def _history(work: Path) -> list[Epoch]:
    file = work / "history.json"
    if not file.exists():
        return []
    return [Epoch(**item) for item in json.loads(file.read_text(encoding="utf-8"))]


def _better(epoch: Epoch, other: Epoch) -> bool:
    return (epoch.macro_f1, -epoch.loss) > (other.macro_f1, -other.loss)


def _best(history: list[Epoch]) -> Epoch:
    return max(history, key=lambda item: (item.macro_f1, -item.loss))


def _load_weights(folder: Path, device: str) -> Any:
    with quiet_transformers():
        model: Any = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, local_files_only=True
        )
    return model.to(device).eval()


def _write(
    out: Path, model: Any, tokenizer: Any, longest: int, card: str, recipe: dict[str, Any]
) -> None:
    """Write the folder under another name, then rename it."""
    with temporary(out.parent) as folder:
        try:
            folder.mkdir()
            with quiet_transformers():
                model.save_pretrained(folder)
            (folder / "model.safetensors").chmod(0o644)  # it comes out readable by its owner only
            tokenizer.model_max_length = max(longest, _window(tokenizer, model))
            tokenizer.save_pretrained(folder)
            (folder / "README.md").write_text(card, encoding="utf-8")
            _write_json(folder / RECIPE, recipe)
            _exchange(folder, out)
        except OSError as error:
            raise unwritable(out, error) from error


def _exchange(new: Path, out: Path) -> None:
    """Put a folder in the place of another, which comes back if that fails."""
    old = new.with_name(f"{new.name}-old")
    if out.exists():
        out.rename(old)
    try:
        new.rename(out)
    except OSError:
        if old.exists():
            old.rename(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write_json(file: Path, content: object) -> None:
    new = file.with_suffix(".new")
    new.write_text(json.dumps(content, indent=1), encoding="utf-8")
    new.replace(file)
