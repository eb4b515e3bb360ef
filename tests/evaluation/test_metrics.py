"""The figures, beside those of scikit-learn on the same labels."""

import numpy as np
import pytest
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from cellsense.evaluation.metrics import interval, measure, reliability

NAMES = ("a", "b", "c", "d")


@pytest.mark.parametrize("used", [4, 3, 2, 1])
@pytest.mark.parametrize("seed", range(5))
def test_as_scikit_learn(seed: int, used: int) -> None:
    # With fewer labels used than there are, some are never given, some never guessed.
    random = np.random.default_rng(seed)
    meant = random.integers(0, used, 60)
    guessed = np.where(random.random(60) < 0.6, meant, random.integers(0, min(4, used + 1), 60))
    found = measure(meant, guessed, random.random(60), NAMES)
    every = range(len(NAMES))
    assert found.accuracy == pytest.approx(accuracy_score(meant, guessed))
    assert found.macro_f1 == pytest.approx(f1_score(meant, guessed, average="macro"))
    assert found.right == (meant == guessed).sum()
    assert np.array_equal(found.confusion, confusion_matrix(meant, guessed, labels=every))
    theirs = precision_recall_fscore_support(meant, guessed, labels=every, zero_division=np.nan)
    for number, item in enumerate(found.labels):
        assert item.label == NAMES[number]
        mine = [np.nan if x is None else x for x in (item.precision, item.recall, item.f1)]
        assert mine == pytest.approx([float(row[number]) for row in theirs[:3]], nan_ok=True)
        assert item.support == theirs[3][number]
        assert item.guessed == (guessed == number).sum()


def test_calibration_error_by_hand() -> None:
    # 0.95 and 0.99 share the last bin (mean 0.97, half right), 0.5 stands alone (wrong).
    found = measure(np.array([0, 0, 0]), np.array([0, 1, 1]), np.array([0.95, 0.99, 0.5]), NAMES)
    assert found.calibration_error == pytest.approx((0.47 * 2 + 0.5 * 1) / 3)
    assert found.mean_score == pytest.approx(2.44 / 3)


def test_scores_that_are_met_have_no_error() -> None:
    random = np.random.default_rng(1)
    scores = random.random(100_000)
    right = (random.random(100_000) < scores).astype(np.int64)
    found = measure(np.ones_like(right), right, scores, NAMES)
    assert found.calibration_error < 0.01


def test_bins_hold_every_row_once() -> None:
    scores = np.array([0.0, 1 / 15, 0.5, 1.0])
    bins = reliability(scores, np.array([False, True, True, True]))
    assert [(place, item.rows, item.right) for place, item in enumerate(bins) if item.rows] == [
        (0, 2, 1),
        (7, 1, 1),
        (14, 1, 1),
    ]
    assert len(bins) == 15
    assert bins[7].low < 0.5 <= bins[7].high
    assert (bins[3].score, bins[3].accuracy) == (None, None)


def test_interval() -> None:
    # Wilson's interval for 8 of 10, from his formula.
    assert interval(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert interval(0, 5)[0] == 0
    assert interval(5, 5)[1] == 1
