"""Values as COM hands them over, from and to the cells of a LibreOffice range."""

import datetime
import re
from decimal import Decimal
from typing import Any

from addin.fake_windows import ComTime, excel_says

TEXT_FORMAT = "@"

_EPOCH = datetime.datetime(1899, 12, 30)
# LibreOffice's codes, Excel's numbers.
_ERRORS = {
    502: -2146826252,  # #NUM!
    503: -2146826252,
    519: -2146826273,  # #VALUE!
    521: -2146826288,  # #NULL!
    524: -2146826265,  # #REF!
    525: -2146826259,  # #NAME?
    532: -2146826281,  # #DIV/0!
    32767: -2146826246,  # #N/A
}
_WRITTEN_ERRORS = {"#N/A": "=NA()", "#DIV/0!": "=1/0"}
_DATE, _CURRENCY, _LOGICAL = 2 | 4, 8, 1024  # com.sun.star.util.NumberFormat
_FORMULA_CELLS, _ERROR_RESULTS = 16, 4
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?(%?)")
_DAY = re.compile(r"(?:(\d{1,2})[/-](\d{1,2})|(MAR|SEPT?|OCT|DEC)[ -]?(\d{1,2}))", re.IGNORECASE)
_MONTHS = {"MAR": 3, "SEP": 9, "SEPT": 9, "OCT": 10, "DEC": 12}

Rows = list[list[Any]]


def read(model: Any, cells: Any, *, raw: bool = False) -> Rows:
    """Return a range's values, row by row; `raw` leaves dates and currencies as numbers."""
    rows = [list(row) for row in cells.getDataArray()]
    formulas = cells.getFormulaArray() if len(cells.queryContentCells(_FORMULA_CELLS)) else None
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if value == "" and (formulas is None or formulas[number][place] == ""):
                row[place] = None
    origin = cells.RangeAddress
    for part in cells.queryFormulaCells(_ERROR_RESULTS).RangeAddresses:
        for number, place in _places(part, origin):
            rows[number][place] = _ERRORS[cells.getCellByPosition(place, number).getError()]
    formats = cells.getCellFormatRanges()
    for part in (formats[index] for index in range(len(formats))):
        convert = _converter(model.NumberFormats.getByKey(part.NumberFormat).Type, raw=raw)
        if convert is not None:
            for number, place in _places(part.RangeAddress, origin):
                if isinstance(rows[number][place], float):
                    rows[number][place] = convert(rows[number][place])
    return rows


def enter(cells: Any, rows: Rows, is_text: list[list[bool]]) -> list[tuple[int, int, str]]:
    """Set a range's values as if they were typed; return where a format comes with a value."""
    formats = []
    plain: Rows = []
    special = []
    for number, row in enumerate(rows):
        plain.append([])
        for place, value in enumerate(row):
            entered, formula, number_format = _typed(value, text=is_text[number][place])
            plain[-1].append(entered)
            if formula:
                special.append((number, place, formula))
            if number_format:
                formats.append((number, place, number_format))
    cells.setDataArray(tuple(tuple(row) for row in plain))
    for number, place, formula in special:
        cells.getCellByPosition(place, number).setFormula(formula)
    return formats


def _typed(value: Any, *, text: bool) -> tuple[str | float, str | None, str | None]:
    """Return what stands in a cell after typing: a constant, or a formula; and a format."""
    if value is None or value == "":
        return "", None, None
    if isinstance(value, bool):
        return "", f"={str(value).upper()}()", None
    if isinstance(value, datetime.datetime):
        return (value.replace(tzinfo=None) - _EPOCH) / datetime.timedelta(days=1), None, "m/d/yyyy"
    if isinstance(value, int | float | Decimal):
        return (str(value) if text else float(value)), None, None
    if not isinstance(value, str):
        raise excel_says(f"Application-defined or object-defined error ({type(value).__name__})")
    if text:
        return value, None, None
    return _parsed(value)


def _parsed(value: str) -> tuple[str | float, str | None, str | None]:
    number = _NUMBER.fullmatch(value)
    if number:
        percent = number[1] == "%"
        return float(value.rstrip("%")) / (100 if percent else 1), None, "0%" if percent else None
    if value.upper() in ("TRUE", "FALSE"):
        return "", f"={value.upper()}()", None
    if value in _WRITTEN_ERRORS:
        return "", _WRITTEN_ERRORS[value], None
    day = _DAY.fullmatch(value)
    if day:
        month, date = (day[1], day[2]) if day[1] else (_MONTHS[day[3].upper()], day[4])
        moment = datetime.datetime(2025, int(month), int(date))
        return float((moment - _EPOCH).days), None, "d-mmm"
    if value[0] == "'":
        return value[1:], None, None
    if value[0] == "=":
        return "", value, None
    if value[0] in "+-@":
        return "", f"={value.lstrip('@')}", None
    return value, None, None


def _converter(kind: int, *, raw: bool) -> Any:
    if kind & _LOGICAL:
        return bool
    if raw:
        return None
    if kind & _DATE:
        return lambda value: _moment(_EPOCH + datetime.timedelta(days=value))
    if kind & _CURRENCY:
        return lambda value: Decimal(f"{value:.4f}")
    return None


def _moment(value: datetime.datetime) -> ComTime:
    rounded = value + datetime.timedelta(milliseconds=0.5)
    rounded = rounded.replace(microsecond=0, tzinfo=datetime.UTC)
    return ComTime.fromisoformat(rounded.isoformat())


def _places(part: Any, origin: Any) -> list[tuple[int, int]]:
    return [
        (row - origin.StartRow, column - origin.StartColumn)
        for row in range(max(part.StartRow, origin.StartRow), min(part.EndRow, origin.EndRow) + 1)
        for column in range(
            max(part.StartColumn, origin.StartColumn), min(part.EndColumn, origin.EndColumn) + 1
        )
    ]
