"""The server on several machines: two nodes of Ray on this one."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cellsense import Classifier
from serving.running_engine import TOKEN

COMMAND = [sys.executable, "-m", "cellsense", "serve", "--engine"]
# In a process of its own: it starts and ends what belongs to it.
_CLUSTER = """\
import sys
from ray.cluster_utils import Cluster

cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
cluster.add_node(num_cpus=2)
print("address", cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a running cluster of two nodes."""
    process = subprocess.Popen(
        [sys.executable, "-c", _CLUSTER],
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    line = next((line for line in process.stdout if line.startswith("address ")), None)
    assert line is not None
    yield line.split()[1]
    process.communicate("")


def test_each_machine_of_a_cluster_answers_as_this_one(
    cluster: str,
    embedded: Classifier,
    cells: list[object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    said = tmp_path / "stderr"
    with said.open("w") as errors:
        process = subprocess.Popen(
            [*COMMAND, "--ray", "--address", cluster, "--port", str(port)],
            env={**os.environ, "CELLSENSE_SERVER_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(2)]
            assert (
                lines[1] == "It runs on Ray Serve: 2 × the model, on 2 machines. Ctrl+C stops it.\n"
            )
            monkeypatch.setenv("CELLSENSE_SERVER", f"http://localhost:{port}")
            monkeypatch.setenv("CELLSENSE_SERVER_TOKEN", TOKEN)
            some = cells[:120]
            assert Classifier().predict(some, all_scores=True) == embedded.predict(
                some, all_scores=True
            )
            url = f"http://localhost:{port}/v1/classify"
            refused = httpx.post(url, json={"texts": ["a"]}, trust_env=False)
            assert refused.status_code == 401
        finally:
            process.send_signal(signal.SIGTERM)
            code = process.wait(120)
            process.stdout.close()
    assert (code, said.read_text()) == (143, "")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("127.0.0.1:9", "There is no Ray cluster to join at 127.0.0.1:9 (Connection refused)."),
        ("ray://head:10001", "give HOST:PORT, or auto"),
        ("nonsense", "give HOST:PORT, or auto"),
    ],
)
def test_no_cluster_is_a_line(address: str, reason: str) -> None:
    done = subprocess.run(
        [*COMMAND, "--ray", "--address", address],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1
