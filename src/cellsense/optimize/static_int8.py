"""A smoothed float32 graph → int8, with scales that are known beforehand.

Static scales make a text's scores independent of its neighbours and save a pass over every
activation. Weights have a scale per channel, activations (8 bits, no sign) one per tensor. What
rounding the weights adds on average is taken out of the bias (Nagel et al., 2019, section 4.2).

Processors without VNNI instructions add two products of 8 bits in a register of 16 bits, and stop
at its end without a word. The weights' scales leave room for that, so labels don't depend on the
processor: https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from onnx import helper

from cellsense.optimize.graph import Array, Graph
from cellsense.optimize.ranges import Range

_MICROSOFT = "com.microsoft"
_LEVELS = 255
_MOST = 127  # of a weight, and of the sum of two that meet in one register
# Tables of fewer values stay as they are.
_LARGE_TABLE = 1 << 16
# Where fused nodes have the bias of the matrix product before them.
_BIAS_OF = {"BiasGelu": 1, "SkipLayerNormalization": 4}


class _Quantised(NamedTuple):
    values: str
    scale: str
    zero: str


def quantise(graph: Graph, ranges: dict[str, Range]) -> None:
    """Turn the graph's matrix products and large tables into int8.

    It then takes no attention mask where attention is fused: rows of one length have none.
    """
    _Rewrite(graph, ranges).run()


class _Rewrite:
    """The rewriting of one graph, node by node."""

    def __init__(self, graph: Graph, ranges: dict[str, Range]) -> None:
        self._graph = graph
        self._ranges = ranges
        self._readers = graph.readers()
        self._products = {node.output[0]: node for node in graph.products()}
        self._quantised: dict[str, _Quantised] = {}
        self._nodes: list[Any] = []

    def run(self) -> None:
        for node in self._graph.nodes:
            if node.output[0] in self._products:
                rewrite = self._attention if node.op_type == "Attention" else self._product
                rewrite(node)
            elif node.op_type == "SkipLayerNormalization":
                self._layer_norm(node)
            elif node.op_type == "BiasGelu" and self._takes_bias(node):
                self._add("Gelu", [node.input[0]], node.output, node.name, _MICROSOFT)
            elif node.op_type == "Gather" and self._is_large_table(node):
                self._table(node)
            else:
                self._nodes.append(node)
        self._graph.replace_nodes(self._nodes)

    def _add(
        self,
        kind: str,
        inputs: list[str],
        outputs: Any,
        name: str,
        domain: str = "",
        **attributes: Any,
    ) -> None:
        self._nodes.append(
            helper.make_node(kind, inputs, list(outputs), name=name, domain=domain, **attributes)
        )

    def _attention(self, node: Any) -> None:
        given, weights = self._activation(node.input[0]), self._weights(node.input[1])
        heads = next(item.i for item in node.attribute if item.name == "num_heads")
        bias = self._corrected(node, node.input[2])
        inputs = [given.values, weights.values, bias, given.scale, weights.scale]
        inputs += ["", given.zero, weights.zero]  # no mask
        self._add("QAttention", inputs, node.output, node.name, _MICROSOFT, num_heads=heads)

    def _product(self, node: Any) -> None:
        given, weights = self._activation(node.input[0]), self._weights(node.input[1])
        inputs = [given.values, weights.values, given.scale, weights.scale]
        inputs += [given.zero, weights.zero]
        readers = self._readers[node.output[0]]
        if len(readers) == 1 and self._takes_bias(readers[0]):
            bias = readers[0].input[_BIAS_OF[readers[0].op_type]]
            inputs.append(self._corrected(node, bias))
        self._add("MatMulIntegerToFloat", inputs, node.output, node.name, _MICROSOFT)

    def _takes_bias(self, node: Any) -> bool:
        """Tell if a node's bias is added by the matrix product before it."""
        place = _BIAS_OF.get(node.op_type)
        if place is None or len(node.input) <= place or not node.input[place]:
            return False
        product = self._products.get(node.input[0])
        return (
            product is not None
            and product.op_type == "MatMul"
            and len(self._readers[node.input[0]]) == 1
        )

    def _layer_norm(self, node: Any) -> None:
        """Take the fused node apart: the runtime's takes three times as long as its two parts."""
        if len(node.output) > 1 and any(node.output[1:]):  # its sum is read too
            self._nodes.append(node)
            return
        total = f"{node.name}/sum"
        self._add("Add", [node.input[0], node.input[1]], [total], total)
        place = _BIAS_OF[node.op_type]
        if len(node.input) > place and node.input[place] and not self._takes_bias(node):
            biased = f"{total}/biased"
            self._add("Add", [total, node.input[place]], [biased], biased)
            total = biased
        epsilon = next(item.f for item in node.attribute if item.name == "epsilon")
        inputs = [total, node.input[2], node.input[3]]
        output = [node.output[0]]
        self._add("LayerNormalization", inputs, output, node.name, axis=-1, epsilon=epsilon)

    def _activation(self, name: str) -> _Quantised:
        if name not in self._quantised:
            low, high = self._ranges[name].low.min(), self._ranges[name].high.max()
            scale = np.float32(max(float(high) - float(low), 1e-9) / _LEVELS)
            zero = np.uint8(np.clip(np.round(-low / scale), 0, _LEVELS))
            known = _Quantised(
                f"{name}/int8",
                self._graph.set(f"{name}/scale", np.array(scale)),
                self._graph.set(f"{name}/zero", np.array(zero)),
            )
            self._add("QuantizeLinear", [name, known.scale, known.zero], [known[0]], known[0])
            self._quantised[name] = known
        return self._quantised[name]

    def _weights(self, name: str) -> _Quantised:
        values = self._graph.array(name)
        scales = weight_scales(values)
        whole = np.clip(np.round(values / scales), -_MOST, _MOST).astype(np.int8)
        return _Quantised(
            self._graph.set(f"{name}/int8", whole),
            self._graph.set(f"{name}/scale", scales),
            self._graph.set(f"{name}/zero", np.zeros(scales.shape, np.int8)),
        )

    def _corrected(self, node: Any, bias: str) -> str:
        """Take out of a bias what rounding the weights adds to the product on average."""
        name = node.input[1]
        whole, scales = self._graph.array(f"{name}/int8"), self._graph.array(f"{name}/scale")
        error = self._graph.array(name) - whole * scales
        added = self._ranges[node.input[0]].mean @ error
        return self._graph.set(f"{node.name}/bias", self._graph.array(bias) + added)

    def _is_large_table(self, node: Any) -> bool:
        weights = self._graph.weights.get(node.input[0])
        return weights is not None and int(np.prod(weights.dims)) > _LARGE_TABLE

    def _table(self, node: Any) -> None:
        """Keep a table of embeddings as int8, with a scale per row."""
        table, rows = node.input[0], node.input[1]
        values = self._graph.array(table)
        scales = np.maximum(np.abs(values).max(axis=1, keepdims=True), 1e-9) / _MOST
        whole = self._graph.set(f"{table}/int8", np.round(values / scales).astype(np.int8))
        scale = self._graph.set(f"{table}/scale", scales.astype(np.float32))
        found = [f"{node.name}/{part}" for part in ("int8", "float", "scale")]
        self._add("Gather", [whole, rows], [found[0]], found[0])
        self._add("Cast", [found[0]], [found[1]], found[1], to=1)
        self._add("Gather", [scale, rows], [found[2]], found[2])
        self._add("Mul", found[1:], node.output, node.name)


def weight_scales(values: Array) -> npt.NDArray[np.float32]:
    """Return a scale for each column of weights of shape (in, out), none of which may overflow.

    Rows meet in pairs (0 and 1, 2 and 3, …): where both weights have one sign, 255 times their sum
    has to fit 15 bits.
    """
    magnitude = np.abs(values)
    pairs = len(values) // 2 * 2
    first, second = values[0:pairs:2], values[1:pairs:2]
    together = np.where(first * second > 0, magnitude[0:pairs:2] + magnitude[1:pairs:2], 0)
    largest = np.maximum(magnitude.max(axis=0), together.max(axis=0, initial=0))
    scales: npt.NDArray[np.float32] = (np.maximum(largest, 1e-9) / _MOST).astype(np.float32)
    return scales
