"""A colour for each label, by what it means where that is plain."""

from cellsense.prediction import TO_REVIEW
from cellsense.summary.colours import colours


def test_stars_have_the_colours_of_sentiments() -> None:
    stars = colours(["1", "2", "3", "4", "5", "(blank)"])
    feelings = colours(["NEGATIVE", "NEUTRAL", "POSITIVE"])
    assert [stars[name] for name in "135"] == list(feelings.values())
    assert len(set(stars.values())) == 6
    assert colours(["5 stars", "1 star"]) == {"5 stars": stars["5"], "1 star": stars["1"]}


def test_other_labels_have_colours_of_their_own() -> None:
    numbers = colours(["1", "2", TO_REVIEW])  # no stars: nobody knows what they count
    assert len(set(numbers.values())) == 3
    assert numbers["1"] not in colours(["1", "2", "3", "4", "5"]).values()
