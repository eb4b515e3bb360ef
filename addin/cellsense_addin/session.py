"""The one background classifier of an Excel session, as the options say."""

import threading

from cellsense.classifier import shared_classifier
from cellsense_addin.background import Background
from cellsense_addin.options import AddinOptions, read_options

_lock = threading.Lock()
_current: tuple[tuple[str, str], Background] | None = None


def background(options: AddinOptions | None = None) -> Background:
    """Return the session's background classifier; another model or device begins a new one."""
    global _current  # noqa: PLW0603 - one per process is the point
    chosen = options or read_options()
    wanted = (chosen.model, chosen.device)
    with _lock:
        if _current is None or _current[0] != wanted:
            if _current is not None:
                _current[1].close()
            _current = (wanted, Background(shared_classifier(*wanted)))
        return _current[1]
