import pytest

from cellsense.errors import OptionError, SelectionError
from cellsense.evaluation.matching import match_labels, parse_map

THREE = ("NEGATIVE", "NEUTRAL", "POSITIVE")
TWO = ("NEGATIVE", "POSITIVE")


def test_any_case() -> None:
    matched = match_labels(["Positive", "negative", "Positive"], THREE)
    assert matched.labels == {"Positive": "POSITIVE", "negative": "NEGATIVE"}
    assert matched.notes == ()


def test_the_same_case_goes_first() -> None:
    assert match_labels(["a", "A"], ("A", "a")).labels == {"a": "a", "A": "A"}


def test_stars() -> None:
    matched = match_labels(list("54321"), ("positive", "negative", "neutral"))
    assert matched.labels == {
        "1": "negative",
        "2": "negative",
        "3": "neutral",
        "4": "positive",
        "5": "positive",
    }
    (note,) = matched.notes
    assert "1–2 negative, 3 neutral, 4–5 positive" in note


def test_a_map_goes_before_stars_and_names() -> None:
    matched = match_labels(
        ["1", "3", "5", "neutral"], THREE, parse_map("3=negative,Neutral=POSITIVE")
    )
    assert matched.labels == {
        "1": "NEGATIVE",
        "3": "NEGATIVE",
        "5": "POSITIVE",
        "neutral": "POSITIVE",
    }
    assert "1 NEGATIVE, 5 POSITIVE" in matched.notes[0]


@pytest.mark.parametrize("found", [["1", "6"], ["0", "1"], ["1", "good"]])
def test_other_numbers_are_no_stars(found: list[str]) -> None:
    with pytest.raises(SelectionError, match="the column also has"):
        match_labels(found, THREE)


def test_stars_mean_nothing_to_other_models() -> None:
    with pytest.raises(SelectionError, match='The model\'s labels are "NEGATIVE", "POSITIVE"'):
        match_labels(["1", "5"], TWO)
    assert match_labels(["1", "5"], TWO, parse_map("1=NEGATIVE,5=POSITIVE")).notes == ()


def test_unknown_labels_are_listed() -> None:
    with pytest.raises(SelectionError) as error:
        match_labels(["bad", "good", "good", "POSITIVE"], THREE)
    told = str(error.value)
    assert '"bad", "good" in 3 rows' in told
    assert '--map "bad=NEGATIVE"' in told
    with pytest.raises(SelectionError, match="and 20 more in 30 rows"):
        match_labels([f"x{number}" for number in range(30)], THREE)


def test_map() -> None:
    assert parse_map(None) == {}
    assert parse_map(" Very bad = NEGATIVE , 5.0=POSITIVE,a=b=c") == {
        "very bad": "NEGATIVE",
        "5": "POSITIVE",
        "a=b": "c",
    }
    for given in ("1", "1=", "=NEGATIVE", "1=NEGATIVE,", ","):
        with pytest.raises(OptionError, match="can't be read"):
            parse_map(given)
    with pytest.raises(OptionError, match="two labels"):
        parse_map("1=NEGATIVE,1=POSITIVE")
    with pytest.raises(OptionError, match='"GOOD", which the model doesn\'t have'):
        match_labels(["5"], THREE, parse_map("5=GOOD"))
