"""Labels in the analyst's words by the embedded encoder, offline."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cellsense import Classifier
from cellsense.errors import OptionError
from cellsense.inference.encoder import WIDTH, shared_encoder

# Written for this test.
BY_TOPIC = {
    "delivery": [
        "The parcel came two days late and the courier left it in the rain.",
        "Shipping took three weeks and nobody answered my messages about the package.",
        "Ordered on Monday, it was at my door on Tuesday morning.",
    ],
    "price": [
        "Far too expensive for what you get, I found it for half the money elsewhere.",
        "A real bargain at twenty pounds.",
        "They raised the cost of the subscription twice this year.",
    ],
    "battery": [
        "It has to be charged twice a day and dies in the cold.",
        "Runs for a week on a single charge.",
        "The battery was empty after an hour.",
    ],
}
TEXTS = [text for texts in BY_TOPIC.values() for text in texts]
TOPICS = [topic for topic, texts in BY_TOPIC.items() for _ in texts]


def test_vectors_have_length_one_and_tell_meanings_apart() -> None:
    vectors = shared_encoder().vectors([*TEXTS, "word " * 2000])
    assert vectors.shape == (len(TEXTS) + 1, WIDTH)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    near = vectors[:-1] @ vectors[:-1].T
    same = np.array(TOPICS)[:, None] == np.array(TOPICS)
    np.fill_diagonal(near, np.nan)
    assert np.nanmean(near[same]) > np.nanmean(near[~same]) + 0.05


def test_vectors_do_not_depend_on_the_neighbours() -> None:
    together = shared_encoder().vectors(TEXTS * 20)
    alone = np.concatenate([shared_encoder().vectors([text]) for text in TEXTS])
    assert together[: len(TEXTS)] == pytest.approx(alone, abs=1e-6)


def test_most_texts_get_their_topic() -> None:
    found = Classifier(labels=list(BY_TOPIC), use_cache=False).predict(TEXTS, all_scores=True)
    right = [item.label == topic for item, topic in zip(found, TOPICS, strict=True) if item]
    assert sum(right) >= 7
    for item in found:
        assert item is not None
        assert item.scores is not None
        assert sum(item.scores.values()) == pytest.approx(1)


def test_any_number_of_labels_or_none() -> None:
    asked = Classifier(labels=list(BY_TOPIC), several=True, use_cache=False)
    both, neither = asked.predict(
        ["Late delivery, and the price of the shipping was outrageous.", "My aunt sings well."]
    )
    assert both is not None
    assert neither is not None
    assert {"delivery", "price"} <= set(both.label.split(", "))
    assert neither.label == "NONE"


def test_other_languages_are_told_apart() -> None:
    found = Classifier(labels=list(BY_TOPIC), use_cache=False).predict(
        ["Das Paket kam leider zwei Tage zu spät und war nass."]
    )
    assert found[0] is not None
    assert found[0].label == "OTHER LANGUAGE"


def test_it_says_what_it_is() -> None:
    asked = Classifier(labels=list(BY_TOPIC))
    assert asked.name == "embedded encoder"
    assert asked.note is not None
    assert "check some" in asked.note
    assert Classifier().note is None
    assert not asked.loaded


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"labels": ["a", "b"], "dtype": "float32"}, "which is int8 and"),
        ({"hypothesis": "about {}"}, "name these too"),
        ({"several": True}, "gives each text one label"),
        ({"labels": ["a", "b"], "rename_labels": {"a": "c"}}, "--labels are your own already"),
    ],
)
def test_what_does_not_go_together(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        Classifier(use_cache=False, **arguments).predict(TEXTS)


def test_the_command_line_says_that_it_is_weaker(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("Review\n" + "\n".join(f'"{text}"' for text in TEXTS) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", str(file), "--labels", ",".join(BY_TOPIC)],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Note: Labels of your own without a --model are told by likeness" in done.stdout
    assert "delivery" in done.stdout
