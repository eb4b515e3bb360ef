"""The background classifiers of an Excel session: one for each thing that is asked.

SENTIMENT and the button share one; CLASSIFY has one for each set of labels or examples, and WHY
another for each of these.
"""

import threading
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from cellsense.classifier import shared_classifier
from cellsense.models.resolve import EMBEDDED
from cellsense.prediction import Prediction
from cellsense.remote.settings import is_named
from cellsense_addin.background import (
    Background,
    ClosedError,
    Given,
    Hold,
    Labels,
    Reasons,
    Waiting,
)
from cellsense_addin.options import AddinOptions, options_file, read_options
from cellsense_addin.question import Asked

_MOST = 4  # questions at a time; the idle one that was asked longest ago goes
_lock = threading.Lock()
_hold = Hold()
_AnyKind = Background[Any]
_Kind = TypeVar("_Kind", bound=_AnyKind)
_Key = tuple[str, str, Asked | None, type[_AnyKind]]
_all: dict[_Key, _AnyKind] = {}  # the one that was asked last at the end
_Stamp = tuple[Path, int, int]


def background(options: AddinOptions | None = None, question: Asked | None = None) -> Labels:
    """Return the background classifier that answers; another model or device begins new ones."""
    return _background(Labels, question, options)


def answer(
    cells: Sequence[object], cell: str | None, question: Asked | None = None
) -> list[Prediction | Waiting | None]:
    """Answer a formula with labels and scores."""
    return _answer(Labels, cells, cell, question)


def reasons(
    cells: Sequence[object], cell: str | None, question: Asked | None = None
) -> list[str | Waiting | None]:
    """Answer a formula with the words that carried the labels."""
    return _answer(Reasons, cells, cell, question)


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


def _answer(
    kind: type[Background[Given]],
    cells: Sequence[object],
    cell: str | None,
    question: Asked | None,
) -> list[Given | Waiting | None]:
    """Ask a background, and another one if the one it found was closed meanwhile."""
    try:
        return _background(kind, question).answer(cells, cell)
    except ClosedError:
        return _background(kind, question).answer(cells, cell)


def _background(
    kind: type[_Kind], question: Asked | None, options: AddinOptions | None = None
) -> _Kind:
    chosen = options or current_options()
    wanted: _Key = (chosen.model, chosen.device, question, kind)
    with _lock:
        old = [key for key in _all if key[:2] != wanted[:2]]
        known = _all.pop(wanted, None) or _begin(*wanted)
        _all[wanted] = known
        asked = [key for key in list(_all)[:-1] if key[2] is not None and key not in old]
        idle = [key for key in asked if _all[key].idle]
        gone = [_all.pop(key) for key in (*old, *idle[: max(0, len(asked) - _MOST)])]
    for one in gone:  # not under the lock: a thread ends after the batch it is at
        one.close()
    return cast("_Kind", known)


def _begin(model: str, device: str, question: Asked | None, kind: type[_AnyKind]) -> _AnyKind:
    named = None if model == EMBEDDED else model  # what nobody chose, a server may answer
    same = [one for key, one in _all.items() if key[:3] == (model, device, question)]
    if same:
        classifier = same[0].classifier  # labels and reasons come from one model
    elif question is None:
        classifier = shared_classifier(named, device)
    else:
        classifier = question.classifier(named, device)
    # A server that isn't there takes its time to show it, and learning from examples does: that is
    # for the thread.
    at_once = not is_named() and (question is None or not question.examples)
    return kind(classifier, looks_up=at_once, hold=_hold)


def _running() -> list[_AnyKind]:
    with _lock:
        return list(_all.values())


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
