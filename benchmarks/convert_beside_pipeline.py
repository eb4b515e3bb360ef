"""Rows per second of `cellsense convert` beside the plain transformers pipeline.

Same checkpoint, same file, same machine, in turn; whole processes, so that loading counts for
both. Run: `python benchmarks/convert_beside_pipeline.py [FILE.csv] [--runs 5]`.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]

# What analysts run today: batches as they come, everything padded to the longest of its batch.
# In float32: the weights are stored in fp16, in which a CPU takes several times as long.
PIPELINE = """
import sys
import pandas as pd
from transformers import pipeline
source, target, model = sys.argv[1:]
frame = pd.read_csv(source)
texts = frame["Review Text"].dropna().astype(str)
classify = pipeline("text-classification", model=model, device="cpu", dtype="float32")
answers = classify(texts.tolist(), truncation=True, batch_size=32)
frame.loc[texts.index, "Label"] = [answer["label"] for answer in answers]
frame.loc[texts.index, "Score"] = [answer["score"] for answer in answers]
frame.to_csv(target, index=False)
"""


def seconds(command: list[str]) -> float:
    """Run a command and return how long it took."""
    started = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    return time.perf_counter() - started


def agreement(first: Path, second: Path) -> float:
    """Return the share of rows with the same label in both files."""
    import pandas as pd

    labels = [pd.read_csv(file)["Label"].fillna("") for file in (first, second)]
    texts = pd.read_csv(second)["Review Text"].fillna("").str.contains("[a-zA-Z]")
    return float((labels[0] == labels[1])[texts].mean())


def main() -> None:
    """Print the median of each and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", default=str(ROOT / "workbooks" / "reviews.csv"))
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()

    from cellsense.models.resolve import resolve_model

    model = str(resolve_model(None).folder)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "cellsense.csv", Path(folder) / "pipeline.csv"
        commands = {
            "cellsense convert (int8)": [
                *(sys.executable, "-m", "cellsense", "convert", "--no-cache", arguments.file),
                *("--device", "cpu", "--force", "--output", str(ours)),
            ],
            "transformers.pipeline, batch 32": [
                *(sys.executable, "-c", PIPELINE, arguments.file, str(theirs), model),
            ],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(arguments.runs):
            for name, command in commands.items():
                times[name].append(seconds(command))
        with Path(theirs).open(encoding="utf-8") as file:
            import csv

            rows = sum(1 for _ in csv.DictReader(file))
        for name, taken in times.items():
            print(f"{name:32} {median(taken):6.2f} s  {rows / median(taken):6.0f} rows/s")
        first, second = times.values()
        ratios = [slow / fast for fast, slow in zip(first, second, strict=True)]
        print(f"ratio, median of {arguments.runs} pairs: {median(ratios):.1f}")
        print(f"same label: {agreement(ours, theirs):.1%}")


if __name__ == "__main__":
    main()
