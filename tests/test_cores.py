"""How many cores a run takes."""

import pytest

from cellsense.cores import CORES, usable_cores
from cellsense.errors import OptionError
from cellsense.inference.onnx_backend import OnnxBackend
from cellsense.models.resolve import resolve_model


def test_the_environment_may_say_fewer_or_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert usable_cores() >= 1
    monkeypatch.setenv(CORES, "3")
    assert usable_cores() == 3
    assert OnnxBackend(resolve_model(None, None).int8).workers == 3


@pytest.mark.parametrize("told", ["0", "-1", "two", "1.5"])
def test_numbers_that_are_none(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv(CORES, told)
    with pytest.raises(OptionError, match=f'{CORES} is "{told}"'):
        usable_cores()
