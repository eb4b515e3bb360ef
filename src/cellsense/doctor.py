"""What a bug report needs to know about a machine."""

import platform
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cellsense.errors import CellsenseError

_PACKAGES = (
    "torch",
    "transformers",
    "tokenizers",
    "onnxruntime",
    "huggingface_hub",
    "numpy",
    "pandas",
    "pyarrow",
    "openpyxl",
    "xlwings",
    "xlwings_server",
    "typer",
    "rich",
    "httpx",
    "fastapi",
    "uvicorn",
)
_SAMPLE = "Arrived quickly and works very well, I would buy it again."


def findings() -> Iterator[tuple[str, str]]:
    """Yield (what, finding) pairs. Looks only; downloads nothing and shows no user data."""
    yield "cellsense", _version("cellsense")
    yield "Python", f"{platform.python_version()} ({sys.executable})"
    yield "System", f"{platform.platform()}, {platform.machine()}"
    yield "Excel", _excel()
    yield "Devices", _devices()
    yield "Embedded model", _embedded()
    yield "Server", _server()
    yield "First label", _first_label()
    yield "Hub cache", _hub_cache()
    for package in _PACKAGES:
        yield package, _version(package)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _excel() -> str:
    if platform.system() == "Windows":
        import winreg

        try:
            with winreg.OpenKey(  # type: ignore[attr-defined,unused-ignore]
                winreg.HKEY_CLASSES_ROOT,  # type: ignore[attr-defined,unused-ignore]
                r"Excel.Application\CurVer",
            ) as key:
                found = winreg.QueryValueEx(key, "")[0]  # type: ignore[attr-defined,unused-ignore]
        except OSError:
            return "not found"
        return str(found)
    if platform.system() == "Darwin":
        return "found" if Path("/Applications/Microsoft Excel.app").exists() else "not found"
    return "none on this system (Windows and macOS only)"


def _devices() -> str:
    from cellsense.cores import usable_cores
    from cellsense.device import CPU, accelerators, resolve_device

    names = ", ".join(str(device) for device in (*accelerators(), CPU))
    return f"{names} ({usable_cores()} cores); auto takes {resolve_device()}"


def _embedded() -> str:
    from cellsense.models.config import read_config
    from cellsense.models.resolve import resolve_model

    try:
        files = resolve_model(None)
        labels = ", ".join(read_config(files.folder).labels)
    except CellsenseError as error:
        return str(error)
    size = sum(file.stat().st_size for file in files.folder.rglob("*") if file.is_file())
    return f"{size / 1e6:.0f} MB: {labels}"


def _server() -> str:
    from cellsense.remote.settings import FALLBACK, LOCAL, SERVER, read_settings

    try:
        settings = read_settings()
    except CellsenseError as error:
        return str(error)
    if settings is None:
        return f"none: texts stay on this machine ({SERVER} isn't set)"
    token = "with a token" if settings.token else "without a token"
    fallback = f"; this machine if it gives no answer ({FALLBACK}={LOCAL})"
    return f"texts go to {settings.url}, {token}{fallback if settings.falls_back else ''}"


def _first_label() -> str:
    from cellsense.classifier import Classifier

    classifier = Classifier()
    started = time.monotonic()
    try:
        prediction = classifier.predict([_SAMPLE])[0]
    except CellsenseError as error:
        return str(error)
    if prediction is None:
        return "no answer"
    spent = time.monotonic() - started
    return (
        f"{prediction.label} {prediction.score:.2f} after {spent:.1f} s ({classifier.description})"
    )


def _hub_cache() -> str:
    from huggingface_hub.constants import HF_HUB_CACHE, is_offline_mode

    offline = ", offline mode" if is_offline_mode() else ""
    return f"{HF_HUB_CACHE}{offline}"
