"""Where the header row is: often the first row, but titles, logos and notes come before it.

Only the first row as wide as the data can be the header, so no row of data is ever passed over;
whether it is one is told by how its cells differ from those below.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.sheets.interface import Row
from cellsense.sheets.words import MISLEADING, TELLING, count_words

_LAST_START = 40  # header rows further down than this many filled rows are not looked for
_LOOK_BELOW = 50
_WIDE = 0.6  # of the usual number of filled cells
_MOSTLY = 0.6  # of the cells below
_NAME_WORDS = 6


def find_header(rows: Sequence[Row]) -> int | None:
    """Return the number of the row that names the columns; None if no row does.

    `rows` are the first filled rows of a sheet.
    """
    for position, row in enumerate(rows[:_LAST_START]):
        below = rows[position + 1 : position + 1 + _LOOK_BELOW]
        if not below:
            return None
        if len(row.cells) < _WIDE * median(len(other.cells) for other in below):
            continue  # a title stands alone above a wide table
        evidence = _evidence(row, below)
        if evidence > 0:
            return row.number
        if evidence == 0 and all(_is_short_name(value) for value in row.cells.values()):
            return row.number
        if _is_data(row, below):
            return None
    return None


def find_named_header(rows: Sequence[Row], name: str) -> int | None:
    """Return the number of the first row that holds `name` as a whole cell, in any case."""
    return next((row.number for row in rows[:_LAST_START] if is_in_header(name, row.cells)), None)


def is_in_header(name: str, cells: Mapping[int, CellValue]) -> bool:
    """Tell whether a cell of text reads `name`, in any case."""
    wanted = " ".join(name.split()).casefold()
    return any(
        header_text(value).casefold() == wanted
        for value in cells.values()
        if kind_of(value) is CellKind.TEXT
    )


def header_text(value: CellValue) -> str:
    """Return a header cell as one line of text."""
    return "" if value is None else " ".join(str(value).split())


def header_cells(rows: Sequence[Row], number: int | None) -> Mapping[int, CellValue]:
    """Return the cells of the header row, by column."""
    return next((row.cells for row in rows if row.number == number), {})


def _evidence(row: Row, below: Sequence[Row]) -> float:
    """Weigh what speaks for a header (above 0) against what speaks for data (below 0)."""
    return sum(
        _column_evidence(value, [other.cells[column] for other in below if column in other.cells])
        for column, value in row.cells.items()
    )


def _column_evidence(value: CellValue, below: Sequence[CellValue]) -> float:
    if not below:
        return 0.0
    kind, usual = kind_of(value), _usual_kind(below)
    if usual is None or _is_year(value):
        return 0.0
    if usual is not CellKind.TEXT:
        return 2.0 if kind is CellKind.TEXT else -2.0
    if kind is not CellKind.TEXT:
        return -2.0  # a number above texts is no name for them
    return _name_evidence(str(value), [str(other) for other in below])


def _name_evidence(text: str, below: Sequence[str]) -> float:
    if text.strip().casefold() in {other.strip().casefold() for other in below}:
        return -1.0  # a category that comes again
    words, usual = count_words(text), median(count_words(other) for other in below)
    evidence = 0.0
    if text.rstrip().endswith(("?", ":")) or (words <= _NAME_WORDS and _is_telling(text)):
        evidence += 1.5
    if usual >= 4:
        if words <= usual / 2:
            evidence += 1.0
        elif words >= 0.8 * usual:
            evidence -= 1.0
    return evidence


def _usual_kind(values: Sequence[CellValue]) -> CellKind | None:
    kinds = Counter(kind_of(value) for value in values)
    kind, count = kinds.most_common(1)[0]
    return kind if count >= _MOSTLY * len(values) else None


def _is_data(row: Row, below: Sequence[Row]) -> bool:
    """Tell whether most cells are of the kind of those below, so that data begins here."""
    same = 0
    for column, value in row.cells.items():
        others = [other.cells[column] for other in below if column in other.cells]
        same += bool(others) and kind_of(value) is _usual_kind(others)
    return same >= _MOSTLY * len(row.cells)


def _is_telling(text: str) -> bool:
    return bool(TELLING.search(text) or MISLEADING.search(text))


def _is_short_name(value: CellValue) -> bool:
    return kind_of(value) is CellKind.TEXT and count_words(str(value)) <= 4


def _is_year(value: CellValue) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d(?:\.0)?", str(value).strip()) is not None
