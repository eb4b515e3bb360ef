"""Figures → a sheet of tables with Excel's own charts beside them.

Nothing in it has a cell style: those stand in a part that all sheets share, and the sheet is put
into workbooks whose other parts stay as they are. Tables bring a look of their own, and text in a
cell may be bold by itself.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cellsense import __version__
from cellsense.one_line import one_line
from cellsense.summary.charts import Place, label_chart, shares_chart
from cellsense.summary.colours import are_sentiments
from cellsense.summary.figures import Breakdown, Figures, Group

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    Cell = str | int | float | None

SENTIMENT_SUMMARY = "Sentiment summary"
LABEL_SUMMARY = "Label summary"
_WIDTHS = {1: 30, 2: 12}
_OTHER_WIDTH = 12
_CHART_ROWS = 17
_MOST_SHARES = 6  # labels; of more only the rows are given by group
_ROW_HEIGHT = 0.53  # centimetres, of the usual 15 points
_PERIOD = {"day": "Day", "week": "Week", "month": "Month", "quarter": "Quarter", "year": "Year"}
_HASH_DIGITS = 12
_LONGEST_NAME = 250  # characters of a table's header, which holds 255; a number may follow
_NO_CHARACTERS = dict.fromkeys((0xFFFE, 0xFFFF), "\ufffd")  # XML can't hold them


def sheet_name(labels: Sequence[str]) -> str:
    """Return what the sheet is called."""
    return SENTIMENT_SUMMARY if are_sentiments(labels) else LABEL_SUMMARY


def subject(found: Figures) -> str:
    """Return what the sheet is about, in its second line: a later run knows it by that."""
    column = f"Sheet {found.sheet} · column {found.column}"
    return one_line(f'{column} "{found.header}"' if found.header else column)


def fill_sheet(worksheet: "Worksheet", found: Figures, tables: str) -> None:
    """Write the figures into an empty worksheet, whose title is final.

    The names of its tables begin with `tables`.
    """
    from openpyxl.utils import get_column_letter

    labels = len(found.counts)
    widest = labels + (labels if labels <= _MOST_SHARES else 0)
    writer = _Writer(worksheet, 2 + max(2, widest) + 2, tables)
    writer.title(worksheet.title, 16)
    for line in _facts(found):
        writer.line(line)
    writer.gap()
    rows = [
        (item.label, item.rows, _percent(item.share), _rounded(item.score)) for item in found.counts
    ]
    place = writer.table("Label", ("Rows", "Share %", "Mean score"), rows, "Labels")
    if place is not None:
        writer.chart(label_chart(worksheet, place, found.labels), len(rows))
    for number, part in enumerate(found.by, start=1):
        writer.breakdown(f"By {part.column}", part.column, part, found.labels, f"By{number}")
    if found.over_time is not None:
        each = _PERIOD[found.over_time.each or "day"]
        title = f"Over time, by {found.over_time.column}"
        writer.breakdown(title, each, found.over_time, found.labels, "OverTime")
    if found.words:
        told = [(item.label, ", ".join(word.word for word in item.words)) for item in found.words]
        writer.title("Words that tell the labels apart", 12)
        writer.table("Label", ("Words",), told, "Words")
    for column in range(1, writer.chart_column):
        width = _WIDTHS.get(column, _OTHER_WIDTH)
        worksheet.column_dimensions[get_column_letter(column)].width = width
    worksheet.sheet_view.showGridLines = False
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.fitToHeight = 0  # as many pages as it takes
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True


class _Writer:
    """Writes one block below the other; charts stand right of their tables."""

    def __init__(self, worksheet: "Worksheet", chart_column: int, tables: str) -> None:
        self._sheet = worksheet
        self._tables = tables
        self._row = 1
        self._free = 1  # the first row that no chart reaches
        self.chart_column = chart_column

    def title(self, text: str, points: int) -> None:
        from openpyxl.cell.rich_text import CellRichText, TextBlock
        from openpyxl.cell.text import InlineFont

        self._row = max(self._row, self._free)
        bold = InlineFont(b=True, sz=points)
        self._sheet.cell(self._row, 1).value = CellRichText(TextBlock(bold, one_line(text)))
        self._row += 1

    def line(self, text: str) -> None:
        self._put(1, text)
        self._row += 1

    def gap(self) -> None:
        self._row += 1

    def table(
        self, first: str, names: Sequence[str], rows: Sequence[Sequence["Cell"]], name: str
    ) -> Place | None:
        """Write a formatted table, and return where its cells are; None if it has no row."""
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.table import Table, TableStyleInfo

        if not rows:
            return None
        top = self._row
        heads = _different([first, *names])
        for values in (heads, *rows):
            for column, value in enumerate(values, start=1):
                self._put(column, value)
            self._row += 1
        area = f"A{top}:{get_column_letter(len(heads))}{self._row - 1}"
        table = Table(displayName=f"{self._tables}{name}", ref=area)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        self._sheet.add_table(table)
        self._row += 1
        return Place(top, top + len(rows), len(heads))

    def chart(self, chart: object, rows: int) -> None:
        """Set a chart right of the table that was written last, of `rows` rows."""
        from openpyxl.utils import get_column_letter

        tall = max(_CHART_ROWS, min(30, rows + 6))
        top = self._row - rows - 2  # the table's header
        chart.width, chart.height = 16.0, (tall - 1) * _ROW_HEIGHT  # type: ignore[attr-defined]
        column = get_column_letter(self.chart_column)
        self._sheet.add_chart(chart, f"{column}{top}")
        self._free = top + tall

    def breakdown(
        self, title: str, first: str, part: Breakdown, labels: Sequence[str], name: str
    ) -> None:
        """Write the rows of each label by group: how many, and what share of the group's."""
        self.title(title, 12)
        shown = labels if len(labels) <= _MOST_SHARES else ()
        rows = [
            (group.name, group.rows, *group.counts, *_shares(group)[: len(shown)])
            for group in part.groups
        ]
        place = self.table(first, ("Rows", *labels, *(f"{label} %" for label in shown)), rows, name)
        if place is not None:
            chart = shares_chart(self._sheet, place, labels, upright=part.each is not None)
            self.chart(chart, len(rows))

    def _put(self, column: int, value: "Cell") -> None:
        cell = self._sheet.cell(self._row, column)
        if isinstance(value, str):
            # Names come from the workbook: none of them is to become a formula.
            cell.value = one_line(value).translate(_NO_CHARACTERS)
            cell.data_type = "s"
        else:
            cell.value = value


