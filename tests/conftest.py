"""Shared parts of the tests: a clean environment, real small models, and no silent skips in CI."""

import os
import signal
from pathlib import Path

import pytest
import small_models
from hypothesis import settings

from cellsense import Classifier

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


def pytest_configure() -> None:
    """Hear Ctrl+C, also where the tests were started in the background of a script."""
    # What is ignored here would be ignored by every process that a test starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # No test times itself: a busy machine is no fault.
    settings.register_profile("untimed", deadline=None)
    settings.load_profile("untimed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):  # noqa: ANN201
    """In CI nothing may be skipped: what a test needs is there, or CI fails."""
    report = yield
    if report.skipped and os.environ.get("CELLSENSE_NO_SKIPS") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _clean_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in list(os.environ):
        if name.startswith(("HF_", "TRANSFORMERS_", "CELLSENSE_")) and name != "CELLSENSE_NO_SKIPS":
            monkeypatch.delenv(name)
    # Nobody's downloaded models, and no look at the network, may decide a test.
    monkeypatch.setenv("HF_HOME", str(tmp_path_factory.getbasetemp() / "hub"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    # A test sees the model at work, not what another test left; those of the cache name a folder.
    monkeypatch.setenv("CELLSENSE_CACHE", "off")
    monkeypatch.setenv("CELLSENSE_ADDIN_OPTIONS", str(tmp_path_factory.getbasetemp() / "none.json"))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture(scope="session")
def embedded() -> Classifier:
    """The embedded model on the CPU, loaded once."""
    return Classifier(device="cpu")


@pytest.fixture(scope="session", params=sorted(small_models.KINDS))
def small_model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random-weight checkpoint of each kind of architecture and tokenizer."""
    return small_models.save(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="session")
def bert_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random-weight BERT with four labels and a window of 32 tokens."""
    return small_models.save("bert", tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def shared_workbooks() -> Path:
    """The folder of real and hostile workbooks, which isn't part of the project."""
    folder = SHARED / "workbooks"
    if not folder.is_dir():
        pytest.skip("the collection of real workbooks (../shared/workbooks) is not on this machine")
    return folder
