"""A value → the bytes of a cell."""

import datetime
import math

from cellsense.cells import CellValue, ErrorValue
from cellsense.sheets.interface import column_letter
from cellsense.sheets.xlsx.text import encode, needs_space_preserved, truncate


def cell(prefix: str, row: int, column: int, value: CellValue, style: str | None = None) -> bytes:
    """Return a cell's element; an empty one if it has a style only, nothing without either."""
    tail = after_reference(prefix, value, style)
    return f'<{prefix}c r="{column_letter(column)}{row}{tail}'.encode() if tail else b""


def after_reference(prefix: str, value: CellValue, style: str | None) -> str:
    """Return what follows a cell's reference, from its closing quote on.

    A text is an inline string, so one that begins with `=` is no formula.
    """
    kind, content = _content(prefix, value)
    if not content and style is None:
        return ""
    head = '"' if style is None else f'" s="{style}"'
    if not content:
        return f"{head}/>"
    if kind:
        head += f' t="{kind}"'
    return f"{head}>{content}</{prefix}c>"


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
    space = ' xml:space="preserve"' if needs_space_preserved(truncate(value)) else ""
    text = f"<{prefix}t{space}>{encode(value)}</{prefix}t>"
    return "inlineStr", f"<{prefix}is>{text}</{prefix}is>"


def _value(prefix: str, text: str) -> str:
    return f"<{prefix}v>{text}</{prefix}v>"
