"""Why a label: the words that carried it."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook

from cellsense import Classifier, Options, convert
from cellsense.explain import MOST_PIECES, Explanation, Word, explain

# Written for this test, each with the word that carries its label.
TEXTS = {
    "The kettle is absolutely wonderful.": "wonderful",
    "We found the staff rude when we arrived on Monday.": "rude",
    "A terrible printer that jams on every page.": "terrible",
    "My mother loves this lamp in the hall.": "loves",
}


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    return Classifier(use_cache=False)


def test_the_telling_word_is_named(classifier: Classifier) -> None:
    for text, explanation in zip(TEXTS, explain(list(TEXTS), classifier), strict=True):
        (prediction,) = classifier.predict([text])
        assert prediction is not None
        assert explanation.label == prediction.label
        assert explanation.score == pytest.approx(prediction.score)
        assert explanation.told().startswith(f"{TEXTS[text]} (+")
        assert "".join(word.text for word in explanation.words) == text.replace(" ", "")


def test_deleting_the_named_words_moves_the_score_more_than_others(
    classifier: Classifier,
) -> None:
    random = np.random.RandomState(0)
    fallen = []
    for explanation, text in zip(explain(list(TEXTS), classifier), TEXTS, strict=True):
        label = classifier.labels.index(explanation.label)
        ranked = sorted(explanation.words, key=lambda word: -word.weight)
        others = [ranked[place] for place in random.permutation(range(2, len(ranked)))[:2]]
        rows = classifier.probabilities([_left(text, ranked[:2]), _left(text, others)])
        fallen.append(rows[1, label] - rows[0, label])
    assert np.mean(fallen) > 0.2


def _left(text: str, words: list[Word]) -> str:
    for word in sorted(words, key=lambda word: -word.start):
        text = text[: word.start] + text[word.end :]
    return " ".join(text.split())


def test_a_long_text_is_explained_within_its_budget(classifier: Classifier) -> None:
    filler = "We stayed on the second floor and had a room with two beds. " * 40
    text = f"{filler}The breakfast was horrible. {filler}"
    (explanation,) = explain([text], classifier)
    assert len(explanation.words) < 4 * MOST_PIECES
    assert all(text[word.start : word.end] == word.text for word in explanation.words)
    covered = sum(word.end - word.start for word in explanation.words)
    assert covered > 0.9 * len(text.replace(" ", ""))


def test_one_word_and_nothing_to_say(classifier: Classifier) -> None:
    (explanation,) = explain(["Wonderful!"], classifier)
    assert [word.text for word in explanation.words] == ["Wonderful!"]
    flat = Explanation("NEUTRAL", 0.9, (Word("box", 0, 3, 0.01),))
    assert flat.told() == ""
    torn = Explanation("POSITIVE", 0.6, (Word("(great)", 0, 7, 2.0), Word("noisy,", 8, 14, -0.5)))
    assert torn.told() == "great (+2.0); against: noisy (-0.5)"


def test_the_third_column(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as target:
        rows = [[text] for text in (*TEXTS, "", "12", *TEXTS)]
        csv.writer(target).writerows([["Review"], *rows])
    command = [sys.executable, "-m", "cellsense", "convert", str(file), "--explain"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert 'columns B "Label" and C "Score", with "Why" beside' in done.stdout
    with (tmp_path / "reviews.labelled.csv").open(encoding="utf-8", newline="") as source:
        found = list(csv.DictReader(source))
    assert [row["Why"] for row in found[:4]] == [row["Why"] for row in found[6:]]
    for row, word in zip(found, TEXTS.values(), strict=False):
        assert re.match(rf"{word} \(\+\d", row["Why"])
    assert [row["Why"] for row in found[4:6]] == ["", ""]
    again = subprocess.run(
        [*command, "--force"], capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert again.returncode == 0, again.stderr


def test_the_third_column_in_a_workbook_is_written_again(tmp_path: Path) -> None:
    source = Path(__file__).parents[1] / "workbooks" / "reviews.xlsx"
    options = Options(explain=True, limit=20)
    convert(str(source), str(tmp_path / "one.xlsx"), options=options)
    sheet = load_workbook(tmp_path / "one.xlsx")["Reviews"]
    rows = [[cell.value for cell in row] for row in sheet["F1:H40"]]
    header = rows.index(["Label", "Score", "Why"])
    assert sum(row[2] is not None for row in rows[header + 1 :]) > 10
