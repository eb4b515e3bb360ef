"""Classification in a thread of its own, so that Excel goes on while a long column is worked off.

A formula asks with `answer`: what is known comes at once, what isn't is queued. Formulas whose
texts are still in work stand in a list; the add-in asks it once a second which of them to
recalculate (`due`), and takes formulas off it that are gone (`forget`).
"""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, Generic, TypeVar

from cellsense.cells import CellKind, kind_of
from cellsense.classifier import Classifier
from cellsense.errors import CellsenseError
from cellsense.prediction import OTHER_LANGUAGE, Prediction
from cellsense_addin.failures import unexpected
from cellsense_addin.turns import Request, Requests

HOLD_SECONDS = 2.0  # how long a recalculation may wait for its answers
_HOLD_AGAIN_SECONDS = 10.0  # between two such waits: ten formulas at once must not add up
_TOLD_OFTEN_ENOUGH = 5  # then the formula asks something else by now, and nobody takes it off
_REMEMBERED = 1_000_000  # answers; a few hundred bytes each


class ClosedError(Exception):
    """The background was closed; there is another one by now."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Stands for the answer of a text that is still in work."""


WAITING = Waiting()
NO_SINGLE_WORD = "no single word"  # carried the label: without any of them it stays as sure
Given = TypeVar("Given")  # what a text is answered with

FINISHED, PARTLY, NOTHING_NEW = "finished", "partly", ""  # what a recalculation would show


@dataclass(slots=True)
class Hold:
    """When Excel was last held in vain, in seconds of the monotonic clock."""

    ended: float = -_HOLD_AGAIN_SECONDS


