"""Forward: what the engine asks of a runtime."""

from typing import Protocol

import numpy as np
import numpy.typing as npt

from cellsense.errors import DeviceError
from cellsense.inference.batches import Batch, BatchLimits, Padding


class DeviceMemoryError(DeviceError):
    """A batch didn't fit the device; the engine halves it and goes on."""


class Backend(Protocol):
    """A loaded model."""

    @property
    def description(self) -> str:
        """Device, runtime and precision, as a user reads them: "cpu, onnx int8"."""

    @property
    def limits(self) -> BatchLimits:
        """The batches it is fastest with."""

    @property
    def padding(self) -> Padding:
        """How it wants rows filled up."""

    @property
    def workers(self) -> int:
        """How many batches it takes at the same time, each in a thread."""

    def logits(self, batch: Batch) -> npt.NDArray[np.float32]:
        """Return float32 logits of shape (rows, labels); raises DeviceMemoryError."""
