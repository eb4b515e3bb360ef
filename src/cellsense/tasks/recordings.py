"""A sound file → samples as a model wants them: one channel, at its rate, float32."""

from pathlib import Path
from typing import TYPE_CHECKING

from cellsense.errors import DependencyError
from cellsense.tasks.answers import UNREADABLE, Failure

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MOST_HOURS = 6  # a small file may unpack to days of silence
_BLOCK = 1 << 20  # frames
# How WAV, FLAC, OGG, MP3 and AIFF begin. libsndfile would also read formats that nobody has tried
# to break for twenty years.
_BEGINNINGS = (b"RIFF", b"RF64", b"fLaC", b"OggS", b"ID3", b"FORM")
_NOTHING = Failure("an empty recording")
_TOO_LONG = Failure(f"longer than {MOST_HOURS} hours")


def check_installed() -> None:
    """Raise DependencyError if what reads recordings isn't installed."""
    try:
        import soundfile  # noqa: F401
        import soxr  # noqa: F401
    except ImportError as error:
        raise DependencyError(
            f"Reading recordings needs the package {error.name}: run "
            "`pip install 'cellsense[tasks]'`."
        ) from error
    except OSError as error:  # where soundfile has no wheel with the library in it
        raise DependencyError(
            "The package soundfile finds no libsndfile: install that (apt install libsndfile1)."
        ) from error


def read_recording(file: Path, rate: int) -> "npt.NDArray[np.float32] | Failure":
    """Read WAV, FLAC, OGG, MP3 and AIFF through libsndfile; shape (samples,), `rate` in Hz.

    Channels are averaged. Other rates are resampled by soxr, block by block.
    """
    import numpy as np
    import soundfile
    import soxr

    pieces: list[npt.NDArray[np.float32]] = []
    try:
        if not _looks_common(file):
            return UNREADABLE
        with soundfile.SoundFile(file) as sound:
            if sound.frames > MOST_HOURS * 3600 * sound.samplerate:
                return _TOO_LONG
            resampler = None
            if sound.samplerate != rate:
                resampler = soxr.ResampleStream(sound.samplerate, rate, 1, dtype="float32")
            for block in sound.blocks(_BLOCK, dtype="float32", always_2d=True):
                mono = np.nan_to_num(block.mean(axis=1))
                pieces.append(mono if resampler is None else resampler.resample_chunk(mono))
            if resampler is not None:
                pieces.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    except (soundfile.SoundFileError, OSError, RuntimeError, TypeError, ValueError):
        return UNREADABLE
    samples = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return samples if len(samples) else _NOTHING


def _looks_common(file: Path) -> bool:
    with file.open("rb") as stream:
        start = stream.read(4)
    is_mp3_frame = len(start) == 4 and start[0] == 0xFF and start[1] & 0xE0 == 0xE0
    return is_mp3_frame or start.startswith(_BEGINNINGS)
