"""Put the invented reviews together into 1,000 rows, the same at each run (sample data)."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sample_reviews import special_cells
from sample_reviews.joining import ReviewJoiner
from sample_reviews.reading import ANY_DAY, DateRange, WholeReview, read_parts, read_whole_reviews
from sample_reviews.typing_habits import type_review

SEED: Final = 20260701
COLUMNS: Final = ("Date", "Product", "Region", "Review Text", "Stars")
ROW_COUNT: Final = 1000
STARS_WANTED: Final = {5: 421, 4: 219, 3: 101, 2: 90, 1: 169}

# Name of the text files, name of the product, weight among the joined reviews.
PRODUCT_FILES: Final = (
    ("kettle", "Beck Kettle", 11),
    ("headphones", "Curlew Headphones", 11),
    ("backpack", "Scree 28 Backpack", 10),
    ("rain_jacket", "Drizzle Rain Jacket", 10),
    ("desk_lamp", "Heron Desk Lamp", 8),
    ("coffee_subscription", "Daybreak Coffee Subscription", 9),
    ("robot_vacuum", "Otter Robot Vacuum", 10),
    ("app_and_delivery", "Tarn & Fell App & Delivery", 7),
)
PRODUCTS: Final = tuple(product for _, product, _ in PRODUCT_FILES)
NOT_THINGS: Final = ("Daybreak Coffee Subscription", "Tarn & Fell App & Delivery")
REGIONS: Final = (
    ("Scotland", 17),
    ("Northern England", 24),
    ("Midlands", 17),
    ("Southern England", 25),
    ("Wales", 10),
    ("Ireland", 7),
)


class ExcelError:
    """The error value #N/A, which Excel shows for the formula =NA()."""

    formula: Final = "=NA()"
    shown: Final = "#N/A"


EXCEL_ERROR: Final = ExcelError()
CellText = str | int | ExcelError | None


@dataclass(frozen=True)
class ReviewRow:
    """One row of the sheet; ``text`` is None for an empty cell."""

    day: date
    product: str
    region: str
    text: CellText
    stars: int


@dataclass(frozen=True)
class _Entry:
    """A review that still needs its day and region."""

    product: str
    stars: int
    text: CellText
    days: DateRange = ANY_DAY
    posted_twice: bool = False


def build_rows() -> list[ReviewRow]:
    """Return the 1,000 rows in order of date."""
    rng = random.Random(SEED)
    entries = _written_entries(rng) + _special_entries(rng)
    entries += _joined_entries(entries, rng)
    rows: list[ReviewRow] = []
    for entry in entries:
        day = _pick_day(entry.days, rng)
        region = rng.choices([r for r, _ in REGIONS], [w for _, w in REGIONS])[0]
        row = ReviewRow(day, entry.product, region, entry.text, entry.stars)
        rows.append(row)
        if entry.posted_twice:
            rows.append(row)
    rng.shuffle(rows)
    rows.sort(key=lambda row: row.day)
    if len(rows) != ROW_COUNT:
        raise ValueError(f"{len(rows)} rows instead of {ROW_COUNT}")
    return rows


def _pick_day(days: DateRange, rng: random.Random) -> date:
    return days.first + timedelta(days=rng.randint(0, (days.last - days.first).days))


def _pick_thing(rng: random.Random) -> str:
    return rng.choice([product for product in PRODUCTS if product not in NOT_THINGS])


def _written_entries(rng: random.Random) -> list[_Entry]:
    reviews: list[WholeReview] = []
    for name, product, _ in PRODUCT_FILES:
        reviews += read_whole_reviews(name, product)
    for name in ("any_product", "medium_ones", "long_ones", "stars_that_disagree"):
        reviews += read_whole_reviews(name)
    return [_Entry(r.product or _pick_thing(rng), r.stars, r.text, r.days) for r in reviews]


def _special_entries(rng: random.Random) -> list[_Entry]:
    entries: list[_Entry] = []
    for text, all_stars in special_cells.REPEATED_SHORT_TEXTS:
        entries += [_Entry(_pick_thing(rng), stars, text) for stars in all_stars]
    for product, stars, text in special_cells.REPEATED_LONG_TEXTS:
        entries.append(_Entry(product, stars, text, posted_twice=True))
    for product, stars, text in special_cells.OTHER_LANGUAGES + special_cells.AWKWARD_TEXTS:
        entries.append(_Entry(product, stars, text))
    for product, stars in special_cells.EMPTY_CELLS:
        entries.append(_Entry(product, stars, None))
    for product, stars, text in special_cells.WHITESPACE_CELLS:
        entries.append(_Entry(product, stars, text))
    product, stars, number = special_cells.NUMBER_CELL
    entries.append(_Entry(product, stars, number))
    product, stars = special_cells.ERROR_CELL
    entries.append(_Entry(product, stars, EXCEL_ERROR))
    return entries


def _joined_entries(others: list[_Entry], rng: random.Random) -> list[_Entry]:
    uses: Counter[str] = Counter()
    shared = read_parts("any_product")
    joiners: dict[str, ReviewJoiner] = {}
    for name, product, _ in PRODUCT_FILES:
        joiner = ReviewJoiner(read_parts(name), None if product in NOT_THINGS else shared, rng)
        joiner.share_uses(uses)
        joiners[product] = joiner
    have = Counter(entry.stars for entry in others)
    have.update(entry.stars for entry in others if entry.posted_twice)
    taken = {entry.text for entry in others if isinstance(entry.text, str)}
    entries: list[_Entry] = []
    for stars, wanted in STARS_WANTED.items():
        for _ in range(wanted - have[stars]):
            entry = _one_joined_entry(stars, joiners, taken, rng)
            taken.add(str(entry.text))
            entries.append(entry)
    return entries


def _one_joined_entry(
    stars: int, joiners: dict[str, ReviewJoiner], taken: set[str], rng: random.Random
) -> _Entry:
    weights = [weight for _, _, weight in PRODUCT_FILES]
    for _ in range(500):
        product = rng.choices(PRODUCTS, weights)[0]
        joined = joiners[product].join(stars)
        if joined is not None:
            text = type_review(joined.sentences, stars, rng)
            if text not in taken:
                return _Entry(product, stars, text, joined.days)
    raise ValueError(f"too few sentences left for reviews of {stars} stars")
