"""Dates in cells of all kinds, and the periods that they fall in."""

from datetime import date, datetime

import pytest

from cellsense.cells import CellValue
from cellsense.summary.periods import AmbiguousDatesError, Periods, find_periods, is_date


def periods(*cells: CellValue) -> Periods:
    found = find_periods(dict(enumerate(cells, start=2)))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("first", "last", "each", "names"),
    [
        ("2026-02-27", "2026-03-01", "day", ("2026-02-27", "2026-02-28", "2026-03-01")),
        ("2025-12-25", "2026-02-01", "week", ("2025-W52", "2026-W01", "2026-W02", "2026-W03")),
        ("2025-11-30", "2026-08-01", "month", ("2025-11", "2025-12", "2026-01", "2026-02")),
        ("2022-12-31", "2026-08-01", "quarter", ("2022-Q4", "2023-Q1", "2023-Q2", "2023-Q3")),
        ("1999-01-01", "2026-08-01", "year", ("1999", "2000", "2001", "2002")),
    ],
)
def test_the_span_decides_how_long_a_period_is(
    first: str, last: str, each: str, names: tuple[str, ...]
) -> None:
    found = periods(first, last)
    assert (found.each, found.names[:4]) == (each, names)
    assert found.by_row == {2: found.names[0], 3: found.names[-1]}


def test_cells_of_dates_times_and_texts_are_read_alike() -> None:
    found = periods(datetime(2026, 3, 1, 23, 59), date(2026, 3, 2), "2026-03-03T10:00", 17, "soon")
    assert found.by_row == {2: "2026-03-01", 3: "2026-03-02", 4: "2026-03-03"}


@pytest.mark.parametrize(
    ("cells", "first"),
    [
        (("13/04/2026", "02/05/2026"), "2026-04-13"),
        (("04/13/2026", "05/02/2026"), "2026-04-13"),
        (("13.4.26", "2.5.26"), "2026-04-13"),
        (("2026/4/13", "2026/5/2"), "2026-04-13"),
    ],
)
def test_the_order_of_day_and_month_is_that_in_which_all_are_dates(
    cells: tuple[str, ...], first: str
) -> None:
    found = periods(*cells)
    assert found.each == "day"
    assert found.names[0] == first


def test_each_form_is_read_where_it_leaves_no_doubt() -> None:
    found = periods("2026-04-11", "13/04/2026", "2026-04-12 10:00:00 UTC", "12/04/2026")
    assert found.names == ("2026-04-11", "2026-04-12", "2026-04-13")
    assert len(found.by_row) == 4


def test_a_day_far_from_the_others_is_left_out() -> None:
    found = periods("2026-04-11", "2026-04-12", "9999-12-31", "2026-04-13")
    assert (found.each, len(found.by_row)) == ("day", 3)


def test_an_order_that_stays_open_is_not_guessed() -> None:
    with pytest.raises(AmbiguousDatesError, match="03/04/2026"):
        find_periods({2: "03/04/2026", 3: "05/06/2026"})
    same = periods("03/03/2026", "04/04/2026")  # either way
    assert same.names[0] == "2026-W10"


def test_what_holds_no_date_has_no_periods() -> None:
    assert find_periods({2: "soon", 3: 17, 4: None, 5: "12:30"}) is None
    assert [is_date(cell) for cell in ("2026-01-02", "1.5", "12:30", 5, None)] == [True] + [
        False
    ] * 4
