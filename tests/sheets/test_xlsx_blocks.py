"""Read and written by pattern or by the parser: it makes no difference but the time."""

import re
import tracemalloc
from collections import deque
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellsense.cells import CellValue
from cellsense.errors import CellsenseError, UnreadableFileError
from cellsense.sheets.interface import Addition, column_letter
from cellsense.sheets.xlsx import limits, lookup
from cellsense.sheets.xlsx.markup import Elements
from cellsense.sheets.xlsx.plain import cell_pattern, reach_pattern, row_patterns
from cellsense.sheets.xlsx.strings import StringReader
from cellsense.sheets.xlsx.text import parsed
from cellsense.sheets.xlsx.workbook import XlsxWorkbook
from sheets.xlsx_files import MAIN, added, build, opened, parser_only, part, worksheet

MEGABYTE = 1 << 20
# A cell's attributes and content, as programs write them and as they don't.
CELLS = st.sampled_from(
    [
        ("", "<v>7</v>"),
        (' s="1"', "<v>45000</v>"),
        (' s="1" t="s"', "<v>0</v>"),
        (' t="s" s="2"', "<v>1</v>"),
        (' t="s"', "<v> 2 </v>"),
        (' t="s"', "<v>99</v>"),
        (' t="str"', "<f>A1&amp;B1</f><v>a &lt;b&gt; &#65;_x000D_</v>"),
        (' t="str"', "<f>A1</f><v></v>"),
        (' cm="1"', '<f t="array" ref="A1">A1</f>'),
        ("", "<f/><v>1</v>"),
        (' t="inlineStr"', "<is><t>käse\r\n]] 😀</t></is>"),
        (' t="inlineStr"', '<is><t xml:space="preserve"> in </t></is>'),
        (' t="inlineStr"', "<is><r><t>a</t></r><r><t>b</t></r></is>"),
        (' t="inlineStr"', "<is><t/></is>"),
        (' t="e"', "<v>#N/A</v>"),
        (' t="b"', "<v>1</v>"),
        (" s='3'", "<v>1</v>"),
        (' o=">"', "<v>1</v>"),
        (' s="1"', ""),
        ("", "<!-- <v>9</v></c></row> --><v>1</v>"),
        ("", "<v><![CDATA[</row>]]>5</v>"),
        ("", "<v>1</v><extLst/>"),
    ]
)
ROW_ATTRIBUTES = st.sampled_from(
    [
        "",
        ' spans="1:3"',
        ' spans="2:2" ht="15" customHeight="1"',
        ' spans="no"',
        ' ht="3" spans="1:9"',
    ]
)
GAPS = st.sampled_from(["", "", "", "\n", "<!-- between -->"])
STRINGS = st.lists(
    st.sampled_from(
        [
            "<si><t>one</t></si>",
            '<si><t xml:space="preserve"> two &amp; </t></si>',
            "<si><r><t>ri</t></r><r><t>ch</t></r><rPh><t>x</t></rPh></si>",
            "<si><t/></si>",
            "<si/>",
            "<si><t>thr_x0065_e\r</t></si>\n",
            "<!-- <si><t>no</t></si> --><si><t>four</t></si>",
        ]
    ),
    max_size=12,
).map("".join)


@st.composite
def rows(draw: st.DrawFn) -> str:
    """Draw the rows of a sheet, most of them as simple as Excel's."""
    pieces = []
    number = 0
    for _ in range(draw(st.integers(0, 25))):
        number += draw(st.sampled_from([1, 1, 1, 2, 30]))
        if draw(st.integers(0, 9)) == 0:
            pieces.append(f'<row r="{number}" ht="4"/>')
            continue
        cells = []
        column = 0
        for _ in range(draw(st.integers(0, 4))):
            column += draw(st.sampled_from([1, 1, 2, 26]))
            attributes, content = draw(CELLS)
            reference = f' r="{column_letter(column)}{number}"'
            if draw(st.integers(0, 19)) == 0:
                reference = ""
            cells.append(
                f"<c{reference}{attributes}>{content}</c>"
                if content
                else f"<c{reference}{attributes}/>"
            )
        head = f'<row r="{number}"' if draw(st.integers(0, 19)) else "<row"
        pieces.append(f"{head}{draw(ROW_ATTRIBUTES)}>{''.join(cells)}</row>{draw(GAPS)}")
    return "".join(pieces)


