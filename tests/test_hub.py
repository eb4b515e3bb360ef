"""The hub path for real, against a stand-in server: download once, then work without a network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hub_server import serve


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text("id,review\n1,the kettle boils fast and looks great\n", encoding="utf-8")
    return file


def convert(reviews: Path, model: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    home = reviews.parent / "hub"
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("HF_")
    } | {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1"}
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", str(reviews), "--model", model, "--force"],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )


def test_a_hub_model_is_fetched_once_and_then_works_offline(
    reviews: Path, bert_model: Path
) -> None:
    (bert_model / "pytorch_model.bin").write_bytes(b"never fetched")
    try:
        with serve({"test-org/small": bert_model}) as (endpoint, asked):
            first = convert(reviews, "test-org/small", endpoint)
            assert first.returncode == 0, first.stderr
            assert any(path.endswith("model.safetensors") for path in asked)
            assert not any(path.endswith(".bin") for path in asked if "/resolve/" in path)
    finally:
        (bert_model / "pytorch_model.bin").unlink()
    labelled = reviews.with_name("reviews.labelled.csv").read_bytes()
    second = convert(reviews, "test-org/small", endpoint)  # the server is gone
    assert second.returncode == 0, second.stderr
    assert reviews.with_name("reviews.labelled.csv").read_bytes() == labelled


def test_a_name_the_hub_does_not_know(reviews: Path, bert_model: Path) -> None:
    with serve({"test-org/small": bert_model}) as (endpoint, _):
        done = convert(reviews, "test-org/typo", endpoint)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "no model of that name on the hub" in line
