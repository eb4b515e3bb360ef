"""A model's name → its folder on this machine."""

import os
import re
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from cellsense.cache import cache_place
from cellsense.errors import MissingModelError, ModelError

EMBEDDED = "embedded"
ENCODER = "embedded encoder"
_FOLDER = Path(__file__).parent / "embedded"
_ENCODER_FOLDER = Path(__file__).parent / "encoder"
_LONGEST_ID = 96 * 2 + 1  # the hub allows 96 characters for each half
_HUB_ID = re.compile(r"[\w.-]+(?:/[\w.-]+)?")
# What a text-classification model needs; pickled weights (.bin, .pt) are never fetched.
_WANTED = ["*.json", "*.txt", "*.model", "*.safetensors", "*.jinja"]
# Nor what some repositories hold besides: other precisions, and the same weights in Mistral's form.
_UNWANTED = ["onnx/*", "openvino/*", "*/*", "model.fp*.safetensors", "consolidated*.safetensors"]


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model on this machine."""

    name: str
    folder: Path
    revision: str | None = None

    @property
    def int8(self) -> Path:
        """The int8 ONNX file, which need not exist."""
        made = self.optimized
        return made if made.is_file() else self.folder / "onnx" / "model_quantized.onnx"

    @property
    def optimized(self) -> Path:
        """Where the int8 file is kept that `cellsense models optimize` makes of it.

        It goes by the folder's place and its files' sizes and times: reading all weights to find
        out if there is one would take longer than many a column.
        """
        key = blake2b(str(self.folder.resolve()).encode(), digest_size=16)
        for pattern in ("config.json", "tokenizer.json", "*.safetensors"):
            for file in sorted(self.folder.glob(pattern)):
                told = file.stat()
                key.update(f"\0{file.name}\0{told.st_size}\0{told.st_mtime_ns}".encode())
        return cache_place() / "optimized" / f"{key.hexdigest()}.onnx"


def resolve_model(
    model: str | os.PathLike[str] | None,
    revision: str | None = None,
    *,
    download: bool = True,
    has_default: bool = True,
) -> ModelFiles:
    """Find a model: None or "embedded", a local folder, or a hub id (downloaded once, then kept).

    With `download` false, only what is on this machine is taken. `has_default` tells whether the
    embedded model would do, for the message to say so.

    Raises MissingModelError if it isn't here and can't be fetched, ModelError if it has no
    safetensors weights.
    """
    if model is None or model == EMBEDDED:
        return ModelFiles(EMBEDDED, _with_weights(_FOLDER))
    path = Path(model)
    try:
        path = path.expanduser()
        is_folder = path.is_dir()
    except (OSError, RuntimeError):  # a name that no folder can have, or of no known user
        is_folder = False
    if is_folder:
        return ModelFiles(str(model), _with_weights(path))
    name = str(model)
    if (
        len(name) > _LONGEST_ID
        or not _HUB_ID.fullmatch(name)
        or path.is_absolute()
        or name.startswith(".")
    ):
        raise MissingModelError(
            f'There is no model folder "{name}". Name a folder, or a hub id such as org/name.'
        )
    return ModelFiles(name, _with_weights(_fetch(name, revision, download, has_default)), revision)


def resolve_encoder() -> ModelFiles:
    """Return the embedded encoder, which gives vectors and no labels."""
    return ModelFiles(ENCODER, _ENCODER_FOLDER)


def _with_weights(folder: Path) -> Path:
    if any(folder.glob("*.safetensors")):
        return folder
    pickled = any(folder.glob("*.bin")) or any(folder.glob("*.pt"))
    raise ModelError(
        f"The model in {folder} has no safetensors weights"
        + (
            ": pickled weights can run code and are never loaded. "
            "Save it again with save_pretrained(), which writes model.safetensors."
            if pickled
            else ". Name a folder with config.json, tokenizer.json and model.safetensors."
        )
    )


def _fetch(name: str, revision: str | None, download: bool, has_default: bool) -> Path:
    """Download from the hub, or take what an earlier download left in its cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        folder = snapshot_download(
            name,
            revision=revision,
            allow_patterns=_WANTED,
            ignore_patterns=_UNWANTED,
            local_files_only=not download,
        )
    except GatedRepoError as error:
        raise MissingModelError(
            f'The hub gives "{name}" only to those who accepted its terms: do so on its page, '
            "then run `hf auth login`."
        ) from error
    except RevisionNotFoundError as error:
        raise MissingModelError(f'The model "{name}" has no revision "{revision}".') from error
    except RepositoryNotFoundError as error:
        raise MissingModelError(
            f'There is no model folder "{name}" here and no model of that name on the hub '
            "(or it is private: `hf auth login`)."
        ) from error
    except HFValidationError as error:
        raise MissingModelError(f'"{name}" is neither a folder nor a hub id.') from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        command = f"cellsense models download {name}"
        command += f" --revision {revision}" if revision else ""
        default = "; without --model the embedded model is used, which needs no network."
        if not download:
            raise MissingModelError(
                f'The model "{name}" is not on this machine: `{command}` fetches it.'
            ) from error
        raise MissingModelError(
            f'The model "{name}" is not on this machine and the hub can\'t be reached. '
            f"Run `{command}` where there is a network, or name a local folder"
            + (default if has_default else ".")
        ) from error
    return Path(folder)
