"""`cellsense train`: from a labelled file to a model that the other commands take."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_models
from transformers import pipeline

from cellsense import Classifier
from cellsense.errors import OutputError, TrainingError
from cellsense.evaluation.temperature import best_temperature, logs_of
from cellsense.labelled import read_labelled
from cellsense.training import own
from cellsense.training.own import train
from cellsense.training.split import in_order, split
from cellsense.training.wish import Epoch, Listener, Wish, work_folder

WORDS = {
    "Delivery": ["delivery", "was", "slow", "two", "days", "after", "battery"],
    "Price": ["money", "cheap", "star", "average", "back", "want", "fine"],
    "Quality": ["plastic", "noise", "smell", "broke", "terrible", "wonderful", "kettle"],
}


def rows(count: int) -> list[tuple[str, str]]:
    random = np.random.RandomState(1)
    names = list(WORDS)
    return [
        (" ".join([*random.choice(WORDS[names[n % 3]], 9), str(n)]), names[n % 3])
        for n in range(count)
    ]


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    file = tmp_path / "labelled.csv"
    pd.DataFrame(rows(240), columns=["Review", "Topic"]).to_csv(file, index=False)
    return file


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save("bert", tmp_path_factory.mktemp("base"))


def wish(base: Path, **changes: object) -> Wish:
    given: dict[str, object] = {
        "learning_rate": 5e-3,
        "epochs": 6,
        "device": "cpu",
        "max_tokens": 24,
    }
    return Wish(base=str(base), **{**given, **changes})  # type: ignore[arg-type]


class Told(Listener):
    def __init__(self) -> None:
        self.epochs: list[Epoch] = []
        self.taken_up = 0

    def begins(self, data: object, tokens: int, taken_up: int, total: int) -> None:
        self.taken_up = taken_up

    def epoch(self, epoch: Epoch, *, best: bool) -> None:
        self.epochs.append(epoch)


def run(labelled: Path, out: Path, wanted: Wish, told: Listener | None = None, **flags: bool):  # noqa: ANN201
    texts = read_labelled(labelled, "Review", "Topic")
    given = {"force": False, "restart": False, **flags}
    return train(texts, out, wanted, told or Listener(), **given)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_result_is_an_ordinary_model(labelled: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "topics"
    done = run(labelled, out, wish(base, epochs=20, patience=20))
    assert done.metrics.accuracy > 0.8
    assert done.metrics.rows == 24
    assert not work_folder(out).exists()
    classifier = Classifier(out, "cpu", use_cache=False)
    assert classifier.labels == ("Delivery", "Price", "Quality")
    texts = ["delivery was slow two after 7", "money cheap star back want 8"]
    own = classifier.predict(texts)
    plain = pipeline("text-classification", model=str(out), device="cpu")(texts)
    for one, other in zip(own, plain, strict=True):
        assert one is not None
        assert (one.label, one.score) == (other["label"], pytest.approx(other["score"], abs=1e-4))
    recipe = json.loads((out / "training.json").read_text())
    assert recipe["seed"] == 0
    assert recipe["texts"] == 216
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "accuracy" in card
    assert "| Delivery" in card
    assert not any(text.partition(" ")[2] in card for text, _ in rows(240))


def test_the_same_seed_gives_the_same_model(labelled: Path, base: Path, tmp_path: Path) -> None:
    models = []
    for name in ("one", "two"):
        run(labelled, tmp_path / name, wish(base, epochs=2))
        models.append((tmp_path / name / "model.safetensors").read_bytes())
    assert models[0] == models[1]


def test_a_stopped_run_goes_on_and_ends_the_same(
    labelled: Path, base: Path, tmp_path: Path
) -> None:
    class Stops(Told):
        def epoch(self, epoch: Epoch, *, best: bool) -> None:
            if epoch.number == 2:
                raise KeyboardInterrupt

    whole = run(labelled, tmp_path / "whole", wish(base, patience=6))
    out = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        run(labelled, out, wish(base, patience=6), Stops())
    assert not out.exists()
    told = Told()
    resumed = run(labelled, out, wish(base, patience=6), told)
    assert told.taken_up > 0
    assert [item.number for item in resumed.epochs] == [1, 2, 3, 4, 5, 6]
    assert resumed.best == whole.best
    files = [folder / "model.safetensors" for folder in (tmp_path / "whole", out)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_another_training_in_work_is_not_mixed_up(
    labelled: Path, base: Path, tmp_path: Path
) -> None:
    class Stops(Told):
        def epoch(self, epoch: Epoch, *, best: bool) -> None:
            raise KeyboardInterrupt

    out = tmp_path / "model"
    with pytest.raises(KeyboardInterrupt):
        run(labelled, out, wish(base), Stops())
    with pytest.raises(TrainingError, match="other texts or settings: add --restart"):
        run(labelled, out, wish(base, seed=5))
    told = Told()
    run(labelled, out, wish(base, seed=5, epochs=1), told, restart=True)
    assert told.taken_up == 0
    assert out.is_dir()


def test_a_folder_that_is_no_training_is_not_deleted(
    labelled: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "reviews"
    mine = work_folder(out)
    mine.mkdir()
    (mine / "notes.txt").write_text("mine")
    with pytest.raises(TrainingError, match="is no training of cellsense's"):
        run(labelled, out, wish(base), restart=True)
    assert (mine / "notes.txt").read_text() == "mine"


def test_a_run_that_was_killed_before_it_wrote_is_not_trained_further(
    labelled: Path, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = wish(base, epochs=30, patience=1)
    whole = run(labelled, tmp_path / "whole", wanted)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(own, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            run(labelled, tmp_path / "killed", wanted)
    again = run(labelled, tmp_path / "killed", wanted)
    assert again.epochs == whole.epochs
    files = [tmp_path / name / "model.safetensors" for name in ("whole", "killed")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_it_stops_when_it_gets_no_better(labelled: Path, base: Path, tmp_path: Path) -> None:
    done = run(labelled, tmp_path / "model", wish(base, epochs=30, patience=2))
    assert len(done.epochs) == min(30, done.best.number + 2)


def test_a_folder_that_is_in_use_stays(labelled: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    out.mkdir()
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputError, match="add --force"):
        run(labelled, out, wish(base))
    with pytest.raises(OutputError, match="holds no model of `cellsense train`"):
        run(labelled, out, wish(base), force=True)
    with pytest.raises(OutputError, match="doesn't exist"):
        run(labelled, tmp_path / "none" / "model", wish(base))
    assert (out / "thesis.txt").read_text() == "years of work"


def test_labels_in_their_order() -> None:
    assert in_order(["10", "2", "1"]) == ("1", "2", "10")
    assert in_order(["Positive", "Neutral", "Negative"]) == ("Negative", "Neutral", "Positive")
    assert in_order(["price", "delivery"]) == ("delivery", "price")


def test_the_split_keeps_shares_and_tells_what_it_left_out() -> None:
    texts, labels = zip(*rows(300), strict=True)
    torn = [*texts, texts[0], texts[1]], [*labels, labels[0], "Price" * (labels[1] != "Price")]
    data = split(*torn, share=0.2, seed=3)
    assert not set(data.texts) & set(data.validation_texts)
    assert texts[1] not in {*data.texts, *data.validation_texts}
    assert len(data.validation_texts) == 60
    assert data == split(*torn, share=0.2, seed=3)
    assert data.notes == (
        "Rows whose text stands above already, which count once: 2.",
        "Texts with several labels, which are left out: 1.",
    )


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a", "b"], ["good", "good"], 'same label, "good"'),
        ([str(n) for n in range(9)], ["a", "b", "c"] * 3, "There are 9 labelled texts"),
        ([str(n) for n in range(9)], ["a"] * 8 + ["b"], 'Too few texts of 1 of the 2 .*"b"'),
    ],
)
def test_what_cannot_be_trained_on(texts: list[str], labels: list[str], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        split(texts, labels, share=0.1, seed=0)


def test_labels_that_nobody_named() -> None:
    with pytest.raises(TrainingError, match=r'holds "gud" \(1\), which --labels doesn\'t name'):
        split(["a", "b"], ["good", "gud"], share=0.1, seed=0, allowed=("good", "bad"))


def test_the_temperature_takes_logits_and_probabilities() -> None:
    random = np.random.RandomState(2)
    logits = random.normal(size=(4000, 3)) * 2
    chances = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    classes = np.array([random.choice(3, p=row) for row in chances])
    assert best_temperature(logits * 3, classes) == pytest.approx(3, rel=0.1)
    assert best_temperature(logs_of(chances), classes) == pytest.approx(1, rel=0.1)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "cellsense", *map(str, arguments)]


def test_the_command_trains_and_convert_takes_the_model(
    labelled: Path, base: Path, tmp_path: Path
) -> None:
    out = tmp_path / "topics"
    flags = ["--label", "Topic", "--out", out, "--base", base, "--learning-rate", "0.005"]
    done = subprocess.run(
        command("train", labelled, "--text", "Review", *flags, "--epochs", 3),
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"Accuracy \d+\.\d% · macro F1 .* on 24 texts", done.stdout)
    assert "3 labels: Delivery, Price, Quality · 216 texts" in done.stderr
    assert "Epoch 1: accuracy" in done.stderr
    labelling = subprocess.run(
        command("convert", labelled, "--column", "Review", "--model", out),
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert labelling.returncode == 0, labelling.stderr
    assert "Delivery" in labelling.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_ctrl_c_says_how_to_go_on(labelled: Path, base: Path, tmp_path: Path) -> None:
    out = tmp_path / "topics"
    flags = ["--label", "Topic", "--out", out, "--base", base, "--epochs", 5000]
    with subprocess.Popen(
        command("train", labelled, *flags, "--patience", 5000),
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("Epoch 2"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 130
    assert "The same command goes on from here" in rest
    assert "Traceback" not in rest
    assert not out.exists()
    assert (work_folder(out) / "state.pt").is_file()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--label", "Stars"], 'no column "Stars"'),
        (["--label", "Topic", "--labels", "Price"], "which --labels doesn't name"),
        (["--label", "Topic", "--validation", "0.9"], "--validation 0.9 is no share"),
        (["--label", "Topic", "--base", "nowhere/at-all"], "nowhere/at-all"),
    ],
)
def test_mistakes_are_one_line(
    labelled: Path, tmp_path: Path, flags: list[str], message: str
) -> None:
    done = subprocess.run(
        command("train", labelled, *flags, "--out", tmp_path / "out"),
        capture_output=True, text=True, encoding="utf-8", check=False, env=_offline(),
    )  # fmt: skip
    assert done.returncode == 2
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ")
    assert message in last
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def _offline() -> dict[str, str]:
    import os

    return {**os.environ, "HF_HUB_OFFLINE": "1"}
