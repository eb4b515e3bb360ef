"""What the activations reach: runs sample texts through the float32 model."""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from cellsense.optimize.graph import Graph

Channels = npt.NDArray[np.float32]
Inputs = Mapping[str, npt.NDArray[np.int64]]


class Range:
    """Least, largest and mean value of each channel of a tensor; arrays of shape (channels,)."""

    def __init__(self, channels: int) -> None:
        """Begin with zero, as what is left out of a product counts as zero."""
        self.low = np.zeros(channels, np.float32)
        self.high = np.zeros(channels, np.float32)
        self._sum = np.zeros(channels, np.float64)
        self._rows = 0

    @property
    def magnitude(self) -> Channels:
        """The largest magnitude of each channel."""
        return np.maximum(-self.low, self.high)

    @property
    def mean(self) -> Channels:
        """The mean of each channel."""
        return (self._sum / max(1, self._rows)).astype(np.float32)

    def include(self, values: Channels) -> None:
        """Widen it by values of shape (…, channels)."""
        rows = values.reshape(-1, values.shape[-1])
        self.low = np.minimum(self.low, rows.min(axis=0))
        self.high = np.maximum(self.high, rows.max(axis=0))
        self._sum += rows.sum(axis=0)
        self._rows += len(rows)

    def divided(self, factors: Channels) -> "Range":
        """Return the range of the tensor whose channels are divided by (positive) factors."""
        new = Range(len(factors))
        new.low, new.high = self.low / factors, self.high / factors
        new._sum, new._rows = self._sum / factors, self._rows
        return new


def observe(graph: Graph, samples: Iterable[Inputs]) -> dict[str, Range]:
    """Run the samples; return the range of everything that goes into a matrix product, by name."""
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
            ranges.setdefault(name, Range(values.shape[-1])).include(values)
    return ranges
