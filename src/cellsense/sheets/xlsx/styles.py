"""Which cell styles show a number as a date, and which as it is."""

import re

from cellsense.sheets.xlsx.markup import Elements, Name

# The number formats that Excel builds in, 27-36 and 50-58 for East Asian dates.
_BUILT_IN = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
# In a number format: quoted or escaped text, fill and space characters, and colours, conditions
# and locales in brackets - but not [h], [mm] or [s], which count hours, minutes and seconds.
_NO_CODE = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:hh?|mm?|ss?)\])[^\]]*\]', re.IGNORECASE)
_LONGEST = 1_000  # characters of a number format; Excel's own limit is 255
_DATE_CODE = re.compile(r"[dmhys]", re.IGNORECASE)


def is_date_format(code: str) -> bool:
    """Tell if a number format shows a date or a time; its first section decides."""
    plain = _NO_CODE.sub("", code[:_LONGEST])
    return bool(_DATE_CODE.search(plain.partition(";")[0].replace("General", "")))


class CellStyles(Elements):
    """Reads the styles part; sorts the indexes (`s`) of cell styles.

    `dates` show a number as a date; `plain` have no number format and don't mark a text as one,
    so a label or a score can take their look.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dates: set[int] = set()
        self.plain: set[int] = set()
        self._formats: dict[str, bool] = {}
        self._in_cell_styles = False
        self._index = 0

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if self.depth == 2:
            self._in_cell_styles = name.local == "cellXfs"
        elif self.depth == 3 and name.local == "numFmt":
            code = attributes.get("formatCode", "")
            self._formats[attributes.get("numFmtId", "")] = is_date_format(code)
        elif self.depth == 3 and name.local == "xf" and self._in_cell_styles:
            number = attributes.get("numFmtId", "0")
            built_in = number.isdecimal() and int(number) in _BUILT_IN
            if self._formats.get(number, built_in):
                self.dates.add(self._index)
            if number == "0" and attributes.get("quotePrefix", "0") in ("0", "false"):
                self.plain.add(self._index)
            self._index += 1
