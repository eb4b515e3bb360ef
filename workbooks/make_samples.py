"""Write reviews.xlsx and reviews.csv: invented for this project, sample data, no test of quality.

Run it with ``python workbooks/make_samples.py``. It needs XlsxWriter. Each run gives the same
bytes with the same versions of Python, zlib and XlsxWriter.
"""

from __future__ import annotations

import csv
import io
import struct
import textwrap
import zlib
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xlsxwriter  # type: ignore[import-untyped]
from sample_reviews import COLUMNS, EXCEL_ERROR, PRODUCTS, ReviewRow, build_rows
from sample_reviews.rows import ExcelError

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(__file__).resolve().parent
CREATED: Final = datetime.fromisoformat("2026-07-01T09:00:00")
BRAND: Final = "Tarn & Fell"
HEADER_ROW: Final = 4  # counted from 0: row 5 in Excel
GREEN: Final = "#2F5D50"
PALE: Final = "#E4EDE9"
LINE_HEIGHT: Final = 15  # points
CHARACTERS_PER_LINE: Final = 82  # in the column of the texts

Cell = str | int | float | datetime | ExcelError | None


def write_csv(rows: list[ReviewRow], path: Path) -> None:
    """Write the rows as RFC 4180 text: UTF-8 without BOM, commas, lines that end in LF."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            text = EXCEL_ERROR.shown if isinstance(row.text, ExcelError) else row.text
            shown = "" if text is None else text
            writer.writerow([row.day.isoformat(), row.product, row.region, shown, row.stars])


def write_xlsx(rows: list[ReviewRow], path: Path) -> None:
    """Write the workbook with the sheets "Reviews" and "Summary"."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        workbook.set_properties(
            {
                "title": f"{BRAND} - customer reviews (invented sample data)",
                "author": "cellsense",
                "comments": "Invented for the cellsense project. Not a test of quality.",
                "created": CREATED,
            }
        )
        formats = _add_formats(workbook)
        _write_reviews_sheet(workbook.add_worksheet("Reviews"), rows, formats)
        _write_summary_sheet(workbook, rows, formats)


def _add_formats(workbook: Any) -> dict[str, Any]:
    top: dict[str, Any] = {"valign": "top"}
    return {
        "title": workbook.add_format({"bold": True, "font_size": 16, "font_color": GREEN}),
        "label": workbook.add_format({"italic": True, "font_color": "#555555"}),
        "average": workbook.add_format({"bold": True, "num_format": "0.00", "align": "left"}),
        "count": workbook.add_format({"bold": True, "num_format": "#,##0", "align": "left"}),
        "date": workbook.add_format({**top, "num_format": "dd mmm yyyy", "align": "left"}),
        "cell": workbook.add_format(top),
        "wrapped": workbook.add_format({**top, "text_wrap": True}),
        "stars": workbook.add_format({**top, "num_format": "0", "align": "center"}),
        "header": workbook.add_format({"bold": True, "font_color": GREEN, "bg_color": PALE}),
        "two_places": workbook.add_format({"num_format": "0.00"}),
    }


def _lines(text: object) -> int:
    paragraphs = text.split("\n") if isinstance(text, str) else [""]
    return sum(max(1, len(textwrap.wrap(part, CHARACTERS_PER_LINE))) for part in paragraphs)


