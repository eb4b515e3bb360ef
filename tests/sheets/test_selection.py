"""Which sheet, column and header row are taken, and where the new columns go."""

import csv
import io

import pytest

from cellsense.errors import OptionError, OutputError, SelectionError
from cellsense.sheets.columns import find_column
from cellsense.sheets.delimited import DelimitedWorkbook
from cellsense.sheets.interface import column_letter, column_number
from cellsense.sheets.placement import place
from cellsense.sheets.selection import Selection, select

PRAISE = [
    "Lovely lamp, warm light and easy to put together.",
    "Does what it should, and the delivery was quick.",
    "It stopped working after a week, very disappointing.",
    "Not as bright as I hoped but fine for reading.",
]


def selected(rows: list[list[object]], column: str | None = None) -> Selection:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return select(DelimitedWorkbook.from_bytes(text.getvalue().encode()).sheets, None, column)


def table(header: list[str] | None, *, title: str = "Fine") -> list[list[object]]:
    rows: list[list[object]] = [
        [f"2026-01-0{n}", n, title, text] for n, text in enumerate(PRAISE, 1)
    ]
    return [header, *rows] if header else rows


HEADER = ["Date", "Stars", "Title", "Review Text"]


def test_header_in_the_first_row() -> None:
    selection = selected(table(HEADER))
    assert selection.header_row == 1
    assert str(selection.column) == 'column D "Review Text"'
    assert (selection.first_row, selection.last_row) == (2, 5)


def test_header_below_a_title_and_notes() -> None:
    rows = [["Customer reviews"], ["Average", "3.6"], ["exported on Monday"], *table(HEADER)]
    selection = selected(rows)
    assert selection.header_row == 4
    assert (selection.first_row, selection.last_row) == (5, 8)


def test_no_header() -> None:
    selection = selected(table(None))
    assert selection.header_row is None
    assert str(selection.column) == "column D"
    assert (selection.first_row, selection.last_row) == (1, 4)


def test_a_single_column_with_and_without_a_header() -> None:
    assert selected([["Comment"], *[[text] for text in PRAISE]]).header_row == 1
    assert selected([[text] for text in PRAISE]).header_row is None


def test_years_and_repeated_names_in_a_header() -> None:
    rows = [["Review", "2025", "2026", "Note", "Note"]]
    rows += [[text, str(n), "2", "x", "y"] for n, text in enumerate(PRAISE)]
    assert selected(rows).header_row == 1


def test_short_answers_above_long_ones_are_no_header() -> None:
    rows = [["yes", "yes", "no", "yes", "ok"]]
    rows += [["no", "yes", "no", "yes", text] for text in PRAISE]
    assert selected(rows).header_row is None


def test_two_text_columns_name_the_runner_up() -> None:
    rows = [["Likes", "Dislikes"]] + [[text, text + " Really, it is."] for text in PRAISE]
    selection = selected(rows)
    assert selection.column.header == "Dislikes"
    assert selection.runner_up == 'column A "Likes"'


def test_a_title_column_loses_against_the_text() -> None:
    rows = [["Review Title", "Review"]] + [
        [f"Title of number {n} here", text] for n, text in enumerate(PRAISE)
    ]
    assert selected(rows).column.header == "Review"


def test_no_text_column() -> None:
    with pytest.raises(SelectionError, match=r'looks like review text.*--column.*"Colour"'):
        selected([["Id", "Colour"], [1, "red"], [2, "blue"], [3, "red"]])


def test_links_are_not_reviews() -> None:
    with pytest.raises(SelectionError):
        selected([["Id", "Text"]] + [[n, f"https://example.com/{n}"] for n in range(5)])


@pytest.mark.parametrize("request_", ["Review Text", "review  text", "D", "d", "4"])
def test_column_by_header_letter_or_number(request_: str) -> None:
    assert selected(table(HEADER), request_).column.column == 4


def test_header_wins_over_letter() -> None:
    assert find_column("B", {1: "B", 2: "A"}, 2).column == 1


def test_named_header_below_other_rows() -> None:
    rows = [["x", "y"], ["a", "b"], *table(HEADER)]
    assert selected(rows, "Review Text").header_row == 3


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ("Review Txt", 'Did you mean "Review Text"'),
        ("nonsense", 'There is: "Date", "Stars"'),
        ("Z", "Column Z is empty.*D"),
        ("99", "Column 99 is empty"),
        ("0", 'no column "0"'),
        ("XFE", 'no column "XFE"'),
    ],
)
def test_unknown_column(request_: str, words: str) -> None:
    with pytest.raises(SelectionError, match=words):
        selected(table(HEADER), request_)


def test_two_columns_of_the_same_name() -> None:
    rows = [["Review", "Review"]] + [[text, text] for text in PRAISE]
    with pytest.raises(SelectionError, match="A and B"):
        selected(rows, "Review")


def test_unknown_sheet() -> None:
    sheets = DelimitedWorkbook.from_bytes(b"a,b\n1,2\n").sheets
    with pytest.raises(SelectionError, match="no sheet"):
        select(sheets, "Survey", None)


def test_empty_file() -> None:
    with pytest.raises(SelectionError, match="empty"):
        select(DelimitedWorkbook.from_bytes(b"").sheets, None, None)


