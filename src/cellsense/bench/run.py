"""Runs candidates in turn, several rounds, and compares what they took and said."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from cellsense.bench.candidates import Candidate

_SOURCES = str(Path(__file__).parents[2])


@dataclass(frozen=True, slots=True)
class Result:
    """What a candidate took: medians over the rounds. `why` says what went wrong, if anything."""

    name: str
    rows_per_second: float = 0.0
    tokens_per_second: float | None = None  # real ones; padding and special tokens don't count
    load_seconds: float = 0.0
    speed_up: float = 0.0  # median over the rounds, against the first candidate that ran
    same_labels: float = 0.0  # share of texts labelled as the first candidate did
    memory_mb: float | None = None
    device_memory_mb: float | None = None
    why: str | None = None


def compare(
    candidates: Sequence[Candidate],
    texts: Sequence[str],
    *,
    rounds: int = 1,
    tokens: int | None = None,
    on_start: Callable[[str], None] = lambda _: None,
) -> list[Result]:
    """Time all candidates side by side. A candidate that fails doesn't stop the others."""
    told: dict[str, list[dict[str, Any]]] = {item.name: [] for item in candidates}
    failed: dict[str, str] = {}
    for number in range(rounds):
        for candidate in candidates:
            if candidate.name in failed:
                continue
            on_start(f"{candidate.name}, round {number + 1} of {rounds}")
            try:
                told[candidate.name].append(_in_process(candidate, texts))
            except _FailedError as error:
                failed[candidate.name] = str(error)
    first = next((told[item.name] for item in candidates if item.name not in failed), [])
    results = []
    for candidate in candidates:
        if candidate.name in failed:
            results.append(Result(candidate.name, why=failed[candidate.name]))
        else:
            results.append(_result(candidate.name, told[candidate.name], first, tokens))
    return results


def _result(
    name: str, rounds: list[dict[str, Any]], first: list[dict[str, Any]], tokens: int | None
) -> Result:
    seconds = median(item["seconds"] for item in rounds)
    labels = rounds[0]["labels"]
    pairs = list(zip(labels, first[0]["labels"], strict=True))
    ratios = [slow["seconds"] / fast["seconds"] for slow, fast in zip(first, rounds, strict=True)]
    return Result(
        name,
        rows_per_second=len(labels) / seconds,
        tokens_per_second=None if tokens is None else tokens / seconds,
        load_seconds=median(item["load_seconds"] for item in rounds),
        speed_up=median(ratios),
        same_labels=sum(one == other for one, other in pairs) / len(pairs),
        memory_mb=rounds[0]["memory_mb"],
        device_memory_mb=rounds[0]["device_memory_mb"],
    )


def _environment(candidate: Candidate) -> dict[str, str]:
    if candidate.python == sys.executable:
        return dict(os.environ)
    return {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path[:1], _SOURCES])}


class _FailedError(Exception):
    """A candidate's process ended without an answer."""


def _in_process(candidate: Candidate, texts: Sequence[str]) -> dict[str, Any]:
    request = {
        "loader": candidate.loader,
        "arguments": candidate.arguments,
        "texts": list(texts),
    }
    done = subprocess.run(  # noqa: S603 - a Python that the benchmark named
        [candidate.python, "-m", "cellsense.bench.worker"],
        env=_environment(candidate),
        input=json.dumps(request),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines()
        raise _FailedError(lines[-1] if lines else f"ended with {done.returncode}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
