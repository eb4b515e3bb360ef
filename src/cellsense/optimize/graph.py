"""An ONNX graph that is rewritten: its weights by name, and who reads what."""

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

Array = npt.NDArray[Any]

# Nodes whose second input is the weights of a matrix product with the first, of shape (in, out).
PRODUCTS = ("Attention", "MatMul")


class Graph:
    """Wraps a model in memory."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self.model = model
        self.weights = {item.name: item for item in model.graph.initializer}

    @property
    def nodes(self) -> list[Any]:
        """The nodes, in an order in which they can be computed."""
        return list(self.model.graph.node)

    def products(self) -> list[Any]:
        """Return the matrix products with weights of two dimensions, fused attention included."""
        return [
            node
            for node in self.nodes
            if node.op_type in PRODUCTS
            and node.input[1] in self.weights
            and len(self.weights[node.input[1]].dims) == 2
        ]

    def readers(self) -> dict[str, list[Any]]:
        """Return which nodes read each tensor."""
        readers: dict[str, list[Any]] = defaultdict(list)
        for node in self.nodes:
            for name in node.input:
                readers[name].append(node)
        return readers

    def array(self, name: str) -> Array:
        """Return weights as an array that may be changed."""
        return np.array(numpy_helper.to_array(self.weights[name]))

    def set(self, name: str, values: Array) -> str:
        """Add weights, or replace them; return their name."""
        new = numpy_helper.from_array(np.ascontiguousarray(values), name)
        if name in self.weights:
            self.weights[name].CopyFrom(new)
        else:
            self.model.graph.initializer.append(new)
            self.weights[name] = self.model.graph.initializer[-1]
        return name

    def replace_nodes(self, nodes: list[Any]) -> None:
        """Take new nodes; leave out those, and the weights and inputs, that no output needs."""
        graph = self.model.graph
        needed = {item.name for item in graph.output}
        kept = []
        for node in reversed(nodes):
            if needed.intersection(node.output):
                kept.append(node)
                needed.update(node.input)
        kept.reverse()
        _refill(graph.node, kept)
        _refill(graph.initializer, [item for item in graph.initializer if item.name in needed])
        _refill(graph.input, [item for item in graph.input if item.name in needed])
        self.weights = {item.name: item for item in graph.initializer}


def _refill(field: Any, items: list[Any]) -> None:
    copies = [type(item)() for item in items]
    for copy, item in zip(copies, items, strict=True):
        copy.CopyFrom(item)
    del field[:]
    field.extend(copies)
