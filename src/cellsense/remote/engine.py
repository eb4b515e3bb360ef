"""Texts go to the server in lots, several at a time; their scores come back as they get ready."""

import asyncio
import queue
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from cellsense.errors import ServerError
from cellsense.inference.engine import Rows
from cellsense.inference.windows import encodable
from cellsense.remote.calls import CLASSIFY, Calls
from cellsense.remote.settings import ServerSettings

IN_FLIGHT = 4  # lots
LOT_TEXTS = 256
_LOT_CHARACTERS = 100_000

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Hosted:
    """The model that a server hosts, as it describes it."""

    name: str
    revision: str | None
    fingerprint: str
    labels: tuple[str, ...]
    only_english: bool
    runs_on: str
    version: str
    most_texts: int  # in a call
    most_characters: int


class RemoteEngine:
    """A TextEngine (see `cellsense.inference.engine`) that asks a server."""

    def __init__(self, settings: ServerSettings, hosted: Hosted) -> None:
        self.description = f"{hosted.runs_on} at {settings.url}"
        self._settings = settings
        self._hosted = hosted

    def run(self, texts: Sequence[str]) -> Iterator[Rows]:
        """Yield scores as they get ready; closing the iterator ends the calls.

        Raises ServerError.
        """
        found: queue.SimpleQueue[Rows | BaseException | None] = queue.SimpleQueue()
        worker = _Worker(self._ask_all(texts, found), found)
        try:
            while (item := found.get()) is not None:
                if isinstance(item, BaseException):
                    raise item
                yield item
        finally:
            worker.stop()

    async def _ask_all(
        self, texts: Sequence[str], found: "queue.SimpleQueue[Rows | BaseException | None]"
    ) -> None:
        lots = iter(self._lots(texts))

        async def ask_some() -> None:
            for first, last in lots:  # shared: each lot is asked once
                found.put(await self._ask(calls, texts[first:last], first))

        async with Calls(self._settings) as calls:
            some = [asyncio.create_task(ask_some()) for _ in range(IN_FLIGHT)]
            try:
                await asyncio.gather(*some)
            finally:
                for task in some:
                    task.cancel()
                await asyncio.gather(*some, return_exceptions=True)

    def _lots(self, texts: Sequence[str]) -> Iterator[tuple[int, int]]:
        most_texts = min(LOT_TEXTS, self._hosted.most_texts)
        most_characters = min(_LOT_CHARACTERS, self._hosted.most_characters)
        first, characters = 0, 0
        for place, text in enumerate(texts):
            full = place - first >= most_texts or characters + len(text) > most_characters
            if full and place > first:
                yield first, place
                first, characters = place, 0
            characters += len(text)
        if first < len(texts):
            yield first, len(texts)

    async def _ask(self, calls: Calls, texts: Sequence[str], first: int) -> Rows:
        answer = await calls.ask(
            CLASSIFY,
            {
                "texts": [encodable(text) for text in texts],
                "all_scores": True,
                # What isn't in the model's language was found out here, and wasn't sent.
                "check_language": False,
                "fingerprint": self._hosted.fingerprint,
            },
        )
        try:
            rows = [
                [float(given["scores"][label]) for label in self._hosted.labels]
                for given in answer["predictions"]
            ]
            complete = len(rows) == len(texts)
        except (KeyError, TypeError, ValueError):
            complete = False
        if not complete:
            raise broken_answer(self._settings)
        return {first + place: np.array(row) for place, row in enumerate(rows)}


def broken_answer(settings: ServerSettings) -> ServerError:
    """Return what to raise for an answer of another form than was asked for."""
    return ServerError(
        f"The server at {settings.url} answers what this version of cellsense can't read: use the "
        "same version on both sides."
    )


def in_own_loop(work: Coroutine[Any, Any, Given]) -> Given:
    """Run a coroutine in a thread of its own: the caller's may have an event loop (notebooks)."""
    with ThreadPoolExecutor(1, "cellsense-server") as pool:
        return pool.submit(asyncio.run, work).result()


class _Worker:
    """Runs a coroutine in a thread; its end, or what it raises, is put into the queue."""

    def __init__(
        self,
        work: Coroutine[Any, Any, None],
        found: "queue.SimpleQueue[Rows | BaseException | None]",
    ) -> None:
        self._found = found
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(work)
        self._thread = threading.Thread(target=self._work, name="cellsense-server", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: it came to its end by itself
            self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _work(self) -> None:
        last: BaseException | None = None
        try:
            self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            pass  # nobody listens any more
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that reads
            last = error
        finally:
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()
        self._found.put(last)
