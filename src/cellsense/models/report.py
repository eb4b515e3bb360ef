"""What `cellsense models` says of models."""

from cellsense.device import resolve_device
from cellsense.inference.load import choose_dtype
from cellsense.markdown import table
from cellsense.models.config import read_architecture, read_config
from cellsense.models.kept import Kept, describe, folder_size, kept_models
from cellsense.models.resolve import EMBEDDED, resolve_model

_MOST_LABELS = 5
_HASH_DIGITS = 12
_ANSWERS = {
    "softmax": "one label",
    "sigmoid": "any number of labels, each with a score of its own",
    "none": "a number, not a probability",
}


def print_list() -> None:
    """Print a table of the models on this machine."""
    rows = [
        (
            kept.files.name,
            (kept.revision or "")[:_HASH_DIGITS],
            f"{kept.size / 1e6:,.0f} MB",
            "yes" if kept.files.int8.is_file() else "",
            _labels(kept.config.labels),
        )
        for kept in kept_models()
    ]
    print(table(("model", "revision", "size", "int8", "labels"), rows))
    print("Models in folders aren't listed: name the folder.")


def print_info(model: str, revision: str | None) -> None:
    """Print what is known of a model on this machine."""
    kept = describe(model, revision)
    device = resolve_device()
    here = f"{device}, {choose_dtype(kept.files, device, 'auto')}"
    rows = [
        ("model", kept.files.name),
        ("revision", kept.revision or "none: not from the hub"),
        ("folder", str(kept.files.folder)),
        ("size", f"{kept.size / 1e6:,.1f} MB"),
        ("architecture", kept.config.architecture or "not stated"),
        ("labels", ", ".join(kept.config.labels)),
        ("gives", _ANSWERS[kept.config.function]),
        ("reads at once", f"{kept.config.window:,} tokens; longer texts in windows"),
        ("language", "English; others are flagged" if _is_embedded(kept) else "as trained"),
        ("runs here on", here),
        ("int8 file", _int8(kept, model)),
    ]
    print(table(("", ""), rows))
    if all(label.startswith("LABEL_") for label in kept.config.labels):
        print('Its labels have no names: --rename-labels "LABEL_0=bad,LABEL_1=good" gives them.')


def print_download(model: str, revision: str | None) -> None:
    """Fetch a model from the hub, if it isn't here, and say what it is."""
    folder = resolve_model(model, revision).folder
    architecture = read_architecture(folder)
    does = f"{architecture}, for --task"
    if architecture.endswith("ForSequenceClassification"):
        does = f"labels {_labels(read_config(folder).labels)}"
    pinned = folder.name if folder.parent.name == "snapshots" else ""
    size = folder_size(folder) / 1e6
    print(f"{model} is on this machine: {size:,.1f} MB, {does}")
    if pinned:
        print(f"The same model for ever: --model {model} --revision {pinned}")


def _is_embedded(kept: Kept) -> bool:
    return kept.files.name == EMBEDDED


def _int8(kept: Kept, model: str) -> str:
    if _is_embedded(kept):
        return "embedded"
    if kept.files.optimized.is_file():
        return f"kept: {kept.files.optimized}"
    return f"none: cellsense models optimize {model} makes it faster on a CPU"


def _labels(labels: tuple[str, ...]) -> str:
    more = len(labels) - _MOST_LABELS
    return ", ".join(labels[:_MOST_LABELS]) + (f" and {more} more" if more > 0 else "")
