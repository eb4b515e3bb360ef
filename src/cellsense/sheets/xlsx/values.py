"""What a cell's XML holds → its value."""

import datetime
import math
from collections.abc import Callable, Collection, Sequence

from cellsense.cells import CellValue, ErrorValue
from cellsense.sheets.xlsx.refs import whole_number
from cellsense.sheets.xlsx.text import decode

_EPOCH_1904 = datetime.datetime(1904, 1, 1)  # noqa: DTZ001 - a cell's date has no time zone
_EPOCH_1900 = datetime.datetime(1899, 12, 30)  # noqa: DTZ001
_DAY = 86_400
_SMALL_WHOLE = 15  # digits that a double holds exactly


class Values:
    """Makes values of cells; shared strings and styles are read when the first cell needs them."""

    def __init__(
        self,
        strings: Callable[[int], str | None],
        date_styles: Callable[[], Collection[int]],
        *,
        from_1904: bool,
    ) -> None:
        self._strings = strings
        self._date_styles = date_styles
        self._from_1904 = from_1904

    def value(self, kind: str, style: str | None, text: str) -> CellValue:
        """Return the value of a cell of type `kind` (its `t`) that holds `text`; None if empty."""
        if kind == "s":
            text = text.strip()
            return self.shared([text])[0] if text.isascii() and text.isdigit() else None
        if kind in ("str", "inlineStr"):
            return decode(text) or None
        text = text.strip()
        if not text:
            return None
        if kind == "b":
            return text in ("1", "true")
        if kind == "e":
            return ErrorValue(text)
        if kind == "d":
            return iso_date(text)
        return self._number(style, text)

    def shared(self, numbers: Sequence[str | bytes]) -> Sequence[CellValue]:
        """Return the shared strings that numbers written in digits stand for."""
        look_up = self._strings
        return [look_up(int(digits)) or None if len(digits) < 10 else None for digits in numbers]

    def _number(self, style: str | None, text: str) -> CellValue:
        number = parse_number(text)
        if number is None:
            return text  # a broken cell is data: it reads as what it holds
        index = whole_number(style)
        if index is None or index not in self._date_styles():
            return number
        moment = from_serial(number, from_1904=self._from_1904)
        return number if moment is None else moment


def parse_number(text: str) -> int | float | None:
    """Read a number as XML writes it; None if it's none, or none that is finite."""
    if text.isascii() and text.isdigit() and len(text) <= _SMALL_WHOLE:
        return int(text)
    if "_" in text or not text.isascii():  # thousands and other scripts' digits, to Python
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    whole = text.removeprefix("-").isdigit() and len(text) <= _SMALL_WHOLE
    return int(text) if whole else number


def from_serial(serial: float, *, from_1904: bool) -> datetime.datetime | datetime.time | None:
    """Turn days since 1900 (or 1904) into a date, less than one day into a time of day."""
    try:
        milliseconds = round(serial * _DAY * 1000)  # finer than that is noise of the double
    except OverflowError:
        return None
    if 0 <= serial < 1 and milliseconds < _DAY * 1000:
        return (_EPOCH_1904 + datetime.timedelta(milliseconds=milliseconds)).time()
    epoch = _EPOCH_1904 if from_1904 else _EPOCH_1900
    if not from_1904 and 0 <= serial < 60:
        # Excel counts a 29 February 1900, which never was.
        epoch += datetime.timedelta(days=1)
    try:
        return epoch + datetime.timedelta(milliseconds=milliseconds)
    except OverflowError:
        return None


def iso_date(text: str) -> datetime.datetime | str:
    """Read a date of a strict file; what is none stays text."""
    try:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return text
