"""The button decides as every other door does, though it sends no values of other columns.

What it does in the stand-in for Excel is compared with what `column_job.plan` makes of the same
sheet when it sees all of it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from cellsense.sheets.interface import Area
from cellsense.sheets.openpyxl_book import OpenpyxlSheet
from cellsense_addin.column_job import Question, plan
from cellsense_addin.options import AddinOptions

GOOD, BAD = "Works perfectly, I love it.", "Broke after a day, a waste of money."
SAMPLE = Path(__file__).parents[3] / "workbooks" / "reviews.xlsx"
ROWS = [[1, GOOD, 5], [2, BAD, 1], [3, "Fine for the price, nothing more than that.", 3]]


def titles_above() -> list[list[Any]]:
    return [["Customer survey of the spring"], [], ["No.", "Comment", "Stars"], *ROWS]


def no_header() -> list[list[Any]]:
    return [[1, GOOD, "north"], [2, BAD, "south"], [3, GOOD, "north"]]


def years() -> list[list[Any]]:
    return [["Text", 2023, 2024], *[[text, number, 7] for number, text, _ in ROWS]]


def short_words() -> list[list[Any]]:
    return [["Answer", "Colour"], *[[word, "red"] for word in ("good", "bad", "so so", "good")]]


def own_columns() -> list[list[Any]]:
    labelled = [["NEGATIVE", 0.91], ["POSITIVE", 0.5123], ["POSITIVE", 1]]
    return [
        ["Id", "Review", "Label", "Score"],
        *[[row[0], row[1], *own] for row, own in zip(ROWS, labelled, strict=True)],
    ]


def columns_that_only_look_own() -> list[list[Any]]:
    return [["Id", "Review", "Label", "Score"], *[[*row[:2], "Sony", 7] for row in ROWS]]


def own_columns_that_are_empty() -> list[list[Any]]:
    return [["Id", "Review", "Label", "Score"], *[row[:2] for row in ROWS]]


def gaps() -> list[list[Any]]:
    rows: list[list[Any]] = [["Review", None, None, "Note"]]
    return [*rows, *[[text] if number % 2 else [] for number, text, _ in ROWS * 5]]


LAYOUTS = [
    titles_above,
    no_header,
    years,
    short_words,
    own_columns,
    columns_that_only_look_own,
    own_columns_that_are_empty,
    gaps,
]


def sheet_of(rows: list[list[Any]], table: str = "", autofilter: str = "") -> Worksheet:
    sheet = openpyxl.Workbook().active
    assert isinstance(sheet, Worksheet)
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row, 1):
            sheet.cell(number, column, value)
    if table:
        sheet.add_table(Table(displayName="Answers", ref=table))
    if autofilter:
        sheet.auto_filter.ref = autofilter
    return sheet


def book_of(sheet: Worksheet) -> dict[str, Any]:
    rows = [["" if value is None else value for value in row] for row in sheet.values]
    tables = [{"name": table.name, "area": table.ref} for table in sheet.tables.values()]
    described = {"name": sheet.title, "rows": rows, "tables": tables}
    return {"sheets": [described | {"autofilter": sheet.auto_filter.ref}]}


def expected(sheet: Worksheet, picked: Area, consent: str) -> dict[str, Any]:
    decided = plan(OpenpyxlSheet(sheet), picked, AddinOptions(), consent)
    if isinstance(decided, Question):
        return {"question": decided.text}
    selection, place = decided
    return {
        "column": selection.column.column,
        "title": str(selection.column),
        "rows": (selection.first_row, selection.last_row),
        "target": place.column,
        "names": list(place.names),
        "replaces": place.replaces,
        "grows": (place.grow_table, place.grow_autofilter),
    }


def decided_by_the_button(excel: Any) -> list[dict[str, Any]]:
    """Return what the server told the pane, without the questions for the header's names."""
    found = []
    for answer in excel.answers:
        if answer["status"] == "question":
            found.append({"question": answer["text"]})
        elif answer["status"] == "ready":
            grown = answer["grow_table"]
            found.append(
                {
                    "column": answer["column"],
                    "title": answer["title"],
                    "rows": (answer["first_row"], answer["last_row"]),
                    "target": answer["target"],
                    "names": answer["names"],
                    "replaces": answer["replaces"],
                    "grows": (grown and grown["name"], answer["grow_autofilter"] is not None),
                }
            )
    return found


def compare(
    open_excel: Callable[..., Any], sheet: Worksheet, address: str, picked: Area
) -> list[dict[str, Any]]:
    excel = open_excel(book_of(sheet))
    excel.answers = []

    def seen(route: Any) -> None:
        response = route.fetch()
        excel.answers.append(json.loads(response.text()))
        route.fulfill(response=response)

    excel.page.route("**/cellsense/plan", seen)
    excel.page.route("**/cellsense/labels", lambda route: route.fulfill(status=503, json={}))
    excel.select(address)
    excel.press()
    wanted = [expected(sheet, picked, "")]
    if "question" in wanted[0]:
        excel.answer("Yes")
        wanted.append(expected(sheet, picked, "yes"))
    found = decided_by_the_button(excel)
    assert found == wanted
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
def test_any_layout(open_excel: Callable[..., Any], layout: Callable[[], list[list[Any]]]) -> None:
    rows = layout()
    column = next(at for row in rows for at, value in enumerate(row, 1) if value in (GOOD, "good"))
    letter = "ABC"[column - 1]
    area = Area(1, column, 1_048_576, column)
    compare(open_excel, sheet_of(rows), f"{letter}:{letter}", area)


@pytest.mark.parametrize("picked", [(5, 5), (5, 6), (4, 4), (1, 1_048_576)])
def test_parts_of_a_sheet_with_titles(
    open_excel: Callable[..., Any], picked: tuple[int, int]
) -> None:
    first, last = picked
    area = Area(first, 2, last, 2)
    compare(open_excel, sheet_of(titles_above()), f"B{first}:B{last}", area)


@pytest.mark.parametrize(("table", "autofilter"), [("A3:C6", ""), ("A3:B6", ""), ("", "A3:C6")])
def test_tables_and_filters(open_excel: Callable[..., Any], table: str, autofilter: str) -> None:
    sheet = sheet_of(titles_above(), table, autofilter)
    (*_, last) = compare(open_excel, sheet, "B4", Area(4, 2, 4, 2))
    assert last["names"] == ["Label", "Score"]


def test_sample_workbook(open_excel: Callable[..., Any]) -> None:
    sheet = openpyxl.load_workbook(SAMPLE)["Reviews"]
    assert isinstance(sheet, Worksheet)
    for row in sheet.iter_rows():
        for cell in row:
            if hasattr(cell.value, "isoformat"):
                cell.value = 45_000  # as Office hands over dates
    found = compare(open_excel, sheet, "D9", Area(9, 4, 9, 4))
    assert found[-1]["rows"] == (6, 1005)
