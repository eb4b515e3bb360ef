"""The CPU path: ONNX Runtime, windows of one length per call, a call per core at a time.

Each call has one thread: there is nothing to pad and nothing to wait for. With scales known
beforehand a window has the same scores, to the bit, among any neighbours. Files from elsewhere have
dynamic int8, which takes its scales from all that is in a call (1.6 % of labels differed between
batches and single texts): there a window gets a call of its own.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime

from cellsense.cores import usable_cores
from cellsense.errors import ModelError
from cellsense.inference.batches import Batch, BatchLimits, Padding

# In the file's metadata: its scores don't depend on what else is in a call.
STATIC = "cellsense.static"

# Short texts are faster together; from some hundred tokens on, more per call gain nothing.
_TOGETHER = BatchLimits(tokens=256, rows=64, alike=True)
_ALONE = BatchLimits(tokens=1, rows=1)


class OnnxBackend:
    """An int8 ONNX file on the CPU."""

    padding = Padding(token=0)  # never used: rows of one length aren't padded

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
        static = STATIC in self._session.get_modelmeta().custom_metadata_map
        self.limits = _TOGETHER if static else _ALONE
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
