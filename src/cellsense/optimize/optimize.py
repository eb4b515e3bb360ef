"""The stages in a row: a checkpoint and sample texts → an int8 ONNX file."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from transformers import AutoTokenizer

from cellsense.inference.load import text_windows
from cellsense.inference.onnx_backend import STATIC
from cellsense.inference.windows import TextWindows
from cellsense.optimize.export import INPUTS, export_float32
from cellsense.optimize.graph import Graph
from cellsense.optimize.ranges import Inputs, observe
from cellsense.optimize.smooth import smooth
from cellsense.optimize.static_int8 import quantise


def write_int8(
    checkpoint: Path,
    target: Path,
    samples: Sequence[str],
    window: int,
    *,
    embedding: bool = False,
) -> None:
    """Write a checkpoint as an int8 ONNX file for the CPU path.

    `samples` are texts like those to come; what they reach decides the scales. With `embedding` it
    is an encoder, whose output is the mean of its last layer.
    """
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, local_files_only=True)
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "float32.onnx"
        takes_types = INPUTS[2] in tokenizer.model_input_names
        export_float32(checkpoint, plain, takes_types=takes_types, embedding=embedding)
        graph = Graph(onnx.load(plain))
        inputs = _inputs(text_windows(tokenizer, window), samples)
        ranges = observe(graph, inputs)
        smooth(graph, ranges)
        quantise(graph, ranges)
        onnx.helper.set_model_props(graph.model, {STATIC: "1"})
        onnx.checker.check_model(graph.model)
        onnx.save(graph.model, target)


def _inputs(tokenizer: TextWindows, samples: Sequence[str]) -> Iterator[Inputs]:
    for window in tokenizer.windows(samples, 0):
        row = np.array([window.ids], dtype=np.int64)
        types = np.array([window.type_ids], dtype=np.int64)
        yield dict(zip(INPUTS, (row, np.ones_like(row), types), strict=True))
