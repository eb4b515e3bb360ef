"""A model's folder → a running engine."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cellsense.device import CPU, Device, has_bfloat16
from cellsense.errors import ModelError, OptionError
from cellsense.inference.encoder import shared_encoder
from cellsense.inference.engine import Engine, TextEngine
from cellsense.inference.nearest import NearestEngine
from cellsense.inference.pairs import PairWindows
from cellsense.inference.shared import shared
from cellsense.inference.windows import FastWindows, SlowWindows, TextWindows
from cellsense.inference.zero_shot import Question, ZeroShotEngine, entailment
from cellsense.models.config import ModelConfig
from cellsense.models.resolve import EMBEDDED, ENCODER, ModelFiles

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from cellsense.inference.backend import Backend
    from cellsense.inference.onnx_backend import OnnxBackend
    from cellsense.inference.torch_backend import TorchBackend

DTYPES = ("auto", "int8", "float32", "bfloat16", "float16")


def choose_dtype(files: ModelFiles, device: Device, dtype: str) -> str:
    """Decide the precision: what the device does well, on a CPU int8 for models made for it.

    Raises OptionError for a precision that this model or device doesn't have.
    """
    if dtype not in DTYPES:
        raise OptionError(f'There is no precision "{dtype}": use one of {", ".join(DTYPES)}.')
    if dtype == "int8":
        if device != CPU:
            raise OptionError(f"int8 runs on the CPU only, not on {device}: use float32.")
        if not files.int8.is_file():
            raise OptionError(f'The model "{files.name}" has no int8 file: use float32.')
        return dtype
    if dtype != "auto":
        return dtype
    if device == CPU:
        return (
            "int8" if files.name in (EMBEDDED, ENCODER) or files.optimized.is_file() else "float32"
        )
    return "bfloat16" if has_bfloat16(device) else "float32"


def load_engine(
    files: ModelFiles,
    config: ModelConfig,
    device: Device,
    precision: str,
    batch_size: int | None,
    asked: Question | None = None,
) -> TextEngine:
    """Load the model; this is what takes time. Raises ModelError or DeviceError.

    With labels `asked` for, the model is one for natural language inference, or the encoder.
    """
    if asked is not None and files.name == ENCODER:
        return NearestEngine(shared_encoder(), asked)
    if asked is None:
        if precision == "int8":
            return load_int8(files.folder, config, files.int8, batch_size)
        tokenizer = _torch_tokenizer(files)
        own = _torch_backend(files, tokenizer, device, precision, config.window)
        return Engine(config, text_windows(tokenizer, config.window), own, batch_size)
    entailment(config)
    raw = replace(config, function="none")
    # By the place of its int8 file, which goes by the files' sizes and times too.
    key = (files.optimized, files.int8, str(device), precision)
    backend: Backend
    if precision == "int8":
        fast = _int8_tokenizer(files.folder)
        backend = shared(key, lambda: _int8_backend(files.int8))
    else:
        tokenizer = _torch_tokenizer(files)
        if not tokenizer.is_fast:
            raise ModelError(
                f'The tokenizer of "{files.name}" is a slow one: take another NLI model.'
            )
        fast = _copy(tokenizer)
        backend = shared(
            key, lambda: _torch_backend(files, tokenizer, device, precision, config.window)
        )
    pairs = PairWindows(fast, config.window, asked.hypotheses)
    return ZeroShotEngine(Engine(raw, pairs, backend, batch_size), config, asked)


def load_int8(
    folder: Path, config: ModelConfig, int8: Path, batch_size: int | None = None
) -> Engine[str]:
    """Load an int8 file with the tokenizer of its model's folder."""
    windows = FastWindows(_int8_tokenizer(folder), config.window)
    return Engine(config, windows, _int8_backend(int8), batch_size)


def text_windows(tokenizer: Any, window: int) -> TextWindows:
    """Return what reads texts whole with a transformers tokenizer."""
    if not tokenizer.is_fast:
        return SlowWindows(tokenizer, window)
    return FastWindows(_copy(tokenizer), window)


def _copy(tokenizer: Any) -> "Tokenizer":
    """Copy it: windows are set on it, and transformers sets truncation on its own at every call."""
    from tokenizers import Tokenizer

    return Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())


def _int8_tokenizer(folder: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise ModelError(f"The model in {folder} holds no tokenizer.json.")
    return Tokenizer.from_file(str(file))


def _int8_backend(int8: Path) -> "OnnxBackend":
    from cellsense.inference.onnx_backend import OnnxBackend

    return OnnxBackend(int8)


def _torch_tokenizer(files: ModelFiles) -> Any:
    from transformers import AutoTokenizer

    from cellsense.inference.torch_backend import first_line

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(
            files.folder, local_files_only=True, trust_remote_code=False
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = first_line(error)
        raise ModelError(f"The tokenizer of {files.folder} can't be loaded: {reason}") from error
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise ModelError(
            f"The model in {files.folder} has no tokenizer files: save its tokenizer beside it."
        )
    return tokenizer


def _torch_backend(
    files: ModelFiles, tokenizer: Any, device: Device, dtype: str, window: int
) -> "TorchBackend":
    from cellsense.inference.torch_backend import TorchBackend

    return TorchBackend(files.folder, device, dtype, tokenizer, window)
