"""A Ray of two workers that the tests share, and texts for it."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pandas as pd
import pytest

from distributed import driver
from distributed.stand_in import S3

ROOT = Path(__file__).parents[2]


# Who joins has to know it, as with a cluster of several machines.
TOKEN = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did."""

    code: int
    out: str
    err: str


class Driver:
    """The process that holds the cluster."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.address = self._answer()["address"]

    @property
    def pid(self) -> int:
        return self._process.pid

    def start(self, *arguments: object) -> None:
        """Have `cellsense ARGUMENTS` done, without waiting for it."""
        stream = self._stream(self._process.stdin)
        print(json.dumps([*map(str, arguments)]), file=stream, flush=True)

    def wait(self) -> Done:
        """Wait for what was started last."""
        return Done(**self._answer())

    def run(self, *arguments: object) -> Done:
        self.start(*arguments)
        return self.wait()

    def _answer(self) -> dict[str, object]:
        line = self._stream(self._process.stdout).readline()
        assert line, "the process that holds Ray has ended"
        return json.loads(line)

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream


@pytest.fixture(scope="package")
def s3() -> Iterator[S3]:
    """A stand-in for S3 on this machine, seen by every process that is started after it."""
    with S3() as started:
        yield started


@pytest.fixture(scope="package")
def ray(s3: S3) -> Iterator[Driver]:
    """A Ray of two workers."""
    environment = {**os.environ, **s3.environment, **TOKEN, "CELLSENSE_CACHE": "off"}
    process = subprocess.Popen(
        [sys.executable, driver.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # Ray's own words
        text=True,
        env=environment,
    )
    try:
        yield Driver(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)
        assert process.stdout is not None
        process.stdout.close()


@pytest.fixture(scope="session")
def reviews() -> pd.DataFrame:
    """Reviews, some of them no texts."""
    return pd.read_csv(ROOT / "workbooks" / "reviews.csv")


def command(*arguments: object) -> Sequence[str]:
    """Return the command line for a process of its own."""
    return [sys.executable, "-m", "cellsense", *map(str, arguments)]
