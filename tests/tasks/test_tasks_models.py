"""Which checkpoints a task takes: safetensors, whole, trained for it, and no code of theirs."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from task_models import CheckpointOf
from typer.testing import CliRunner

from cellsense.cli import app
from cellsense.errors import DependencyError, DeviceError, ModelError, OptionError
from cellsense.tasks.adapters.interface import Prepared
from cellsense.tasks.answers import Answer, Failure, Given
from cellsense.tasks.model import TaskModel
from cellsense.tasks.registry import TASKS
from cellsense.tasks.runner import Runner

WRITES = TASKS["text-generation"]


@pytest.fixture
def copied(checkpoint: CheckpointOf, tmp_path: Path) -> Path:
    return Path(shutil.copytree(checkpoint("names"), tmp_path / "model"))


@pytest.mark.parametrize(
    ("task", "kind", "line"),
    [
        ("ner", "masked", "is BertForMaskedLM, which doesn't do token-classification"),
        ("ner", "gpt2", "lacks 2 of its weights, such as classifier"),
        ("ner", "wav2vec2", "is Wav2Vec2ForCTC, which doesn't do token-classification"),
        ("text-generation", "masked", "is BertForMaskedLM, which doesn't do text-generation"),
        ("automatic-speech-recognition", "gpt2", "is GPT2LMHeadModel, which doesn't do"),
        ("image-to-text", "names", "is BertForTokenClassification, which doesn't do"),
    ],
)
def test_a_model_for_something_else(
    checkpoint: CheckpointOf, task: str, kind: str, line: str
) -> None:
    with pytest.raises(ModelError, match=line):
        TaskModel(task, checkpoint(kind)).load()


def test_pickled_weights_are_never_loaded(copied: Path) -> None:
    (copied / "model.safetensors").rename(copied / "adapter.safetensors")
    torch.save({}, copied / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"has no model\.safetensors"):
        TaskModel("ner", copied).load()
    index = {"weight_map": {"a": "pytorch_model.bin"}}
    (copied / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelError, match="nothing else is loaded"):
        TaskModel("ner", copied).load()


def test_code_in_a_model_folder_is_never_run(copied: Path, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    code = f"open({str(marker)!r}, 'w').close()\n"
    for name in ("modeling_own.py", "configuration_own.py", "pipeline_own.py"):
        (copied / name).write_text(code)
    config = json.loads((copied / "config.json").read_text())
    config["auto_map"] = {
        "AutoConfig": "configuration_own.OwnConfig",
        "AutoModelForTokenClassification": "modeling_own.Own",
    }
    config["custom_pipelines"] = {"token-classification": {"impl": "pipeline_own.Own", "pt": []}}
    (copied / "config.json").write_text(json.dumps(config))
    (step,) = TaskModel("ner", copied).stream(["the kettle"])
    assert isinstance(step["the kettle"], Answer)
    config["model_type"] = "own"
    (copied / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="can't be loaded for token-classification"):
        TaskModel("ner", copied).load()
    assert not marker.exists()


def test_damaged_weights(copied: Path) -> None:
    (copied / "model.safetensors").write_bytes(b"\x09" * 99)
    with pytest.raises(ModelError, match="can't be loaded"):
        TaskModel("ner", copied).load()


def test_no_tokens_where_letters_are_heard(checkpoint: CheckpointOf) -> None:
    model = TaskModel("automatic-speech-recognition", checkpoint("wav2vec2"), max_new_tokens=5)
    with pytest.raises(OptionError, match="no --max-new-tokens"):
        model.load()


def test_no_room_for_a_text(checkpoint: CheckpointOf) -> None:
    model = TaskModel("text-generation", checkpoint("gpt2"), max_new_tokens=255)
    with pytest.raises(OptionError, match="among the 256 tokens"):
        model.load()


def test_a_folder_has_no_revision(checkpoint: CheckpointOf) -> None:
    model = TaskModel("ner", checkpoint("names"), revision="main")
    with pytest.raises(OptionError, match="no hub model"):
        model.load()


def test_spread_over_all_devices(checkpoint: CheckpointOf) -> None:
    spread = TaskModel("ner", checkpoint("names"), device_map="auto")
    usual = TaskModel("ner", checkpoint("names"), "cpu")
    text = "the kettle boils"
    assert list(spread.stream([text])) == list(usual.stream([text]))
    assert spread.description == "several devices, torch float32"
    assert usual.description == "cpu, torch float32"


@pytest.mark.parametrize(
    ("task", "how", "line"),
    [
        ("automatic-speech-recognition", {}, "needs the package soundfile: run `pip install"),
        ("image-to-text", {}, "needs the package pillow: run `pip install 'cellsense"),
        ("ner", {"device_map": "auto"}, "by the package accelerate: run `pip install"),
    ],
)
def test_what_is_not_installed(
    checkpoint: CheckpointOf,
    monkeypatch: pytest.MonkeyPatch,
    task: str,
    how: dict[str, Any],
    line: str,
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    monkeypatch.setattr("cellsense.tasks.pictures.find_spec", lambda _: None)
    monkeypatch.setattr("cellsense.tasks.load.find_spec", lambda _: None)
    with pytest.raises(DependencyError, match=line):
        TaskModel(task, checkpoint("names"), **how).load()


def test_downloaded_models_say_what_they_are_for(
    checkpoint: CheckpointOf, bert_model: Path
) -> None:
    other = CliRunner().invoke(app, ["models", "download", str(checkpoint("whisper"))])
    assert "WhisperForConditionalGeneration, for --task" in other.output
    usual = CliRunner().invoke(app, ["models", "download", str(bert_model)])
    assert "labels anger, joy, fear, none" in usual.output


class Fails:
    """An adapter that fails with what holds "bad"."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self.sizes: list[int] = []

    def prepare(self, given: Given) -> Prepared | Failure:
        return Failure("no such file") if given == "none" else Prepared(given)

    def answer(self, contents: list[str], batch_size: int) -> list[str]:
        self.sizes.append(batch_size)
        if any("bad" in content for content in contents):
            raise self._error
        return contents


def test_what_fails_among_others_fails_alone() -> None:
    adapter = Fails(ValueError("too long"))
    runner = Runner(WRITES, adapter, "cpu", 4)
    steps = list(runner.run(["none", "a", "bad", "b", "bad 2", "bad 3", "bad 4"]))
    found = {key: answer for step in steps for key, answer in step.items()}
    assert adapter.sizes == [3, 1, 1, 1, 3, 1, 1, 1]
    failed = Failure("the model failed with ValueError")
    assert found == {
        "none": Failure("no such file"),
        "a": Answer("a"),
        "b": Answer("b"),
        **dict.fromkeys(("bad", "bad 2", "bad 3", "bad 4"), failed),
    }


def test_a_model_that_fails_with_everything_ends_the_run() -> None:
    runner = Runner(WRITES, Fails(ValueError("of a secret text")), "cpu", 1)
    with pytest.raises(ModelError, match=r"fails with all .* \(ValueError\)") as raised:
        list(runner.run(["bad 1", "bad 2", "bad 3"]))
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory"), RuntimeError("CUDA error: assert")],
)
def test_a_device_that_fails_ends_the_run(error: Exception) -> None:
    with pytest.raises(DeviceError, match="cuda:0"):
        list(Runner(WRITES, Fails(error), "cuda:0", 2).run(["bad", "a"]))
