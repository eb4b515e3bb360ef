"""A float32 checkpoint → what ships: fp16 safetensors and an int8 ONNX file.

The ONNX route (export, fuse attention, dynamic int8 with weights per channel) is ONNX Runtime's
own, but for the smoothing before it:
https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
"""

import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from onnxruntime.transformers.fusion_options import FusionOptions
from tokenizers import Tokenizer
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel

from cellsense.training.smooth import smooth

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
OPSET = 17
# How this copy was loaded, and what the base truncated to: no part of a tokenizer.
_LOADING_NOTES = (
    "is_local",
    "local_files_only",
    "max_length",
    "pad_to_multiple_of",
    "pad_token_type_id",
    "padding_side",
    "stride",
    "truncation_side",
    "truncation_strategy",
)


class _Logits(torch.nn.Module):
    """The model as a function of its three inputs, in the order of `INPUTS`."""

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, ids: torch.Tensor, mask: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        output = self.model(input_ids=ids, attention_mask=mask, token_type_ids=types)
        logits: torch.Tensor = output.logits
        return logits


def export_float32(checkpoint: Path, target: Path) -> None:
    """Write the checkpoint as a float32 ONNX file with fused attention."""
    model = AutoModelForSequenceClassification.from_pretrained(
        checkpoint, attn_implementation="eager", dtype=torch.float32
    ).eval()
    ids = torch.ones((2, 8), dtype=torch.int64)
    axes = {name: {0: "batch", 1: "tokens"} for name in INPUTS} | {"logits": {0: "batch"}}
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        torch.onnx.export(
            _Logits(model),
            (ids, torch.ones_like(ids), torch.zeros_like(ids)),
            plain,
            input_names=INPUTS,
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,  # the fusion below knows this exporter's graphs
        )
        config = model.config
        fusions = FusionOptions("bert")
        # The fused embedding's quantised form rounds its layer norm too, which costs agreement.
        fusions.enable_embed_layer_norm = False
        fused = optimizer.optimize_model(
            str(plain),
            model_type="bert",
            num_heads=config.num_attention_heads,
            hidden_size=config.hidden_size,
            optimization_options=fusions,
        )
        fused.save_model_to_file(str(target))


def quantize(float32: Path, target: Path) -> None:
    """Write int8 weights, one scale per channel; activations are quantised as they come.

    Pooler and classifier stay in float32: they are small, and nothing evens out their errors.
    """
    nodes = onnx.load(float32, load_external_data=False).graph.node
    head = [node.name for node in nodes if node.op_type == "Gemm"]
    quantize_dynamic(
        float32,
        target,
        # The quantiser splits these before it looks at the names.
        nodes_to_exclude=[*head, *(f"{name}_MatMul" for name in head)],
        weight_type=QuantType.QInt8,
        per_channel=True,
        # Fused nodes hide the types of what they feed; without this the quantiser gives up there.
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def scale_head(checkpoint: Path, temperature: float, out: Path) -> None:
    """Copy a checkpoint with its head's logits divided by the calibrated temperature.

    With the temperature in the weights, a plain transformers pipeline gives calibrated scores too.
    """
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint, dtype=torch.float32)
    with torch.no_grad():
        model.classifier.weight /= temperature
        model.classifier.bias /= temperature
    shutil.copytree(checkpoint, out, dirs_exist_ok=True)
    model.save_pretrained(out)


def export_folder(checkpoint: Path, out: Path, window: int, samples: list[str]) -> None:
    """Write the transformers folder that ships: config, tokenizer, fp16 weights, int8 ONNX.

    `samples` are texts like those to come; they show which channels int8 has to even out.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "onnx").mkdir(exist_ok=True)
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint, dtype=torch.float32)
    model.half().save_pretrained(out)
    (out / "model.safetensors").chmod(0o644)  # it comes out readable by its owner only
    _save_tokenizer(checkpoint, out, window)
    tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
    tokenizer.enable_truncation(window)
    with tempfile.TemporaryDirectory() as folder:
        plain, smoothed = Path(folder) / "plain.onnx", Path(folder) / "smoothed.onnx"
        export_float32(checkpoint, plain)
        smooth(plain, smoothed, [_inputs(tokenizer.encode(text).ids) for text in samples])
        quantize(smoothed, out / "onnx" / "model_quantized.onnx")


def _inputs(ids: list[int]) -> dict[str, npt.NDArray[np.int64]]:
    row = np.array([ids], dtype=np.int64)
    return dict(zip(INPUTS, (row, np.ones_like(row), np.zeros_like(row)), strict=True))


def _save_tokenizer(checkpoint: Path, out: Path, window: int) -> None:
    tokenizer = AutoTokenizer.from_pretrained(checkpoint, model_max_length=window)
    # The base's own truncation and padding would cut texts before they are read in windows.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    tokenizer.save_pretrained(out)
    file = out / "tokenizer_config.json"
    settings = json.loads(file.read_text(encoding="utf-8"))
    for key in _LOADING_NOTES:
        settings.pop(key, None)
    text = json.dumps(settings, indent=2, sort_keys=True)
    file.write_text(f"{text}\n", encoding="utf-8")
