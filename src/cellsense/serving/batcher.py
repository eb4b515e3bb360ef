"""One thread that classifies for all callers, in batches of what waits."""

import threading
import time
from collections.abc import Iterable
from concurrent.futures import InvalidStateError
from contextlib import suppress
from math import ceil
from typing import Protocol

from cellsense.classifier import Classifier
from cellsense.errors import CellsenseError
from cellsense.prediction import Prediction
from cellsense.serving.fair import FairQueue, Job, Key
from cellsense.serving.faults import report_fault

# Whoever comes while the model is at work is in the next batch anyway; where it's idle, wait a
# moment for others.
LINGER_SECONDS = 0.002
# Characters in a batch: as many as take a quarter of a second or so. A call of one text waits for
# two batches at the most.
_BATCH_SECONDS = 0.25
_FIRST_BUDGET, _LEAST_BUDGET, _MOST_BUDGET = 16_384, 4_096, 131_072
_LONGEST_WAIT = 60  # seconds that are told to those who are turned away


class OverloadedError(Exception):
    """Too much waits already.

    Args:
        seconds: when to come again.
    """

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many texts wait already: come again in {seconds} s.")
        self.seconds = seconds


class ClosingError(Exception):
    """The server takes no more calls."""


class Watcher(Protocol):
    """Who counts batches."""

    def batch(self, texts: int, seconds: float) -> None:
        """Count a batch."""


class Batcher:
    """The model's thread.

    Args:
        classifier: what answers.
        most_waiting: texts that may wait.
        watcher: who counts.
    """

    def __init__(self, classifier: Classifier, most_waiting: int, watcher: Watcher) -> None:
        self._classifiers = {True: classifier, False: classifier.any_language()}
        self._most_waiting = most_waiting
        self._watcher = watcher
        self._queue = FairQueue()
        self._changed = threading.Condition()
        self._closing = False
        self._budget = _FIRST_BUDGET
        self._texts_a_second = 100.0
        self._thread = threading.Thread(target=self._work, name="cellsense-batches", daemon=True)

    @property
    def ready(self) -> bool:
        """True if calls are taken."""
        return self._thread.is_alive() and not self._closing

    @property
    def waiting(self) -> tuple[int, int]:
        """How many texts and calls wait."""
        with self._changed:
            return self._queue.texts, len(self._queue)

    def start(self) -> None:
        """Load the model and begin. Raises what Classifier raises."""
        for classifier in self._classifiers.values():
            classifier.load()
        self._thread.start()

    def close(self) -> None:
        """Take no more calls, answer those that were taken, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def submit(self, caller: str, texts: Iterable[str], *, checked: bool) -> Job:
        """Queue texts; the job's future will have the prediction of each.

        Raises OverloadedError or ClosingError.
        """
        job = Job(caller, texts, checked)
        if not job.pending:
            job.future.set_result({})
            return job
        with self._changed:
            if self._closing:
                raise ClosingError
            if self._queue.texts + len(job.pending) > self._most_waiting:
                # When half of it is done; were it all, the model would wait for them then.
                wait = ceil(self._queue.texts / 2 / self._texts_a_second)
                raise OverloadedError(min(max(1, wait), _LONGEST_WAIT))
            self._queue.add(job)
            self._changed.notify_all()
        return job

    def drop(self, job: Job) -> None:
        """Forget a job whose caller is gone."""
        with self._changed:
            if job in self._queue:
                self._queue.remove(job)

    # ---- the thread -----------------------------------------------------------------------------

    def _work(self) -> None:
        while keys := self._next():
            started = time.monotonic()
            try:
                answers = self._classify(keys)
            except CellsenseError as error:
                self._fail(keys, error)
            except Exception as error:  # noqa: BLE001 - told to the callers, and on stderr
                self._fail(keys, report_fault("a batch", error))
            else:
                self._answer(answers)
            self._measure(keys, time.monotonic() - started)

    def _next(self) -> list[Key]:
        """Return what to work on; nothing at the end."""
        with self._changed:
            while True:
                idle = not self._queue
                self._changed.wait_for(lambda: self._queue or self._closing)
                end = time.monotonic() + LINGER_SECONDS
                while idle and not self._closing and (rest := end - time.monotonic()) > 0:
                    self._changed.wait(rest)
                keys = self._queue.take(self._budget)
                if keys or self._closing:
                    return keys

    def _classify(self, keys: list[Key]) -> dict[Key, Prediction]:
        answers: dict[Key, Prediction] = {}
        for checked, classifier in self._classifiers.items():
            texts = [key.text for key in keys if key.checked is checked]
            if not texts:
                continue
            given = classifier.predict(texts, all_scores=True)
            for text, prediction in zip(texts, given, strict=True):
                if prediction is not None:
                    answers[Key(text, checked)] = prediction
        return answers

    def _answer(self, answers: dict[Key, Prediction]) -> None:
        with self._changed:
            done = self._queue.answer(answers)
        for job in done:
            with suppress(InvalidStateError):  # the caller is gone
                job.future.set_result(job.answers)

    def _fail(self, keys: list[Key], error: CellsenseError) -> None:
        with self._changed:
            failed = self._queue.asking(keys)
            for job in failed:
                self._queue.remove(job)
        for job in failed:
            with suppress(InvalidStateError):
                job.future.set_exception(error)

    def _measure(self, keys: list[Key], seconds: float) -> None:
        self._watcher.batch(len(keys), seconds)
        rate = len(keys) / max(seconds, 1e-6)
        self._texts_a_second += (rate - self._texts_a_second) * 0.2
        cost = sum(key.cost for key in keys)
        if cost >= self._budget / 2:  # a small one tells little
            fitting = cost / max(seconds, 1e-6) * _BATCH_SECONDS
            # Kept results take no time, and the next batch may have none: no leaps upwards.
            most = min(2 * self._budget, _MOST_BUDGET)
            self._budget = max(_LEAST_BUDGET, min(int(fitting), most))
