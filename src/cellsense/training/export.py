"""A float32 checkpoint → what ships: fp16 safetensors and an int8 ONNX file."""

import json
import shutil
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from cellsense.optimize.optimize import write_int8
from cellsense.training.calibrate import divide_logits

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


def scale_head(checkpoint: Path, temperature: float, out: Path) -> None:
    """Copy a checkpoint with its head's logits divided by the calibrated temperature."""
    model = AutoModelForSequenceClassification.from_pretrained(checkpoint, dtype=torch.float32)
    divide_logits(model, temperature)
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
    save_tokenizer(checkpoint, out, window)
    write_int8(checkpoint, out / "onnx" / "model_quantized.onnx", samples, window)


def save_tokenizer(checkpoint: Path, out: Path, window: int) -> None:
    """Write a checkpoint's tokenizer, without the truncation and padding that it came with."""
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
