"""How new fields are written: quoted as those that are there, decimal comma, no formulas."""

import datetime
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cellsense.cells import CellValue
from cellsense.errors import OutputError
from cellsense.sheets.delimited.dialect import Dialect
from cellsense.sheets.interface import Addition

ToField = Callable[[CellValue], str]

_NUMBER = re.compile(r"[-+]?\d[\d.,]*(?:[eE][-+]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[-+]?\d[\d.]*,\d+")
_DECIMAL_POINT = re.compile(r"[-+]?\d[\d,]*\.\d+")
# Excel reads a field that begins so as a formula, also between quotes.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class FieldStyle:
    """How new fields are written: as the fields that are there already."""

    dialect: Dialect
    quote_text: bool
    quote_numbers: bool
    quote_empty: bool
    decimal_comma: bool

    @classmethod
    def of(cls, dialect: Dialect, records: Iterable[str]) -> "FieldStyle":
        """Read the style off the fields; what they don't tell follows the nearest kind."""
        fields = [raw.lstrip(" ") for record in records for raw in dialect.split(record)]
        values = [(raw, dialect.value(raw)) for raw in fields]
        numbers = [(raw, value) for raw, value in values if _NUMBER.fullmatch(value)]
        texts = [raw for raw, value in values if value and not _NUMBER.fullmatch(value)]
        empty = [raw for raw, value in values if not value]
        quote_text = _all_quoted(dialect, texts, default=False)
        quote_numbers = _all_quoted(dialect, [raw for raw, _ in numbers], quote_text)
        quote_empty = _all_quoted(dialect, empty, quote_text and quote_numbers)
        commas = sum(bool(_DECIMAL_COMMA.fullmatch(value)) for _, value in numbers)
        points = sum(bool(_DECIMAL_POINT.fullmatch(value)) for _, value in numbers)
        comma = dialect.delimiter != "," and commas > points
        return cls(dialect, quote_text, quote_numbers, quote_empty, comma)

    def field(self, value: CellValue) -> str:
        """Return the field for a new value; raise OutputError if quotes are missing for it."""
        if value is None or value == "":
            return self._quoted("") if self.quote_empty else ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._finished(self._number(value), self.quote_numbers)
        return self._finished(_as_text(value), self.quote_text)

    def _number(self, value: float) -> str:
        number = repr(float(value)) if isinstance(value, float) else str(int(value))
        return number.replace(".", ",") if self.decimal_comma else number

    def _finished(self, text: str, quote: bool) -> str:
        special = {self.dialect.delimiter, self.dialect.quote, "\r", "\n"}
        if quote or not special.isdisjoint(text) or (self.dialect.spaces and text[0] == " "):
            return self._quoted(text)
        return text

    def _quoted(self, text: str) -> str:
        quote = self.dialect.quote
        if quote is None:
            message = f"{text!r} can't be written: the file has no quotes to put it between."
            raise OutputError(message)
        if self.dialect.backslash:
            return quote + text.replace("\\", "\\\\").replace(quote, "\\" + quote) + quote
        return quote + text.replace(quote, quote * 2) + quote


def extend(fields: list[str], number: int, addition: Addition, field: ToField) -> None:
    """Put an addition's fields into those of a record, by the record's number."""
    if number < _first_row(addition):
        return
    nothing = (None,) * len(addition.names)
    is_header = number == addition.header_row
    values = addition.names if is_header else addition.values.get(number, nothing)
    place = addition.column - 1
    fields.extend([field(None)] * (place - len(fields)))
    if len(fields) == place:
        fields.extend(map(field, values))
        return
    for index, value in enumerate(values, start=place):
        if index == len(fields):
            fields.append(field(value))
        elif value is not None or addition.replaces:
            fields[index] = field(value)


def _all_quoted(dialect: Dialect, fields: list[str], default: bool) -> bool:
    if dialect.quote is None:
        return False
    return all(raw.startswith(dialect.quote) for raw in fields) if fields else default


def _as_text(value: CellValue) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    text = str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _first_row(addition: Addition) -> int:
    if addition.header_row is not None:
        return addition.header_row
    # New columns reach up to the first record: parsers refuse rows longer than the first one.
    return min(addition.values, default=1) if addition.replaces else 1
