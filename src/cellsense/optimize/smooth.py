"""SmoothQuant (Xiao et al., 2023): move outliers of the activations into the weights.

Dynamic int8 has one scale for all that goes into a matrix product, so a few large channels cost
all others their precision. Dividing each channel by a factor, and multiplying the weights it meets
by the same, changes nothing in float and evens the channels out.
"""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import numpy_helper

# Share of the outliers that moves. Labels equal to float32's with 0.5, 0.65, 0.8, 0.9 and 1.0:
# 96.9, 98.6, 99.0, 98.8 and 99.0 % of 4,775 texts (98.3 % without), least difference in scores
# with 0.8.
STRENGTH = 0.8

Inputs = dict[str, npt.NDArray[np.int64]]


def smooth(float32: Path, target: Path, samples: list[Inputs]) -> None:
    """Write a smoothed copy of a fused float32 encoder, by what the samples show."""
    model = onnx.load(float32)
    weights = {item.name: item for item in model.graph.initializer}
    products = [
        node
        for node in model.graph.node
        if node.op_type in ("Attention", "MatMul") and node.input[1] in weights
    ]
    largest = _largest_inputs(model, {node.input[0] for node in products}, samples)
    for node in products:
        weight = weights[node.input[1]]
        values = numpy_helper.to_array(weight)
        factors = largest[node.input[0]] ** STRENGTH
        factors /= np.maximum(np.abs(values).max(axis=1), 1e-5) ** (1 - STRENGTH)
        factors = np.maximum(factors, 1e-5).astype(np.float32)
        weight.CopyFrom(numpy_helper.from_array(values * factors[:, None], weight.name))
        _divide_input(model, node, factors)
    onnx.checker.check_model(model)
    onnx.save(model, target)


def _largest_inputs(
    model: onnx.ModelProto, names: set[str], samples: list[Inputs]
) -> dict[str, npt.NDArray[np.float32]]:
    """Run the samples; return the largest magnitude of each channel of each tensor."""
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(onnx.ValueInfoProto(name=name) for name in sorted(names))
    session = onnxruntime.InferenceSession(
        watched.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    largest: dict[str, npt.NDArray[np.float32]] = {}
    for inputs in samples:
        for name, values in zip(sorted(names), session.run(sorted(names), inputs), strict=True):
            peak = np.abs(values).reshape(-1, values.shape[-1]).max(axis=0)
            largest[name] = np.maximum(largest.get(name, np.zeros_like(peak)), peak)
    return largest


def _divide_input(
    model: onnx.ModelProto, node: onnx.NodeProto, factors: npt.NDArray[np.float32]
) -> None:
    name = f"{node.name}/smooth"
    factor = numpy_helper.from_array((1 / factors).astype(np.float32), f"{name}/factor")
    model.graph.initializer.append(factor)
    place = list(model.graph.node).index(node)
    product = onnx.helper.make_node("Mul", [node.input[0], factor.name], [name], name=name)
    node.input[0] = name
    model.graph.node.insert(place, product)
