"""cellsense on an accelerator beside the plain pipeline, in turn, and beside tokenising alone.

`python -m benchmarks.gpu [--rows 100000] [--rounds 3] [--device cuda]` in the project's folder.
Every way runs the embedded checkpoint over the same different texts (a sample review and a sentence
each), each round in a process of its own, after loading and a warm-up; medians over the rounds.
`--device cpu --rows 300` tries the benchmark itself.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.growth import texts as generated_texts

from cellsense.bench.candidates import Candidate
from cellsense.bench.report import as_table, machine
from cellsense.bench.run import compare
from cellsense.bench.texts import count_tokens
from cellsense.device import CPU, Device, resolve_device
from cellsense.models.resolve import resolve_model

TOKENIZING = "tokenising alone"


def candidates(device: Device) -> list[Candidate]:
    """Return all ways, the plain pipeline first: the others are measured by it."""
    model = str(resolve_model(None).folder)
    place = str(device)
    plain, own = "cellsense.bench.candidates:pipeline", "cellsense.bench.candidates:own"
    found = [
        Candidate(
            f"pipeline, batch {size}", plain, {"model": model, "device": place, "batch_size": size}
        )
        for size in (32, 256)
    ]
    dtypes = ("float32", "bfloat16") if device == CPU else ("float32", "bfloat16", "float16")
    found += [
        Candidate(f"torch {dtype}, sorted", f"{__spec__.name}:sorted_torch",
                  {"model": model, "device": place, "dtype": dtype})
        for dtype in dtypes[1:]
    ]  # fmt: skip
    found += [
        Candidate(f"cellsense {dtype}", own, {"model": None, "device": place, "dtype": dtype})
        for dtype in dtypes
    ]
    return [*found, Candidate(TOKENIZING, f"{__spec__.name}:tokenizing", {"model": model})]


def tokenizing(model: str) -> Callable[[Sequence[str]], list[tuple[str, float]]]:
    """Load the tokenizer; what classifies with it gives no labels."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(Path(model) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def classify(texts: Sequence[str]) -> list[tuple[str, float]]:
        found = tokenizer.encode_batch_fast(list(texts))
        return [("", float(len(item.ids))) for item in found]

    return classify


def sorted_torch(
    model: str, device: str, dtype: str, tokens: int = 65_536
) -> Callable[[Sequence[str]], list[tuple[str, float]]]:
    """Load the model as a careful user runs it: sorted by length, padded within a batch."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer: Any = AutoTokenizer.from_pretrained(model)
    loaded: Any = AutoModelForSequenceClassification.from_pretrained(
        model, dtype=getattr(torch, dtype)
    )
    loaded = loaded.to(device).eval()
    names = loaded.config.id2label

    def classify(texts: Sequence[str]) -> list[tuple[str, float]]:
        found = tokenizer(list(texts), truncation=True)["input_ids"]
        order = sorted(range(len(found)), key=lambda place: -len(found[place]))
        answers = [("", 0.0)] * len(found)
        while order:
            size = max(1, tokens // len(found[order[0]]))
            batch, order = order[:size], order[size:]
            given = tokenizer.pad({"input_ids": [found[n] for n in batch]}, return_tensors="pt")
            with torch.inference_mode():
                logits = loaded(**given.to(device)).logits.float()
            scores, labels = logits.softmax(dim=1).max(dim=1)
            for place, label, score in zip(batch, labels.tolist(), scores.tolist(), strict=True):
                answers[place] = (names[label], score)
        return answers

    return classify


def main() -> None:
    """Print the table, and how far the end-to-end time is from tokenising alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--sample", type=Path, default=Path("workbooks/reviews.csv"))
    arguments = parser.parse_args()
    device = resolve_device(arguments.device)
    texts = list(generated_texts(arguments.sample, arguments.rows, whole=True))
    tokens = count_tokens(None, texts)
    found = compare(
        candidates(device), texts, rounds=arguments.rounds, tokens=tokens, on_start=print
    )
    print(f"{len(texts):,} different texts, {tokens or 0:,} tokens, on {device}, {machine()}")
    print(as_table(found))
    alone = next(item for item in found if item.name == TOKENIZING)
    for item in found:
        if item.name.startswith("cellsense") and item.why is None and alone.why is None:
            times = alone.rows_per_second / item.rows_per_second
            print(f"{item.name}: {times:.2f} × the time of tokenising alone")


if __name__ == "__main__":
    main()
