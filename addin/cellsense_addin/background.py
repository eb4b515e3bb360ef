"""Classification in a thread of its own, so that Excel goes on while a long column is worked off.

A formula asks with `answer`: what is known comes at once, what isn't is queued. Formulas whose
texts are still in work stand in a list; the add-in asks it once a second which of them to
recalculate (`due`), and takes formulas off it that are gone (`forget`).
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from cellsense.cells import CellKind, kind_of
from cellsense.classifier import Classifier
from cellsense.errors import CellsenseError
from cellsense.prediction import Prediction
from cellsense_addin.failures import unexpected

HOLD_SECONDS = 2.0  # how long a recalculation may wait for its answers
_HOLD_AGAIN_SECONDS = 10.0  # between two such waits: ten formulas at once must not add up
_SLICE = 256  # texts of one formula before the next has its turn
_REFRESH_SECONDS = 2.0  # between two recalculations that show a part of a formula's answers
_REFRESH_SHARE = 20  # … and so many times as long as its last recalculation took
_REMEMBERED = 1_000_000  # predictions; a few hundred bytes each


@dataclass(frozen=True, slots=True)
class Waiting:
    """Stands for the answer of a text that is still in work."""


WAITING = Waiting()
Answer = Prediction | Waiting | None


@dataclass(eq=False)
class _Request:
    """A formula's texts that have no answer yet."""

    cell: str | None  # where the formula stands; None: somebody waits for the last answer
    texts: dict[str, None]  # in order, each once
    answered_at: float = 0.0
    cost: float = 0.0  # seconds that the last recalculation took
    fresh: int = 0  # answers since then
    failure: CellsenseError | None = field(default=None)

    @property
    def finished(self) -> bool:
        return not self.texts or self.failure is not None

    def is_due(self, now: float) -> bool:
        pause = max(_REFRESH_SECONDS, _REFRESH_SHARE * self.cost)
        return self.finished or (self.fresh > 0 and now - self.answered_at >= pause)


class Background:
    """One classifier, one thread, and the formulas that wait for it."""

    def __init__(self, classifier: Classifier, hold_seconds: float = HOLD_SECONDS) -> None:
        self.classifier = classifier
        self._hold_seconds = hold_seconds
        self._held_at = -_HOLD_AGAIN_SECONDS
        self._known: dict[str, Prediction] = {}
        self._requests: list[_Request] = []  # the first has the next turn
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def answer(self, cells: Sequence[object], cell: str | None = None) -> list[Answer]:
        """Return a prediction for each text, None for what is no text, WAITING for the rest.

        With a `cell`, wait for two seconds at the most, and not at all if that was done a moment
        ago; without, until all is answered. Raises what Classifier raises.
        """
        started = time.monotonic()
        texts = [
            value if isinstance(value, str) and kind_of(value) is CellKind.TEXT else None
            for value in cells
        ]
        wanted = dict.fromkeys(text for text in texts if text is not None)
        with self._changed:
            earlier = self._take(cell)
            missing = [text for text in wanted if text not in self._known]
        if missing and earlier is None:
            # What other workbooks or sessions had answered; no need to trouble the thread.
            self._remember(self.classifier.cached(missing))
        with self._changed:
            missing = [text for text in missing if text not in self._known]
            if missing and earlier is not None and earlier.failure is not None:
                raise earlier.failure
            if missing:
                request = _Request(cell, dict.fromkeys(missing))
                self._requests.append(request)
                self._start()
                self._changed.notify_all()
                self._wait_for(request, started, hold=earlier is None)
            answers: list[Answer] = [
                None if text is None else self._known.get(text, WAITING) for text in texts
            ]
            if missing:
                request.fresh = 0
                request.answered_at = time.monotonic()
                request.cost = 0.0 if earlier is None else request.answered_at - started
            self._trim()
        return answers

    def due(self, limit: int) -> list[tuple[str, bool]]:
        """Return the cells that wait, and whether to recalculate them now; those first."""
        now = time.monotonic()
        with self._changed:
            cells = [
                (request.cell, request.is_due(now))
                for request in self._requests
                if request.cell is not None
            ]
        return sorted(cells, key=lambda item: not item[1])[:limit]

    def forget(self, cells: Iterable[str]) -> None:
        """Stop working for formulas that are gone."""
        gone = set(cells)
        with self._changed:
            self._requests = [request for request in self._requests if request.cell not in gone]

    def close(self) -> None:
        """Stop the thread after the batch it is at."""
        with self._changed:
            self._closed = True
            self._requests.clear()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _take(self, cell: str | None) -> _Request | None:
        """Take a cell's earlier request off the list: its recalculation stands for it now."""
        for request in self._requests:
            if cell is not None and request.cell == cell:
                self._requests.remove(request)
                return request
        return None

    def _wait_for(self, request: _Request, started: float, *, hold: bool) -> None:
        if request.cell is None:
            self._changed.wait_for(lambda: request.finished or self._closed)
        elif hold and started - self._held_at >= _HOLD_AGAIN_SECONDS:
            self._changed.wait_for(lambda: request.finished, self._hold_seconds)
            if not request.finished:
                self._held_at = time.monotonic()
        if request in self._requests and (request.finished or request.cell is None):
            self._requests.remove(request)
        if request.failure is not None:
            raise request.failure

    def _remember(self, predictions: dict[str, Prediction]) -> None:
        with self._changed:
            self._known.update(predictions)
            for request in self._requests:
                before = len(request.texts)
                for text in predictions:
                    request.texts.pop(text, None)
                request.fresh += before - len(request.texts)
            self._changed.notify_all()

    def _trim(self) -> None:
        excess = len(self._known) - _REMEMBERED
        if excess > 0 and not self._requests:
            for text in list(islice(self._known, excess)):
                del self._known[text]

    # ---- the thread -----------------------------------------------------------------------------

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="cellsense", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (texts := self._next_texts()) is not None:
            try:
                predictions = self.classifier.predict(texts)
            except CellsenseError as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - told in the cells, and kept in a log
                self._fail(unexpected(error))
            else:
                answered = zip(texts, predictions, strict=True)
                self._remember({text: given for text, given in answered if given is not None})

    def _next_texts(self) -> list[str] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._unfinished())
            if self._closed:
                return None
            request = self._unfinished()[0]
            self._requests.remove(request)
            self._requests.append(request)
            return list(islice(request.texts, _SLICE))

    def _unfinished(self) -> list[_Request]:
        return [request for request in self._requests if not request.finished]

    def _fail(self, error: CellsenseError) -> None:
        """Let all who wait know: what stopped this batch would stop theirs."""
        with self._changed:
            for request in self._requests:
                request.failure = request.failure or error
            self._changed.notify_all()
