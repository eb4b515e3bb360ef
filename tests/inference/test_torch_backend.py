"""The torch path on every device there is here, and its accelerator's ways on the processor."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import small_models
import torch
from transformers import AutoTokenizer

from cellsense import device
from cellsense.device import CPU, Device, accelerators, has_bfloat16
from cellsense.inference.backend import DeviceMemoryError
from cellsense.inference.batches import BatchLimits, Padding, pad, plan_batches
from cellsense.inference.engine import Engine
from cellsense.inference.load import text_windows
from cellsense.inference.place import Place
from cellsense.inference.torch_backend import TorchBackend
from cellsense.inference.windows import Window
from cellsense.models.config import read_config

TEXTS = [
    "the kettle boils fast and looks great but it broke after two days",
    "okay",
    "would never buy again terrible plastic smell",
    "we love our new lamp although delivery was slow " * 6,
] * 5


class StandIn:
    """torch.cpu with what accelerators have besides."""

    stream = staticmethod(torch.cpu.stream)

    @staticmethod
    def Stream(device: str) -> torch.cpu.Stream:  # noqa: N802 - torch's name
        assert device == "cpu"
        return torch.cpu.Stream()

    def __init__(self, free: int) -> None:
        self.free, self.tidied = free, 0

    def mem_get_info(self, _: str) -> tuple[int, int]:
        return self.free, 10**12

    def empty_cache(self) -> None:
        self.tidied += 1


@pytest.fixture(scope="module", params=["bert", "roberta", "distilbert"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(request.param, tmp_path_factory.mktemp(request.param))


def backend(folder: Path, where: Device = CPU, module: Any = None) -> tuple[Engine, TorchBackend]:
    config = read_config(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    place = None if module is None else Place("cpu", module)
    loaded = TorchBackend(folder, where, "float32", tokenizer, config.window, place)
    return Engine(config, text_windows(tokenizer, config.window), loaded), loaded


def scores(engine: Engine) -> np.ndarray:
    rows = {position: row for step in engine.run(TEXTS) for position, row in step.items()}
    return np.array([rows[position] for position in range(len(TEXTS))])


def test_every_device_here_gives_the_same_scores(folder: Path) -> None:
    expected = scores(backend(folder)[0])
    for where in accelerators():
        assert scores(backend(folder, where)[0]) == pytest.approx(expected, abs=1e-4)
    streams = backend(folder, module=StandIn(10**10))[0]
    assert scores(streams) == pytest.approx(expected, abs=1e-5)


def test_an_accelerator_has_batches_in_flight_and_rows_of_eight(folder: Path) -> None:
    _, plain = backend(folder)
    _, fast = backend(folder, module=StandIn(10**12))
    assert (plain.workers, plain.padding.multiple) == (1, 1)
    assert (fast.workers, fast.padding.multiple) == (2, 8)
    assert fast.limits.tokens > 10 * plain.limits.tokens


def test_little_free_memory_means_smaller_batches(folder: Path) -> None:
    _, roomy = backend(folder, module=StandIn(10**12))
    _, tight = backend(folder, module=StandIn(10**7))
    assert 512 <= tight.limits.tokens < roomy.limits.tokens


def test_a_device_that_does_not_tell_its_memory() -> None:
    assert Place("cpu", SimpleNamespace()).free_bytes() is None
    assert Place("cpu").free_bytes() is None


def test_running_out_of_memory_tidies_up_and_halves(folder: Path) -> None:
    module = StandIn(10**10)
    engine, loaded = backend(folder, module=module)
    whole, sizes = loaded._model, []

    def small(**given: torch.Tensor) -> Any:
        sizes.append(len(given["input_ids"]))
        if sizes[-1] > 3:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return whole(**given)

    loaded._model = small
    halved = scores(engine)
    assert module.tidied
    assert min(sizes) <= 3 < max(sizes)
    assert halved == pytest.approx(scores(backend(folder)[0]), abs=1e-5)


def test_no_memory_for_one_text_is_one_clear_line(folder: Path) -> None:
    engine, loaded = backend(folder, module=StandIn(10**10))

    def none(**_: torch.Tensor) -> Any:
        raise RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)")

    loaded._model = none
    with pytest.raises(DeviceMemoryError, match="too little free memory for one text"):
        scores(engine)


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("multiple", [1, 8])
def test_rows_are_laid_out_whole(left: bool, multiple: int) -> None:
    windows = [
        Window(0, [5, 6, 7], [0, 1, 1], 3),
        Window(1, [8], [0], 1),
        Window(2, list(range(1, 12)), [0] * 11, 11),
    ]
    batch = pad(windows, Padding(99, left, multiple))
    assert batch.ids.shape == (3, 16 if multiple == 8 else 11)
    for row, window in enumerate(windows):
        filled = batch.mask[row].astype(bool)
        assert batch.ids[row][filled].tolist() == window.ids
        assert batch.type_ids[row][filled].tolist() == window.type_ids
        assert set(batch.ids[row][~filled].tolist()) <= {99}
        length = len(window.ids)
        assert filled[-length:].all() if left else filled[:length].all()


def test_plans_still_hold_every_window_once() -> None:
    windows = [Window(n, [1] * (n % 17 + 1), [0] * (n % 17 + 1), 1) for n in range(200)]
    found = [w.text for batch in plan_batches(windows, BatchLimits(64, 10)) for w in batch]
    assert sorted(found) == list(range(200))


def test_bfloat16_where_the_device_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Chosen:
        def __init__(self, index: int) -> None:
            self.index = index

        def __enter__(self) -> None:
            asked.append(self.index)

        def __exit__(self, *_: object) -> None:
            pass

    asked: list[int] = []
    monkeypatch.setattr(torch.cuda, "device", Chosen)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: asked[-1] == 1)
    assert [has_bfloat16(Device("cuda", number)) for number in (0, 1)] == [False, True]
    assert device.has_bfloat16(Device("xpu", 0))
    assert not device.has_bfloat16(Device("mps"))
