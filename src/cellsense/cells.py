"""What a cell holds: the one place that tells text from everything that gets no label."""

import datetime
import numbers
import re
from enum import StrEnum


class CellKind(StrEnum):
    """What kind of thing a cell holds; only TEXT is classified."""

    TEXT = "text"
    BLANK = "blank"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error value"
    OTHER = "other"


class ErrorValue(str):
    """An error in a cell, such as `#N/A`, kept apart from a text that reads the same."""

    __slots__ = ()


CellValue = (
    str | float | int | bool | datetime.datetime | datetime.date | datetime.time | ErrorValue | None
)

ERROR_CODES = frozenset(
    {
        "#N/A",
        "#VALUE!",
        "#REF!",
        "#DIV/0!",
        "#NUM!",
        "#NAME?",
        "#NULL!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#BUSY!",
        "#UNKNOWN!",
        "#EXTERNAL!",
        "#PYTHON!",
    }
)
# Files without types (CSV, or numbers stored as text) hold numbers and dates as strings.
_NUMBER = re.compile(r"[-+]?\s?[$€£¥]?\s?\d[\d.,\s]*(?:[eE][-+]?\d+)?\s?[%$€£¥]?")
_DATE = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}(?:[T\s]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
    r"(?:\s?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
# str.strip() leaves these; a cell that holds nothing else looks empty.
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"


def kind_of(value: object) -> CellKind:
    """Tell what a cell's value is.

    Takes what workbooks, CSV files, pandas and numpy hold: None, NaN, NaT and `pandas.NA` are
    BLANK; a string that is nothing but a number, a date, TRUE/FALSE or an Excel error is of that
    kind, because files without types hold them so.
    """
    if isinstance(value, str):
        return _kind_of_string(value)
    if value is None or _is_missing(value):
        return CellKind.BLANK
    if isinstance(value, bool) or type(value).__name__ in ("bool_", "bool"):
        return CellKind.BOOLEAN
    if isinstance(value, numbers.Number):
        return CellKind.NUMBER
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return CellKind.DATE
    if type(value).__name__ in ("datetime64", "timedelta64", "Period", "Timestamp", "Timedelta"):
        return CellKind.DATE
    return CellKind.OTHER


def _kind_of_string(value: str) -> CellKind:
    if isinstance(value, ErrorValue):
        return CellKind.ERROR
    text = value.strip().strip(_INVISIBLE).strip()
    if not text:
        return CellKind.BLANK
    if text[0].isalpha() and text[-1] not in "Ee":  # neither TRUE, FALSE nor anything below
        return CellKind.TEXT
    if text in ERROR_CODES:
        return CellKind.ERROR
    if text in ("TRUE", "FALSE"):
        return CellKind.BOOLEAN
    if _DATE.fullmatch(text):
        return CellKind.DATE
    if _NUMBER.fullmatch(text):
        return CellKind.NUMBER
    return CellKind.TEXT


def _is_missing(value: object) -> bool:
    if type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, numbers.Number) and bool(value != value)  # noqa: PLR0124 - NaN
