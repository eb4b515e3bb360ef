"""The CPU path: ONNX Runtime, one window per call, as many calls at a time as there are cores.

Dynamic int8 takes the scale of the activations from all that is in a call: among neighbours, a
text's scores would depend on what else stands in the column (1.6 % of labels differed between
batches and single texts). A window alone has the same scores in every workbook; with one thread
per call there is nothing to pad and nothing to wait for, so it is also the faster way.
"""

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from cellsense.errors import ModelError
from cellsense.inference.batches import Batch, BatchLimits, Padding


class OnnxBackend:
    """An int8 ONNX file on the CPU."""

    limits = BatchLimits(tokens=1, rows=1)
    padding = Padding(token=0)  # never used: a row alone isn't padded

    def __init__(self, file: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # warnings about the graph mean nothing to a user
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), options, providers=["CPUExecutionProvider"]
            )
        except (RuntimeError, ValueError) as error:  # the runtime's errors derive from these
            raise ModelError(f"{file} can't be loaded: {error}") from error
        self._inputs = {item.name for item in self._session.get_inputs()}
        self.workers = usable_cores()
        self.description = "cpu, onnx int8"

    def logits(self, batch: Batch) -> npt.NDArray[np.float32]:
        given = {
            "input_ids": batch.ids,
            "attention_mask": batch.mask,
            "token_type_ids": batch.type_ids,
        }
        feed = {name: array for name, array in given.items() if name in self._inputs}
        logits: npt.NDArray[np.float32] = self._session.run(None, feed)[0]
        return logits


def usable_cores() -> int:
    """Count the cores this process may use, which can be fewer than the machine's."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
