"""Excel's own charts of the summary's tables, through openpyxl."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cellsense.summary.colours import colours

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_GAP = 45  # per cent of a bar's width between bars
_SHARE_COLUMN = 3
_FIRST_LABEL = 3  # the column of the first label's rows in a breakdown
_RULE = "E3E6EA"


@dataclass(frozen=True, slots=True)
class Place:
    """A table's cells: the row of its header, its last row, and its last column; it begins in A."""

    header: int
    last_row: int
    last_column: int


def label_chart(worksheet: "Worksheet", place: Place, labels: Sequence[str]) -> Any:
    """Return a bar for each label: its share of the rows in per cent, the first on top."""
    from openpyxl.chart import BarChart, Reference
    from openpyxl.chart.label import DataLabelList
    from openpyxl.chart.series import DataPoint

    chart = BarChart()
    chart.type = "bar"
    chart.gapWidth = _GAP
    share = Reference(
        worksheet, min_col=_SHARE_COLUMN, min_row=place.header, max_row=place.last_row
    )
    chart.add_data(share, titles_from_data=True)
    chart.set_categories(
        Reference(worksheet, min_col=1, min_row=place.header + 1, max_row=place.last_row)
    )
    series = chart.series[0]
    for number, colour in enumerate(colours(labels).values()):
        point = DataPoint(idx=number)
        point.graphicalProperties.solidFill = colour
        series.dPt.append(point)
    series.dLbls = DataLabelList()
    series.dLbls.showVal = True
    for other in ("showSerName", "showCatName", "showLegendKey", "showPercent"):
        setattr(series.dLbls, other, False)
    chart.legend = None
    chart.title = "Share of rows, %"
    _plain_axes(chart, top_down=True)
    chart.y_axis.scaling.min = 0
    return chart


def shares_chart(
    worksheet: "Worksheet", place: Place, labels: Sequence[str], *, upright: bool
) -> Any:
    """Return stacked bars of the labels' shares in each group; upright ones for periods."""
    from openpyxl.chart import BarChart, Reference

    chart = BarChart()
    chart.type = "col" if upright else "bar"
    chart.grouping = "percentStacked"
    chart.overlap = 100
    chart.gapWidth = _GAP
    last = _FIRST_LABEL + len(labels) - 1
    chart.add_data(
        Reference(
            worksheet,
            min_col=_FIRST_LABEL,
            max_col=last,
            min_row=place.header,
            max_row=place.last_row,
        ),
        titles_from_data=True,
    )
    chart.set_categories(
        Reference(worksheet, min_col=1, min_row=place.header + 1, max_row=place.last_row)
    )
    for series, colour in zip(chart.series, colours(labels).values(), strict=True):
        series.graphicalProperties.solidFill = colour
    chart.legend.position = "b"
    chart.title = None
    _plain_axes(chart, top_down=not upright)
    chart.y_axis.number_format = "0%"
    return chart


def _plain_axes(chart: Any, *, top_down: bool) -> None:
    # openpyxl leaves axes out unless told otherwise.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin" if top_down else "minMax"
    chart.y_axis.majorGridlines.spPr = _line(_RULE)
    chart.x_axis.number_format = "@"
    if top_down:  # else the numbers stand above the bars
        chart.y_axis.crosses = "max"


def _line(colour: str) -> Any:
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.drawing.line import LineProperties

    return GraphicalProperties(ln=LineProperties(solidFill=colour))
