"""The models on this machine: the embedded one, and what the hub's cache holds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cellsense.errors import ModelError
from cellsense.models.config import ModelConfig, read_config
from cellsense.models.resolve import EMBEDDED, ModelFiles, resolve_model


@dataclass(frozen=True, slots=True)
class Kept:
    """A text-classification model that can be named without a network."""

    files: ModelFiles
    config: ModelConfig
    size: int  # bytes of its folder

    @property
    def revision(self) -> str | None:
        """The hub's commit."""
        return self.files.revision


def kept_models() -> Iterator[Kept]:
    """Yield the embedded model, then those of the hub's cache by name and revision.

    Models for other tasks, incomplete ones and those without safetensors weights are left out.
    """
    embedded = resolve_model(None)
    yield Kept(embedded, read_config(embedded.folder), folder_size(embedded.folder))
    for name, folder in sorted(_snapshots()):
        try:
            config = read_config(folder)
        except ModelError:
            continue
        if any(folder.glob("*.safetensors")):
            yield Kept(ModelFiles(name, folder, folder.name), config, folder_size(folder))


def describe(model: str, revision: str | None) -> Kept:
    """Find one model on this machine. Raises MissingModelError or ModelError."""
    files = resolve_model(model, revision, download=False)
    folder = files.folder
    if files.name != EMBEDDED and folder.parent.name == "snapshots":
        files = ModelFiles(files.name, folder, folder.name)
    return Kept(files, read_config(folder), folder_size(folder))


def folder_size(folder: Path) -> int:
    """Return the bytes of a folder's files; links count as what they lead to."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def _snapshots() -> Iterator[tuple[str, Path]]:
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        found = scan_cache_dir()
    except CacheNotFound:
        return
    for repository in found.repos:
        if repository.repo_type == "model":
            for revision in repository.revisions:
                yield repository.repo_id, Path(revision.snapshot_path)
