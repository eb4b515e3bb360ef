"""What the activations reach: runs sample texts through the float32 model."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from cellsense.optimize.graph import Graph

Inputs = Mapping[str, npt.NDArray[np.int64]]


class Range:
    """The least and the largest value of each channel of a tensor; arrays of shape (channels,)."""

    def __init__(self, low: npt.NDArray[np.float32], high: npt.NDArray[np.float32]) -> None:
        self.low = low
        self.high = high

    @property
    def magnitude(self) -> npt.NDArray[np.float32]:
        """The largest magnitude of each channel."""
        return np.maximum(-self.low, self.high)

    def include(self, values: npt.NDArray[np.float32]) -> None:
        """Widen it by values of shape (…, channels)."""
        rows = values.reshape(-1, values.shape[-1])
        self.low = np.minimum(self.low, rows.min(axis=0))
        self.high = np.maximum(self.high, rows.max(axis=0))

    def divided(self, factors: npt.NDArray[np.float32]) -> "Range":
        """Return the range of the tensor whose channels are divided by (positive) factors."""
        return Range(self.low / factors, self.high / factors)


def observe(graph: Graph, samples: Iterable[Inputs]) -> dict[str, Range]:
    """Run the samples; return the range of everything that goes into a matrix product, by name.

    Zero is in every range, as what is left out of a product counts as zero.
    """
    names = sorted({node.input[0] for node in graph.products()})
    watched = onnx.ModelProto()
    watched.CopyFrom(graph.model)
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    takes = {item.name for item in session.get_inputs()}
    ranges: dict[str, Range] = {}
    for inputs in samples:
        given = {name: array for name, array in inputs.items() if name in takes}
        for name, values in zip(names, session.run(names, given), strict=True):
            if name not in ranges:
                zeros = np.zeros(values.shape[-1], np.float32)
                ranges[name] = Range(zeros, zeros)
            ranges[name].include(values)
    return ranges