def _write_reviews_sheet(sheet: Any, rows: list[ReviewRow], formats: dict[str, Any]) -> None:
    average = sum(row.stars for row in rows) / len(rows)
    sheet.set_row(0, 24)
    sheet.write_string("A1", f"{BRAND}: customer reviews, January to June 2026", formats["title"])
    sheet.write_string("A2", "Average stars", formats["label"])
    sheet.write_formula("B2", "=AVERAGE(Reviews[Stars])", formats["average"], average)
    sheet.write_string("C2", "Number of reviews", formats["label"])
    sheet.write_formula("D2", "=COUNT(Reviews[Stars])", formats["count"], len(rows))
    sheet.write_string("A3", "Invented sample data", formats["label"])
    sheet.insert_image(
        "D1",
        "logo.png",
        {
            "image_data": io.BytesIO(draw_logo()),
            "x_offset": 430,
            "y_offset": 3,
            "description": f"Logo of {BRAND}: a hill above a lake",
            "object_position": 2,
        },
    )

    columns: list[tuple[str, float, str]] = [
        ("Date", 14, "date"),
        ("Product", 29, "cell"),
        ("Region", 19, "cell"),
        ("Review Text", 84, "wrapped"),
        ("Stars", 8, "stars"),
    ]
    for index, (_, width, _) in enumerate(columns):
        sheet.set_column(index, index, width)
    last_row = HEADER_ROW + len(rows)
    sheet.add_table(
        HEADER_ROW,
        0,
        last_row,
        len(columns) - 1,
        {
            "name": "Reviews",
            "style": "Table Style Medium 4",
            "columns": [{"header": header} for header, _, _ in columns],
        },
    )
    for number, row in enumerate(rows, start=HEADER_ROW + 1):
        day = datetime.combine(row.day, time())
        cells: list[Cell] = [day, row.product, row.region, row.text, row.stars]
        # Stated, as not every program fits rows to wrapped text when it opens a file.
        sheet.set_row(number, LINE_HEIGHT * _lines(row.text))
        for index, (cell, (_, _, name)) in enumerate(zip(cells, columns, strict=True)):
            _write_cell(sheet, number, index, cell, formats[name])
    sheet.freeze_panes(HEADER_ROW + 1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(HEADER_ROW)


def _write_cell(sheet: Any, row: int, column: int, cell: Cell, cell_format: Any) -> None:
    """Write text as text, so that no review turns into a formula or a link."""
    if cell is None:
        sheet.write_blank(row, column, None, cell_format)
    elif isinstance(cell, ExcelError):
        sheet.write_formula(row, column, cell.formula, cell_format, cell.shown)
    elif isinstance(cell, str):
        sheet.write_string(row, column, cell, cell_format)
    elif isinstance(cell, datetime):
        sheet.write_datetime(row, column, cell, cell_format)
    else:
        sheet.write_number(row, column, cell, cell_format)


def _write_summary_sheet(workbook: Any, rows: list[ReviewRow], formats: dict[str, Any]) -> None:
    sheet = workbook.add_worksheet("Summary")
    sheet.set_column("A:A", 30)
    sheet.set_column("B:C", 15)
    sheet.write_string("A1", "Reviews by product", formats["title"])
    for column, header in enumerate(("Product", "Reviews", "Average stars")):
        sheet.write_string(2, column, header, formats["header"])
    for number, product in enumerate(PRODUCTS, start=3):
        stars = [row.stars for row in rows if row.product == product]
        key = f"$A{number + 1}"
        sheet.write_string(number, 0, product)
        sheet.write_formula(number, 1, f"=COUNTIFS(Reviews[Product],{key})", None, len(stars))
        sheet.write_formula(
            number,
            2,
            f"=AVERAGEIFS(Reviews[Stars],Reviews[Product],{key})",
            formats["two_places"],
            sum(stars) / len(stars),
        )
    first, last = 3, 2 + len(PRODUCTS)

    columns = workbook.add_chart({"type": "column"})
    columns.add_series(
        {
            "name": ["Summary", 2, 1],
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, 1, last, 1],
            "fill": {"color": GREEN},
            "gap": 70,
        }
    )
    line = workbook.add_chart({"type": "line"})
    line.add_series(
        {
            "name": ["Summary", 2, 2],
            "categories": ["Summary", first, 0, last, 0],
            "values": ["Summary", first, 2, last, 2],
            "y2_axis": True,
            "line": {"none": True},
            "marker": {
                "type": "diamond",
                "size": 9,
                "fill": {"color": "#E0A030"},
                "border": {"color": "#8A5A00"},
            },
            "data_labels": {"value": True, "num_format": "0.0", "position": "above"},
        }
    )
    columns.combine(line)
    columns.set_title({"name": "Reviews and average stars by product"})
    columns.set_y_axis({"name": "Reviews", "min": 0, "major_gridlines": {"visible": False}})
    line.set_y2_axis({"name": "Average stars", "min": 0, "max": 5})
    columns.set_legend({"position": "bottom"})
    columns.set_size({"width": 860, "height": 400})
    sheet.insert_chart("E3", columns)


def draw_logo(width: int = 132, height: int = 60) -> bytes:
    """Draw a hill, its mirror image in a lake and a sun, and return them as a PNG."""
    samples = (1 / 8, 3 / 8, 5 / 8, 7 / 8)
    lines = bytearray()
    for y in range(height):
        lines.append(0)
        for x in range(width):
            shades = [
                _logo_colour((x + dx) / width, (y + dy) / height)
                for dy in samples
                for dx in samples
            ]
            lines += bytes(round(sum(s[i] for s in shades) / len(shades)) for i in range(3))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(bytes(lines), 9))
        + _png_chunk(b"IEND", b"")
    )


def _png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def _hill(x: float) -> float:
    """Return how far the hill stands above the water at ``x``, both as parts of the picture."""
    slopes: tuple[Callable[[float], float], ...] = (
        lambda at: 0.52 - 1.35 * abs(at - 0.40),
        lambda at: 0.34 - 1.05 * abs(at - 0.68),
    )
    return max(0.0, *(slope(x) for slope in slopes))


def _logo_colour(x: float, y: float) -> tuple[int, int, int]:
    shore = 0.68
    if y <= shore:
        if shore - y < _hill(x):
            return (47, 93, 80)
        if ((x - 0.83) * 2.2) ** 2 + (y - 0.24) ** 2 < 0.13**2:
            return (224, 160, 48)
        return (255, 255, 255)
    if 0.03 < y - shore < 0.06 or 0.15 < y - shore < 0.17:
        return (255, 255, 255)
    if (y - shore) * 1.7 < _hill(x):
        return (112, 158, 160)
    return (190, 216, 220)


def main() -> None:
    """Write both files beside this script."""
    rows = build_rows()
    for name, write in (("reviews.csv", write_csv), ("reviews.xlsx", write_xlsx)):
        write(rows, FOLDER / name)
        print(f"wrote {FOLDER / name} ({len(rows)} reviews)")


if __name__ == "__main__":
    main()