def outcome(path: Path, addition: Addition) -> list[object]:
    """Return all that a sheet says, and what it becomes; spans aside, which are hints."""
    found: list[object] = []
    try:
        with opened(path) as sheet:
            found.append(sheet.extent())
            found += [list(sheet.column(column, 1)) for column in range(1, 5)]
            found += [list(sheet.rows()), sheet._book.notes]
        result = added(path, addition)
    except CellsenseError as error:
        found.append(re.sub(r": line .*", "", str(error)))
        return found
    found.append(re.sub(r' spans="[^"]*"', "", part(result)))
    result.unlink()
    return found


VALUES = st.dictionaries(
    st.integers(2, 80),
    st.tuples(
        st.sampled_from(["POSITIVE", "=a&b", "", None]), st.sampled_from([0.5, 1, True, None])
    ),
)


@settings(deadline=None)
@given(
    rows(), STRINGS, VALUES, st.sampled_from([1, 4, 200]), st.booleans(), st.sampled_from([40, 400])
)
def test_patterns_and_parser_agree(
    tmp_path_factory: pytest.TempPathFactory,
    content: str,
    strings: str,
    values: dict[int, tuple[CellValue, ...]],
    column: int,
    many: bool,
    chunk: int,
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    xfs = "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 0, 9))
    path = build(folder / "a.xlsx", worksheet(content), strings=strings, xfs=xfs)
    addition = Addition(column, ("Label", "Score"), 1, values, replaces=column == 4, look_like=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "CHUNK", chunk)
        with parser_only():
            expected = outcome(path, addition)
        if many:
            patch.setattr(lookup, "STRINGS_AT_ONCE", 0)
        assert outcome(path, addition) == expected


@given(st.text(st.characters(codec="utf-8", exclude_characters="<&\0")))
def test_text_is_what_a_parser_makes_of_it(text: str) -> None:
    raw = f"{text}&amp;&lt;&gt;&quot;&apos;&#233;&#x1F600;\r\n\r{text}".encode()
    seen: list[str] = []
    reader = Elements()
    reader.parser.CharacterDataHandler = seen.append
    try:
        reader.parse([b"<t>", raw, b"</t>"])
    except Exception:  # noqa: BLE001 - characters that no XML holds
        return
    assert parsed(raw) == "".join(seen)


@pytest.mark.parametrize(
    "broken",
    [
        '<c r="A2"><v>&bad;</v></c>',
        '<c r="A2"><v>&</v></c>',
        '<c r="A2"><v>\x01</v></c>',
        '<c r="A2"><v>]]></v></c>',
        '<c r="A2" s="1" s="2"><v>1</v></c>',
        '<c r="A2" s=1><v>1</v></c>',
        '<c r="A2" o:s="1"><v>1</v></c>',
        '<c r="A2"s="1"><v>1</v></c>',
        '<c r="A2" s="&#0;"><v>1</v></c>',
        b'<c r="A2" t="str"><v>\xff</v></c>',
        b'<c r="A2" t="str"><v>\xed\xa0\x80</v></c>',
        '<c r="A2"><v>\ufffe</v></c>',
    ],
)
def test_what_only_a_parser_sees_is_refused(tmp_path: Path, broken: str | bytes) -> None:
    content = broken if isinstance(broken, bytes) else broken.encode()
    sheet = worksheet('<row r="1"/><row r="2">{}</row>').encode().replace(b"{}", content)
    path = build(tmp_path / "a.xlsx", sheet)
    with opened(path) as read:
        for reading in (read.extent, lambda: list(read.column(1, 1)), lambda: list(read.rows())):
            with pytest.raises(UnreadableFileError, match="sheet1"):
                reading()
    with pytest.raises(UnreadableFileError, match="sheet1"):
        added(path, Addition(3, ("L", "S"), 1, {}))


def test_prefixes_undeclared_and_declared(tmp_path: Path) -> None:
    rows = '<row r="1" x14ac:dyDescent="0.25"><c r="A1"><v>1</v></c></row>'
    path = build(tmp_path / "a.xlsx", worksheet(rows))
    with opened(path) as sheet, pytest.raises(UnreadableFileError, match="unbound prefix"):
        sheet.extent()
    declared = worksheet(rows).replace("<worksheet ", '<worksheet xmlns:x14ac="urn:x" ')
    with opened(build(tmp_path / "b.xlsx", declared)) as sheet:
        assert sheet.extent() == (1, 1)


@pytest.mark.parametrize("column", [1, 2, 25, 26, 27, 52, 700, 702, 703, 16_383, 16_384])
def test_reach_patterns(column: int) -> None:
    pattern = reach_pattern("", column, filled=False)
    for other in (1, 2, 24, 25, 26, 27, 51, 52, 701, 702, 703, 728, 16_383, 16_384):
        cell = f'<c r="{column_letter(other)}9" s="1"/>'.encode()
        assert bool(pattern.search(cell)) == (other >= column)
    filled = reach_pattern("x:", column, filled=True)
    assert not filled.search(f'<x:c r="{column_letter(column)}9" s="1"/>'.encode())
    assert not filled.search(f'<x:c r="{column_letter(column)}9" s="1"></x:c>'.encode())
    assert filled.search(f'<x:c r="{column_letter(column)}9" s="1"><x:f/></x:c>'.encode())


def test_rows_as_excel_and_libreoffice_write_them_need_no_parser() -> None:
    excel = (
        b'<row r="2" spans="1:3" s="4" customFormat="1" ht="15" thickBot="1" x14ac:dyDescent="0">'
        b'<c r="A2" s="1" t="s"><v>12</v></c><c r="B2"><f>SUM(A1:A9)*2</f><v>1.5E-3</v></c>'
        b'<c r="C2" s="3"/></row>'
    )
    libreoffice = (
        b'<row r="3" customFormat="false" ht="12.8" hidden="false" customHeight="false" '
        b'outlineLevel="0" collapsed="false"><c r="A3" s="0" t="s"><v>0</v></c></row>'
    )
    assert row_patterns("").sound_rows.fullmatch(excel + b"\n" + libreoffice)
    inline = b'<row r="4"><c r="A4" t="inlineStr"><is><t>a &amp; b</t></is></c></row>'
    assert not row_patterns("").sound_rows.fullmatch(inline)
    assert row_patterns("").rows.fullmatch(excel + inline)
    assert cell_pattern("", 1).findall(inline) == [
        (b"4", b' t="inlineStr"', b"", b"", b"a &amp; b")
    ]
    wrong_row = b'<row r="4"><c r="A5"><v>1</v></c></row>'
    assert not row_patterns("").rows.fullmatch(wrong_row)


@pytest.mark.parametrize(("last", "found"), [("<v>2</v>", [(1, 2)]), ("", [])])
def test_of_two_cells_in_one_place_the_last_counts(
    tmp_path: Path, last: str, found: list[tuple[int, int]]
) -> None:
    rows = f'<row r="1"><c r="A1"><v>1</v></c><c r="A1">{last}</c></row>'
    with opened(build(tmp_path / "a.xlsx", worksheet(rows))) as sheet:
        assert list(sheet.column(1, 1)) == found
    with parser_only(), opened(tmp_path / "a.xlsx") as sheet:
        assert list(sheet.column(1, 1)) == found


def many_strings(path: Path, order: list[int]) -> Path:
    """Write a sheet whose cells refer to shared strings in some order."""
    strings = "".join(f"<si><t>text {index}</t></si>" for index in range(max(order) + 1))
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{index}</v></c></row>'
        for row, index in enumerate(order, start=1)
    )
    return build(path, worksheet(rows), strings=strings)


