"""`cellsense serve --engine` under load, beside the model in a process of its own.

`python -m benchmarks.serving [--texts 4000] [--callers 200]` in the project's folder. Server and
callers share this machine: the callers are coroutines of one process with a connection each, and
every caller sends its next call when it has the answer to the last. Texts are a whole sample
review and a sentence each, all different; no results are kept. Every answer is compared with that
of the model on this machine.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles

import httpx
from benchmarks.growth import texts as generated_texts

from cellsense import Classifier
from cellsense.bench.report import machine
from cellsense.markdown import table

SAMPLE = Path("workbooks") / "reviews.csv"
HEADER = ("", "calls", "texts", "texts/s", "p50 ms", "p99 ms", "429", "right")
Labels = dict[str, str]


@dataclass
class Load:
    """What callers saw."""

    name: str
    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)  # seconds from the first try to the answer
    refused: int = 0
    answers: list[tuple[str, str]] = field(default_factory=list)  # text, label

    def row(self, right: Labels) -> tuple[str, ...]:
        """Return a line of the table."""
        same = sum(right[text] == label for text, label in self.answers)
        cuts = quantiles(self.waits, n=100, method="inclusive") if len(self.waits) > 1 else []
        return (
            self.name,
            f"{len(self.waits):,}" if self.waits else "–",
            f"{len(self.answers):,}",
            f"{len(self.answers) / self.seconds:,.0f}",
            f"{cuts[49] * 1000:,.0f}" if cuts else "–",
            f"{cuts[98] * 1000:,.0f}" if cuts else "–",
            f"{self.refused:,}",
            f"{same / len(self.answers):.1%}",
        )


@contextmanager
def serving(*options: str) -> Iterator[str]:
    """Run a server; yield its URL."""
    command = [sys.executable, "-m", "cellsense", "serve", "--engine", "--port", "0", *options]
    process = subprocess.Popen(  # noqa: S603 - our own command
        command,
        env={**os.environ, "CELLSENSE_CACHE": "off"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None  # noqa: S101 - for mypy
    try:
        yield process.stdout.readline().split(" at ")[1].split()[0]
    finally:
        process.terminate()
        process.wait()


async def load(url: str, calls: Sequence[Sequence[Sequence[str]]], how: str = "") -> Load:
    """Have callers send theirs at the same time, one call after the other."""
    size = len(calls[0][0])
    who = f"{len(calls)} caller{'s' * (len(calls) > 1)}, {size} text{'s' * (size > 1)} a call"
    found = Load(who + how)
    started = time.perf_counter()
    await asyncio.gather(*(_caller(url, texts, found) for texts in calls))
    found.seconds = time.perf_counter() - started
    return found


async def _caller(url: str, calls: Sequence[Sequence[str]], found: Load) -> None:
    async with httpx.AsyncClient(
        base_url=url,
        timeout=600,
        trust_env=False,
        verify=False,  # noqa: S501 - no TLS
    ) as client:
        for texts in calls:
            first_try = time.perf_counter()
            while (answer := await _post(client, texts)).status_code == 429:
                found.refused += 1
                await asyncio.sleep(float(answer.headers["retry-after"]))
            found.waits.append(time.perf_counter() - first_try)
            given = answer.raise_for_status().json()["predictions"]
            labels = [prediction["label"] for prediction in given]
            found.answers += zip(texts, labels, strict=True)


async def _post(client: httpx.AsyncClient, texts: Sequence[str]) -> httpx.Response:
    return await client.post("/v1/classify", json={"texts": texts})


async def beside_a_large_call(url: str, large: Sequence[str], small: Sequence[str]) -> Load:
    """Measure calls of one text while another caller's large one is in work."""
    found, other = Load(f"1 text a call, beside one of {len(large):,}"), Load("")
    many = asyncio.create_task(_caller(url, [large], other))
    await asyncio.sleep(0.5)
    started = time.perf_counter()
    for text in small:
        if not many.done():
            await _caller(url, [[text]], found)
    found.seconds = time.perf_counter() - started
    await many
    return found


def in_calls(texts: Sequence[str], size: int) -> list[list[str]]:
    """Cut texts into calls."""
    return [list(texts[start : start + size]) for start in range(0, len(texts), size)]


def dealt(texts: Sequence[str], callers: int, size: int) -> list[list[list[str]]]:
    """Deal texts out to callers, in calls of one size."""
    share = max(size, len(texts) // callers)
    return [in_calls(texts[start : start + share], size) for start in range(0, len(texts), share)]


def local(texts: Sequence[str], name: str) -> tuple[Load, Labels]:
    """Classify in this process."""
    classifier = Classifier("embedded", "cpu", use_cache=False)
    classifier.predict(texts[:100])
    return timed(classifier, texts, name)


def timed(classifier: Classifier, texts: Sequence[str], name: str) -> tuple[Load, Labels]:
    """Classify texts at once; return what it took, and the labels."""
    started = time.perf_counter()
    predictions = classifier.predict(texts)
    found = Load(name, time.perf_counter() - started)
    found.answers = [
        (text, given.label) for text, given in zip(texts, predictions, strict=True) if given
    ]
    return found, dict(found.answers)


def measure(texts: Sequence[str], callers: int) -> list[Load]:
    """Run all loads; the model alone at the beginning and at the end."""
    alone, _ = local(texts, "Classifier in this process")
    few = texts[: max(50, len(texts) // 10)]
    loads = [alone]
    with serving() as url:
        os.environ["CELLSENSE_SERVER"] = url
        client = Classifier(use_cache=False)
        client.predict(texts[:100])
        loads.append(timed(client, texts, "Classifier that asks the server")[0])
        del os.environ["CELLSENSE_SERVER"]
        everybody = (
            dealt(few, 1, 1),
            dealt(texts, 1, 100),
            dealt(texts, callers, 1),
            dealt(texts, callers, 20),
        )
        loads += [asyncio.run(load(url, calls)) for calls in everybody]
        loads.append(asyncio.run(beside_a_large_call(url, texts, few)))
    with serving("--max-texts", "100", "--max-waiting", "500") as url:
        loads.append(asyncio.run(load(url, dealt(texts, callers, 20), ", 500 may wait")))
    loads.append(local(texts, "Classifier in this process, again")[0])
    return loads


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--callers", type=int, default=200)
    asked = parser.parse_args()
    texts = list(generated_texts(SAMPLE, asked.texts, whole=True))
    expected = local(texts, "")[1]
    texts = [text for text in texts if text in expected]
    loads = measure(texts, asked.callers)
    print(f"{len(texts):,} different texts · {machine()}")
    print(table(HEADER, [found.row(expected) for found in loads], numbers=True))


if __name__ == "__main__":
    main()
