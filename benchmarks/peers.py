"""Other ways to label texts with the same checkpoint, as loaders for `cellsense.bench`.

Each sorts by length and pads within a batch of at most so many tokens, which is the fastest that
these libraries are used in practice.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

Answers = list[tuple[str, float]]
Forward = Callable[[dict[str, Any]], Any]  # padded arrays (rows, tokens) → logits (rows, labels)

TOKENS = 2048
WINDOW = 256
NAMES = ("input_ids", "attention_mask", "token_type_ids")


def sorted_torch(model: str, dtype: str) -> Callable[[Sequence[str]], Answers]:
    """Load transformers' model in torch."""
    import torch
    from transformers import AutoModelForSequenceClassification

    loaded = AutoModelForSequenceClassification.from_pretrained(
        model, dtype=getattr(torch, dtype)
    ).eval()

    def forward(arrays: dict[str, Any]) -> Any:
        with torch.inference_mode():
            given = {name: torch.from_numpy(array) for name, array in arrays.items()}
            return loaded(**given).logits.float().numpy()

    return _classify(model, forward)


def sorted_onnx(model: str, file: str) -> Callable[[Sequence[str]], Answers]:
    """Load an ONNX file in ONNX Runtime, which takes all cores."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return _classify(model, lambda arrays: session.run(None, arrays)[0])


def sorted_openvino(model: str, file: str, dtype: str) -> Callable[[Sequence[str]], Answers]:
    """Load an ONNX file in OpenVINO, which takes all cores."""
    import openvino

    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": dtype, "PERFORMANCE_HINT": "THROUGHPUT"}
    settings["NUM_STREAMS"] = "1"
    compiled = core.compile_model(core.read_model(file), "CPU", settings)
    request = compiled.create_infer_request()
    return _classify(model, lambda arrays: request.infer(arrays)["logits"])


def infinity(model: str) -> Callable[[Sequence[str]], Answers]:
    """Load infinity-emb's engine, a server's core: it sorts and batches by itself."""
    import asyncio

    from infinity_emb import AsyncEmbeddingEngine, EngineArgs

    engine = AsyncEmbeddingEngine.from_args(
        EngineArgs(
            model_name_or_path=model,
            engine="torch",
            device="cpu",
            dtype="float32",
            model_warmup=False,
            bettertransformer=False,
            compile=False,
        )
    )
    loop = asyncio.new_event_loop()
    loop.run_until_complete(engine.astart())

    def classify(texts: Sequence[str]) -> Answers:
        found, _ = loop.run_until_complete(engine.classify(sentences=list(texts)))
        best = [max(item, key=lambda answer: answer["score"]) for item in found]
        return [(item["label"], item["score"]) for item in best]

    return classify


def _classify(model: str, forward: Forward) -> Callable[[Sequence[str]], Answers]:
    import json

    from tokenizers import Tokenizer

    config = json.loads((Path(model) / "config.json").read_text(encoding="utf-8"))
    labels = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    tokenizer.enable_truncation(WINDOW)
    tokenizer.no_padding()

    def classify(texts: Sequence[str]) -> Answers:
        found = [item.ids for item in tokenizer.encode_batch_fast(list(texts))]
        answers: Answers = [("", 0.0)] * len(texts)
        for places in _batches(found):
            arrays = _padded([found[place] for place in places])
            logits = np.asarray(forward(arrays), dtype=np.float64)
            scores = np.exp(logits - logits.max(axis=1, keepdims=True))
            scores /= scores.sum(axis=1, keepdims=True)
            for place, row in zip(places, scores, strict=True):
                answers[place] = (labels[int(row.argmax())], float(row.max()))
        return answers

    return classify


def _batches(found: list[list[int]]) -> Iterator[list[int]]:
    batch: list[int] = []
    for place in sorted(range(len(found)), key=lambda place: -len(found[place])):
        if batch and len(found[batch[0]]) * (len(batch) + 1) > TOKENS:
            yield batch
            batch = []
        batch.append(place)
    if batch:
        yield batch


def _padded(rows: list[list[int]]) -> dict[str, Any]:
    width = max(map(len, rows))
    ids = np.zeros((len(rows), width), np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(rows):
        ids[number, : len(row)] = row
        mask[number, : len(row)] = 1
    return dict(zip(NAMES, (ids, mask, np.zeros_like(ids)), strict=True))
