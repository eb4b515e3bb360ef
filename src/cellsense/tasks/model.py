"""A task with its model, as `Classifier` is one for labels: found at once, loaded when needed."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cellsense.errors import OptionError
from cellsense.tasks.answers import Answer, Failure, Given
from cellsense.tasks.paths import PathRules
from cellsense.tasks.prompts import check_prompt
from cellsense.tasks.registry import CLASSIFICATION, Task, find_task

if TYPE_CHECKING:
    from cellsense.device import Device
    from cellsense.models.resolve import ModelFiles
    from cellsense.tasks.runner import Runner


class TaskModel:
    """Makes a column by a pipeline of transformers; `convert` takes one in a classifier's place.

    Args:
        task: text-generation, token-classification, automatic-speech-recognition, image-to-text
            or image-text-to-text.
        model: a folder, or a hub id; downloaded once. Safetensors only.
        device: "auto", "cpu", "cuda", "cuda:1", "xpu", "mps", or a CUDA index.
        revision: a hub model's branch, tag or commit.
        prompt: what a model that writes is asked, {} standing for the text of a cell.
        max_new_tokens: the most that it writes.
        batch_size: rows in a batch; by default one, or eight texts on an accelerator.
        device_map: "auto" spreads a big model over all devices there are.
        allow_paths: folders, besides the workbook's own, where files may lie that cells name.
        any_path: they may lie anywhere.

    Raises OptionError at once for what can't be meant; errors in what chooses the model are raised
    at the first cell: MissingModelError, ModelError, DeviceError, DependencyError.
    """

    def __init__(
        self,
        task: str,
        model: str | os.PathLike[str] | None,
        device: str | int = "auto",
        *,
        revision: str | None = None,
        prompt: str | None = None,
        max_new_tokens: int | None = None,
        batch_size: int | None = None,
        device_map: str | None = None,
        allow_paths: Sequence[str | os.PathLike[str]] = (),
        any_path: bool = False,
    ) -> None:
        found = find_task(task)
        if found is None:
            raise OptionError(f"{CLASSIFICATION} is Classifier's task, and needs no other.")
        self.task: Task = found
        if model is None:
            raise OptionError(
                f"For {found.name} there is no embedded model: name one with --model, such as "
                f"{found.model} (a download)."
            )
        check_prompt(found, prompt)
        if max_new_tokens is not None and not found.writes:
            raise OptionError(f"--task {found.name} writes no tokens: leave --max-new-tokens out.")
        for flag, number in (("--max-new-tokens", max_new_tokens), ("--batch-size", batch_size)):
            if number is not None and number < 1:
                raise OptionError(f"{flag} {number} is none: use 1 or more.")
        if device_map not in (None, "auto"):
            raise OptionError(f'There is no --device-map "{device_map}": use auto.')
        if device_map is not None and device != "auto":
            raise OptionError("--device-map takes all devices there are: leave --device out.")
        if not found.reads_files and (allow_paths or any_path):
            raise OptionError(
                f"--task {found.name} reads texts, no paths: leave --allow-paths out."
            )
        self.rules = PathRules.of(allow_paths, anywhere=any_path)
        self._model = model
        self._device = device
        self._revision = revision
        self._prompt = prompt
        self._new_tokens = max_new_tokens
        self._batch_size = batch_size
        self._spread = device_map is not None
        self._files: ModelFiles | None = None
        self._runner: Runner | None = None
        self._description = ""
        self._key = ""
        self._lock = threading.RLock()

    @property
    def loaded(self) -> bool:
        """True once the model is in memory."""
        return self._runner is not None

    @property
    def name(self) -> str:
        """The model's name: a folder, or a hub id."""
        return self._find().name

    @property
    def revision(self) -> str | None:
        """A hub model's commit, or what was asked for where that isn't known; None for folders."""
        files = self._find()
        folder = files.folder
        return folder.name if folder.parent.name == "snapshots" else files.revision

    @property
    def labels(self) -> tuple[str, ...]:
        """None: what it writes is no choice among labels."""
        return ()

    @property
    def asked(self) -> dict[str, object]:
        """What a report says of it besides the model."""
        return {
            "task": self.task.name,
            "prompt": self._prompt or self.task.prompt,
            "max_new_tokens": self._new_tokens,
        }

    @property
    def description(self) -> str:
        """Device, runtime and precision, such as "cpu, torch float32"; loads the model."""
        self.load()
        return self._description

    @property
    def warning(self) -> None:
        """Nothing: no server stands behind a task."""
        return

    @property
    def fingerprint(self) -> str:
        """A hash of what decides the answers, and whose files may be read."""
        with self._lock:
            if not self._key:
                self._key = self._hash()
            return self._key

    def load(self) -> "Runner":
        """Load the model now rather than at the first cell."""
        with self._lock:
            if self._runner is None:
                self._runner = self._load()
            return self._runner

    def stream(self, given: Sequence[Given]) -> Iterator[Mapping[Given, Answer | Failure]]:
        """Answer texts, or files that `rules` have let through, each once; yield what is ready."""
        if given:
            yield from self.load().run(given)

    def _find(self) -> "ModelFiles":
        with self._lock:
            if self._files is None:
                from cellsense.models.resolve import EMBEDDED, resolve_model

                if self._model == EMBEDDED:
                    raise OptionError(
                        f"The embedded model gives labels: it is none for {self.task.name}."
                    )
                files = resolve_model(self._model, self._revision, has_default=False)
                if self._revision is not None and files.revision is None:
                    raise OptionError(
                        f'"{files.name}" is no hub model, so it has no --revision: leave it out.'
                    )
                self._files = files
            return self._files

    def _place(self) -> "Device | None":
        from cellsense.device import resolve_device

        return None if self._spread else resolve_device(self._device)

    def _hash(self) -> str:
        from importlib.metadata import version

        from cellsense.device import Device
        from cellsense.models.fingerprint import fingerprint

        asked = (self.task.name, self._prompt, self._new_tokens, self.rules, self._batch_size)
        place = self._place() or Device("several")
        versions = (version("transformers"),)
        return fingerprint(self._find(), place, "task", False, repr(asked), *versions).hex()

    def _load(self) -> "Runner":
        from cellsense.tasks.adapt import adapt
        from cellsense.tasks.load import load_pipeline
        from cellsense.tasks.runner import Runner, batch_of

        check_readers(self.task)
        place = self._place()
        pipe = load_pipeline(self.task, self._find().folder, place)
        where = str(pipe.model.device) if place is not None else "several devices"
        self._description = f"{where}, torch {str(pipe.model.dtype).removeprefix('torch.')}"
        batch = batch_of(self.task, self._batch_size, where.startswith("cpu"), pipe)
        adapter = adapt(self.task, pipe, self._find().folder, self._prompt, self._new_tokens)
        return Runner(self.task, adapter, where, batch)


def check_readers(task: Task) -> None:
    """Raise DependencyError if what reads the task's files isn't installed."""
    if task.reads == "recordings":
        from cellsense.tasks import recordings

        recordings.check_installed()
    elif task.reads == "pictures":
        from cellsense.tasks import pictures

        pictures.check_installed()
