"""Read the invented reviews and sentences from the text files beside this module (sample data).

``whole/*.txt`` holds complete reviews. Each begins with its stars in square brackets and runs to
the next bracket; blank lines inside are paragraph breaks. A line ``{Product}`` names the product
of the reviews below it, for files that hold more than one.

``parts/*.txt`` holds single sentences under headings such as ``# plus``. Words before a bar name
what the sentence talks about, so that no two sentences in a review cover the same ground.

A date such as ``>03-15`` (not before) or ``<04-15`` (not after) ties a text to its time of year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

HERE = Path(__file__).resolve().parent
FIRST_DAY = date(2026, 1, 2)
LAST_DAY = date(2026, 6, 30)

_REVIEW_START = re.compile(r"^\[([1-5])(?: ([<>]\d\d-\d\d))?\] ", re.MULTILINE)
_PRODUCT_LINE = re.compile(r"^\{(.+)\}$", re.MULTILINE)
_BOUND = re.compile(r"[<>]\d\d-\d\d")


@dataclass(frozen=True)
class DateRange:
    """The days on which a text makes sense."""

    first: date = FIRST_DAY
    last: date = LAST_DAY

    def narrowed(self, other: DateRange) -> DateRange:
        """Return the days that both ranges allow."""
        return DateRange(max(self.first, other.first), min(self.last, other.last))

    def is_possible(self) -> bool:
        """Say whether any day is left."""
        return self.first <= self.last


ANY_DAY = DateRange()


@dataclass(frozen=True)
class WholeReview:
    """A complete review as its writer typed it."""

    product: str
    stars: int
    text: str
    days: DateRange = ANY_DAY


@dataclass(frozen=True)
class Sentence:
    """One sentence that can stand in a longer review."""

    text: str
    topics: frozenset[str] = frozenset()
    days: DateRange = ANY_DAY


@dataclass
class Parts:
    """The sentences of one file by heading."""

    by_heading: dict[str, list[Sentence]] = field(default_factory=dict)

    def get(self, heading: str) -> list[Sentence]:
        """Return the sentences under a heading, none if it is not there."""
        return self.by_heading.get(heading, [])


def parse_days(bound: str | None) -> DateRange:
    """Turn ``>03-15`` or ``<04-15`` into a range of days in 2026."""
    if not bound:
        return ANY_DAY
    day = date(2026, int(bound[1:3]), int(bound[4:6]))
    return DateRange(first=day) if bound[0] == ">" else DateRange(last=day)


def read_whole_reviews(name: str, product: str = "") -> list[WholeReview]:
    """Read one file of complete reviews; ``product`` holds until a ``{Product}`` line."""
    content = (HERE / "whole" / f"{name}.txt").read_text(encoding="utf-8")
    reviews: list[WholeReview] = []
    pieces = _PRODUCT_LINE.split(content)
    sections = [(product, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    for section_product, section in sections:
        starts = list(_REVIEW_START.finditer(section))
        ends = [match.start() for match in starts[1:]] + [len(section)] * bool(starts)
        for match, end in zip(starts, ends, strict=True):
            text = section[match.end() : end].strip()
            days = parse_days(match.group(2))
            reviews.append(WholeReview(section_product, int(match.group(1)), text, days))
    return reviews


def read_parts(name: str) -> Parts:
    """Read one file of single sentences."""
    parts = Parts()
    heading = ""
    for line in (HERE / "parts" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            heading = line[2:].strip()
            parts.by_heading[heading] = []
        elif line.strip():
            head, bar, text = line.partition("|")
            if not bar:
                head, text = "", line
            bound = _BOUND.search(head)
            topics = frozenset(filter(None, re.split(r"[,\s]+", _BOUND.sub("", head))))
            days = parse_days(bound.group() if bound else None)
            parts.by_heading[heading].append(Sentence(text.strip(), topics, days))
    return parts
