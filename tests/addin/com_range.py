"""Range: an area of cells of a LibreOffice sheet, as Excel's object."""
# ruff: noqa: N802 - the names are Excel's

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from addin import com_values
from addin.com_base import ComObject, ComRange, NoSuchMemberError
from addin.com_formats import HORIZONTAL, LOOK, VERTICAL, Border, Font, common, enum, format_key
from addin.fake_windows import excel_says

if TYPE_CHECKING:
    from addin.com_over_libreoffice import Worksheet
    from addin.com_tables import ListObject

MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
_FILL_FORMATS = 3
_ALL = 1 | 2 | 4 | 16  # com.sun.star.sheet.CellFlags: numbers, dates, texts, formulas


class Range(ComRange):
    """An area, by its first row and column and its size; all counted from 1."""

    def __init__(self, sheet: "Worksheet", row: int, column: int, rows: int, columns: int) -> None:
        super().__init__(sheet._application)
        last_row, last_column = row + rows - 1, column + columns - 1
        if not (1 <= row <= last_row <= MAX_ROWS and 1 <= column <= last_column <= MAX_COLUMNS):
            raise excel_says("Application-defined or object-defined error")
        self._sheet, self._row, self._column = sheet, row, column
        self._rows, self._columns = rows, columns

    # ---- towards LibreOffice --------------------------------------------------------------------

    @property
    def _office(self) -> Any:
        return self._application._office

    @property
    def _model(self) -> Any:
        return self._sheet._book._document.model

    @property
    def _uno(self) -> Any:
        return self._part(0, 0, self._rows, self._columns)

    @property
    def _cell(self) -> Any:
        """The first cell, as a cell."""
        return self._uno.getCellByPosition(0, 0)

    def _part(self, row: int, column: int, rows: int, columns: int) -> Any:
        top, left = self._row - 1 + row, self._column - 1 + column
        return self._sheet._uno.getCellRangeByPosition(
            left, top, left + columns - 1, top + rows - 1
        )

    def _format_parts(self) -> list[Any]:
        """Return parts that look alike inside."""
        parts = self._uno.getCellFormatRanges()
        return [parts[index] for index in range(len(parts))]

    def _overlaps(self, other: "Range") -> bool:
        return (
            self._row < other._row + other._rows
            and other._row < self._row + self._rows
            and self._column < other._column + other._columns
            and other._column < self._column + self._columns
        )

    # ---- place ----------------------------------------------------------------------------------

    @property
    def Worksheet(self) -> "Worksheet":
        return self._sheet

    @property
    def Parent(self) -> "Worksheet":
        return self._sheet

    @property
    def Row(self) -> int:
        return self._row

    @property
    def Column(self) -> int:
        return self._column

    @property
    def Count(self) -> int:
        return self._rows * self._columns

    @property
    def Rows(self) -> "Lines":
        return Lines(self, by_row=True)

    @property
    def Columns(self) -> "Lines":
        return Lines(self, by_row=False)

    @property
    def EntireRow(self) -> "Range":
        return Range(self._sheet, self._row, 1, self._rows, MAX_COLUMNS)

    @property
    def EntireColumn(self) -> "Range":
        return Range(self._sheet, 1, self._column, MAX_ROWS, self._columns)

    @property
    def Cells(self) -> "Range":
        return self

    def __call__(self, row: int, column: int | None = None) -> "Range":
        return self.Item(row, column)

    def Item(self, row: int, column: int | None = None) -> "Range":
        if column is None:
            row, column = divmod(row - 1, self._columns)
            row, column = row + 1, column + 1
        return Range(self._sheet, self._row + row - 1, self._column + column - 1, 1, 1)

    @property
    def Address(self) -> str:
        return self.GetAddress()

    def GetAddress(
        self,
        row_absolute: bool | None = None,
        column_absolute: bool | None = None,
        style: int = 1,
        external: bool | None = None,
    ) -> str:
        if style != 1:
            raise excel_says("Only addresses such as A1 are known here")
        row, column = ("" if flag is False else "$" for flag in (row_absolute, column_absolute))
        places = [(self._row, self._column)]
        if self.Count > 1:
            places.append((self._row + self._rows - 1, self._column + self._columns - 1))
        address = ":".join(f"{column}{_letters(place[1])}{row}{place[0]}" for place in places)
        return f"[{self._sheet._book.Name}]{self._sheet.Name}!{address}" if external else address

    # ---- values ---------------------------------------------------------------------------------

    @property
    def Value(self) -> Any:
        return self._framed(com_values.read(self._model, self._uno))

    @Value.setter
    def Value(self, data: Any) -> None:
        rows = self._given(data)
        self._sheet._refuse_when_protected()
        self._refuse_parts_of_arrays()
        for first, count in self._application._rows_that_take(self):
            part = Range(self._sheet, self._row + first, self._column, count, self._columns)
            part._enter(rows[first : first + count])
        self._sheet._after_entry(self)

    @property
    def Value2(self) -> Any:
        return self._framed(com_values.read(self._model, self._uno, raw=True))

    @property
    def Formula(self) -> Any:
        rows = [list(row) for row in self._uno.getFormulaArray()]
        return self._framed([[_without_braces(cell) for cell in row] for row in rows])

    @Formula.setter
    def Formula(self, data: Any) -> None:
        self.Value = data

    @property
    def HasArray(self) -> bool | None:
        found = {cell.startswith("{=") for row in self._uno.getFormulaArray() for cell in row}
        return found.pop() if len(found) == 1 else None

    @property
    def HasSpill(self) -> bool | None:
        if not self._application._knows_spills:
            raise NoSuchMemberError("HasSpill")
        return None if any(self._overlaps(spill) for spill in self._sheet._spills) else False

    def ClearContents(self) -> None:
        self._sheet._refuse_when_protected()
        self._uno.clearContents(_ALL)

    def _enter(self, rows: com_values.Rows) -> None:
        is_text = [[False] * self._columns for _ in range(self._rows)]
        for part in self._format_parts():
            if part.NumberFormat == format_key(self, com_values.TEXT_FORMAT):
                for row, column in com_values._places(part.RangeAddress, self._uno.RangeAddress):
                    is_text[row][column] = True
        for row, column, code in com_values.enter(self._uno, rows, is_text):
            cell = Range(self._sheet, self._row + row, self._column + column, 1, 1)
            if cell.NumberFormat == "General":
                cell.NumberFormat = code

    def _given(self, data: Any) -> com_values.Rows:
        """Return one value for each cell, as Excel takes them from what it is given."""
        if not isinstance(data, list | tuple):
            return [[data] * self._columns for _ in range(self._rows)]
        rows = [list(row) if isinstance(row, list | tuple) else [row] for row in data]
        if len(rows) < self._rows or any(len(row) < self._columns for row in rows):
            raise excel_says("Here every cell needs a value (Excel would fill with #N/A)")
        return [row[: self._columns] for row in rows[: self._rows]]

    def _framed(self, rows: com_values.Rows) -> Any:
        return rows[0][0] if self.Count == 1 else tuple(tuple(row) for row in rows)

    def _refuse_parts_of_arrays(self) -> None:
        if self.HasArray is not False:
            raise excel_says("You can't change part of an array.")

    # ---- look -----------------------------------------------------------------------------------

    @property
    def NumberFormat(self) -> str | None:
        key = common(self, "NumberFormat")
        if key is None:
            return None
        return str(self._model.NumberFormats.getByKey(key).FormatString)

    @NumberFormat.setter
    def NumberFormat(self, value: str) -> None:
        self._sheet._refuse_when_protected()
        self._uno.NumberFormat = format_key(self, value)

    @property
    def Font(self) -> Font:
        return Font(self)

    def Borders(self, side: int) -> Border:
        return Border(self, side)

    @property
    def HorizontalAlignment(self) -> int | None:
        value = common(self, "HoriJustify")
        return None if value is None else {v: k for k, v in HORIZONTAL.items()}[value.value]

    @HorizontalAlignment.setter
    def HorizontalAlignment(self, value: int) -> None:
        self._uno.HoriJustify = enum("table.CellHoriJustify", HORIZONTAL[value])

    @property
    def VerticalAlignment(self) -> int | None:
        value = common(self, "VertJustify")
        return None if value is None else {**{v: k for k, v in VERTICAL.items()}, 3: -4107}[value]

    @VerticalAlignment.setter
    def VerticalAlignment(self, value: int) -> None:
        self._uno.VertJustify = VERTICAL[value]

    def AutoFill(self, Destination: "Range", Type: int = 0) -> bool:  # noqa: N803
        same_rows = (self._row, self._rows) == (Destination._row, Destination._rows)
        if Type != _FILL_FORMATS or self.Count != 1 or not same_rows:
            raise excel_says("Only a cell's look can be carried on here")
        if Destination._column != self._column:
            raise excel_says("AutoFill method of Range class failed")
        for name in LOOK:
            setattr(Destination._uno, name, getattr(self._uno, name))
        return True

    # ---- merges, rows, filters, tables ----------------------------------------------------------

    @property
    def MergeCells(self) -> bool | None:
        merges = [merged for merged in self._sheet._merges() if self._overlaps(merged)]
        if not merges:
            return False
        inside = sum(_common_cells(self, merged) for merged in merges)
        return True if inside == self.Count else None

    def Merge(self, _across: bool = False) -> None:
        self._uno.merge(True)

    @property
    def Hidden(self) -> bool | None:
        if self._columns != MAX_COLUMNS:
            raise excel_says("Unable to get the Hidden property of the Range class")
        found = {not row.IsVisible for row in self._uno.Rows}
        return found.pop() if len(found) == 1 else None

    @Hidden.setter
    def Hidden(self, value: bool) -> None:
        self._uno.Rows.IsVisible = not value

    def AutoFilter(
        self,
        Field: int | None = None,  # noqa: N803
        Criteria1: Any = None,  # noqa: N803
        Operator: int | None = None,  # noqa: N803
    ) -> bool:
        self._sheet._filter(self, Field, Criteria1, Operator)
        return True

    @property
    def ListObject(self) -> "ListObject | None":
        tables = [table for table in self._sheet._tables if self._overlaps(table.Range)]
        return tables[0] if tables else None


class Lines(ComObject):
    """Range.Rows or Range.Columns: counted and taken line by line."""

    def __init__(self, cells: Range, *, by_row: bool) -> None:
        super().__init__(cells._application)
        self._cells = cells
        self._by_row = by_row

    @property
    def Count(self) -> int:
        return self._cells._rows if self._by_row else self._cells._columns

    def Item(self, index: int) -> Range:
        cells = self._cells
        if self._by_row:
            return Range(cells._sheet, cells._row + index - 1, cells._column, 1, cells._columns)
        return Range(cells._sheet, cells._row, cells._column + index - 1, cells._rows, 1)

    def __call__(self, index: int) -> Range:
        return self.Item(index)

    def __iter__(self) -> Iterator[Range]:
        return (self.Item(index) for index in range(1, self.Count + 1))


def _common_cells(one: Range, other: Range) -> int:
    rows = min(one._row + one._rows, other._row + other._rows) - max(one._row, other._row)
    columns = min(one._column + one._columns, other._column + other._columns)
    return rows * (columns - max(one._column, other._column))


def _without_braces(formula: str) -> str:
    return formula[1:-1] if formula.startswith("{=") else formula


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
