"""A model's folder and a task → the transformers pipeline, as `transformers.pipeline` makes it."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cellsense.device import Device, has_bfloat16
from cellsense.errors import DependencyError, ModelError
from cellsense.inference.torch_backend import first_line, quiet_transformers
from cellsense.tasks.registry import Task

_PARTS = {
    "texts": {"tokenizer": "AutoTokenizer"},
    "recordings": {"tokenizer": "AutoTokenizer", "feature_extractor": "AutoFeatureExtractor"},
    "pictures": {"processor": "AutoProcessor"},
}
_LOCAL = {"local_files_only": True, "trust_remote_code": False}
_LOAD_ERRORS = (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError)


def check_weights(folder: Path) -> None:
    """Raise ModelError unless the weights are safetensors and nothing else is loaded for them."""
    if (folder / "model.safetensors").is_file():
        return
    index = folder / "model.safetensors.index.json"
    try:
        shards = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        shards = set()
    if not shards or not all(str(shard).endswith(".safetensors") for shard in shards):
        raise ModelError(
            f"The model in {folder} has no model.safetensors (nor its index), and nothing else is "
            "loaded: save it again with save_pretrained()."
        )


def choose_dtype(device: Device | None) -> str:
    """Decide the precision; "auto" is as saved, for models that are spread over devices (None)."""
    if device is None:
        return "auto"
    return "bfloat16" if device.kind != "cpu" and has_bfloat16(device) else "float32"


def load_pipeline(task: Task, folder: Path, device: Device | None) -> Any:
    """Load a model on a device, or with None spread over all there are (`device_map="auto"`).

    Raises ModelError, or DependencyError for a package that the model or the spreading needs.
    """
    import transformers
    from safetensors import SafetensorError

    library: Any = transformers  # its overloads don't know of tasks named at run time
    check_weights(folder)
    if device is None:
        _check_accelerate()
    try:
        with quiet_transformers():
            model = _load_model(task, folder, device)
            parts = {
                name: getattr(library, kind).from_pretrained(folder, **_LOCAL)
                for name, kind in _PARTS[task.reads].items()
            }
            place = {} if getattr(model, "hf_device_map", None) else {"device": model.device}
            return library.pipeline(task.pipeline, model=model, **parts, **place)
    except ImportError as error:
        raise DependencyError(
            f"The model in {folder} needs a package that isn't installed: "
            f"{first_line(error).partition('. ')[0].rstrip('.')}."
        ) from error
    except (*_LOAD_ERRORS, SafetensorError) as error:
        raise ModelError(
            f"The model in {folder} can't be loaded for {task.name}: {first_line(error)}"
        ) from error


def _load_model(task: Task, folder: Path, device: Device | None) -> Any:
    """Load the weights, all of them: transformers would go on with random numbers for others."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, **_LOCAL)
    options = {"device_map": "auto"} if device is None else {}
    model, loading = _kind(task, folder, config).from_pretrained(
        folder,
        config=config,
        dtype=choose_dtype(device),
        use_safetensors=True,
        output_loading_info=True,
        **_LOCAL,
        **options,
    )
    missing = sorted(loading["missing_keys"])
    if missing:
        raise ModelError(
            f"The model in {folder} lacks {len(missing)} of its weights, such as {missing[0]}: it "
            f"was not trained for {task.name}, or not saved whole. One that was is {task.model}."
        )
    return (model if device is None else model.to(str(device))).eval()


def _kind(task: Task, folder: Path, config: Any) -> Any:
    """Find the class that loads such a model for the task, in the order of the pipeline's own."""
    from transformers.pipelines import SUPPORTED_TASKS

    architecture = (config.architectures or [""])[0]
    known_tasks: Any = SUPPORTED_TASKS
    for kind in known_tasks[task.pipeline]["pt"]:
        known = type(config) in kind._model_mapping  # noqa: SLF001 - there is no public way to it
        if known and not architecture.endswith("ForMaskedLM"):
            return kind
    raise ModelError(
        f"The model in {folder} is {architecture or 'of no stated architecture'}, which doesn't do "
        f"{task.name}. One that does is {task.model}."
    )


def _check_accelerate() -> None:
    if find_spec("accelerate") is None:
        raise DependencyError(
            "--device-map spreads a model by the package accelerate: run "
            "`pip install 'cellsense[tasks]'`."
        )