@pytest.mark.parametrize("order", ["ascending", "descending", "repeated"])
def test_many_shared_strings_are_read_as_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    indexes = {
        "ascending": list(range(3000)),
        "descending": list(range(2999, -1, -1)),
        "repeated": [index // 3 if index % 2 else 0 for index in range(3000)],
    }[order]
    path = many_strings(tmp_path / "a.xlsx", indexes)
    monkeypatch.setattr(lookup, "STRINGS_AT_ONCE", 0)
    monkeypatch.setattr(limits, "CHUNK", 1000)
    held = []
    real = StringReader.read_block

    def watched(self: StringReader, block: bytes) -> bool:
        held.append(len(self.texts))
        return real(self, block)

    monkeypatch.setattr(StringReader, "read_block", watched)
    with opened(path) as sheet:
        cells = list(sheet.column(1, 1))
        assert cells == [(row, f"text {index}") for row, index in enumerate(indexes, start=1)]
        assert max(held) < 100 or order == "descending"
        held.clear()
        assert [row.cells[1] for row in sheet.rows(5)] == [f"text {i}" for i in indexes[:5]]
        assert len(held) < 10 or order == "descending"
        assert len(list(sheet.rows())) == 3000
        assert "_table" not in sheet._book.strings.__dict__


def test_rows_of_empty_strings_do_not_count_as_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="s"><v>{int(row > 30)}</v></c></row>'
        for row in range(1, 60)
    )
    path = build(tmp_path / "a.xlsx", worksheet(rows), strings="<si><t/></si><si><t>x</t></si>")
    monkeypatch.setattr(lookup, "STRINGS_AT_ONCE", 0)
    monkeypatch.setattr(limits, "CHUNK", 200)
    with opened(path) as sheet:
        assert [row.number for row in sheet.rows(4)] == [31, 32, 33, 34]
        assert [row.number for row in sheet.rows(100)] == list(range(31, 60))


