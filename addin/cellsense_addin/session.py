"""The one background classifier of an Excel session, as the options say."""

import threading
from functools import lru_cache
from pathlib import Path

from cellsense.classifier import shared_classifier
from cellsense_addin.background import Background
from cellsense_addin.options import AddinOptions, options_file, read_options

_lock = threading.Lock()
_current: tuple[tuple[str, str], Background] | None = None
_Stamp = tuple[Path, int, int]


def background(options: AddinOptions | None = None) -> Background:
    """Return the session's background classifier; another model or device begins a new one."""
    global _current  # noqa: PLW0603 - one per process is the point
    chosen = options or current_options()
    wanted = (chosen.model, chosen.device)
    with _lock:
        if _current is None or _current[0] != wanted:
            if _current is not None:
                _current[1].close()
            _current = (wanted, Background(shared_classifier(*wanted)))
        return _current[1]


def current_options() -> AddinOptions:
    """Return the options as they are now."""
    return _options(_stamp())


def _stamp() -> _Stamp | None:
    """Return what changes when the options' file does."""
    file = options_file()
    try:
        status = file.stat()
    except OSError:
        return None
    return file, status.st_mtime_ns, status.st_size


@lru_cache(maxsize=1)
def _options(_unchanged: _Stamp | None) -> AddinOptions:
    """Read the options once, not for each of ten thousand formulas."""
    return read_options()