class Background(ABC, Generic[Given]):
    """One classifier, one thread, and the formulas that wait for it."""

    at_once: ClassVar[int]  # texts that are worked on together; then others have their turn

    def __init__(
        self,
        classifier: Classifier,
        hold_seconds: float = HOLD_SECONDS,
        *,
        looks_up: bool = True,
        hold: Hold | None = None,
    ) -> None:
        """Wrap a classifier.

        `looks_up` says that finding its kept results takes no time; `hold` is shared by those that
        hold the same Excel.
        """
        self.classifier = classifier
        self._looks_up = looks_up
        self._hold_seconds = hold_seconds
        self._hold = hold or Hold()
        self._known: dict[str, Given] = {}
        self._requests = Requests()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    @abstractmethod
    def _found(self, texts: list[str]) -> Mapping[str, Given]:
        """Return answers that were worked out before, at once."""

    @abstractmethod
    def _worked_out(self, texts: list[str]) -> Iterator[Mapping[str, Given]]:
        """Work out answers, as they get ready. Raises what Classifier raises."""

    @property
    def idle(self) -> bool:
        """True if no formula waits."""
        with self._changed:
            return not self._requests.turns

    def answer(
        self, cells: Sequence[object], cell: str | None = None
    ) -> list[Given | Waiting | None]:
        """Return what answers each text, None for what is no text, WAITING for the rest.

        With a `cell`, wait for two seconds at the most, and not at all if that was done a moment
        ago; without, until all is answered. Raises what Classifier raises, and ClosedError after
        `close`.
        """
        started = time.monotonic()
        texts = [
            value if isinstance(value, str) and kind_of(value) is CellKind.TEXT else None
            for value in cells
        ]
        wanted = dict.fromkeys(text for text in texts if text is not None)
        with self._changed:
            if self._closed:
                raise ClosedError
            earlier = self._take(cell, wanted)
            missing = [text for text in wanted if text not in self._known]
        if missing and earlier is None and self._looks_up:
            # What other workbooks or sessions had answered; no need to trouble the thread.
            self._remember(self._found(missing))
        with self._changed:
            missing = [text for text in missing if text not in self._known]
            if missing and earlier is not None and earlier.failure is not None:
                raise earlier.failure
            if missing:
                request = Request(cell, dict.fromkeys(missing))
                self._requests.add(request)
                self._start()
                self._changed.notify_all()
                self._wait_for(request, started, hold=earlier is None)
            answers: list[Given | Waiting | None] = [
                None if text is None else self._known.get(text, WAITING) for text in texts
            ]
            if missing:
                request.fresh = 0
                request.answered_at = time.monotonic()
                request.cost = 0.0 if earlier is None else request.answered_at - started
            self._trim()
        return answers

    def due(self, limit: int) -> list[tuple[str, str]]:
        """Return cells that wait, and what a recalculation would show; those with news first."""
        now = time.monotonic()
        with self._changed:
            cells = []
            for cell, requests in self._requests.by_cell.items():
                state = PARTLY if any(request.is_due(now) for request in requests) else NOTHING_NEW
                if all(request.finished for request in requests):
                    state = FINISHED
                cells.append((cell, state))
            self._drop_orphans()
        return sorted(cells, key=lambda item: item[1] == NOTHING_NEW)[:limit]

    def _drop_orphans(self) -> None:
        """Forget what was told and not asked for again: its formula asks something else now."""
        for request in list(self._requests.turns):
            if request.finished and request.cell is not None:
                request.told += 1
                if request.told > _TOLD_OFTEN_ENOUGH:
                    self._requests.remove(request)

    def forget(self, cells: Iterable[str]) -> None:
        """Stop working for formulas that are gone."""
        with self._changed:
            for cell in cells:
                for request in list(self._requests.by_cell.get(cell, ())):
                    self._requests.remove(request)

    def close(self) -> None:
        """Stop the thread after the batch it is at."""
        with self._changed:
            self._closed = True
            self._requests = Requests()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _take(self, cell: str | None, wanted: dict[str, None]) -> Request | None:
        """Take a cell's earlier request off: its recalculation stands for it now.

        A formula may call several times (`VSTACK(SENTIMENT(…), SENTIMENT(…))`): requests for other
        texts stay, as long as they aren't finished.
        """
        taken = None
        for request in list(self._requests.by_cell.get(cell or "", ())):
            if request.finished or not wanted.keys().isdisjoint(request.texts):
                self._requests.remove(request)
                taken = request
        return taken

    def _wait_for(self, request: Request, started: float, *, hold: bool) -> None:
        if request.cell is None:
            self._changed.wait_for(lambda: request.finished or self._closed)
        elif hold and started - self._hold.ended >= _HOLD_AGAIN_SECONDS:
            self._changed.wait_for(lambda: request.finished, self._hold_seconds)
            if not request.finished:
                self._hold.ended = time.monotonic()
        if request in self._requests and (request.finished or request.cell is None):
            self._requests.remove(request)
        if request.failure is not None:
            raise request.failure

    def _remember(self, answers: Mapping[str, Given]) -> None:
        with self._changed:
            self._known.update(answers)
            for text in answers:
                self._requests.answered(text)
            self._changed.notify_all()

    def _trim(self) -> None:
        excess = len(self._known) - _REMEMBERED
        if excess > 0 and not self._requests.turns:
            for text in list(islice(self._known, excess)):
                del self._known[text]

    # ---- the thread -----------------------------------------------------------------------------

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="addin-background", daemon=True)
            self._thread.start()

    def _work(self) -> None:
        while (texts := self._next_texts()) is not None:
            try:
                for answers in self._worked_out(texts):
                    self._remember(answers)
                    if self._closed:
                        return
            except CellsenseError as error:
                self._fail(error)
            except Exception as error:  # noqa: BLE001 - told in the cells, and kept in a log
                self._fail(unexpected(error))

    def _next_texts(self) -> list[str] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._requests.unfinished())
            return None if self._closed else self._requests.next_texts(self.at_once)

    def _fail(self, error: CellsenseError) -> None:
        """Let all who wait know: what stopped this batch would stop theirs."""
        with self._changed:
            for request in self._requests.turns:
                request.failure = request.failure or error
            self._changed.notify_all()


class Labels(Background[Prediction]):
    """Answers with label and score."""

    at_once = 256

    def _found(self, texts: list[str]) -> Mapping[str, Prediction]:
        return self.classifier.cached(texts)

    def _worked_out(self, texts: list[str]) -> Iterator[Mapping[str, Prediction]]:
        given = zip(texts, self.classifier.predict(texts), strict=True)
        yield {text: prediction for text, prediction in given if prediction is not None}


class Reasons(Background[str]):
    """Answers with the words that carried the label, or what stands for them."""

    at_once = 8  # each takes as long as some forty texts

    def _found(self, texts: list[str]) -> Mapping[str, str]:  # noqa: ARG002 - nothing is kept
        return {}

    def _worked_out(self, texts: list[str]) -> Iterator[Mapping[str, str]]:
        from cellsense.explain import explain

        given = zip(texts, self.classifier.predict(texts), strict=True)
        foreign = [text for text, label in given if label is not None and label.language]
        yield dict.fromkeys(foreign, OTHER_LANGUAGE)
        read = [text for text in texts if text not in foreign]
        for text, explanation in zip(read, explain(read, self.classifier), strict=True):
            yield {text: explanation.told() or NO_SINGLE_WORD}
