import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from cellsense import Classifier
from cellsense.errors import MissingModelError, ModelError
from cellsense.models.config import read_config
from cellsense.models.resolve import EMBEDDED, resolve_model

MEGABYTE = 1_000_000


def test_embedded_model_is_an_ordinary_transformers_folder() -> None:
    files = resolve_model(None)
    names = {file.relative_to(files.folder).as_posix() for file in files.folder.rglob("*")}
    assert names >= {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "README.md",
        "onnx/model_quantized.onnx",
    }
    assert (files.folder / "model.safetensors").stat().st_size <= 46 * MEGABYTE
    assert files.int8.stat().st_size <= 24 * MEGABYTE
    weights = load_file(files.folder / "model.safetensors")
    assert {tensor.dtype for tensor in weights.values()} == {torch.float16}
    assert read_config(files.folder).labels == ("NEGATIVE", "NEUTRAL", "POSITIVE")
    assert read_config(files.folder).window == 256


def test_names_of_the_embedded_model() -> None:
    assert resolve_model(None) == resolve_model(EMBEDDED)


def test_a_local_folder(bert_model: Path) -> None:
    assert resolve_model(bert_model).folder == bert_model
    assert Classifier(str(bert_model), "cpu").labels == ("anger", "joy", "fear", "none")


def test_pickled_weights_are_refused(bert_model: Path, tmp_path: Path) -> None:
    shutil.copy(bert_model / "config.json", tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04.")
    with pytest.raises(ModelError, match="pickled weights can run code"):
        resolve_model(tmp_path)


@pytest.mark.parametrize(
    "name", ["./nowhere", "/nowhere/model", "a/b/c", "has space", "~nobody9/x", "x" * 300]
)
def test_a_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(MissingModelError, match="no model folder"):
        resolve_model(name)


def test_a_hub_model_offline_says_what_to_run() -> None:
    with pytest.raises(MissingModelError, match="cellsense models download some-org/some-model"):
        resolve_model("some-org/some-model")


def test_a_model_of_another_task(bert_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"architectures": ["BertForMaskedLM"]}))
    with pytest.raises(ModelError, match="BertForMaskedLM, not a text-classification model"):
        Classifier(folder, "cpu").predict(["text"])


def test_a_broken_config(tmp_path: Path, bert_model: Path) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelError, match="can't be read"):
        Classifier(folder, "cpu").predict(["text"])


def test_broken_weights(tmp_path: Path, bert_model: Path) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    (folder / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="can't be loaded"):
        Classifier(folder, "cpu").predict(["text"])


def test_missing_weights_are_no_labels(tmp_path: Path, bert_model: Path) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    weights = load_file(folder / "model.safetensors")
    headless = {name: value for name, value in weights.items() if "classifier" not in name}
    save_file(headless, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match=r"lacks 2 of its weights, such as classifier\.bias"):
        Classifier(folder, "cpu").predict(["text"])


def test_weights_that_are_no_numbers(tmp_path: Path, bert_model: Path) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    weights = load_file(folder / "model.safetensors")
    broken = {name: torch.full_like(value, float("nan")) for name, value in weights.items()}
    save_file(broken, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="scores are no numbers"):
        Classifier(folder, "cpu").predict(["text"])


def test_a_model_without_a_tokenizer(tmp_path: Path, bert_model: Path) -> None:
    for name in ("config.json", "model.safetensors"):
        shutil.copy(bert_model / name, tmp_path)
    with pytest.raises(ModelError, match="tokenizer"):
        Classifier(tmp_path, "cpu").predict(["text"])


@pytest.mark.parametrize(
    "change",
    [
        [],
        "x",
        {"id2label": ["a"]},
        {"id2label": {"a": "b"}},
        {"max_position_embeddings": 2},
        {"architectures": "BertForMaskedLM"},
        {"id2label": {"0": "a", "1": "b"}},
    ],
)
def test_odd_configs_are_model_errors(tmp_path: Path, bert_model: Path, change: object) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    config = json.loads((folder / "config.json").read_text())
    changed = config | change if isinstance(change, dict) else change
    (folder / "config.json").write_text(json.dumps(changed))
    with pytest.raises(ModelError) as caught:
        Classifier(folder, "cpu").predict(["text"])
    assert "\n" not in str(caught.value)


def test_code_in_a_model_is_never_run(tmp_path: Path, bert_model: Path) -> None:
    folder = Path(shutil.copytree(bert_model, tmp_path / "model"))
    (folder / "evil.py").write_text("open('ran', 'w').close()\n")
    config = json.loads((folder / "config.json").read_text())
    config |= {"auto_map": {"AutoModelForSequenceClassification": "evil.Model"}}
    config |= {"model_type": "evil"}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError):
        Classifier(folder, "cpu").predict(["text"])
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("config", "tokenizer", "window"),
    [
        ({"max_position_embeddings": 512}, {"model_max_length": 256}, 256),
        ({"max_position_embeddings": 514, "pad_token_id": 1}, {"model_max_length": 1e30}, 512),
        ({"max_position_embeddings": 130, "pad_token_id": 1}, {"model_max_length": 128}, 128),
        ({}, {}, 512),
        ({"max_position_embeddings": -1}, {"model_max_length": 1e30}, 512),
        ({"max_position_embeddings": 100_000}, {}, 8192),
    ],
)
def test_window(
    tmp_path: Path, config: dict[str, object], tokenizer: dict[str, object], window: int
) -> None:
    kind = {"architectures": ["XForSequenceClassification"]}
    (tmp_path / "config.json").write_text(json.dumps(kind | config))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    assert read_config(tmp_path).window == window
    assert read_config(tmp_path).labels == ("LABEL_0", "LABEL_1")
