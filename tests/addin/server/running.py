"""A running `cellsense serve`, and what it said."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

TOKEN = "a-token-of-at-least-thirty-two-characters"  # noqa: S105
_START_SECONDS = 90

SERVE = [sys.executable, "-m", "cellsense", "serve"]


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """Return an environment in which a server finds nobody's options, results and settings."""
    ours = ("XLWINGS_", "CELLSENSE_")
    rest = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {
        **rest,
        # This project is open source, and its tests are no commercial use.
        "XLWINGS_LICENSE_KEY": "noncommercial",
        "CELLSENSE_CACHE": "off",
        "CELLSENSE_ADDIN_OPTIONS": str(folder / "addin.json"),
        "XDG_STATE_HOME": str(folder / "state"),
        "COLUMNS": "100",
        **changes,
    }


class Server:
    """A server on a free port of this machine, stopped at the end of the `with` block."""

    def __init__(self, folder: Path, *options: str, **environ: str) -> None:
        self.folder = folder
        self._command = [*SERVE, "--port", "0", *options]
        self._environment = environment(folder, **environ)
        self._lines: queue.Queue[str | None] = queue.Queue()
        self.said = ""

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        while (found := re.search(r"serves Excel at (\S+)", self.said)) is None:
            line = self._lines.get(timeout=_START_SECONDS)
            assert line is not None, self.said
        self.url = found[1]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop(signal.SIGTERM)

    def stop(self, number: signal.Signals) -> int:
        """Send a signal, and return the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self._reader.join()
            assert self.process.stdout is not None
            self.process.stdout.close()

    def client(self, **headers: str) -> httpx.Client:
        """Return a client that sends what pages of the server's own send."""
        return httpx.Client(
            base_url=self.url,
            headers={"Origin": self.url, **headers},
            timeout=120,
            trust_env=False,
        )

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said += line
            self._lines.put(line)
        self._lines.put(None)


def call(name: str = "sentiment", *arguments: object, **changes: object) -> Mapping[str, object]:
    """Return what xlwings' client sends for a worksheet function."""
    return {
        "client": "Office.js",
        "func_name": name,
        "args": list(arguments),
        "version": "0.37.8",
        "runtime": "1.4",
        **changes,
    }
