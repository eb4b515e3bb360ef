"""SmoothQuant (Xiao et al., 2023): move outliers of the activations into the weights.

int8 has one scale for all that goes into a matrix product, so a few large channels cost all others
their precision. Dividing each channel by a factor, and multiplying the weights it meets by the
same, changes nothing in float and evens the channels out.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from onnx import helper

from cellsense.optimize.graph import Graph
from cellsense.optimize.ranges import Range

# Share of the outliers that moves. Labels equal to float32's with 0.6, 0.7 and 0.8, of 1,500 texts
# with weights of seven bits: 98.1, 98.7 and 98.9 %.
STRENGTH = 0.8
_LEAST = 1e-5

Factors = npt.NDArray[np.float32]


def smooth(graph: Graph, ranges: dict[str, Range]) -> None:
    """Smooth all matrix products of a float32 graph, and bring `ranges` up to date."""
    for node in graph.products():
        inputs, weights = node.input[0], node.input[1]
        values = graph.array(weights)
        factors = ranges[inputs].magnitude ** STRENGTH
        factors /= np.maximum(np.abs(values).max(axis=1), _LEAST) ** (1 - STRENGTH)
        factors = np.maximum(factors, _LEAST).astype(np.float32)
        graph.set(weights, values * factors[:, None])
        if not _divide_attention(graph, inputs, factors):
            name = _divide_input(graph, node, factors)
            ranges[name] = ranges[inputs].divided(factors)
        else:
            ranges[inputs] = ranges[inputs].divided(factors)


def _divide_attention(graph: Graph, name: str, factors: Factors) -> bool:
    """Divide a fused attention's output where that costs nothing: it is linear in its values."""
    readers = graph.readers()[name]
    source = next((node for node in graph.nodes if name in node.output), None)
    if source is None or source.op_type != "Attention" or len(readers) > 1:
        return False
    for part in (source.input[1], source.input[2]):
        held = graph.array(part)
        held[..., -len(factors) :] /= factors
        graph.set(part, held)
    return True


def _divide_input(graph: Graph, node: Any, factors: Factors) -> str:
    """Put a division before a node; return the name of what it then reads."""
    name = f"{node.name}/smooth"
    factor = graph.set(f"{name}/factor", (1 / factors).astype(np.float32))
    place = graph.nodes.index(node)
    division = helper.make_node("Mul", [node.input[0], factor], [name], name=name)
    node.input[0] = name
    graph.model.graph.node.insert(place, division)
    return name
