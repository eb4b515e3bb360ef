"""Bodies of requests: read no further than they may be long, and never quoted."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers

if TYPE_CHECKING:
    from starlette.types import Receive, Scope


class Refusal(Exception):  # noqa: N818 - an answer rather than an error
    """Why a request is not passed on.

    Args:
        status: the HTTP status.
        reason: one line for the user.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


def broken_body(errors: Sequence[Any]) -> str:
    """Return one line for the first of pydantic's errors: where it is, and nothing that it quotes.

    `errors` are those of a `ValidationError`, or of FastAPI's `RequestValidationError`.
    """
    first = errors[0]
    if first["type"] == "extra_forbidden":  # its place is the caller's own word
        return "The request's body is broken (it has a key that isn't known here)."
    where = ".".join(str(part) for part in first["loc"] if part != "body")
    return f"The request's body is broken{f' ({where[:80]})' if where else ''}."


async def read_body(scope: "Scope", receive: "Receive", most: int) -> bytes:
    """Return a request's body of `most` bytes. Raises Refusal before more of it is read."""
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The request ended early.")
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            raise _too_large(most)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _too_large(most: int) -> Refusal:
    return Refusal(413, f"That is more than {most / 2**20:g} MB in one call: take fewer rows.")
