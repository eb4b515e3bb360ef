"""Whether older processors give the same labels and scores: those of the embedded int8 model.

`python -m benchmarks.instruction_sets [--cpu Haswell Nehalem] [--texts 40]` in the project's
folder, on Linux with `qemu-x86_64` (Debian: qemu-user) of version 7.2 or later. Each processor is
emulated: Haswell has AVX2 but neither AVX-512 nor VNNI, as many laptops; Nehalem has SSE4.2 only.
Whatever the runtime finds there decides its kernels. This says nothing of speed: emulated code is
slow.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Without the virtual environment's launcher, which would start another process that isn't emulated.
PROGRAM = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from cellsense import Classifier
texts = json.load(sys.stdin)
classifier = Classifier(device="cpu", use_cache=False, check_language=False)
found = classifier.predict(texts, all_scores=True)
json.dump([[item.label, list(item.scores.values())] for item in found], sys.stdout)
"""

Found = list[tuple[str, list[float]]]


def classify(texts: list[str], cpu: str | None) -> Found:
    """Classify texts in a process of its own, on an emulated processor if one is named."""
    python = str(Path(sys.executable).resolve())
    emulator = ["qemu-x86_64", "-cpu", cpu] if cpu else []
    done = subprocess.run(  # noqa: S603
        [*emulator, python, "-c", PROGRAM, json.dumps([path for path in sys.path if path])],
        input=json.dumps(texts),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
        env=os.environ | {"CELLSENSE_CACHE": "off"},
    )
    return [(label, scores) for label, scores in json.loads(done.stdout)]


def main() -> None:
    """Print a line for each processor."""
    from cellsense.bench.texts import read_texts

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cpu", nargs="+", default=["Haswell", "Nehalem"])
    parser.add_argument("--texts", type=int, default=40)
    parser.add_argument("--file", type=Path, default=Path("workbooks/reviews.csv"))
    arguments = parser.parse_args()
    if shutil.which("qemu-x86_64") is None:
        raise SystemExit("qemu-x86_64 isn't there: install qemu-user.")
    texts = read_texts(arguments.file, None, None, arguments.texts)
    here = classify(texts, None)
    print(f"{len(texts)} texts, beside this machine's own processor")
    print("| processor | same label | same scores to the bit | largest difference |")
    print("|---|---:|---:|---:|")
    for cpu in arguments.cpu:
        there = classify(texts, cpu)
        pairs = list(zip(here, there, strict=True))
        labels = sum(one[0] == other[0] for one, other in pairs)
        scores = sum(one[1] == other[1] for one, other in pairs)
        largest = max(
            abs(a - b) for one, other in pairs for a, b in zip(one[1], other[1], strict=True)
        )
        print(f"| {cpu} | {labels} | {scores} | {largest:.1e} |", flush=True)


if __name__ == "__main__":
    main()
