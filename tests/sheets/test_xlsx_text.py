"""References and text: what stands in a workbook's XML, both ways."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from cellsense.sheets.interface import Addition, Area
from cellsense.sheets.xlsx.refs import (
    BadReferenceError,
    cell_column,
    format_range,
    parse_range,
    row_number,
    union,
)
from cellsense.sheets.xlsx.text import MAX_UNITS, decode, encode, encode_attribute, truncate
from sheets.xlsx_files import added, build, part, read_all, read_openpyxl, worksheet

ESCAPES = st.sampled_from(["_x000D_", "_x", "_", "_x005F_", "_xD83D_", "\r\n", "\0", "<&>", " "])
TEXTS = st.lists(st.text() | ESCAPES, max_size=8).map("".join)


@pytest.mark.parametrize(
    ("written", "area"),
    [
        ("B2:D10", Area(2, 2, 10, 4)),
        ("$B$2:$D$10", Area(2, 2, 10, 4)),
        ("D10:B2", Area(2, 2, 10, 4)),
        ("a1", Area(1, 1, 1, 1)),
        ("XFD1048576", Area(1_048_576, 16_384, 1_048_576, 16_384)),
        ("XFE1", None),
        ("A1048577", None),
        ("A0", None),
        ("A:C", None),
        ("#REF!", None),
        ("", None),
    ],
)
def test_ranges_are_read(written: str, area: Area | None) -> None:
    assert parse_range(written) == area


def test_ranges_are_written_as_they_are_read() -> None:
    for written in ("B2:D10", "A1", "XFD1:XFD5"):
        area = parse_range(written)
        assert area is not None
        assert format_range(area) == written
    assert union(Area(3, 2, 4, 5), Area(1, 4, 3, 9)) == Area(1, 2, 4, 9)


def test_rows_and_cells_without_a_reference_count_on() -> None:
    assert row_number({}, 4) == 5
    assert row_number({"r": "9"}, 4) == 9
    assert cell_column({}, 2, "7") == 3
    assert cell_column({"r": "AB7"}, 2, "7") == 28


@pytest.mark.parametrize("number", ["4", "3", "0", "-1", "1048577", "x", "", "99999999999", "²"])
def test_rows_out_of_order_are_refused(number: str) -> None:
    with pytest.raises(BadReferenceError):
        row_number({"r": number}, 4)


@pytest.mark.parametrize("reference", ["XFE1", "7", "", "R1C1", "ÄA1", "AAAA1"])
def test_cells_nowhere_are_refused(reference: str) -> None:
    with pytest.raises(BadReferenceError):
        cell_column({"r": reference}, 1, "1")
    with pytest.raises(BadReferenceError):
        cell_column({}, 16_384, "1")


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\rb", "a_x000D_b"),
        ("literal _x000D_", "literal _x005F_x000D_"),
        ("_x005F_", "_x005F_x005F_"),
        ("bell\a", "bell_x0007_"),
        ('<b> & "c" ]]>', '&lt;b&gt; &amp; "c" ]]&gt;'),
        ("line\nfeed\ttab", "line\nfeed\ttab"),
        ("_x12_ and _xZZZZ_", "_x12_ and _xZZZZ_"),
        ("😀", "😀"),
    ],
)
def test_text_is_escaped_as_excel_does(text: str, written: str) -> None:
    assert encode(text) == written
    assert decode(written.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")) == text


def test_attributes_hold_line_breaks_as_escapes() -> None:
    assert encode_attribute('a\n"b"\t') == "a_x000a_&quot;b&quot;_x0009_"


def test_halves_of_surrogate_pairs() -> None:
    assert decode("_xD83D__xDE00_") == "😀"
    assert decode("_xD83D_ alone") == "\ufffd alone"
    assert encode("\ud83d") == "_xD83D_"


def test_long_text_is_cut_between_characters() -> None:
    assert truncate("a" * MAX_UNITS) == "a" * MAX_UNITS
    assert truncate("a" * (MAX_UNITS + 1)) == "a" * MAX_UNITS
    assert truncate("a" * (MAX_UNITS - 1) + "😀") == "a" * (MAX_UNITS - 1)
    assert truncate("😀" * MAX_UNITS) == "😀" * (MAX_UNITS // 2)


@given(TEXTS)
def test_any_text_decodes_to_itself(text: str) -> None:
    plain = encode(text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert decode(plain) == text


@given(st.lists(TEXTS, min_size=1, max_size=30))
def test_any_text_comes_back_from_a_workbook(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("text")
    values = {row: (text,) for row, text in enumerate(texts, start=2)}
    result = added(build(folder / "a.xlsx", worksheet("")), Addition(1, ("Text",), 1, values))
    expected = {(row, 1): text for row, (text,) in values.items() if text} | {(1, 1): "Text"}
    assert read_all(result) == expected
    # openpyxl leaves the escapes of inline strings to its callers.
    seen = {key: unescape(value) for key, value in read_openpyxl(result).items()}
    assert seen == expected


def test_spaces_at_the_ends_are_kept(tmp_path: Path) -> None:
    result = added(
        build(tmp_path / "a.xlsx", worksheet("")),
        Addition(1, ("Text",), 1, {2: ("  both ",), 3: ("in  side",), 4: ("\nbreak",)}),
    )
    assert part(result).count('xml:space="preserve"') == 2
    assert read_openpyxl(result)[2, 1] == "  both "
    assert read_openpyxl(result)[4, 1] == "\nbreak"
