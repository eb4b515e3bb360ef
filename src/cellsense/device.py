"""Which device runs the model: asked for, or the best there is (CUDA, XPU, MPS, CPU).

Importing torch takes seconds, so `auto` looks first for signs of an accelerator that cost nothing:
a machine without any never imports it.
"""

import os
import platform
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cellsense.errors import DeviceError, OptionError

# What the drivers of NVIDIA (Linux, WSL, Windows) and AMD (ROCm answers to torch.cuda) leave.
_DRIVERS = (
    "/dev/nvidiactl",
    "/usr/lib/wsl/lib/libcuda.so.1",
    str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows")) / "System32" / "nvcuda.dll"),
    "/dev/kfd",
)
_REQUEST = re.compile(r"(auto|cpu|mps|(?:cuda|xpu)(?::\d+)?)")


@dataclass(frozen=True, slots=True)
class Device:
    """A device by torch's names: `cpu`, `mps`, `cuda:0`, `xpu:0`."""

    kind: str
    index: int | None = None

    def __str__(self) -> str:
        return self.kind if self.index is None else f"{self.kind}:{self.index}"


CPU = Device("cpu")


def resolve_device(request: str | int = "auto") -> Device:
    """Turn "auto", "cpu", "cuda", "cuda:1", "xpu", "mps" or a CUDA index into a device.

    Raises DeviceError if the device isn't on this machine, OptionError if there's no such name.
    """
    name = f"cuda:{request}" if isinstance(request, int) else str(request).strip().lower()
    name = f"cuda:{name}" if name.isdigit() else name
    if not _REQUEST.fullmatch(name):
        raise OptionError(
            f'There is no device "{request}": use auto, cpu, cuda, cuda:1, xpu or mps.'
        )
    if name == "cpu":
        return CPU
    if name == "auto":
        return (accelerators() or (CPU,))[0]
    kind, _, index = name.partition(":")
    for device in accelerators():
        if device.kind == kind and (not index or device.index == int(index)):
            return device
    here = ", ".join(str(device) for device in (*accelerators(), CPU))
    raise DeviceError(
        f'The device "{name}" is not on this machine, which has: {here}. '
        "Leave --device out to take the best of them."
    )


def has_bfloat16(device: Device) -> bool:
    """Tell whether an accelerator multiplies bfloat16 itself, and faster than float32.

    NVIDIA's cards do so since Ampere. Older ones, and Apple's, would have float16 instead, which
    ends at 65,504: some models overflow it, so it is never chosen for the user.
    """
    if device.kind == "cuda":
        import torch

        with torch.cuda.device(device.index or 0):
            return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.kind == "xpu"


@cache
def accelerators() -> tuple[Device, ...]:
    """Return the accelerators torch can use here, the preferred one first."""
    if not _signs_of_accelerator():
        return ()
    import torch

    found = [Device("cuda", index) for index in range(torch.cuda.device_count())]
    if torch.xpu.is_available():
        found += [Device("xpu", index) for index in range(torch.xpu.device_count())]
    if torch.backends.mps.is_available():
        found.append(Device("mps"))
    return tuple(found)


def _signs_of_accelerator() -> bool:
    try:
        build = version("torch").partition("+")[2]
    except PackageNotFoundError:
        return False
    if platform.system() == "Darwin":
        return platform.machine() == "arm64"
    if build == "cpu":
        return False
    if build == "xpu":
        return True
    return any(Path(sign).exists() for sign in _DRIVERS)
