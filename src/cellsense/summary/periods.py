"""Cells with dates → periods that lie side by side: days, weeks, months, quarters or years."""

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cellsense.cells import CellKind, CellValue, kind_of

# The widest span, in days, at which a period is shown; what is wider is shown by years.
_SPANS = {"day": 31, "week": 190, "month": 1_100, "quarter": 3_700}
_READ = 0.95  # of the texts: a form that so many have is that of the column
_ORDERS = ("dmy", "mdy")
_FAR = 30 * 366  # days from the middle one, beyond which a day isn't shown
_NUMBERS = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})(?:\D|$)")
_STAMP = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}")
_THIS_CENTURY = 70  # two digits below it are 20xx, as in Excel and strptime


@dataclass(frozen=True, slots=True)
class Periods:
    """The period of each row, all periods from the first to the last, and how long one is."""

    by_row: Mapping[int, str]
    names: tuple[str, ...]
    each: str  # "day", "week", "month", "quarter" or "year"


class AmbiguousDatesError(ValueError):
    """Texts such as 03/04/2026, which may be in March or in April."""


def is_date(value: CellValue) -> bool:
    """Tell if a cell holds a day, with or without a time of day."""
    if isinstance(value, str):
        text = value.strip()
        if kind_of(value) is not CellKind.DATE and not _STAMP.match(text):
            return False
        return _NUMBERS.match(text) is not None
    return isinstance(value, datetime.date)


def find_periods(cells: Mapping[int, CellValue]) -> Periods | None:
    """Sort rows into periods of a length that suits the span; None if no row has a date.

    Raises AmbiguousDatesError.
    """
    days = _near(_days(cells))
    if not days:
        return None
    first, last = min(days.values()), max(days.values())
    span = (last - first).days + 1
    each = next((name for name, most in _SPANS.items() if span <= most), "year")
    by_row = {row: _name(day, each) for row, day in days.items()}
    every: dict[str, None] = {}
    for number in range(span):
        every[_name(first + datetime.timedelta(number), each)] = None
    return Periods(by_row, tuple(every), each)


def _days(cells: Mapping[int, CellValue]) -> dict[int, datetime.date]:
    found: dict[int, datetime.date] = {}
    texts: dict[int, str] = {}
    for row, value in cells.items():
        if isinstance(value, datetime.datetime):
            found[row] = value.date()
        elif isinstance(value, datetime.date):
            found[row] = value
        elif isinstance(value, str) and is_date(value):
            texts[row] = value.strip()
    return found | _read(texts)


def _near(days: Mapping[int, datetime.date]) -> dict[int, datetime.date]:
    """Leave out days far from the others: 9999-12-31 stands for no day at all."""
    if not days:
        return {}
    middle = sorted(days.values())[len(days) // 2]
    return {row: day for row, day in days.items() if abs((day - middle).days) <= _FAR}


def _read(every: Mapping[int, str]) -> dict[int, datetime.date]:
    """Read texts: those with the year first, and others in the one order that fits (nearly) all."""
    first = {row: _day(text, "ymd") for row, text in every.items()}
    return {row: day for row, day in first.items() if day is not None} | _in_order(
        {row: text for row, text in every.items() if first[row] is None}
    )


def _in_order(texts: Mapping[int, str]) -> dict[int, datetime.date]:
    if not texts:
        return {}
    read = []
    for order in _ORDERS:
        days = {row: _day(text, order) for row, text in texts.items()}
        sure = {row: day for row, day in days.items() if day is not None}
        if len(sure) >= _READ * len(texts):
            read.append(sure)
    if not read:
        return {}
    best = max(read, key=len)
    if any(len(other) == len(best) and other != best for other in read):
        raise AmbiguousDatesError(next(iter(texts.values())))
    return best


def _day(text: str, order: str) -> datetime.date | None:
    match = _NUMBERS.match(text)
    if match is None:
        return None
    parts = dict(zip(order, match.groups(), strict=True))
    year = int(parts["y"])
    if len(parts["y"]) == 2 and order != "ymd":
        year += 2000 if year < _THIS_CENTURY else 1900
    elif len(parts["y"]) != 4:
        return None
    try:
        return datetime.date(year, int(parts["m"]), int(parts["d"]))
    except ValueError:
        return None


def _name(day: datetime.date, each: str) -> str:
    if each == "day":
        return day.isoformat()
    if each == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if each == "month":
        return f"{day:%Y-%m}"
    return f"{day.year}-Q{(day.month + 2) // 3}" if each == "quarter" else str(day.year)
