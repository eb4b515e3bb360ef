"""What decides a model's answers, as a hash: the files, the precision, the device, the runtime."""

from collections.abc import Iterator
from hashlib import blake2b, file_digest
from importlib.metadata import version
from pathlib import Path

from cellsense.device import Device
from cellsense.models.resolve import ModelFiles

# Raised whenever this package's own part in the answers changes (windows, calibration, rounding).
_ANSWERS = 1
_FINGERPRINT_BYTES = 32


def fingerprint(
    files: ModelFiles, device: Device, precision: str, only_english: bool, *asked: str
) -> bytes:
    """Return 32 bytes that are the same only where the same text gets the same scores.

    `asked` is whatever else decides them.
    """
    runtime = "onnxruntime" if precision == "int8" else "torch"
    digest = blake2b(digest_size=_FINGERPRINT_BYTES)
    parts = [str(_ANSWERS), precision, device.kind, runtime, version(runtime)]
    if only_english:
        parts += ["en", version("py3langid")]
    for part in (*parts, *asked):
        digest.update(part.encode() + b"\0")
    for file in _deciding_files(files, precision):
        digest.update(file.name.encode() + b"\0" + _content(file) + b"\0")
    return digest.digest()


def _deciding_files(files: ModelFiles, precision: str) -> Iterator[Path]:
    patterns = ["*.json", "*.txt", "*.model", "*.jinja"]
    if precision == "int8":
        yield files.int8
    else:
        patterns.append("*.safetensors")
    for pattern in patterns:
        yield from sorted(files.folder.glob(pattern))


def _content(file: Path) -> bytes:
    real = file.resolve()
    if real.parent.name == "blobs":  # the hub's cache names files for their content
        return real.name.encode()
    with real.open("rb") as content:
        return file_digest(content, "blake2b").digest()
