"""One call to the server, repeated where that helps: it may be busy, or starting again."""

import asyncio
import json
import random
import ssl
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from cellsense.errors import ServerError, UnansweredError
from cellsense.remote.address import is_loopback
from cellsense.remote.settings import ServerSettings
from cellsense.remote.token import TOKEN

if TYPE_CHECKING:
    import httpx

MODEL, CLASSIFY = "/v1/model", "/v1/classify"
_BUSY = (429, 503)
_GATEWAY = (502, 504)  # a proxy whose server doesn't answer
_CONNECT_SECONDS = 5.0
_ANSWER_SECONDS = 330.0  # the server gives up before that
_TRIES = 4  # where nothing answers
_FIRST_PAUSE = 0.25  # seconds, doubled each time
_LONGEST_PAUSE = 30.0
_REASON_LENGTH = 300


class Calls:
    """Calls to a server, in an `async with` block.

    Args:
        settings: the server.
        tries: how often to knock where nothing answers.
        patience: how long a call waits for a server that says it is busy, in seconds.
    """

    def __init__(
        self, settings: ServerSettings, tries: int = _TRIES, patience: float = 600.0
    ) -> None:
        self._settings = settings
        self._tries = tries
        self._patience = patience
        self._client = _client(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def ask(self, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Return a JSON answer. Raises ServerError, or UnansweredError after all tries."""
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        failed, patient_until = 0, time.monotonic() + self._patience
        while True:
            answer = await self._try(path, content)
            if isinstance(answer, str) or answer.status_code in _GATEWAY:
                failed += 1
                reason = answer if isinstance(answer, str) else f"HTTP {answer.status_code}"
                if failed >= self._tries:
                    raise self._unanswered(reason)
                await asyncio.sleep(_pause(_FIRST_PAUSE * 2 ** (failed - 1)))
            elif answer.status_code in _BUSY:
                pause = _asked_pause(answer)
                if time.monotonic() + pause > patient_until:
                    raise self._unanswered("it is busy")
                await asyncio.sleep(_pause(pause))
            else:
                return self._content(answer)

    async def _try(self, path: str, content: bytes | None) -> "httpx.Response | str":
        """Return an answer, or why there is none."""
        import httpx

        try:
            if content is None:
                return await self._client.get(path)
            return await self._client.post(path, content=content)
        except httpx.TimeoutException:
            return "it didn't answer in time"
        except (httpx.TransportError, ssl.SSLError) as error:
            return _first_line(error) or type(error).__name__

    def _content(self, answer: "httpx.Response") -> dict[str, Any]:
        try:
            found = answer.json()
        except ValueError:
            found = None
        if answer.status_code in (401, 403):
            raise ServerError(
                f"The server at {self._settings.url} doesn't accept "
                f"{'the token' if self._settings.token else 'calls without a token'}: set {TOKEN} "
                "to the one that it was started with."
            )
        if not isinstance(found, dict) or answer.status_code in (301, 302, 307, 308, 404, 405):
            raise ServerError(
                f"What answers at {self._settings.url} is no `cellsense serve --engine` "
                f"(HTTP {answer.status_code}): check the address."
            )
        if answer.status_code != 200:
            reason = str(found.get("detail", ""))[:_REASON_LENGTH]
            raise ServerError(
                f"The server at {self._settings.url} refuses (HTTP {answer.status_code}): {reason}"
            )
        return found

    def _unanswered(self, reason: str) -> UnansweredError:
        return UnansweredError(f"The server at {self._settings.url} can't be reached ({reason}).")


def _client(settings: ServerSettings) -> "httpx.AsyncClient":
    import httpx

    plain = settings.url.startswith("http:")
    return httpx.AsyncClient(
        base_url=settings.url,
        headers={
            "Content-Type": "application/json",
            **({"Authorization": f"Bearer {settings.token}"} if settings.token else {}),
        },
        verify=False if plain else _trusted(),
        timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
        # A proxy between this machine and itself would get the texts in clear.
        trust_env=not (plain and is_loopback(httpx.URL(settings.url).host)),
    )


@cache
def _trusted() -> ssl.SSLContext:
    """Trust what the system trusts (a company's own authority), and what certifi lists."""
    import certifi

    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _asked_pause(answer: "httpx.Response") -> float:
    try:
        seconds = float(answer.headers.get("retry-after", ""))
    except ValueError:  # a date, or nothing
        seconds = 1.0
    return min(max(seconds, 0.1), _LONGEST_PAUSE)


def _pause(seconds: float) -> float:
    """Spread those who come back over some time."""
    return seconds * (1 + random.random() / 2)  # noqa: S311 - no secret


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), "")
