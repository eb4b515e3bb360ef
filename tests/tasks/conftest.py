"""Checkpoints of the tasks' kinds, each made once, and files for them to read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
import task_models
import torch
from PIL import Image
from task_models import CheckpointOf, Plain
from transformers import pipeline
from transformers.utils import logging


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Models so small are slowed by threads, on a busy machine tenfold."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> CheckpointOf:
    """Make a checkpoint of a kind of `task_models`."""
    made: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in made:
            made[kind] = task_models.save(kind, tmp_path_factory.mktemp(kind))
        return made[kind]

    return of


@pytest.fixture
def plain(checkpoint: CheckpointOf) -> Iterator[Plain]:
    """The pipeline as transformers makes it, of a kind of checkpoint: what all is held against."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    yield lambda task, kind: pipeline(
        task, model=str(checkpoint(kind)), dtype=torch.float32, device="cpu"
    )
    logging.set_verbosity(verbosity)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with recordings and pictures, good and bad, and a file outside it."""
    chance = np.random.default_rng(5)
    home = tmp_path / "home"
    home.mkdir()
    rate = task_models.RATE
    soundfile.write(home / "a.wav", chance.standard_normal(2 * rate) * 0.1, rate)
    soundfile.write(home / "b.flac", chance.standard_normal(rate) * 0.1, rate)
    soundfile.write(home / "long.wav", chance.standard_normal(33 * rate) * 0.1, rate)
    soundfile.write(home / "empty.wav", np.zeros(0), rate)
    soundfile.write(home / "short.wav", np.zeros(3), rate)
    (home / "bad.wav").write_bytes(b"RIFF\x10\0\0\0WAVEnonsense")
    soundfile.write(tmp_path / "outside.wav", chance.standard_normal(rate) * 0.1, rate)
    for name in ("a.png", "b.jpg"):
        pixels = (chance.random((40, 50, 3)) * 255).astype("uint8")
        Image.fromarray(pixels).save(home / name)
    (home / "bad.png").write_bytes((home / "a.png").read_bytes()[:200])
    return home
