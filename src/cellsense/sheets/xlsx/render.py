"""A value → the bytes of a cell."""

import datetime
import math

from cellsense.cells import CellValue, ErrorValue
from cellsense.sheets.interface import column_letter
from cellsense.sheets.xlsx.cut import qualified
from cellsense.sheets.xlsx.text import encode, needs_space_preserved, truncate


def cell(prefix: str, row: int, column: int, value: CellValue, style: str | None = None) -> bytes:
    """Return a cell's element; an empty one if it has a style only, nothing without either.

    A text is an inline string, so one that begins with `=` is no formula.
    """
    kind, content = _content(prefix, value)
    if not content and style is None:
        return b""
    name = qualified(prefix, "c")
    head = f'<{name} r="{column_letter(column)}{row}"'
    if style is not None:
        head += f' s="{style}"'
    if not content:
        return f"{head}/>".encode()
    if kind:
        head += f' t="{kind}"'
    return f"{head}>{content}</{name}>".encode()


def _content(prefix: str, value: CellValue) -> tuple[str, str]:
    if isinstance(value, ErrorValue):
        return "e", _value(prefix, encode(value))
    if value is None or value == "":
        return "", ""
    if isinstance(value, bool):
        return "b", _value(prefix, str(int(value)))
    if isinstance(value, int):
        return "", _value(prefix, str(int(value)))
    if isinstance(value, float):
        # float(): numpy's own repr is `np.float64(0.5)`. A cell can't hold NaN or infinity.
        return "", _value(prefix, repr(float(value))) if math.isfinite(value) else ""
    if isinstance(value, datetime.date | datetime.time):
        value = value.isoformat()
    name = qualified(prefix, "t")
    space = ' xml:space="preserve"' if needs_space_preserved(truncate(value)) else ""
    inline = qualified(prefix, "is")
    return "inlineStr", f"<{inline}><{name}{space}>{encode(value)}</{name}></{inline}>"


def _value(prefix: str, text: str) -> str:
    name = qualified(prefix, "v")
    return f"<{name}>{text}</{name}>"
