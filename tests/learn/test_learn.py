"""`cellsense learn`: a few labelled rows, and the rest follows."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from cellsense import Classifier
from cellsense.errors import MissingModelError, ModelError, OptionError, TrainingError
from cellsense.evaluation.temperature import best_temperature
from cellsense.learn.head import fit
from cellsense.learn.learn import learn
from cellsense.learn.model import read_learned

# Written for this test.
EXAMPLES = {
    "delivery": [
        "The parcel came two days late and the box was soaked.",
        "The courier threw the package over the fence.",
        "Ordered on Monday and it was here on Tuesday.",
        "Shipping took three weeks.",
        "Nobody rang the bell, they left a card and drove off.",
        "It arrived a day early, well wrapped.",
    ],
    "price": [
        "Far too expensive for what it is.",
        "A real bargain, half of what others ask.",
        "They raised the subscription twice this year.",
        "Worth every penny.",
        "I found it for ten pounds less elsewhere.",
        "Cheap, and it shows in nothing.",
    ],
    "noise": [
        "It hums all night and I can't sleep.",
        "So quiet that I forget it is on.",
        "The fan rattles like an old van.",
        "You hear every click through the wall.",
        "Whisper quiet, even at full speed.",
        "The alarm is so loud that the dog hides.",
    ],
}
OTHERS = {
    "The postman left my order in the rain.": "delivery",
    "My package is still somewhere in a depot.": "delivery",
    "Too much money for a piece of plastic.": "price",
    "A fair price, I paid less than last time.": "price",
    "It buzzes and squeaks from morning to night.": "noise",
    "A silent machine, nothing to hear at all.": "noise",
}
TEXTS = [text for texts in EXAMPLES.values() for text in texts]
LABELS = [label for label, texts in EXAMPLES.items() for _ in texts]


def write(file: Path) -> Path:
    with file.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(["Review", "My Topic"])
        writer.writerows(zip(TEXTS, LABELS, strict=True))
        writer.writerows((text, "") for text in OTHERS)
    return file


def cellsense(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cellsense", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_head_is_that_of_scikit_learn() -> None:
    random = np.random.RandomState(0)
    places = np.repeat([0, 1, 2], 30)
    given = random.normal(size=(90, 8)) + np.eye(3, 8)[places]
    own = fit(given, places, ("a", "b", "c")).probabilities(given)
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.9).fit(given, places)
    spread = np.trace(theirs.covariance_) / 8  # theirs has the size of the vectors in it
    logits = 20 * spread * theirs.decision_function(given)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    assert own == pytest.approx(powers / powers.sum(axis=1, keepdims=True), abs=1e-9)


def test_a_labels_name_counts_as_one_example_more() -> None:
    given, places = np.eye(4)[[0, 1, 0, 1]], np.array([0, 1, 0, 1])
    names = np.eye(4)[[2, 3]]
    between = np.array([[0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
    without = fit(given, places, ("a", "b")).probabilities(between)
    with_names = fit(given, places, ("a", "b"), names).probabilities(between)
    assert without == pytest.approx(0.5)
    assert with_names[0, 0] == with_names[1, 1] > 0.9
    # Names that say nothing (all alike) change nothing but how far the examples' means count.
    same = fit(given, places, ("a", "b"), np.eye(4)[[2, 2]]).probabilities(given)
    assert same.argmax(axis=1).tolist() == places.tolist()


def test_few_examples_leave_scores_unsure() -> None:
    right = np.array([[3.0, 0.0], [0.0, 3.0]] * 3)  # six of six, which chance gives in one of 64
    places = np.array([0, 1] * 3)
    assert best_temperature(right, places) == pytest.approx(0.2)  # the lowest there is
    sure = 1 / (1 + np.exp(-3 / best_temperature(right, places, 6)))
    assert sure == pytest.approx(1 - 1 / 8, abs=1e-3)


def test_a_few_examples_label_the_others(tmp_path: Path) -> None:
    learned = learn(TEXTS, LABELS)
    assert learned.head.labels == ("delivery", "noise", "price")
    assert learned.accuracy > 0.6
    assert 0.1 < learned.margin < 0.3
    file = tmp_path / "topics.json"
    file.write_text(learned.as_json(), encoding="utf-8")
    classifier = Classifier(file, use_cache=False)
    found = classifier.predict([*OTHERS, None, "Das Paket kam leider zwei Tage zu spät an."])
    right = [item.label == label for item, label in zip(found, OTHERS.values(), strict=False)
             if item]  # fmt: skip
    assert sum(right) >= 5
    assert found[-2] is None
    assert found[-1] is not None
    assert found[-1].label == "OTHER LANGUAGE"
    assert classifier.note is not None
    assert "by cross-validation on 18 examples of 3 labels" in classifier.note


def test_the_file_holds_no_texts_and_the_same_seed_gives_the_same() -> None:
    content = learn(TEXTS, LABELS).as_json()
    assert content == learn(TEXTS, LABELS).as_json()
    assert not [text for text in TEXTS if text in content]
    assert json.loads(content)["examples"] == {"delivery": 6, "noise": 6, "price": 6}


def test_the_judgement_is_honest_where_there_is_nothing_to_learn() -> None:
    random = np.random.RandomState(3)
    learned = learn(TEXTS, list(random.permutation(LABELS)))
    assert learned.accuracy < 0.6


def test_the_command_learns_and_labels(tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.csv")
    done = cellsense("learn", file, "--label", "My Topic")
    assert done.returncode == 0, done.stderr
    assert "Learned from 18 rows: delivery 6 · noise 6 · price 6" in done.stdout
    assert "right, by cross-validation on 18 examples" in done.stdout
    assert "always the commonest label: 33%" in done.stdout
    kept = tmp_path / "reviews.my-topic.json"
    assert f"cellsense convert FILE --model {kept}" in done.stdout
    with (tmp_path / "reviews.labelled.csv").open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == len(TEXTS) + len(OTHERS)
    right = [row["Label"] == OTHERS[row["Review"]] for row in rows if row["Review"] in OTHERS]
    assert sum(right) >= 5
    again = cellsense("learn", file, "--label", "My Topic")
    assert again.returncode == 2
    assert "add --force" in again.stderr


def test_other_files_take_what_was_learned(tmp_path: Path) -> None:
    file = write(tmp_path / "reviews.csv")
    kept = tmp_path / "kept.json"
    done = cellsense("learn", file, "--label", "My Topic", "--keep", kept, "--no-convert")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "reviews.labelled.csv").exists()
    other = tmp_path / "other.csv"
    other.write_text("Review\nThe parcel came a week late and wet.\n", encoding="utf-8")
    done = cellsense("convert", other, "--model", kept)
    assert done.returncode == 0, done.stderr
    assert "delivery 1" in done.stdout
    assert "Note: These labels were learned from few examples" in done.stdout


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (TEXTS[:6], ["delivery"] * 6, "label some of another kind"),
        (TEXTS[:8], LABELS[:8], r'Too few examples of "price" \(2\)'),
        ([TEXTS[0], TEXTS[0]], ["delivery", "price"], "There is no sure example"),
    ],
)
def test_what_cannot_be_learned(texts: list[str], labels: list[str], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        learn(texts, labels)


def test_a_text_with_two_labels_is_left_out_and_told(tmp_path: Path) -> None:
    torn = learn([*TEXTS, TEXTS[0], TEXTS[1]], [*LABELS, "price", LABELS[1]])
    assert torn.examples == {"delivery": 5, "noise": 6, "price": 6}
    file = write(tmp_path / "reviews.csv")
    with file.open("a", encoding="utf-8", newline="") as target:
        csv.writer(target).writerow([TEXTS[0], "price"])
    done = cellsense("learn", file, "--label", "My Topic", "--no-convert")
    assert done.returncode == 0, done.stderr
    assert "Note: Texts with several labels, which are left out: 1." in done.stdout
    assert TEXTS[0] not in done.stdout + done.stderr


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match="`cellsense learn` makes one"):
        read_learned(tmp_path / "none.json")
    file = tmp_path / "other.json"
    for content in ("{}", "[]", "nonsense", '{"format": "cellsense labels 1"}'):
        file.write_text(content)
        with pytest.raises(ModelError, match="is no file of `cellsense learn`"):
            read_learned(file)
    good = json.loads(learn(TEXTS, LABELS).as_json())
    file.write_text(json.dumps({**good, "encoder": "another"}))
    with pytest.raises(ModelError, match="run `cellsense learn` again"):
        read_learned(file)
    file.write_text(json.dumps({**good, "weights": [row[:5] for row in good["weights"]]}))
    with pytest.raises(ModelError, match="is broken"):
        read_learned(file)
    file.write_text(json.dumps(good))
    with pytest.raises(OptionError, match="other flags out"):
        Classifier(file, labels=["a", "b"], use_cache=False).predict(["okay then"])
