"""Any transformers checkpoint on any device, through torch."""

from collections.abc import Iterator
from contextlib import contextmanager
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

_CPU_LIMITS = BatchLimits(tokens=2048, rows=256)
_ACCELERATOR_LIMITS = BatchLimits(tokens=65_536, rows=2048)


class TorchBackend:
    """A text-classification checkpoint in torch."""

    workers = 1

    def __init__(self, folder: Path, device: Device, dtype: str, tokenizer: Any) -> None:
        try:
            with quiet_transformers():
                model, loading = _load(folder, getattr(torch, dtype))
            self._model = model.to(str(device)).eval()
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            reason = str(error).strip().splitlines()[0]
            raise ModelError(f"The model in {folder} can't be loaded: {reason}") from error
        missing = sorted(loading["missing_keys"])
        if missing:
            # transformers would go on with random numbers in their place.
            raise ModelError(
                f"The model in {folder} lacks {len(missing)} of its weights, such as {missing[0]}: "
                "it was not trained for text classification, or not saved whole."
            )
        self._device = str(device)
        self._takes_types = "token_type_ids" in tokenizer.model_input_names
        self.description = f"{device}, torch {dtype}"
        self.limits = _CPU_LIMITS if device.kind == "cpu" else _ACCELERATOR_LIMITS
        self.padding = Padding(tokenizer.pad_token_id or 0, tokenizer.padding_side == "left")
        if self._model.config.pad_token_id is None:
            # Decoder models find their last token by the padding id; without one, a row at a time.
            self.limits = BatchLimits(tokens=self.limits.tokens, rows=1)

    def logits(self, batch: Batch) -> npt.NDArray[np.float32]:
        given = {"input_ids": batch.ids, "attention_mask": batch.mask}
        if self._takes_types:
            given["token_type_ids"] = batch.type_ids
        try:
            with torch.inference_mode():
                inputs = {
                    name: torch.from_numpy(array).to(self._device) for name, array in given.items()
                }
                found: torch.Tensor = self._model(**inputs).logits
                logits: npt.NDArray[np.float32] = found.float().cpu().numpy()
        except RuntimeError as error:
            if _ran_out_of_memory(error):
                raise DeviceMemoryError(
                    f"{self._device} has too little free memory for one text. Close other "
                    "programs that use it, or take --device cpu."
                ) from error
            raise
        return logits


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


def _ran_out_of_memory(error: RuntimeError) -> bool:
    # Only CUDA and XPU have a class for it; MPS and the CPU's allocator say it in words.
    words = str(error).lower()
    return isinstance(error, torch.OutOfMemoryError) or (
        "out of memory" in words or "can't allocate memory" in words
    )
