"""Which cell styles show a number as a date, as it is, or with a fixed number of decimals."""

import re

from cellsense.sheets.xlsx.markup import Elements, Name
from cellsense.sheets.xlsx.refs import whole_number

# The number formats that Excel builds in, 27-36 and 50-58 for East Asian dates.
_BUILT_IN = frozenset({*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)})
# In a number format: quoted or escaped text, fill and space characters, and colours, conditions
# and locales in brackets - but not [h], [mm] or [s], which count hours, minutes and seconds.
_NO_CODE = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:hh?|mm?|ss?)\])[^\]]*\]', re.IGNORECASE)
_LONGEST = 1_000  # characters of a number format; Excel's own limit is 255
_DATE_CODE = re.compile(r"[dmhys]", re.IGNORECASE)
# Formats that suit a score; `0.00` is built in.
_SCORE_CODE = re.compile(r"0\.0{2,4}")
_SCORE_BUILT_IN = "2"
# What makes the look of a cell; flags such as applyFont say where it came from.
_LOOK = ("fontId", "fillId", "borderId")

_Look = tuple[str, ...]


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
        self._date_formats: dict[str, bool] = {}
        self._score_formats = {_SCORE_BUILT_IN}
        self._looks: list[_Look] = []
        self._for_scores: dict[_Look, int] = {}
        self._in_cell_styles = False
        self._number = ""
        self._marks_text = False
        self._look: list[str] = []

    def for_score(self, style: str | None) -> str | None:
        """Return the style that looks like `style` and shows two to four decimals.

        `style` itself if the workbook has none: a style of our own would change a part that all
        sheets share.
        """
        index = 0 if style is None else int(style)
        if index not in self.plain:
            return style
        found = self._for_scores.get(self._looks[index])
        return style if found is None else str(found)

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if self.depth == 2:
            self._in_cell_styles = name.local == "cellXfs"
        elif self.depth == 3 and name.local == "numFmt":
            code, number = attributes.get("formatCode", ""), attributes.get("numFmtId", "")
            self._date_formats[number] = is_date_format(code)
            if _SCORE_CODE.fullmatch(code):
                self._score_formats.add(number)
            else:
                self._score_formats.discard(number)
        elif self.depth == 3 and name.local == "xf" and self._in_cell_styles:
            self._number = attributes.get("numFmtId", "0")
            self._marks_text = attributes.get("quotePrefix", "0") not in ("0", "false")
            self._look = [attributes.get(item, "0") for item in _LOOK]
        elif self.depth == 4 and self._in_cell_styles:
            self._look += [name.local, *(f"{key}={attributes[key]}" for key in sorted(attributes))]

    def end(self, name: Name) -> None:
        if self.depth != 3 or name.local != "xf" or not self._in_cell_styles:
            return
        index, number, look = len(self._looks), self._number, tuple(self._look)
        self._looks.append(look)
        built_in = whole_number(number) in _BUILT_IN
        if self._date_formats.get(number, built_in):
            self.dates.add(index)
        elif not self._marks_text:
            if number == "0":
                self.plain.add(index)
            elif number in self._score_formats:
                self._for_scores.setdefault(look, index)
