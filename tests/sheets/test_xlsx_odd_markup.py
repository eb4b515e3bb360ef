"""XML as other programs write it: read and spliced alike, or refused with the reason."""

from pathlib import Path

import pytest

from cellsense.errors import UnreadableFileError
from cellsense.sheets.interface import Addition
from sheets.xlsx_files import (
    MAIN,
    STRICT,
    added,
    build,
    changed_entries,
    opened,
    part,
    read_all,
    read_openpyxl,
    worksheet,
)

TWO = Addition(3, ("Label", "Score"), 1, {2: ("good", 0.9), 4: ("bad", 0.8)})
WRITTEN = {
    (1, 3): "Label",
    (1, 4): "Score",
    (2, 3): "good",
    (2, 4): 0.9,
    (4, 3): "bad",
    (4, 4): 0.8,
}


def check(path: Path, old: dict[tuple[int, int], object], *, openpyxl: bool = True) -> str:
    """Write to a workbook that reads as `old`; return the sheet's part."""
    assert read_all(path) == old
    result = added(path, TWO)
    assert changed_entries(path, result) == {"xl/worksheets/sheet1.xml"}
    assert read_all(result) == {**old, **WRITTEN}
    if openpyxl:
        assert read_openpyxl(result) == {**old, **WRITTEN}
    return part(result)


def test_rows_and_cells_without_references(tmp_path: Path) -> None:
    rows = (
        "<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>"
        '<row r="5"><c r="B5"><v>4</v></c><c/><c/><c><v>5</v></c></row><row><c><v>6</v></c></row>'
    )
    old = {(1, 1): 1, (1, 2): 2, (2, 1): 3, (5, 2): 4, (5, 5): 5, (6, 1): 6}
    sheet = check(build(tmp_path / "a.xlsx", worksheet(rows)), old)
    # Row 4 is new, so the one after it may no longer count on from the one before.
    assert '<row r="6"><c><v>6</v></c></row>' in sheet


def test_cells_after_an_insertion_get_references(tmp_path: Path) -> None:
    rows = (
        "<row><c><v>1</v></c></row><row><c/><c/><c/><c s='0'/><c><v>5</v></c><c><v>6</v></c></row>"
    )
    old = {(1, 1): 1, (2, 5): 5, (2, 6): 6}
    sheet = check(build(tmp_path / "a.xlsx", worksheet(rows)), old)
    assert '<c r="E2"><v>5</v></c>' in sheet


def test_a_prefix_in_use_is_used(tmp_path: Path) -> None:
    rows = '<x:row r="1" spans="1:1"><x:c r="A1"><x:v>1</x:v></x:c></x:row><x:row r="2"/>'
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    written = check(build(tmp_path / "a.xlsx", sheet), {(1, 1): 1})
    assert "<x:cols><x:col " in written
    assert '<x:c r="C2" t="inlineStr"><x:is><x:t>good</x:t></x:is></x:c>' in written
    assert '<x:row r="1" spans="1:4">' in written
    assert '<x:row r="4">' in written


def test_two_prefixes_of_one_namespace(tmp_path: Path) -> None:
    rows = (
        '<row r="1"><x:c r="A1"><v>1</v></x:c></row><x:row r="2"><c r="A2"><x:v>2</x:v></c></x:row>'
    )
    sheet = f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    check(build(tmp_path / "a.xlsx", sheet), {(1, 1): 1, (2, 1): 2})


def test_elements_of_other_namespaces_are_let_be(tmp_path: Path) -> None:
    rows = '<row r="1"><o:c r="ZZ1"><o:v>9</o:v></o:c><c r="A1"><v>1</v></c></row>'
    after = '<extLst xmlns:o="urn:o"><ext><o:row r="1"/><o:sheetData/></ext></extLst>'
    sheet = worksheet(rows, after=after).replace("<worksheet ", '<worksheet xmlns:o="urn:o" ')
    written = check(build(tmp_path / "a.xlsx", sheet), {(1, 1): 1}, openpyxl=False)
    assert after in written


