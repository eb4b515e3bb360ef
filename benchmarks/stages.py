"""What each stage of labelling costs on one core: the inputs of `benchmarks.scale`.

`python -m benchmarks.stages [--rows 4000] [--json FILE]` in the project's folder: a Parquet file of
sample reviews (each with a number behind it, so that none comes twice) is read, tokenised,
labelled and written, one stage after the other, in one thread; the fastest of three rounds.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Stages:
    """Rows a second of one core in each stage, and what a row weighs."""

    rows: int
    tokens_per_row: float
    bytes_in: float  # per row, of Parquet
    bytes_out: float
    read: float
    tokenise: float
    language: float  # telling other languages apart
    label: float  # tokenising included
    write: float
    load_seconds: float  # until the first label of a process


def fastest(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of three rounds."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def measure(sample: Path, rows: int) -> Stages:
    """Measure every stage."""
    began = time.perf_counter()
    from cellsense import Classifier

    classifier = Classifier(device="cpu", use_cache=False, check_language=False)
    classifier.predict(["A first label."])
    load = time.perf_counter() - began

    import pyarrow as pa
    import pyarrow.parquet as pq
    from tokenizers import Tokenizer

    from cellsense.bench.texts import read_texts
    from cellsense.language import other_language
    from cellsense.models.resolve import resolve_model

    reviews = read_texts(sample, None, None, 1000)
    texts = [f"{text} ({n})" for n, text in enumerate(islice(cycle(reviews), rows))]
    folder = resolve_model(None, None).folder
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / "in.parquet", Path(place) / "out.parquet"
        pq.write_table(pa.table({"number": list(range(rows)), "text": texts}), source)
        found = [item for item in classifier.predict(texts) if item is not None]
        table = pa.table(
            {
                "number": list(range(rows)),
                "text": texts,
                "label": [item.label for item in found],
                "score": [item.score for item in found],
            }
        )
        once = Path(place) / "once.parquet"  # what comes again packs better than real reviews do
        pq.write_table(table.slice(0, len(reviews)).select(["number", "text"]), once)
        bytes_in = once.stat().st_size / min(rows, len(reviews))
        pq.write_table(table.slice(0, len(reviews)), once)
        bytes_out = once.stat().st_size / min(rows, len(reviews))
        tokens = sum(len(item.ids) for item in tokenizer.encode_batch_fast(texts))
        return Stages(
            rows=rows,
            tokens_per_row=tokens / rows,
            bytes_in=bytes_in,
            read=rows / fastest(lambda: pq.read_table(source).column("text").to_pylist()),
            tokenise=rows / fastest(lambda: tokenizer.encode_batch_fast(texts)),
            language=rows / fastest(lambda: [other_language(text) for text in texts]),
            label=rows / fastest(lambda: classifier.predict(texts)),
            write=rows / fastest(lambda: pq.write_table(table, target)),
            bytes_out=bytes_out,
            load_seconds=load,
        )


def main() -> None:
    """Print a table, and write the figures as JSON if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--sample", type=Path, default=Path("workbooks/reviews.csv"))
    parser.add_argument("--json", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    found = measure(arguments.sample, arguments.rows)
    print(
        f"{found.rows:,} rows of {found.tokens_per_row:.0f} tokens, {found.bytes_in:.0f} bytes in, "
        f"{found.bytes_out:.0f} out; first label after {found.load_seconds:.2f} s"
    )
    print("| stage, one core | rows/s | µs a row |")
    print("|---|---:|---:|")
    for name in ("read", "tokenise", "language", "label", "write"):
        rate = getattr(found, name)
        print(f"| {name} | {rate:,.0f} | {1e6 / rate:,.1f} |")
    if arguments.json is not None:
        arguments.json.write_text(json.dumps(asdict(found), indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
