import threading

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellsense.inference.backend import DeviceMemoryError
from cellsense.inference.batches import Batch, BatchLimits, Padding, pad, plan_batches
from cellsense.inference.engine import Engine
from cellsense.inference.windows import Window
from cellsense.models.config import ModelConfig

CONFIG = ModelConfig(("A", "B"), "none", 16)


class LetterTokenizer:
    """One token per letter, windows of 16 without overlap."""

    def windows(self, texts: list[str], first: int) -> list[Window]:
        return [
            Window(position, [ord(letter) for letter in piece], [0] * len(piece), len(piece))
            for position, text in enumerate(texts, first)
            for piece in (text[start : start + 16] for start in range(0, len(text), 16))
        ]


class CountingBackend:
    """Answers each row with the mean of its tokens; has memory for a few tokens only."""

    description = "test"
    padding = Padding(token=0)

    def __init__(self, memory: int = 10**9, workers: int = 1) -> None:
        self.limits = BatchLimits(tokens=64, rows=100)
        self.memory = memory
        self.workers = workers
        self.sizes: list[int] = []
        self.failures = 0

    def logits(self, batch: Batch) -> npt.NDArray[np.float32]:
        if batch.ids.size > self.memory:
            self.failures += 1
            message = "too little memory"
            raise DeviceMemoryError(message)
        self.sizes.append(batch.ids.size)
        mean = (batch.ids * batch.mask).sum(axis=1) / batch.mask.sum(axis=1)
        return np.stack([mean, np.arange(len(batch))], axis=1).astype(np.float32)


def answers(engine: Engine, texts: list[str]) -> dict[int, float]:
    found: dict[int, float] = {}
    for rows in engine.run(texts):
        assert not found.keys() & rows.keys()
        found.update({position: float(row[0]) for position, row in rows.items()})
    return found


def mean_letter(text: str) -> float:
    return sum(map(ord, text)) / len(text)


@given(
    st.lists(st.text("abcxyz", min_size=1, max_size=40), max_size=60),
    st.integers(1, 3),
    st.sampled_from([16, 40, 10**9]),
)
def test_every_text_is_answered_once_whatever_the_batches(
    texts: list[str], workers: int, memory: int
) -> None:
    engine = Engine(CONFIG, LetterTokenizer(), CountingBackend(memory, workers))
    found = answers(engine, texts)
    assert found == pytest.approx({i: mean_letter(text) for i, text in enumerate(texts)}, rel=1e-5)


def test_out_of_memory_halves_the_batch_and_later_ones() -> None:
    backend = CountingBackend(memory=20)
    texts = ["abcd"] * 2000
    assert len(answers(Engine(CONFIG, LetterTokenizer(), backend), texts)) == 2000
    assert max(backend.sizes) <= 20
    assert backend.failures < 1000  # the second lot is planned small enough


def test_one_text_too_large_is_an_error() -> None:
    engine = Engine(CONFIG, LetterTokenizer(), CountingBackend(memory=2))
    with pytest.raises(DeviceMemoryError):
        list(engine.run(["abcd"]))


def test_closing_stops_the_work() -> None:
    backend = CountingBackend()
    run = Engine(CONFIG, LetterTokenizer(), backend).run(["abcdefgh"] * 50_000)
    next(run)
    run.close()
    assert len(backend.sizes) < 100
    assert not [
        t
        for t in threading.enumerate()
        if t.name.startswith(("cellsense-prepare", "cellsense-forward")) and t.is_alive()
    ]


def test_a_failure_while_preparing_is_raised() -> None:
    class Broken(LetterTokenizer):
        def windows(self, texts: list[str], first: int) -> list[Window]:
            raise ValueError(texts[0])

    with pytest.raises(ValueError, match="abc"):
        list(Engine(CONFIG, Broken(), CountingBackend()).run(["abc"]))


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=100), st.integers(50, 400), st.integers(1, 20)
)
def test_batches_keep_to_the_budget(lengths: list[int], tokens: int, rows: int) -> None:
    windows = [Window(i, [1] * length, [0] * length, length) for i, length in enumerate(lengths)]
    batches = list(plan_batches(windows, BatchLimits(tokens, rows)))
    assert sorted(window.text for batch in batches for window in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) <= rows
        assert max(len(window.ids) for window in batch) * len(batch) <= tokens


def test_padding_on_either_side() -> None:
    windows = [Window(0, [5, 6], [0, 1], 2), Window(1, [7], [0], 1)]
    right, left = pad(windows, Padding(9)), pad(windows, Padding(9, left=True))
    assert right.ids.tolist() == [[5, 6], [7, 9]]
    assert left.ids.tolist() == [[5, 6], [9, 7]]
    assert left.mask.tolist() == [[1, 1], [0, 1]]
    assert right.type_ids.tolist() == [[0, 1], [0, 0]]
