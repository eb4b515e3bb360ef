import pytest
import torch

from cellsense import device
from cellsense.device import CPU, Device, resolve_device
from cellsense.errors import DeviceError, OptionError


@pytest.fixture
def two_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = (Device("cuda", 0), Device("cuda", 1))
    monkeypatch.setattr(device, "accelerators", lambda: cards)


def test_cpu_is_always_there() -> None:
    assert resolve_device("cpu") == resolve_device("CPU ") == CPU
    assert str(CPU) == "cpu"


def test_auto_agrees_with_torch() -> None:
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    if torch.backends.mps.is_available():
        expected = "mps"
    assert resolve_device("auto").kind == expected


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize(
    ("request_", "found"),
    [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1"), (1, "cuda:1"), ("1", "cuda:1")],
)
def test_names_and_indices(request_: str | int, found: str) -> None:
    assert str(resolve_device(request_)) == found


@pytest.mark.usefixtures("two_cards")
@pytest.mark.parametrize("request_", ["cuda:2", "mps", "xpu", 7])
def test_a_device_that_is_not_there_lists_what_is(request_: str | int) -> None:
    with pytest.raises(DeviceError, match="which has: cuda:0, cuda:1, cpu"):
        resolve_device(request_)


@pytest.mark.parametrize("request_", ["gpu", "cuda:", "cuda:x", "", "cpu:0"])
def test_a_name_that_is_none(request_: str) -> None:
    with pytest.raises(OptionError, match="use auto, cpu, cuda"):
        resolve_device(request_)