def test_comments_cdata_and_instructions_in_rows(tmp_path: Path) -> None:
    rows = (
        "<!-- <sheetData><row r='7'/> --><row r='1'><!-- </row> --><c r='A1' t='str'>"
        "<v><![CDATA[a</v></c></row> & b]]></v></c><?go </row>?></row><!-- between -->"
    )
    written = check(build(tmp_path / "a.xlsx", worksheet(rows)), {(1, 1): "a</v></c></row> & b"})
    for kept in ("<!-- </row> -->", "<![CDATA[a</v></c></row> & b]]>", "<!-- between -->"):
        assert kept in written


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_other_encodings_become_utf_8(tmp_path: Path, encoding: str) -> None:
    name = "utf-16" if "16" in encoding else encoding
    text = f'<?xml version="1.0" encoding="{name}" standalone="yes"?>' + worksheet(
        '<row r="1"><c r="A1" t="str"><v>käse</v></c></row>'
    )
    path = build(tmp_path / "a.xlsx", text.encode(encoding))
    # Without a mark, openpyxl's parser doesn't know the byte order.
    written = check(path, {(1, 1): "käse"})
    assert written.startswith('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>')


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_that_does_not_say_so(tmp_path: Path, encoding: str) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>é</v></c></row>'
    path = build(tmp_path / "a.xlsx", worksheet(rows).encode(encoding))
    check(path, {(1, 1): "é"}, openpyxl=False)


