"""Models in memory, each once: several questions to one model share it."""

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar
from weakref import WeakValueDictionary

_Model = TypeVar("_Model")
_lock = threading.Lock()
_loaded: WeakValueDictionary[Hashable, Any] = WeakValueDictionary()  # while anybody holds them


def shared(key: Hashable, load: Callable[[], _Model]) -> _Model:
    """Return what is loaded for a key, or load it. Raises what `load` raises."""
    with _lock:
        found: _Model | None = _loaded.get(key)
        if found is None:
            found = _loaded[key] = load()
        return found
