"""Counts, shares and means, by category and over time; the words that tell labels apart."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from cellsense.label import Answered
from cellsense.prediction import OTHER_LANGUAGE, Prediction
from cellsense.sheets.delimited import DelimitedWorkbook
from cellsense.sheets.selection import Selection, select
from cellsense.summary.asked import read_asked
from cellsense.summary.figures import Figures, gather
from cellsense.summary.made import Made
from cellsense.summary.words import telling_words

MADE = Made("reviews.csv", ("BAD", "FINE"), "embedded", None, "abcdef", "cpu, onnx int8")


def selection(*lines: str) -> Selection:
    workbook = DelimitedWorkbook.from_bytes("\n".join(lines).encode())
    return select(workbook.sheets, None, "Text")


def figures(
    lines: Sequence[str],
    answers: Sequence[Prediction | None],
    *by: str,
    date: str | None = None,
    made: Made = MADE,
) -> Figures:
    chosen = selection("Text,Shop,Day", *lines)
    cells = dict(chosen.sheet.column(1, 2))
    given = {row: answers[row - 2] for row in cells}
    answered = Answered(chosen, cells, given, len(lines), 0)
    return gather(answered, read_asked(chosen, by, date), made)


def test_rows_shares_and_mean_scores_of_each_label() -> None:
    found = figures(
        ["a,x,", "b,x,", "c,y,", ",y,", "17,y,", "d,,"],
        [
            Prediction("BAD", 0.5),
            Prediction("BAD", 0.75),
            Prediction("FINE", 1.0),
            None,
            None,
            Prediction(OTHER_LANGUAGE, 0.9, None, "pl"),
        ],
        "Shop",
    )
    assert [(c.label, c.rows, c.share, c.score) for c in found.counts] == [
        ("BAD", 2, 0.5, 0.625),
        ("FINE", 1, 0.25, 1.0),
        ("OTHER LANGUAGE", 1, 0.25, 0.9),
    ]
    assert (found.rows, found.texts) == (6, 4)
    assert found.without_text == {"blank": 1, "number": 1}
    assert [(g.name, g.rows, g.counts) for g in found.by[0].groups] == [
        ("x", 2, (2, 0, 0)),
        ("y", 1, (0, 1, 0)),
        ("(blank)", 1, (0, 0, 1)),
    ]
    assert any("Polish" in note for note in found.notes)


def test_several_labels_count_for_each_and_share_no_score() -> None:
    found = figures(["a,x,", "b,x,"], [Prediction("BAD, FINE", 0.8), Prediction("FINE", 0.6)])
    assert [(c.label, c.rows, c.share, c.score) for c in found.counts] == [
        ("BAD", 1, 0.5, None),
        ("FINE", 2, 1.0, None),
    ]


def test_many_categories_are_counted_together() -> None:
    shops = [f"shop {n % 25}" for n in range(30)]
    found = figures(
        [f"text {n},{shop}," for n, shop in enumerate(shops)], [Prediction("BAD", 1)] * 30, "B"
    )
    groups = found.by[0].groups
    assert len(groups) == 20
    assert (groups[0].rows, groups[-1].name, groups[-1].rows) == (2, "(6 others)", 6)
    assert sum(group.rows for group in groups) == 30


def test_the_first_column_of_dates_is_found_and_has_every_period() -> None:
    found = figures(
        ["a,x,2026-01-05", "b,x,2026-01-07", "c,x,2026-01-07"], [Prediction("BAD", 1)] * 3
    )
    assert found.over_time is not None
    assert (found.over_time.column, found.over_time.each) == ("Day", "day")
    assert [(g.name, g.rows) for g in found.over_time.groups] == [
        ("2026-01-05", 1),
        ("2026-01-06", 0),
        ("2026-01-07", 2),
    ]


def test_dates_that_can_be_read_two_ways_are_a_note() -> None:
    found = figures(["a,x,03/04/2026", "b,x,05/06/2026"], [Prediction("BAD", 1)] * 2)
    assert found.over_time is None
    assert "03/04/2026" in found.notes[-1]


def test_rows_without_a_date_are_counted_in_a_note() -> None:
    lines = ["a,x,2026-01-05", "b,x,", "c,x,9999-12-31", "d,x,2026-01-06", "e,x,2026-01-07"]
    found = figures(lines, [Prediction("BAD", 1)] * 5)
    assert found.over_time is not None
    assert [group.rows for group in found.over_time.groups] == [1, 1, 1]
    assert "2 of 5 texts have no date in the column Day" in found.notes[-1]


def test_the_fullest_column_of_dates_is_taken() -> None:
    lines = [f"text {n},{'2026-03-01' if n == 4 else ''},2026-01-0{n + 1}" for n in range(6)]
    found = figures(lines, [Prediction("BAD", 1)] * 6)
    assert found.over_time is not None
    assert found.over_time.column == "Day"
    assert len(found.over_time.groups) == 6


def test_a_label_with_a_comma_is_one_label() -> None:
    made = replace(MADE, labels=("food, drinks", "staff"))
    lines = [f"the soup {n} tasted,x," for n in range(9)] + [
        f"a waiter {n} smiled,x," for n in range(9)
    ]
    answers = [Prediction("food, drinks", 1)] * 9 + [Prediction("staff", 1)] * 9
    found = figures(lines, answers, made=made)
    assert [(item.label, item.rows) for item in found.counts] == [("food, drinks", 9), ("staff", 9)]
    assert {item.label: item.words[0].word for item in found.words} == {
        "food, drinks": "soup",
        "staff": "smiled",
    }


def test_a_column_named_twice_is_shown_once() -> None:
    found = figures(["a,x,", "b,y,"], [Prediction("BAD", 1)] * 2, "Shop", "B", "2")
    assert [part.column for part in found.by] == ["Shop"]


def test_words_tell_the_label_they_stand_with() -> None:
    nouns = [f"{letter}{other}x" for letter in "abcd" for other in "efgh"]
    texts = dict.fromkeys(range(3), "the lamp broke again")
    texts |= {n: f"the {noun} broke, awful noise" for n, noun in enumerate(nouns, 3)}
    texts |= {n: f"the {noun} shines, lovely" for n, noun in enumerate(nouns, 20)}
    labels = {n: ["FINE"] if n >= 20 else ["BAD"] for n in texts}
    found = {item.label: item.words for item in telling_words(texts, labels, ["BAD", "FINE"])}
    assert [word.word for word in found["BAD"]] == ["broke", "awful", "noise"]
    # The text that comes three times counts once.
    assert (found["BAD"][0].texts, found["BAD"][0].others) == (17, 0)
    assert [word.word for word in found["FINE"]] == ["lovely", "shines"]


@pytest.mark.parametrize("texts", [{}, {1: "word"}, {1: "17 %", 2: "!"}])
def test_without_words_there_are_none(texts: dict[int, str]) -> None:
    assert telling_words(texts, {row: ["BAD"] for row in texts}, ["BAD"]) == ()
