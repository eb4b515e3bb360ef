"""The process that runs one candidate once: what it takes is its own, memory too.

Reads a JSON object from standard input and writes one to standard output.
"""

import json
import os
import re
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

_WARM_UP = 8  # texts


def run(loader: str, arguments: dict[str, Any], texts: list[str]) -> dict[str, Any]:
    """Load a candidate, let it warm up, and time it over all texts (wall-clock seconds)."""
    module, _, name = loader.partition(":")
    started = time.perf_counter()
    classify = getattr(import_module(module), name)(**arguments)
    classify(texts[:_WARM_UP])
    ready = time.perf_counter()
    answers = classify(texts)
    done = time.perf_counter()
    return {
        "load_seconds": ready - started,
        "seconds": done - ready,
        "labels": [label for label, _ in answers],
        "memory_mb": peak_memory(),
        "device_memory_mb": _device_memory(),
    }


def peak_memory() -> float | None:
    """Return the most memory this process had, in MB; None where the system doesn't tell."""
    status = Path("/proc/self/status")
    if status.exists():
        # On Linux, `getrusage` still counts what the process that started this one had.
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text(errors="replace"))
        return int(found[1]) / (1 << 10) if found else None
    try:
        import resource
    except ImportError:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def _device_memory() -> float | None:
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return None
    return float(torch.cuda.max_memory_allocated() / (1 << 20))


if __name__ == "__main__":
    # What libraries print must not get between the lines of the answer.
    answer = os.dup(1)
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    with os.fdopen(answer, "w", encoding="utf-8") as output:
        json.dump(run(request["loader"], request["arguments"], request["texts"]), output)
