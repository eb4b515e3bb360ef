"""Any transformers checkpoint on any device, through torch."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors import SafetensorError
from transformers import AutoModelForSequenceClassification
from transformers.utils import logging as transformers_logging

from cellsense.device import Device
from cellsense.errors import ModelError
from cellsense.inference.backend import DeviceMemoryError
from cellsense.inference.batches import Batch, BatchLimits, Padding
from cellsense.inference.place import Place

_MULTIPLE = 8
_CPU_LIMITS = BatchLimits(tokens=2048, rows=256)
_ACCELERATOR_LIMITS = BatchLimits(tokens=65_536, rows=2048)


class TorchBackend:
    """A text-classification checkpoint in torch."""

    def __init__(
        self,
        folder: Path,
        device: Device,
        dtype: str,
        tokenizer: Any,
        window: int,
        place: Place | None = None,
    ) -> None:
        """Load the checkpoint; `window` is the most tokens of a row, `place` a stand-in in tests.

        Raises ModelError.
        """
        try:
            with quiet_transformers():
                model, loading = _load(folder, getattr(torch, dtype))
            self._place = place or Place(str(device))
            self._model = model.to(self._place.name).eval()
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            reason = first_line(error)
            raise ModelError(f"The model in {folder} can't be loaded: {reason}") from error
        missing = sorted(loading["missing_keys"])
        if missing:
            # transformers would go on with random numbers in their place.
            raise ModelError(
                f"The model in {folder} lacks {len(missing)} of its weights, such as {missing[0]}: "
                "it was not trained for text classification, or not saved whole."
            )
        self.workers = self._place.workers
        self._takes_types = "token_type_ids" in tokenizer.model_input_names
        self.description = f"{device}, torch {dtype}"
        self.limits = _limits(self._place, self._model)
        # Matrix units take eight at a time; a row must not grow over what the model can read.
        wide = self._place.is_accelerator and window % _MULTIPLE == 0
        left = tokenizer.padding_side == "left"
        self.padding = Padding(tokenizer.pad_token_id or 0, left, _MULTIPLE if wide else 1)
        if self._model.config.pad_token_id is None:
            # Decoder models find their last token by the padding id; without one, a row at a time.
            self.limits = BatchLimits(tokens=self.limits.tokens, rows=1)

    def logits(self, batch: Batch) -> npt.NDArray[np.float32]:
        given = {"input_ids": batch.ids, "attention_mask": batch.mask}
        if self._takes_types:
            given["token_type_ids"] = batch.type_ids
        try:
            with torch.inference_mode(), self._place.stream():
                inputs = {name: self._place.take(array) for name, array in given.items()}
                found: torch.Tensor = self._model(**inputs).logits
                logits: npt.NDArray[np.float32] = found.float().cpu().numpy()
        except RuntimeError as error:
            if ran_out_of_memory(error):
                self._place.tidy()
                raise DeviceMemoryError(
                    f"{self._place.name} has too little free memory for one text. Close other "
                    "programs that use it, or take --device cpu."
                ) from error
            raise
        return logits


def _limits(place: Place, model: Any) -> BatchLimits:
    if not place.is_accelerator:
        return _CPU_LIMITS
    limits, free = _ACCELERATOR_LIMITS, place.free_bytes()
    if free is None:
        return limits
    # Halving a batch that finds no memory isn't enough: Windows lends the card main memory
    # instead, which is far slower. So it is guessed: some copies of a layer's activations.
    config = model.config
    width: int = getattr(config, "hidden_size", 0) or getattr(config, "dim", 1024)
    inner: int = getattr(config, "intermediate_size", 0) or 4 * width
    bytes_per_token = model.dtype.itemsize * (8 * width + 3 * inner) * place.workers
    return replace(limits, tokens=min(limits.tokens, max(512, free // 2 // bytes_per_token)))


def _load(folder: Path, dtype: torch.dtype) -> tuple[Any, dict[str, Any]]:
    loaded: tuple[Any, dict[str, Any]] = AutoModelForSequenceClassification.from_pretrained(
        folder,
        dtype=dtype,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        output_loading_info=True,
    )
    return loaded


def first_line(error: Exception) -> str:
    """Return what a library's error says in its first line, or its name if it says nothing."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


@contextmanager
def quiet_transformers() -> Iterator[None]:
    """Keep transformers' bar and reports off the screen; errors say what matters."""
    log: Any = transformers_logging  # its functions have no types
    verbosity, bar = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity(log.CRITICAL)
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
        if bar:
            log.enable_progress_bar()


def ran_out_of_memory(error: RuntimeError) -> bool:
    """Tell whether a device found no memory."""
    # Only CUDA and XPU have a class for it; MPS and the CPU's allocator say it in words.
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or (
        "out of memory" in words or "can't allocate memory" in words
    )