def _facts(found: Figures) -> list[str]:
    version = found.revision or found.fingerprint
    without = sum(found.without_text.values())
    kinds = ", ".join(f"{rows:,} {kind}" for kind, rows in found.without_text.items())
    texts = f"{found.texts:,} of {found.rows:,} rows hold a text"
    model = f"Model {found.model} {version[:_HASH_DIGITS]} · {found.device}"
    return [
        subject(found),
        f"{found.file} · {texts}; the others: {kinds}" if without else f"{found.file} · {texts}",
        f"{model} · cellsense {__version__} · {found.date:%Y-%m-%d}",
        *found.notes,
    ]


def _shares(group: Group) -> list[float | None]:
    return [_percent(count / group.rows) if group.rows else None for count in group.counts]


def _percent(share: float) -> float:
    return round(100 * share, 1)


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 3)


def _different(names: Sequence[str]) -> list[str]:
    """Return names of which a table takes each: none empty, and none twice in any case."""
    taken: set[str] = set()
    found = []
    for name in names:
        plain = one_line(" ".join(name.split()))[:_LONGEST_NAME].rstrip() or "Column"
        candidate, number = plain, 2
        while candidate.casefold() in taken:
            candidate, number = f"{plain} {number}", number + 1
        taken.add(candidate.casefold())
        found.append(candidate)
    return found
