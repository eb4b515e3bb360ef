"""Where a torch model runs: how arrays get there, and what the device has to say about memory.

One class for all devices, by the functions that `torch.cuda`, `torch.xpu`, `torch.mps` and
`torch.cpu` have in common.
"""

import threading
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

# Two batches in flight: while one is computed, the next is copied and its kernels are queued.
_IN_FLIGHT = 2


class Place:
    """A device."""

    def __init__(self, name: str, module: Any = None) -> None:
        """Take torch's name of a device; `module` stands in for torch's own in tests."""
        self.name = name
        self._module = module or torch.get_device_module(torch.device(name))
        kind = name.partition(":")[0]
        self.is_accelerator = kind != "cpu" or module is not None
        # MPS has one queue, and memory that it shares with the processor.
        self._streams = self.is_accelerator and hasattr(self._module, "Stream")
        self._pins = kind in ("cuda", "xpu")
        self._own = threading.local()

    @property
    def workers(self) -> int:
        """How many threads may run batches at the same time, each in a stream of its own."""
        return _IN_FLIGHT if self._streams else 1

    def stream(self) -> AbstractContextManager[Any]:
        """Let what this thread does run in a queue of its own on the device."""
        if not self._streams:
            return nullcontext()
        if not hasattr(self._own, "stream"):
            self._own.stream = self._module.Stream(device=self.name)
        context: AbstractContextManager[Any] = self._module.stream(self._own.stream)
        return context

    def take(self, array: npt.NDArray[Any]) -> torch.Tensor:
        """Copy an array to the device, without waiting where that is possible."""
        tensor = torch.from_numpy(np.ascontiguousarray(array))
        if self._pins:
            return tensor.pin_memory().to(self.name, non_blocking=True)
        return tensor.to(self.name)

    def free_bytes(self) -> int | None:
        """Return the device's free memory; None where it doesn't tell, or is the processor."""
        if not self.is_accelerator:
            return None
        try:
            free, _ = self._module.mem_get_info(self.name)
        except (AttributeError, NotImplementedError, RuntimeError):  # MPS; old drivers of XPU
            return None
        return int(free)

    def tidy(self) -> None:
        """Give back memory that is held for later, after a batch found none."""
        if hasattr(self._module, "empty_cache"):
            self._module.empty_cache()
