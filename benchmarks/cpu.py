"""cellsense on a CPU beside its peers, in turn, and how far each is from what the cores can do.

`pip install -e ".[optimize]" openvino`, then `python -m benchmarks.cpu [FILE] [--rounds 3]`
in the project's folder. Every way runs the embedded checkpoint over the same different texts of
FILE, each round in a process of its own, after loading and a warm-up; medians over the rounds.
"""

import argparse
import importlib.util
import tempfile
from pathlib import Path

from benchmarks.ceiling import int8_ceiling, torch_ceiling

from cellsense.bench.candidates import Candidate
from cellsense.bench.report import as_table, machine
from cellsense.bench.run import Result, compare
from cellsense.bench.texts import count_tokens, read_texts
from cellsense.cores import usable_cores
from cellsense.models.resolve import resolve_model
from cellsense.optimize.export import export_float32

LAYERS, WIDTH, INNER = 6, 384, 1536
SPECIAL = 2  # tokens around each text


def candidates(work: Path, infinity: Path | None) -> list[Candidate]:
    """Return all ways, the plain pipeline first: the others are measured by it.

    `infinity` is the Python of an environment that has infinity-emb.
    """
    model = str(resolve_model(None).folder)
    float32, dynamic = str(work / "float32.onnx"), str(work / "dynamic.onnx")
    given = {"model": model}
    pipeline, peers = "cellsense.bench.candidates:pipeline", "benchmarks.peers"
    found = [
        Candidate("pipeline, batch 32", pipeline, {**given, "device": "cpu", "batch_size": 32}),
        Candidate("pipeline, batch 1", pipeline, {**given, "device": "cpu", "batch_size": 1}),
    ]
    found += [
        Candidate(f"torch {dtype}, sorted", f"{peers}:sorted_torch", {**given, "dtype": dtype})
        for dtype in ("float32", "bfloat16")
    ]
    found += [
        Candidate(f"ONNX Runtime {name}, sorted", f"{peers}:sorted_onnx", {**given, "file": file})
        for name, file in (("float32", float32), ("dynamic int8", dynamic))
    ]
    if importlib.util.find_spec("openvino"):
        found += [
            Candidate(
                f"OpenVINO {dtype}, sorted",
                f"{peers}:sorted_openvino",
                {**given, "file": str(work / "plain.onnx"), "dtype": dtype},
            )
            for dtype in ("f32", "bf16")
        ]
    if infinity is not None:
        found.append(Candidate("infinity-emb", f"{peers}:infinity", given, str(infinity)))
    own = {"model": None, "device": "cpu", "dtype": "int8"}
    return [*found, Candidate("cellsense (static int8)", "cellsense.bench.candidates:own", own)]


def write_models(work: Path) -> None:
    """Write the ONNX files of the peers: as exported, fused, and with dynamic int8."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    folder = resolve_model(None).folder
    export_float32(folder, work / "plain.onnx", fuse=False)
    export_float32(folder, work / "float32.onnx")
    quantize_dynamic(
        work / "float32.onnx",
        work / "dynamic.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        extra_options={"DefaultTensorType": 1},
    )


def multiply_adds(tokens: int, texts: int, squares: int) -> float:
    """Return those of the matrix products for texts of so many tokens (and the sum of squares)."""
    each = LAYERS * (4 * WIDTH**2 + 2 * WIDTH * INNER)
    return each * (tokens + SPECIAL * texts) + 2 * LAYERS * WIDTH * squares


def shares(results: list[Result], work: float, texts: int) -> str:
    """Say how much of the measured ceilings the fastest ways use."""
    int8, bf16 = int8_ceiling(usable_cores()), torch_ceiling("bfloat16")
    lines = [f"ceiling: int8 {int8 / 1e9:,.0f}, bfloat16 {bf16 / 1e9:,.0f} billion a second"]
    for item in results:
        if item.why is None and ("int8" in item.name or "bf" in item.name):
            rate = work * item.rows_per_second / texts
            most = int8 if "int8" in item.name else bf16
            # Where torch has no kernels of a type, its products are no ceiling.
            share = f", {rate / most:.0%} of it" if rate < most else ""
            lines.append(f"{item.name}: {rate / 1e9:,.0f}{share}")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=Path("workbooks/reviews.csv"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument(
        "--infinity",
        type=Path,
        metavar="PYTHON",
        help="the Python of a virtual environment that has infinity-emb[torch]"
        ": it wants an older transformers than cellsense",
    )
    arguments = parser.parse_args()
    texts = read_texts(arguments.file, None, None, arguments.limit)
    tokens = count_tokens(None, texts) or 0
    lengths = [(count_tokens(None, [text]) or 0) + SPECIAL for text in texts]
    with tempfile.TemporaryDirectory() as folder:
        write_models(Path(folder))
        found = compare(
            candidates(Path(folder), arguments.infinity),
            texts,
            rounds=arguments.rounds,
            tokens=tokens,
            on_start=print,
        )
    print(f"{len(texts):,} different texts, {tokens:,} tokens, {machine()}")
    print(as_table(found))
    work = multiply_adds(tokens, len(texts), sum(length**2 for length in lengths))
    print(shares(found, work, len(texts)))


if __name__ == "__main__":
    main()
