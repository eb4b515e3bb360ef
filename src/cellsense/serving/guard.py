"""What every request passes first: it is counted, its caller and its size are checked.

A server without a token is for this machine. Pages that the user has open in a browser could still
reach it; so it answers to this machine's names only ("DNS rebinding" sends another), and takes
nothing but JSON, for which a page of another origin would have to ask first.
"""

import asyncio
import time
from email.message import Message as Header
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from cellsense.remote.address import is_loopback
from cellsense.remote.calls import CLASSIFY
from cellsense.remote.token import holds_token
from cellsense.serving.access import Access
from cellsense.serving.body import Refusal, read_body
from cellsense.serving.faults import report_fault
from cellsense.serving.metrics import Metrics

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = ("/", "/docs", "/health", "/ready", "/openapi.json")  # hold nothing of anybody's
_UPLOAD_SECONDS = 60
_BODIES = 16  # as many of the largest as are in memory at a time


class Guard:
    """Stands before the app.

    Args:
        app: what answers.
        access: who may call.
        largest_body: in bytes.
        metrics: what counts.
        paths: those that exist; all others are counted as one.
    """

    def __init__(
        self,
        app: "ASGIApp",
        access: Access,
        largest_body: int,
        metrics: Metrics,
        paths: frozenset[str],
    ) -> None:
        self._app = app
        self._access = access
        self._largest_body = largest_body
        self._metrics = metrics
        self._paths = paths
        self._held = 0  # bytes of bodies
        self._coming: set[asyncio.Timeout] = set()  # bodies that aren't read whole
        self._stopping = False

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass a request on, or answer it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close"})
            return
        path = scope["path"] if scope["path"] in self._paths else "other"
        started, status = time.monotonic(), 0

        async def watched(message: "Message") -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._guarded(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - a traceback may quote a text
            failure = report_fault(path, error)
            if not status:
                await _problem(500, str(failure))(scope, receive, watched)
        finally:
            self._metrics.requests.labels(path, str(status)).inc()
            self._metrics.seconds.labels(path).observe(time.monotonic() - started)

    def stop(self) -> None:
        """Wait no longer for bodies; for the event loop's thread."""
        self._stopping = True
        for limit in self._coming:
            if not limit.expired():
                limit.reschedule(0)

    async def _guarded(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        headers = Headers(scope=scope)
        try:
            self._check_caller(scope["path"], headers)
            if (scope["method"], scope["path"]) == ("POST", CLASSIFY):
                _check_kind(headers)
            if scope["method"] in ("GET", "HEAD"):
                await self._app(scope, receive, send)
                return
        except Refusal as refusal:
            await _refused(refusal)(scope, receive, send)
            return
        size = 0

        async def counted() -> "Message":
            nonlocal size
            message = await receive()
            part = len(message.get("body", b""))
            size += part
            self._held += part
            if self._held > _BODIES * self._largest_body:
                raise Refusal(429, "Too much is being sent at the same time: come again in 1 s.")
            return message

        try:
            body = await self._body(scope, counted)
            await self._app(scope, _replay(body, receive), send)
        except Refusal as refusal:
            await _refused(refusal)(scope, receive, send)
        finally:
            self._held -= size

    def _check_caller(self, path: str, headers: Headers) -> None:
        token = self._access.token
        if not token:
            if not _is_of_this_machine(headers.get("host", "")):
                raise Refusal(400, "This server is for programs on its machine: call localhost.")
        elif path not in OPEN and not holds_token(headers.get("authorization", ""), token):
            raise Refusal(401, "This needs the server's token: Authorization: Bearer …")

    async def _body(self, scope: "Scope", receive: "Receive") -> bytes:
        try:
            async with asyncio.timeout(0 if self._stopping else _UPLOAD_SECONDS) as limit:
                self._coming.add(limit)
                return await read_body(scope, receive, self._largest_body)
        except TimeoutError:
            if self._stopping:
                raise Refusal(503, "The server is stopping.") from None
            raise Refusal(408, f"The body didn't come within {_UPLOAD_SECONDS} s.") from None
        finally:
            self._coming.discard(limit)


def _is_of_this_machine(host: str) -> bool:
    try:
        return is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:  # half an IPv6 address
        return False


def _check_kind(headers: Headers) -> None:
    declared = Header()
    declared["Content-Type"] = headers.get("content-type", "")
    if declared.get_content_type() != "application/json":
        raise Refusal(415, "The body has to be JSON, and its Content-Type to say so.")
    if declared.get_content_charset("utf-8") not in ("utf-8", "utf8"):
        raise Refusal(415, "The body has to be in UTF-8.")
    if any(how.lower() not in ("", "identity") for how in headers.getlist("content-encoding")):
        raise Refusal(415, "The body has to come as it is, without a Content-Encoding.")


def _replay(body: bytes, receive: "Receive") -> "Receive":
    passed = False

    async def replay() -> "Message":
        nonlocal passed
        if passed:
            return await receive()  # tells when the caller hangs up
        passed = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _refused(refusal: Refusal) -> JSONResponse:
    answer = _problem(refusal.status, refusal.reason)
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if refusal.status == 429:
        answer.headers["Retry-After"] = "1"
    if refusal.status == 503:
        answer.headers["Retry-After"] = "5"
    if refusal.status in (408, 413, 503):
        answer.headers["Connection"] = "close"  # the rest of the body is still on its way
    return answer


def _problem(status: int, detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, status_code=status)
