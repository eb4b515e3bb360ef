"""A checkpoint → a float32 ONNX file with fused attention, by ONNX Runtime's own optimiser.

https://onnxruntime.ai/docs/performance/transformers-optimization.html
"""

import io
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import torch
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from transformers import AutoModel, AutoModelForSequenceClassification, PreTrainedModel

from cellsense.inference.torch_backend import quiet_transformers

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
OPSET = 17


@contextmanager
def _quiet_exporter() -> Iterator[None]:
    """Keep off the screen what the exporter says about its age, and the empty lines it prints."""
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


class _Function(torch.nn.Module):
    """A model as a function of its inputs, in the order of `INPUTS`."""

    def __init__(self, model: PreTrainedModel, *, embedding: bool) -> None:
        super().__init__()
        self.model = model
        self._embedding = embedding

    def forward(
        self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor | None = None
    ) -> torch.Tensor:
        given = {} if types is None else {"token_type_ids": types}
        output = self.model(input_ids=ids, attention_mask=mask, **given)
        # A mean over all tokens: rows of one length have no padding.
        found: torch.Tensor = (
            output.last_hidden_state.mean(dim=1) if self._embedding else output.logits
        )
        return found


def export_float32(
    checkpoint: Path,
    target: Path,
    *,
    takes_types: bool = True,
    fuse: bool = True,
    embedding: bool = False,
) -> None:
    """Write the checkpoint as a float32 ONNX file.

    `takes_types` says that the model knows token types, as its tokenizer's `model_input_names` do.
    Without `fuse` the file has standard operators only, for other runtimes. With `embedding` the
    checkpoint is an encoder, and its output the mean of its last layer.
    """
    kind = AutoModel if embedding else AutoModelForSequenceClassification
    with quiet_transformers():
        model = kind.from_pretrained(
            checkpoint, attn_implementation="eager", dtype=torch.float32
        ).eval()
    # No row of one repeated token: some models find the first padding token by its id.
    ids = torch.arange(16).reshape(2, 8) % model.config.vocab_size
    names = INPUTS if takes_types else INPUTS[:2]
    example = (ids, torch.ones_like(ids), torch.zeros_like(ids))[: len(names)]
    axes = {name: {0: "batch", 1: "tokens"} for name in names} | {"logits": {0: "batch"}}
    with tempfile.TemporaryDirectory() as folder, _quiet_exporter():
        plain = Path(folder) / "plain.onnx" if fuse else target
        torch.onnx.export(
            _Function(model, embedding=embedding),
            example,
            plain,
            input_names=list(names),
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the fusion below knows this exporter's graphs
        )
        if not fuse:
            return
        fusions = FusionOptions("bert")
        # The fused embedding has no form with quantised tables of our kind.
        fusions.enable_embed_layer_norm = False
        fused = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=model.config.num_attention_heads,
            hidden_size=model.config.hidden_size,
            optimization_options=fusions,
        )
        fused.save_model_to_file(str(target))
