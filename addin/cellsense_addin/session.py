"""The background classifiers of an Excel session: one for each thing that is asked.

SENTIMENT and the button share one; CLASSIFY has one for each set of labels or examples.
"""

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from cellsense.classifier import shared_classifier
from cellsense.models.resolve import EMBEDDED
from cellsense.remote.settings import is_named
from cellsense_addin.background import Answer, Background, ClosedError
from cellsense_addin.options import AddinOptions, options_file, read_options
from cellsense_addin.question import Asked

_MOST = 4  # questions at a time; the idle one that was asked longest ago goes
_lock = threading.Lock()
_Key = tuple[str, str, Asked | None]
_all: dict[_Key, Background] = {}  # the one that was asked last at the end
_Stamp = tuple[Path, int, int]


def background(options: AddinOptions | None = None, question: Asked | None = None) -> Background:
    """Return the background classifier that answers; another model or device begins new ones."""
    chosen = options or current_options()
    wanted = (chosen.model, chosen.device, question)
    with _lock:
        old = [key for key in _all if key[:2] != wanted[:2]]
        known = _all.pop(wanted, None) or _begin(*wanted)
        _all[wanted] = known
        asked = [key for key in list(_all)[:-1] if key[2] is not None and key not in old]
        idle = [key for key in asked if _all[key].idle]
        gone = [_all.pop(key) for key in (*old, *idle[: max(0, len(asked) - _MOST)])]
    for one in gone:  # not under the lock: a thread ends after the batch it is at
        one.close()
    return known


def answer(
    cells: Sequence[object], cell: str | None, question: Asked | None = None
) -> list[Answer]:
    """Answer a formula, by another background if the one it found was closed meanwhile."""
    try:
        return background(question=question).answer(cells, cell)
    except ClosedError:
        return background(question=question).answer(cells, cell)


def due(limit: int) -> list[tuple[str, str]]:
    """Return cells that wait, of all questions, and what a recalculation would show."""
    found: dict[str, str] = {}
    for one in _running():
        for cell, state in one.due(limit):
            # A formula with several questions shows more as soon as one of them has news.
            found[cell] = found.get(cell) or state
    return sorted(found.items(), key=lambda item: item[1] == "")[:limit]


def forget(cells: Iterable[str]) -> None:
    """Stop working for formulas that are gone."""
    gone = list(cells)
    for one in _running():
        one.forget(gone)


def close() -> None:
    """Stop all threads."""
    with _lock:
        gone = list(_all.values())
        _all.clear()
    for one in gone:
        one.close()


def _running() -> list[Background]:
    with _lock:
        return list(_all.values())


def _begin(model: str, device: str, question: Asked | None) -> Background:
    named = None if model == EMBEDDED else model  # what nobody chose, a server may answer
    # A server that isn't there takes its time to show it, and learning from examples does: that is
    # for the thread.
    at_once = not is_named()
    if question is None:
        return Background(shared_classifier(named, device), looks_up=at_once)
    classifier = question.classifier(named, device)
    return Background(classifier, looks_up=at_once and not question.examples)


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
