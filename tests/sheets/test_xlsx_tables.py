"""Tables and filters: they take in the new columns, or a sort would part rows from labels."""

from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from cellsense.errors import OutputError
from cellsense.sheets.interface import Addition, Area, TableArea
from sheets.xlsx_files import (
    MAIN,
    added,
    build,
    changed_entries,
    opened,
    part,
    read_all,
    read_openpyxl,
    worksheet,
)

SHEET1 = "xl/worksheets/sheet1.xml"
TABLE1 = "xl/tables/table1.xml"


def with_table(path: Path, *, totals: bool = False) -> Path:
    """Write a workbook with a table in B2:C6 (and totals in row 7)."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        columns = [{"header": "Review", "total_string": "Total"}, {"header": "Stars"}]
        if totals:
            columns[1]["total_function"] = "sum"
        data = [[f"review {row}", row] for row in range(3, 7)]
        options = {"name": "Reviews", "columns": columns, "data": data, "total_row": totals}
        sheet.add_table(f"B2:C{7 if totals else 6}", options)
    return path


def addition(names: tuple[str, ...] = ("Label", "Score"), **options: object) -> Addition:
    values = {row: ("good", row / 10) for row in range(3, 7)}
    return Addition(4, names, 2, values, grow_table="Reviews", **options)


def test_a_table_is_described(tmp_path: Path) -> None:
    with opened(with_table(tmp_path / "a.xlsx")) as sheet:
        assert sheet.tables() == [TableArea("Reviews", Area(2, 2, 6, 3), ("Review", "Stars"))]
        assert sheet.extent() == (6, 3)
        assert sheet.autofilter() is None
    with opened(with_table(tmp_path / "b.xlsx", totals=True)) as sheet:
        assert sheet.tables() == [
            TableArea("Reviews", Area(2, 2, 7, 3), ("Review", "Stars"), has_totals=True)
        ]


@pytest.mark.parametrize("totals", [False, True])
def test_a_table_grows(tmp_path: Path, totals: bool) -> None:
    path = with_table(tmp_path / "a.xlsx", totals=totals)
    result = added(path, addition())
    assert changed_entries(path, result) == {SHEET1, TABLE1}
    sheet = openpyxl.load_workbook(result).active
    table = sheet.tables["Reviews"]
    assert table.ref == ("B2:E7" if totals else "B2:E6")
    assert table.autoFilter.ref == "B2:E6"
    assert [column.name for column in table.tableColumns] == ["Review", "Stars", "Label", "Score"]
    assert [column.id for column in table.tableColumns] == [1, 2, 3, 4]
    assert table.tableColumns.__class__ is list
    assert 'count="4"' in part(result, TABLE1)
    header = [sheet.cell(2, column).value for column in range(2, 6)]
    assert header == ["Review", "Stars", "Label", "Score"]
    with opened(result) as grown:
        [area] = grown.tables()
        assert area.columns == ("Review", "Stars", "Label", "Score")
        assert area.area.last_column == 5


def test_column_names_with_breaks_and_signs_match_the_header(tmp_path: Path) -> None:
    names = ('A "b" & <c>', "two\nlines_x000D_")
    result = added(with_table(tmp_path / "a.xlsx"), addition(names))
    with opened(result) as sheet:
        assert sheet.tables()[0].columns[2:] == names
    seen = read_all(result)
    assert (seen[2, 4], seen[2, 5]) == names
    assert 'name="two_x000a_lines_x005F_x000D_"' in part(result, TABLE1)


def test_two_additions_grow_one_table(tmp_path: Path) -> None:
    second = Addition(6, ("Label2", "Score2"), 2, {3: ("x", 1)}, grow_table="Reviews")
    result = added(with_table(tmp_path / "a.xlsx"), addition(), second)
    table = openpyxl.load_workbook(result).active.tables["Reviews"]
    assert table.ref == "B2:G6"
    names = [column.name for column in table.tableColumns]
    assert names[2:] == ["Label", "Score", "Label2", "Score2"]


def test_a_second_run_leaves_the_table_and_its_totals_alone(tmp_path: Path) -> None:
    path = with_table(tmp_path / "a.xlsx", totals=True)
    book = openpyxl.load_workbook(added(path, addition()))
    book.active["E7"] = "=SUBTOTAL(101,E3:E6)"
    first = tmp_path / "first.xlsx"
    book.save(first)
    again = Addition(4, ("Label", "Score"), 2, {3: ("new", 1.0)}, replaces=True)
    result = added(first, again)
    assert changed_entries(first, result) == {SHEET1}
    sheet = openpyxl.load_workbook(result).active
    assert [sheet["D3"].value, sheet["D4"].value, sheet["E4"].value] == ["new", None, None]
    assert sheet["E7"].value == "=SUBTOTAL(101,E3:E6)"


@pytest.mark.parametrize(
    "wrong",
    [
        Addition(5, ("L", "S"), 2, {}, grow_table="Reviews"),
        Addition(4, ("L", "S"), 1, {}, grow_table="Reviews"),
        Addition(4, ("L", "S"), 2, {}, grow_table="Other"),
    ],
)
def test_a_table_grows_at_its_side_only(tmp_path: Path, wrong: Addition) -> None:
    with (
        opened(with_table(tmp_path / "a.xlsx")) as sheet,
        pytest.raises(OutputError, match="table"),
    ):
        sheet.write(wrong)


def test_a_header_that_differs_from_the_tables_name_is_refused(tmp_path: Path) -> None:
    path = with_table(tmp_path / "a.xlsx")
    wrong = Addition(2, ("Label", "Stars"), 2, {}, replaces=True)
    with (
        opened(path) as sheet,
        pytest.raises(OutputError, match='calls column B "Review", not "Label"'),
    ):
        sheet.write(wrong)
    result = added(path, Addition(2, ("REVIEW", "Stars"), 2, {3: ("x", 1)}, replaces=True))
    assert {key: value for key, value in read_all(result).items() if key[0] < 4} == {
        (2, 2): "Review",
        (2, 3): "Stars",
        (3, 2): "x",
        (3, 3): 1,
    }


def table_part(attributes: str, columns: str = "") -> str:
    columns = columns or '<x:tableColumn id="7" name="a"/><x:tableColumn id="3" name="b"/>'
    return (
        f'<x:table xmlns:x="{MAIN}" id="1" name="T" displayName="T" ref="A1:B3" {attributes}>'
        f'<x:tableColumns count="2">{columns}</x:tableColumns></x:table>'
    )


@pytest.mark.parametrize(
    ("attributes", "columns"),
    [
        ('tableType="queryTable"', ""),
        ('tableType="xml"', ""),
        ('connectionId="3"', ""),
        ('headerRowCount="0"', ""),
        (
            "",
            '<x:tableColumn id="1" name="a" queryTableFieldId="1"/>',
        ),
        ("", '<x:tableColumn id="1" name="a"/>'),
        ("", '<x:tableColumn id="1" name="a"><x:xmlColumnPr mapId="1"/></x:tableColumn>'),
    ],
)
def test_tables_fed_from_outside_or_broken_do_not_grow(
    tmp_path: Path, attributes: str, columns: str
) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(""), table=table_part(attributes, columns))
    with opened(path) as sheet:
        [table] = sheet.tables()
        assert not table.can_grow
        assert table.has_header == ("headerRowCount" not in attributes)
        with pytest.raises(OutputError, match="can't take in"):
            sheet.write(Addition(3, ("L", "S"), 1, {}, grow_table="T"))


def test_ids_go_on_from_the_highest_and_prefixes_are_kept(tmp_path: Path) -> None:
    path = build(tmp_path / "a.xlsx", worksheet(""), table=table_part(""))
    result = added(path, Addition(3, ("L", "S"), 1, {}, grow_table="T"))
    table = part(result, TABLE1)
    assert '<x:tableColumn id="8" name="L"/><x:tableColumn id="9" name="S"/></x:tab' in table
    assert 'ref="A1:D3"' in table
    assert '<x:tableColumns count="4">' in table


def filtered(path: Path, name: str = "Data & more") -> Path:
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("First").autofilter("A1:B5")
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["Review", "Stars"])
        sheet.write_row(1, 0, ["fine", 5])
        sheet.autofilter("A1:B2")
        book.define_name("Mine", "=First!$A$1:$B$2")
    return path


def test_a_filter_grows_with_its_hidden_name(tmp_path: Path) -> None:
    path = filtered(tmp_path / "a.xlsx")
    grown = Addition(3, ("Label", "Score"), 1, {2: ("good", 0.5)}, grow_autofilter=True)
    target = tmp_path / "b.xlsx"
    with opened(path, 1) as sheet:
        assert sheet.autofilter() == Area(1, 1, 2, 2)
        sheet.write(grown)
        sheet._book.save(target)
    assert changed_entries(path, target) == {"xl/worksheets/sheet2.xml", "xl/workbook.xml"}
    assert openpyxl.load_workbook(target).worksheets[1].auto_filter.ref == "A1:D2"
    text = part(target, "xl/workbook.xml")
    assert "'Data &amp; more'!$A$1:$D$2</definedName>" in text
    assert "First!$A$1:$B$5</definedName>" in text
    assert ">First!$A$1:$B$2</definedName>" in text
    assert part(target, "xl/workbook.xml").replace("$D$2", "$B$2") == part(path, "xl/workbook.xml")


def test_a_filter_stays_unless_it_is_to_grow(tmp_path: Path) -> None:
    path = filtered(tmp_path / "a.xlsx")
    target = tmp_path / "b.xlsx"
    with opened(path, 1) as sheet:
        sheet.write(Addition(3, ("Label", "Score"), 1, {2: ("good", 0.5)}))
        sheet._book.save(target)
    assert changed_entries(path, target) == {"xl/worksheets/sheet2.xml"}
    assert openpyxl.load_workbook(target).worksheets[1].auto_filter.ref == "A1:B2"
    assert read_openpyxl(target, 1)[2, 3] == "good"


def test_a_filter_of_a_saved_view_stays(tmp_path: Path) -> None:
    view = '<customSheetViews><customSheetView><autoFilter ref="A1:B9"/></customSheetView>'
    after = (
        f'<autoFilter ref="A1:B9"><filterColumn colId="0"/></autoFilter>{view}</customSheetViews>'
    )
    name = '<definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">Data!#REF!'
    path = build(tmp_path / "a.xlsx", worksheet("", after=after), names=f"{name}</definedName>")
    result = added(path, Addition(3, ("L", "S"), 1, {}, grow_autofilter=True))
    assert '<autoFilter ref="A1:D9"><filterColumn colId="0"/>' in part(result)
    assert view in part(result)
    assert part(result, "xl/workbook.xml") == part(path, "xl/workbook.xml")
