"""A picture's file → pixels, as transformers' own pipelines read them: upright and in RGB."""

import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from cellsense.errors import DependencyError
from cellsense.tasks.answers import UNREADABLE, Failure

# Not EPS, which Pillow hands to another program, nor formats that few have tried to break.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_TOO_BIG = Failure("over 89 megapixels")  # where Pillow warns of a bomb


def check_installed() -> None:
    """Raise DependencyError if what reads pictures isn't installed."""
    if find_spec("PIL") is None:
        raise DependencyError(
            "Reading pictures needs the package pillow: run `pip install 'cellsense[tasks]'`."
        )


def read_picture(file: Path) -> "Any | Failure":
    """Read PNG, JPEG, WebP, GIF (its first picture), BMP and TIFF; a PIL image."""
    from PIL import Image, ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=_FORMATS) as picture:
                return ImageOps.exif_transpose(picture).convert("RGB")
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return _TOO_BIG
    except (OSError, ValueError, SyntaxError, TypeError, EOFError, KeyError, IndexError):
        return UNREADABLE  # what Pillow lets through of damaged files
