"""Calls in both directions over one connection: the part that both ends of the bridge share.

Either end may ask while it is being asked: a macro that runs for a request calls back, and the
function called back reads cells. So an end that waits for its answer serves what comes in; as
only one call is under way at a time, the innermost answer is always the next one.

This file also runs in the system's Python, which may be older or newer than the tests' one.
"""

import io
import pickle
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

PROTOCOL = 4  # every Python from 3.8 on reads it


class LinkTimeoutError(Exception):
    """The other end doesn't answer."""


class RemoteError(Exception):
    """What went wrong at the other end: the type's name and the message."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message


class Link:
    """One end. `reduce` and `restore` turn objects that stay where they are into names and back."""

    def __init__(
        self,
        connection: Connection,
        serve: Callable[[tuple[Any, ...]], Any],
        reduce: Callable[[object], object],
        restore: Callable[[Any], Any],
        timeout: float | None = None,
    ) -> None:
        self._connection = connection
        self._serve = serve
        self._reduce = reduce
        self._restore = restore
        self.timeout = timeout

    def request(self, *message: Any) -> Any:
        """Ask, and serve until the answer is there. Raises what the other end raised."""
        self._send("request", message)
        while True:
            kind, body = self._receive()
            if kind == "answer":
                return body
            if kind == "error":
                raise RemoteError(*body)
            self._answer(body)

    def serve(self) -> None:
        """Answer until the other end goes away (EOFError)."""
        while True:
            _, body = self._receive()
            self._answer(body)

    def close(self) -> None:
        """Go away."""
        self._connection.close()

    def _answer(self, message: tuple[Any, ...]) -> None:
        try:
            answer = self._serve(message)
            sent = self._packed("answer", answer)
        except Exception as error:  # noqa: BLE001 - raised again at the other end
            kind, text = type(error).__name__, getattr(error, "Message", "") or str(error)
            sent = self._packed("error", (kind, text))
        self._connection.send_bytes(sent)

    def _send(self, kind: str, body: object) -> None:
        self._connection.send_bytes(self._packed(kind, body))

    def _packed(self, kind: str, body: object) -> bytes:
        stream = io.BytesIO()
        _Pickler(stream, self._reduce).dump((kind, body))
        return stream.getvalue()

    def _receive(self) -> tuple[str, Any]:
        if self.timeout is not None and not self._connection.poll(self.timeout):
            raise LinkTimeoutError
        stream = io.BytesIO(self._connection.recv_bytes())
        kind, body = _Unpickler(stream, self._restore).load()
        return kind, body


class _Pickler(pickle.Pickler):
    def __init__(self, stream: io.BytesIO, reduce: Callable[[object], object]) -> None:
        super().__init__(stream, PROTOCOL)
        self._reduce = reduce

    def persistent_id(self, obj: object) -> object:
        return self._reduce(obj)


class _Unpickler(pickle.Unpickler):
    def __init__(self, stream: io.BytesIO, restore: Callable[[Any], Any]) -> None:
        super().__init__(stream)
        self._restore = restore

    def persistent_load(self, pid: Any) -> Any:
        return self._restore(pid)