def test_columns_go_right_of_everything() -> None:
    rows = table(HEADER)
    rows[3] = [*rows[3], "", "a note"]
    placement = place(selected(rows), ("Label", "Score"), replace=False)
    assert (placement.column, placement.names, placement.replaces) == (7, ("Label", "Score"), False)


def test_a_taken_name_gets_a_number() -> None:
    rows = [[*HEADER, "label"], *[[*row, "x y z"] for row in table(None)]]
    assert place(selected(rows), ("Label", "Score"), replace=False).names == ("Label2", "Score")


def own(label: object = "POSITIVE", score: object = "0.91") -> list[list[object]]:
    return [[*HEADER, "Label", "Score"], *[[*row, label, score] for row in table(None)]]


def test_own_columns_are_recognised() -> None:
    with pytest.raises(OutputError, match=r"E and F.*--force"):
        place(selected(own()), ("Label", "Score"), replace=False)
    placement = place(selected(own()), ("Label", "Score"), replace=True)
    assert (placement.column, placement.replaces) == (5, True)


def test_a_users_own_columns_of_these_names_are_left_alone() -> None:
    placement = place(selected(own(score="high")), ("Label", "Score"), replace=True)
    assert (placement.column, placement.names) == (7, ("Label2", "Score2"))


@pytest.mark.parametrize(("number", "letters"), [(1, "A"), (26, "Z"), (27, "AA"), (16384, "XFD")])
def test_letters(number: int, letters: str) -> None:
    assert column_letter(number) == letters
    assert column_number(letters.lower()) == number


@pytest.mark.parametrize("content", [b"Date,Review\n", b"Review\n"])
def test_a_header_alone(content: bytes) -> None:
    with pytest.raises(SelectionError, match="no rows below its header"):
        select(DelimitedWorkbook.from_bytes(content).sheets, None, None)


LONG = "What do you like most about working here, and what should we do better next year, please?"


@pytest.mark.parametrize(
    "header",
    [
        ["Name", LONG],
        ["Name", "What do you like most about working here?"],
        ["Nr.", "Kommentar"],
        ["Kd.-Nr.", "Bemerk."],
        ["Id", "Tell us what you think!"],
        ["Client", "Qu’avez-vous pensé de votre séjour chez nous ?"],
        ["Department", "Answer"],
    ],
)
@pytest.mark.parametrize("short", ["Great", "ok", "Nothing"])
def test_a_short_answer_is_never_taken_for_the_header(header: list[str], short: str) -> None:
    numbered = header[0] in {"Nr.", "Kd.-Nr.", "Id"}
    answers = [*PRAISE, short, *PRAISE]
    rows: list[list[object]] = [
        [n if numbered else f"Dora {n}", text] for n, text in enumerate(answers)
    ]
    selection = selected([header, *rows])
    assert (selection.header_row, selection.first_row, selection.last_row) == (1, 2, 10)


def test_rows_above_are_kept_when_a_column_is_named() -> None:
    rows: list[list[object]] = [["Reviewer", "Review"], ["Anna", "Good"], ["Ben", "Bad"]]
    rows += [[f"Carl {n}", text] for n, text in enumerate(PRAISE)]
    assert selected(rows, "B").first_row == 2


def test_numbers_among_the_headers() -> None:
    rows: list[list[object]] = [["Customer Comment", 2023, 2024, 1.5]]
    rows += [[text, n, n * 2, n / 3] for n, text in enumerate(PRAISE, 1)]
    assert selected(rows).header_row == 1


def test_a_line_of_figures_above_the_header_is_skipped() -> None:
    rows = [["Average stars", "3.6", "Reviews so far", "1000"], *table(HEADER)]
    assert selected(rows).header_row == 2


def test_texts_without_spaces() -> None:
    reviews = [
        "とても良い商品です。気に入りました。",
        "すぐに壊れました。残念です。",
        "配送が早くて助かりました。",
    ]
    rows: list[list[object]] = [["番号", "レビュー"]]
    rows += [[n, text] for n, text in enumerate(reviews * 3)]
    assert selected(rows).column.header == "レビュー"


@pytest.mark.parametrize(
    "name", ["", " ", " Label", "two\nlines", "=1+1", "@x", "x" * 256, "bad\udcff"]
)
def test_names_that_no_column_can_have(name: str) -> None:
    with pytest.raises(OptionError, match="can't be a column's name"):
        place(selected(table(HEADER)), (name, "Score"), replace=False)


def test_numbered_columns_of_an_earlier_run_are_recognised() -> None:
    rows = [[*HEADER, "Label2", "Score2"], *[[*row, "POSITIVE", "0.9"] for row in table(None)]]
    placement = place(selected(rows), ("Label", "Score"), replace=True)
    assert (placement.column, placement.names) == (5, ("Label2", "Score2"))


@pytest.mark.parametrize(("label", "score"), [("checked by Anna", "1"), ("", ""), ("POSITIVE", "")])
def test_columns_that_no_run_of_ours_wrote(label: str, score: str) -> None:
    assert place(selected(own(label, score)), ("Label", "Score"), replace=True).column == 7