@pytest.mark.parametrize(
    "encoding", ["rot13", "hex", "zlib", "unicode_escape", "utf-7", "UTF-16", "undefined"]
)
def test_encodings_that_only_python_knows_are_refused(tmp_path: Path, encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?>{worksheet("")}'
    path = build(tmp_path / "a.xlsx", text)
    with opened(path) as sheet, pytest.raises(UnreadableFileError, match="its encoding"):
        sheet.extent()


@pytest.mark.parametrize(
    "among",
    [
        '<v r="1"><c r="A1"><v>1</v></c></v>',
        f'<o:row xmlns:o="urn:o"><c xmlns="{MAIN}" r="A1"><v>1</v></c></o:row>',
    ],
)
def test_cells_in_what_is_no_row_are_none(tmp_path: Path, among: str) -> None:
    rows = f'{among}<row r="3"><c r="B3"><v>3</v></c></row>'
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    check(path, {(3, 2): 3}, openpyxl=False)
    with opened(path) as sheet:
        assert sheet.extent() == (3, 2)
        assert list(sheet.column(1, 1)) == []


def test_what_lies_deeper_in_a_cell_is_not_its_value(tmp_path: Path) -> None:
    more = '<extLst><ext uri="x"><v>9</v><t>9</t></ext></extLst>'
    rows = (
        f'<row r="1"><c r="A1"><v>1</v>{more}</c>'
        f'<c r="B1" t="inlineStr"><is><t>in</t></is>{more}</c>'
        '<c r="C1" t="inlineStr"><o><t>9</t></o></c></row>'
    )
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    assert read_all(path) == {(1, 1): 1, (1, 2): "in"}
    with opened(path) as sheet:
        assert sheet.extent() == (1, 2)


def test_ascii_may_gain_other_characters(tmp_path: Path) -> None:
    text = '<?xml version="1.0" encoding="US-ASCII"?>' + worksheet("")
    addition = Addition(1, ("Größe",), 1, {2: ("😀",)})
    result = added(build(tmp_path / "a.xlsx", text), addition)
    assert read_openpyxl(result) == {(1, 1): "Größe", (2, 1): "😀"}


def test_a_byte_order_mark_stays(tmp_path: Path) -> None:
    text = "\ufeff" + worksheet('<row r="1"><c r="A1"><v>1</v></c></row>')
    assert check(build(tmp_path / "a.xlsx", text), {(1, 1): 1}).startswith("\ufeff<worksheet")


def test_strict_workbooks(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1" t="str"><v>x</v></c></row>'
    path = build(tmp_path / "a.xlsx", worksheet(rows).replace(MAIN, STRICT))
    check(path, {(1, 1): "x"}, openpyxl=False)


@pytest.mark.parametrize("data", ["<sheetData/>", "<sheetData />", "<sheetData></sheetData>"])
def test_sheets_without_rows_gain_them(tmp_path: Path, data: str) -> None:
    sheet = f'<worksheet xmlns="{MAIN}">{data}<pageMargins/></worksheet>'
    written = check(build(tmp_path / "a.xlsx", sheet), {}, openpyxl=False)
    assert written.endswith("</sheetData><pageMargins/></worksheet>")


@pytest.mark.parametrize("row", ['<row r="2"/>', '<row r="2" ></row>', '<row r="2"> </row >'])
def test_rows_without_cells_gain_them(tmp_path: Path, row: str) -> None:
    written = check(build(tmp_path / "a.xlsx", worksheet(row)), {})
    assert written.count('r="2"') == 1


def test_cells_go_before_what_ends_a_row(tmp_path: Path) -> None:
    rows = '<row r="2"><c r="A2"><v>1</v></c><extLst><ext uri="x"><c/></ext></extLst></row>'
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    written = check(path, {(2, 1): 1}, openpyxl=False)
    assert "</c><extLst><ext" in written


def test_a_style_that_is_no_number_is_not_repeated(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="B1" s=""><v>1</v></c></row>'
    sheet = check(build(tmp_path / "a.xlsx", worksheet(rows)), {(1, 2): 1}, openpyxl=False)
    assert sheet.count('s=""') == 1


def test_quotes_angles_and_entities_in_attributes(tmp_path: Path) -> None:
    rows = (
        "<row ht='1' r='2' o=\"a>b' r='9'\"\n><c\tr='A2' o='>'><v>1</v></c>"
        "<c r = 'C2' o=\"/>\"/></row>"
    )
    check(build(tmp_path / "a.xlsx", worksheet(rows)), {(2, 1): 1})


def test_parts_that_come_in_small_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(
        f'<row r="{row}" spans="1:2"><c r="A{row}"><v>{row}</v></c><c r="C{row}" s="0"/></row>'
        for row in range(1, 40)
    )
    old = {(row, 1): row for row in range(1, 40)}
    path = build(
        tmp_path / "a.xlsx", worksheet(rows, "<cols><col min='1' max='9' hidden='1'/></cols>")
    )
    whole = part(added(path, TWO))
    (tmp_path / "a.added.xlsx").unlink()
    for size in (1, 7, 100):
        monkeypatch.setattr("cellsense.sheets.xlsx.limits.CHUNK", size)
        assert check(path, old) == whole
        (tmp_path / "a.added.xlsx").unlink()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="2"/><row r="1"/>', "row 1 after row 2"),
        ('<row r="2"/><row r="2"/>', "row 2 after row 2"),
        ('<row r="two"/>', "a row numbered 'two'"),
        ('<row r="1"><c r="XFE1"/></row>', "a cell in column 'XFE'"),
        ('<row r="4"><c r="A5"/></row>', "a cell 'A5' in row 4"),
        ('<row r="1"/><row><c r="A12"/></row>', "a cell in column 'A1'"),
        ('<row><c r="A"/></row>', "a cell 'A' in row 1"),
        ('<row r="1"><c r="A1"></row>', "mismatched tag"),
        ("<row r='1'><c r='A1'><v>&undefined;</v></c></row>", "undefined entity"),
        ("<row r='1'><y:c r='A1'/></row>", "unbound prefix"),
    ],
)
def test_broken_sheets_are_refused(tmp_path: Path, rows: str, words: str) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    with opened(path) as sheet:
        for read in (lambda: list(sheet.rows()), sheet.extent, lambda: list(sheet.column(1, 1))):
            with pytest.raises(UnreadableFileError, match=words) as caught:
                read()
            assert "sheet1.xml" in str(caught.value)
    with pytest.raises(UnreadableFileError, match=words):
        added(path, TWO)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.parametrize(
    ("sheet", "words"),
    [
        (f'<worksheet xmlns="{MAIN}"/>', "no sheetData"),
        (f'<worksheet xmlns="{MAIN}"><sheetData/><sheetData/></worksheet>', "two sheetData"),
        (f'<chartsheet xmlns="{MAIN}"/>', "a chartsheet, not a worksheet"),
        (b'<?xml version="1.0" encoding="utf-99"?><worksheet/>', "encoding"),
        (b"\xff\xfe<\0w\0\0\xd8<\0", "encoding"),
        ("\ufeff<\0a\0/\0>\0".encode("utf-16-le"), "encoding"),
        ("", "no element found"),
    ],
)
def test_sheets_without_a_place_for_cells_are_refused(
    tmp_path: Path, sheet: str | bytes, words: str
) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        added(build(tmp_path / "a.xlsx", sheet), TWO)
    assert [item.name for item in tmp_path.iterdir()] == ["a.xlsx"]
