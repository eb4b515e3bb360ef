"""Any sheet, any addition: what openpyxl reads is what was there and what was written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellsense.sheets.interface import Addition, column_letter
from sheets.xlsx_files import (
    added,
    build,
    changed_entries,
    part,
    read_all,
    read_openpyxl,
    worksheet,
)

COLUMNS = 8
CONTENTS = st.sampled_from(["", "<v>1</v>", "<f>1+1</f><v>2</v>"])
ROWS = st.dictionaries(
    st.integers(1, 12),
    st.dictionaries(st.integers(1, COLUMNS), CONTENTS, max_size=COLUMNS),
    max_size=8,
)
VALUES = st.dictionaries(
    st.integers(1, 14), st.tuples(st.sampled_from([None, "a", "b"]), st.none() | st.floats(0, 1))
)


@st.composite
def sheets(draw: st.DrawFn) -> tuple[str, dict[tuple[int, int], str]]:
    """Draw a sheet's rows as XML, and what each cell holds; references come and go."""
    pieces, held = [], {}
    previous = 0
    for number, cells in sorted(draw(ROWS).items()):
        implied = number == previous + 1 and draw(st.booleans())
        pieces.append("<row>" if implied else f'<row r="{number}" spans="1:9">')
        before = 0
        for column, content in sorted(cells.items()):
            bare = column == before + 1 and draw(st.booleans())
            reference = "" if bare else f' r="{column_letter(column)}{number}"'
            pieces.append(f"<c{reference}>{content}</c>" if content else f'<c{reference} s="0"/>')
            held[number, column] = content
            before = column
        pieces.append("</row>")
        previous = number
    return "".join(pieces), held


@settings(deadline=None)
@given(sheets(), VALUES, st.integers(1, COLUMNS + 1), st.none() | st.integers(1, 14), st.booleans())
def test_cells_come_where_they_belong(
    tmp_path_factory: pytest.TempPathFactory,
    sheet: tuple[str, dict[tuple[int, int], str]],
    values: dict[int, tuple[str | None, float | None]],
    column: int,
    header: int | None,
    replaces: bool,
) -> None:
    rows, held = sheet
    values = {row: pair for row, pair in values.items() if header is None or row > header}
    target = (column, column + 1)
    first = header if header is not None else min(values, default=1)
    in_the_way = [
        content
        for (row, at), content in held.items()
        if content and at in target and (row >= first if replaces else True)
    ]
    if any("<f>" in content for content in in_the_way) or (in_the_way and not replaces):
        column = COLUMNS + 1
        target = (column, column + 1)
    addition = Addition(column, ("Label", "Score"), header, values, replaces=replaces)
    folder = tmp_path_factory.mktemp("property")
    path = build(folder / "a.xlsx", worksheet(rows))
    result = added(path, addition)
    expected: dict[tuple[int, int], object] = {
        (row, at): 2 if "<f>" in content else 1
        for (row, at), content in held.items()
        if content and not (replaces and at in target and row >= first)
    }
    for row, pair in values.items():
        new = zip(target, pair, strict=True)
        expected |= {(row, at): value for at, value in new if value is not None}
    if header is not None:
        expected |= {(header, target[0]): "Label", (header, target[1]): "Score"}
    assert read_openpyxl(result) == expected
    assert read_all(result) == expected
    assert changed_entries(path, result) <= {"xl/worksheets/sheet1.xml"}
    again = Addition(column, addition.names, header, values, replaces=True)
    second = added(result, again)
    assert read_all(second) == expected
    assert part(added(second, again)) == part(second)
