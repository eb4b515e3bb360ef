"""The server does what its OpenAPI description says, as schemathesis tries it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from serving.running_engine import TOKEN, Engine


@pytest.mark.parametrize("kind", ["engine", "guarded_engine"])
def test_server_does_what_it_says(
    request: pytest.FixtureRequest, kind: str, tmp_path: Path
) -> None:
    engine: Engine = request.getfixturevalue(kind)
    shown = ["--header", f"Authorization: Bearer {TOKEN}"] if kind == "guarded_engine" else []
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"{engine.url}/openapi.json",
            *shown,
            "--phases=examples,coverage,fuzzing",
            "--mode=all",
            "--max-examples=20",
            "--generation-deterministic",
            "--no-color",
        ],
        cwd=tmp_path,
        env={**os.environ, "NO_PROXY": "localhost"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Tested: 5" in done.stdout
