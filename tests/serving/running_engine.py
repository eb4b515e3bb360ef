"""A running engine server on this machine, with the app and the settings of the real one."""

import re
import threading
import time
from types import TracebackType
from typing import Any, Self

import httpx

from cellsense import Classifier
from cellsense.serving.access import Access
from cellsense.serving.certificate import Certificate
from cellsense.serving.limits import Limits
from cellsense.serving.listening import listen
from cellsense.serving.run import build_server

TOKEN = "a-token-of-at-least-thirty-two-characters"  # noqa: S105
GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
POLISH = "Bardzo dobry produkt, jestem zadowolona i polecam wszystkim znajomym."


class Engine:
    """A server in a thread, stopped at the end of the `with` block."""

    def __init__(
        self,
        classifier: Classifier,
        limits: Limits | None = None,
        token: str = "",
        certificate: Certificate | None = None,
    ) -> None:
        self._server = build_server(classifier, Access(token), limits or Limits(), certificate)
        self._listener = listen("127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.run, args=([self._listener],))
        self._token = token
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://localhost:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        end = time.monotonic() + 60
        while not self._server.started:
            assert time.monotonic() < end
            time.sleep(0.01)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop in good order; what was taken is answered."""
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def client(self, **headers: str) -> httpx.Client:
        """Return a client that shows the server's token."""
        shown = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return httpx.Client(
            base_url=self.url, headers={**shown, **headers}, timeout=120, trust_env=False
        )

    def post(self, texts: object, **rest: object) -> httpx.Response:
        """Classify texts."""
        with self.client() as client:
            return client.post("/v1/classify", json={"texts": texts, **rest})

    def count(self, name: str) -> float:
        """Return a metric, such as `cellsense_texts_total`; the sum of all of its labels."""
        with self.client() as client:
            shown = client.get("/metrics").text
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", shown, re.MULTILINE)
        return sum(map(float, found))


def predictions(answer: httpx.Response) -> list[Any]:
    """Return an answer's predictions."""
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()["predictions"]
    return found
