from pathlib import Path

import numpy as np
import pytest
import small_models
from tokenizers import Tokenizer
from transformers import CanineTokenizer

from cellsense import Classifier
from cellsense.inference.finish import Combiner, probabilities
from cellsense.inference.windows import OVERLAP, FastWindows, SlowWindows, TextWindows, Window


@pytest.fixture(params=["fast", "slow"])
def windows(request: pytest.FixtureRequest, bert_model: Path) -> TextWindows:
    if request.param == "slow":
        return SlowWindows(CanineTokenizer(), small_models.WINDOW)
    tokenizer = Tokenizer.from_file(str(bert_model / "tokenizer.json"))
    return FastWindows(tokenizer, small_models.WINDOW)


def test_short_text_is_one_window(windows: TextWindows) -> None:
    (window,) = windows.windows(["a fast kettle"], 5)
    assert window.text == 5
    assert window.tokens == len(window.ids) - 2
    assert len(window.type_ids) == len(window.ids)


@pytest.mark.parametrize("times", [2, 3, 7])
def test_long_text_is_read_whole_and_windows_overlap(windows: TextWindows, times: int) -> None:
    words = "the kettle boils fast and looks great but it broke after two days so back it goes "
    found = windows.windows([words * times], 0)
    assert all(len(window.ids) <= small_models.WINDOW for window in found)
    assert all(window.ids[0] == found[0].ids[0] for window in found)
    overlap = int((small_models.WINDOW - 2) * OVERLAP)
    pieces = [window.ids[1:-1] for window in found]
    read = list(pieces[0])
    for piece in pieces[1:]:
        assert piece[:overlap] == read[-overlap:]
        assert len(piece) > overlap
        read += piece[overlap:]
    parts = [window.ids[1:-1] for text in words.split() for window in windows.windows([text], 0)]
    expected = [token for part in parts * times for token in part]
    if isinstance(windows, SlowWindows):  # CANINE's tokens are letters, spaces among them
        read = [token for token in read if token != ord(" ")]
    assert read == expected


@pytest.mark.parametrize("text", ["\ud83d broken \udc4d", "\x00", "\x01\x02"])
def test_odd_texts_do_not_fail(windows: TextWindows, text: str) -> None:
    assert len(windows.windows([text], 0)) == 1


def test_windows_are_combined_by_their_tokens() -> None:
    windows = [Window(0, [], [], 30), Window(1, [], [], 5), Window(0, [], [], 10)]
    combiner = Combiner()
    combiner.expect(windows)
    first = combiner.add(windows[:2], np.array([[1.0, 0.0], [0.5, 0.5]]))
    assert list(first) == [1]
    second = combiner.add(windows[2:], np.array([[0.0, 1.0]]))
    assert second[0] == pytest.approx([0.75, 0.25])


def test_end_of_a_long_text_counts(embedded: Classifier) -> None:
    filler = "The parcel has a blue box and a leaflet in four languages. " * 40
    praise, complaint = embedded.predict(
        [filler + "I love it, it is wonderful. " * 40, filler + "It is awful and it broke. " * 40]
    )
    assert praise is not None
    assert complaint is not None
    assert (praise.label, complaint.label) == ("POSITIVE", "NEGATIVE")


@pytest.mark.parametrize(
    ("function", "expected"),
    [("softmax", [0.5, 0.5]), ("sigmoid", [0.5, 0.5]), ("none", [0.0, 0.0])],
)
def test_score_functions(function: str, expected: list[float]) -> None:
    found = probabilities(np.zeros((1, 2), np.float32), function)  # type: ignore[arg-type]
    assert found[0] == pytest.approx(expected)


def test_extreme_logits_stay_finite() -> None:
    found = probabilities(np.array([[1000.0, -1000.0]], np.float32), "softmax")
    assert found[0] == pytest.approx([1.0, 0.0])
