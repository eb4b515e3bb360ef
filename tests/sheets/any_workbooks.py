"""Workbooks of all that a worksheet may hold, drawn at random, with the values of their cells."""

from typing import NamedTuple

from hypothesis import strategies as st

from cellsense.cells import CellValue, ErrorValue
from cellsense.sheets.interface import column_letter
from sheets.xlsx_files import MAIN, parts, worksheet

Cells = dict[tuple[int, int], CellValue]


class Book(NamedTuple):
    """The parts of a workbook, and what is in its sheet."""

    parts: dict[str, str | bytes]
    cells: Cells


STRINGS = (
    ("<si><t>one</t></si>", "one"),
    ('<si><t xml:space="preserve"> two &amp;\n</t></si>', " two &\n"),
    ("<si><r><rPr><b/></rPr><t>ri</t></r><r><t>ch</t></r></si>", "rich"),
    ('<si><t>課</t><rPh sb="0" eb="1"><t>か</t></rPh><phoneticPr fontId="1"/></si>', "課"),
    ("<si><t>_x0041__x005F_x0042_&#x20AC;</t></si>", "A_x0042_€"),
    ("<si><t/></si>", None),
    ("<si/>", None),
    ("<si><t><![CDATA[<b>]]></t></si>", "<b>"),
)
_TEXT = 'xml:space="preserve"'
# The attributes of a cell, what is in it, and the value of that.
CONTENTS: tuple[tuple[str, str, CellValue], ...] = (
    *(('t="s"', f"<v>{index}</v>", text) for index, (_, text) in enumerate(STRINGS)),
    ("", "", None),
    ('s="1"', "", None),
    ("", "<v>1</v>", 1),
    ('s="2"', "<v>-1.5E-3</v>", -0.0015),
    ('t="n"', "<v> 12 </v>", 12),
    ('t="s"', "<v>99</v>", None),
    ('t="e"', "<v>#N/A</v>", ErrorValue("#N/A")),
    ('t="e"', '<f t="shared" si="0"/><v>#REF!</v>', ErrorValue("#REF!")),
    ('t="b"', "<v>1</v>", True),
    ('t="str"', "<f>A1&amp;B1</f><v>a &lt; b</v>", "a < b"),
    ('t="str"', '<f t="array" ref="B2:B3">A1</f><v>array</v>', "array"),
    ("", '<f t="shared" ref="A1:A9" si="0">B1+1</f><v>2</v>', 2),
    ("", '<f ca="1">NOW()</f>', None),
    ('t="inlineStr"', f"<is><t {_TEXT}> in\tline </t></is>", " in\tline "),
    ('t="inlineStr"', "<is><r><t>a</t></r><r><rPr><i/></rPr><t>b</t></r></is>", "ab"),
    ('t="inlineStr"', '<is><t>課</t><rPh sb="0" eb="1"><t>か</t></rPh></is>', "課"),
    ('t="inlineStr"', "<is><t>é😀</t></is><extLst><ext uri='x'><v>9</v></ext></extLst>", "é😀"),
    ("", "<v>4</v><extLst><ext uri='x'><v>9</v><t>t</t></ext></extLst>", 4),
    ('cm="1" vm="2"', "<v>3</v>", 3),
)
_ROWS = ("", ' ht="15.5" customHeight="1"', ' hidden="1"', ' s="1" customFormat="1"')
_ROWS += (' spans="1:3"', ' spans="1:1 4:9"', ' o:x="&gt;"', ' outlineLevel="1" collapsed="0"')
_BETWEEN = ("", "", "", "", "\n", "<!-- odd -->", "<?odd?>", '<o:row r="1"><o:c/></o:row>')
_BEFORE = (
    "",
    '<sheetPr><tabColor rgb="FFFF0000"/></sheetPr><dimension ref="A1:C3"/>',
    '<dimension ref="A1"/><sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>',
)
_COLUMNS = (
    "",
    "<cols/>",
    '<cols><col min="1" max="16384" width="9" hidden="1"/></cols>',
    '<cols><col min="1" max="2" width="30"/><col min="4" max="16384" hidden="1"></col></cols>',
    '<cols><col min="3" max="4" outlineLevel="1" hidden="1" collapsed="1"/></cols>',
    '<cols><!-- odd --><col min="6" max="6" width="0"/></cols>',
)
_MERGES = (
    "",
    '<mergeCells count="1"><mergeCell ref="A1:C1"/></mergeCells>',
    '<mergeCells><mergeCell ref="B2:B3"/><mergeCell ref="A9:XFD9"/></mergeCells>',
)
_AFTER = (
    "",
    '<conditionalFormatting sqref="A1:A9"><cfRule priority="1"/></conditionalFormatting>',
    '<extLst><ext uri="odd"><o:sheetData><o:row/></o:sheetData></ext></extLst>',
)
_XFS = '<xf numFmtId="0"/><xf numFmtId="0" fontId="0" applyFont="1"/><xf numFmtId="2"/>'
_WIDTH = 5
_SELDOM = st.integers(0, 9).map(lambda drawn: drawn == 9)
_CELLS = st.dictionaries(st.integers(1, _WIDTH), st.sampled_from(CONTENTS), max_size=_WIDTH)
_TABLE_ROWS = 4
_HEADER = "".join(f'<c r="{at}1" t="str"><v>{at}</v></c>' for at in "ABC")
_HEADER = f'<row r="1" spans="1:3">{_HEADER}</row>'


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Draw a workbook with one sheet; where it has a table, that is in A1:C4."""
    has_table = draw(st.booleans())
    rows, cells = draw(_rows(below_header=has_table))
    before = draw(st.sampled_from(_BEFORE)) + draw(st.sampled_from(_COLUMNS))
    after = draw(st.sampled_from(_AFTER))
    more = {}
    if has_table:
        rows = _HEADER + rows
        cells |= {(1, column): name for column, name in enumerate("ABC", start=1)}
        after += '<tableParts count="1"/>'
        more["table"] = _table(has_totals=draw(st.booleans()))
    else:
        filtered = draw(st.sampled_from(("", '<autoFilter ref="A1:C3"/>')))
        after = filtered + draw(st.sampled_from(_MERGES)) + after
    sheet = worksheet(rows, before, after).replace(" xmlns:r=", ' xmlns:o="urn:odd" xmlns:r=', 1)
    return Book(parts(sheet, strings="".join(item for item, _ in STRINGS), xfs=_XFS, **more), cells)


@st.composite
def _rows(draw: st.DrawFn, *, below_header: bool) -> tuple[str, Cells]:
    pieces = []
    held: Cells = {}
    number = int(below_header)
    for _ in range(draw(st.integers(0, 12))):
        step = draw(st.sampled_from([1, 1, 1, 2, 500]))
        number += step
        head = "<row" if step == 1 and draw(_SELDOM) else f'<row r="{number}"'
        cells, found = draw(_cells(number))
        pieces += (head, draw(st.sampled_from(_ROWS)), ">", cells, "</row>")
        pieces.append(draw(st.sampled_from(_BETWEEN)))
        held |= found
    return "".join(pieces), held


@st.composite
def _cells(draw: st.DrawFn, row: int) -> tuple[str, Cells]:
    pieces = []
    held: Cells = {}
    before = 0
    for column, (attributes, content, value) in sorted(draw(_CELLS).items()):
        is_bare = column == before + 1 and draw(_SELDOM)
        reference = "" if is_bare else f' r="{column_letter(column)}{row}"'
        tag = f"<c{reference} {attributes}".rstrip()
        pieces.append(f"{tag}>{content}</c>" if content else f"{tag}/>")
        pieces.append(draw(st.sampled_from(_BETWEEN)) if draw(_SELDOM) else "")
        if value is not None:
            held[row, column] = value
        before = column
    return "".join(pieces), held


def _table(*, has_totals: bool) -> str:
    area = f"A1:C{_TABLE_ROWS}"
    filtered = f"A1:C{_TABLE_ROWS - has_totals}"
    columns = "".join(f'<tableColumn id="{n}" name="{at}"/>' for n, at in enumerate("ABC", start=1))
    totals = 'totalsRowCount="1"' if has_totals else 'totalsRowShown="0"'
    return (
        f'<table xmlns="{MAIN}" id="1" name="T" displayName="T" ref="{area}" {totals}>'
        f'<autoFilter ref="{filtered}"/><tableColumns count="3">{columns}</tableColumns></table>'
    )
