"""From a checkpoint to its int8 file: what each stage keeps, and what comes out."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import pytest
import small_models
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cellsense import Classifier
from cellsense.errors import ModelError
from cellsense.optimize import keep
from cellsense.optimize.export import export_float32
from cellsense.optimize.graph import Graph
from cellsense.optimize.optimize import write_int8
from cellsense.optimize.ranges import Inputs, observe
from cellsense.optimize.smooth import smooth
from cellsense.optimize.static_int8 import weight_scales

TEXTS = [
    small_models.WORDS[start : start + length]
    for start in range(0, 120, 7)
    for length in (4, 30, 90)
]


def run(model: onnx.ModelProto, inputs: Inputs) -> npt.NDArray[np.float32]:
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    takes = {item.name for item in session.get_inputs()}
    given = {name: array for name, array in inputs.items() if name in takes}
    (logits,) = session.run(["logits"], given)
    return np.asarray(logits)


def batch(rows: int, width: int) -> Inputs:
    ids = np.random.RandomState(rows).randint(5, 60, (rows, width))
    return {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids),
        "token_type_ids": np.zeros_like(ids),
    }


def test_smoothing_changes_nothing_in_float(bert_model: Path, tmp_path: Path) -> None:
    export_float32(bert_model, tmp_path / "float32.onnx")
    graph = Graph(onnx.load(tmp_path / "float32.onnx"))
    before = run(graph.model, batch(3, 9))
    products = len(graph.products())
    ranges = observe(graph, [batch(2, 8)])
    smooth(graph, ranges)
    assert run(graph.model, batch(3, 9)) == pytest.approx(before, abs=1e-5)
    known = observe(graph, [batch(2, 8)])
    assert len(known) == products
    for name, found in known.items():
        assert ranges[name].low == pytest.approx(found.low, abs=1e-4)
        assert ranges[name].high == pytest.approx(found.high, abs=1e-4)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "multilabel", *small_models.ROBERTAS])
def test_int8_is_near_float32(kind: str, tmp_path: Path) -> None:
    folder = small_models.save(kind, tmp_path / kind)
    file = folder / "onnx" / "model_quantized.onnx"
    file.parent.mkdir()
    exact = Classifier(folder, "cpu", dtype="float32")
    write_int8(folder, file, TEXTS, exact.load().config.window)
    operators = {node.op_type for node in onnx.load(file).graph.node}
    assert {"QAttention", "MatMulIntegerToFloat"} <= operators
    assert not operators & {"MatMul", "Attention", "SkipLayerNormalization", "BiasGelu"}
    quantised = Classifier(folder, "cpu", dtype="int8")
    differences = [
        abs(one.scores[label] - other.scores[label])
        for one, other in zip(
            exact.predict(TEXTS, all_scores=True),
            quantised.predict(TEXTS, all_scores=True),
            strict=True,
        )
        if one and other and one.scores and other.scores
        for label in one.scores
    ]
    assert len(differences) == len(TEXTS) * len(exact.labels)
    # Random weights are spread much wider than trained ones, and int8 rounds them more coarsely.
    assert np.mean(differences) < 0.04


def test_neighbours_change_nothing(bert_model: Path, tmp_path: Path) -> None:
    write_int8(bert_model, tmp_path / "int8.onnx", TEXTS, 32)
    model = onnx.load(tmp_path / "int8.onnx")
    assert [item.name for item in model.graph.input] == ["input_ids", "token_type_ids"]
    several = batch(5, 12)
    together = run(model, several)
    for row in range(5):
        alone = {name: array[row : row + 1] for name, array in several.items()}
        assert (run(model, alone)[0] == together[row]).all()


@settings(deadline=None)
@given(
    arrays.arrays(
        np.float32,
        st.tuples(st.integers(1, 9), st.integers(1, 4)),
        elements=st.floats(-8, 8, width=32),
    )
)
def test_no_pair_of_weights_overflows_fifteen_bits(values: npt.NDArray[np.float32]) -> None:
    scales = weight_scales(values)
    whole = np.round(values / scales)
    assert np.abs(whole).max(initial=0) <= 127
    pairs = len(whole) // 2 * 2
    sums = 255 * (whole[0:pairs:2] + whole[1:pairs:2])
    assert sums.max(initial=0) <= 2**15 - 1
    assert sums.min(initial=0) >= -(2**15)


def optimize(*arguments: str, cache: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "models", "optimize", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"CELLSENSE_CACHE": str(cache)},
    )


def test_a_model_is_optimised_once_and_taken_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, cache = small_models.save("roberta", tmp_path / "model"), tmp_path / "cache"
    monkeypatch.setenv("CELLSENSE_CACHE", str(cache))
    assert Classifier(folder, "cpu").description == "cpu, torch float32"
    texts = tmp_path / "texts.csv"
    texts.write_text("\n".join(["review", *(text.replace(",", "") for text in TEXTS)]))
    done = optimize(str(folder), "--texts", str(texts), cache=cache)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    kept, agreement = done.stdout.splitlines()
    (file,) = (cache / "optimized").glob("*")
    assert str(file) in kept
    assert agreement.endswith(f"of {len(set(TEXTS))} texts")
    fast = Classifier(folder, "cpu")
    assert fast.description == "cpu, onnx int8"
    assert fast.predict([TEXTS[5]])[0] is not None
    assert Classifier(folder, "cpu", dtype="float32").description == "cpu, torch float32"
    # Another model in its place isn't taken for the old one.
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    assert Classifier(folder, "cpu").description == "cpu, torch float32"
    assert "There is none" in optimize(str(folder), "--remove", cache=cache).stdout


@pytest.mark.parametrize(
    ("kind", "words"), [("gpt2", "of the kind gpt2"), ("", "embedded model is optimised already")]
)
def test_what_cannot_be_optimised_is_told_in_a_line(tmp_path: Path, kind: str, words: str) -> None:
    name = str(small_models.save(kind, tmp_path / kind)) if kind else "embedded"
    done = optimize(name, cache=tmp_path / "cache")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert words in line
    assert not list(tmp_path.rglob("*.onnx"))


def test_a_model_that_suffers_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = small_models.save("distilbert", tmp_path / "model")
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(keep, "LEAST_AGREEMENT", 1.01)
    with pytest.raises(ModelError, match=r"loses too much in int8: .* of 3 texts keep"):
        keep.optimize_model(str(folder), TEXTS[:3])
    assert not [item for item in (tmp_path / "cache").rglob("*") if item.is_file()]


def test_the_invented_samples() -> None:
    assert len(set(keep.sample_texts())) == 40