@pytest.mark.parametrize("shared", [False, True])
def test_memory_does_not_grow_with_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: bool
) -> None:
    count = 40_000
    texts = [f"{row} " + "a rather long review of it " * 30 for row in range(count)]
    cells = [
        f't="s"><v>{row}</v></c>' if shared else f't="inlineStr"><is><t>{text}</t></is></c>'
        for row, text in enumerate(texts)
    ]
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" {cell}</row>' for row, cell in enumerate(cells, start=1)
    )
    strings = "".join(f"<si><t>{text}</t></si>" for text in texts) if shared else ""
    path = build(tmp_path / "a.xlsx", worksheet(rows), strings=strings)
    monkeypatch.setattr(lookup, "STRINGS_AT_ONCE", MEGABYTE)
    values = dict.fromkeys(range(2, count), ("POSITIVE", 0.5))
    book = XlsxWorkbook(path)
    sheet = book.sheets[0]
    deque(sheet.column(1, 1), maxlen=0)  # what is imported and compiled stays
    tracemalloc.start()
    assert sheet.extent() == (count, 1)
    assert sum(1 for _ in sheet.column(1, 1)) == count
    sheet.write(Addition(2, ("Label", "Score"), 1, values))
    book.save(tmp_path / "b.xlsx")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    book.close()
    assert sum(map(len, texts)) > 30 * MEGABYTE
    assert peak < 15 * MEGABYTE


def test_blocks_are_of_one_element_at_least(tmp_path: Path) -> None:
    """A row longer than a chunk, a sheet that isn't plain at the end, prefixes throughout."""
    cells = "".join(
        f'<x:c r="{column_letter(column)}1"><x:v>{column}</x:v></x:c>'
        for column in range(1, 16_384)
    )
    rows = f'<x:row r="1">{cells}</x:row><x:row r="2"><x:c r="A2"><x:v>1</x:v></x:c></x:row >'
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    path = build(tmp_path / "a.xlsx", sheet)
    with opened(path) as read:
        assert list(read.column(16_383, 1)) == [(1, 16_383)]
        assert list(read.column(1, 2)) == [(2, 1)]
        assert read.extent() == (2, 16_383)
    book = XlsxWorkbook(added(path, Addition(16_384, ("L",), 1, {2: ("x",)})))
    assert list(book.sheets[0].column(16_384, 1)) == [(1, "L"), (2, "x")]
    book.close()
