"""Excel's objects on top of LibreOffice's cells, as far as xlwings and cellsense use them.

xlwings' real Windows code drives these as it drives Excel's, with real cells, formulas, formats,
merges and hidden rows below. Tables and filters, which LibreOffice lacks or does differently, are
kept here by Excel's rules. **What isn't here is an error, as an unknown name is in COM.**

    excel = Application(office)                    # the fixture in conftest.py
    book = excel.add(office.new(), "Book1.xlsx")   # a LibreOffice document as a Workbook
    sheet = xw.books["Book1.xlsx"].sheets["Sheet1"]

What tests may set: `excel._busy` (how many uses of a member are refused; after
`excel._calls_before_busy` others), `excel._knows_spills`,
`excel._skips_hidden_rows` (blocks leave out rows that are hidden), `sheet._spills`,
`sheet._formatted` (what else counts as used).
"""
# ruff: noqa: N802 - the names are Excel's

from collections.abc import Iterator
from typing import Any

from addin.com_base import ComObject, rejected
from addin.com_range import MAX_COLUMNS, MAX_ROWS
from addin.com_range import Range as CellRange
from addin.com_tables import ListObject, ListObjects, item_of
from addin.fake_windows import excel_says
from addin.office import Document, Office

_AUTOMATIC = -4105
_VISIBLE, _HIDDEN = -1, 0
_FILTER_VALUES = 7


class AutoCorrect(ComObject):
    """Application.AutoCorrect."""

    _grows = True

    @property
    def AutoExpandListRange(self) -> bool:
        return self._grows

    @AutoExpandListRange.setter
    def AutoExpandListRange(self, value: bool) -> None:
        self._grows = value


class Application(ComObject):
    """Excel itself; its settings are kept and have no effect."""

    def __init__(self, office: Office) -> None:
        super().__init__(self)
        self._office = office
        self._books: list[Workbook] = []
        self._busy = 0.0
        self._calls_before_busy = 0
        self._knows_spills = True
        self._skips_hidden_rows = False
        self._auto_correct = AutoCorrect(self)
        self._selection: CellRange | None = None
        self._settings = {
            **dict.fromkeys(("ScreenUpdating", "EnableEvents", "DisplayAlerts"), True),
            "Calculation": _AUTOMATIC,
            "StatusBar": False,
        }

    def add(self, document: Document, name: str = "Book1.xlsx") -> "Workbook":
        """Show a LibreOffice document as a workbook, with the tables it was loaded with."""
        book = Workbook(self, document, name)
        self._books.append(book)
        return book

    def _refuse_when_busy(self) -> None:
        if self._calls_before_busy > 0:
            self._calls_before_busy -= 1
        elif self._busy > 0:
            self._busy -= 1
            raise rejected()

    def _rows_that_take(self, cells: CellRange) -> list[tuple[int, int]]:
        """Return (first row, count) of the parts of a range that take a block of values."""
        if not self._skips_hidden_rows or cells._rows == 1:
            return [(0, cells._rows)]
        rows = [row.IsVisible for row in cells._uno.Rows]
        return [(place, 1) for place, visible in enumerate(rows) if visible]

    @property
    def Hwnd(self) -> int:
        return 1

    @property
    def Version(self) -> str:
        return "16.0"

    @property
    def Workbooks(self) -> "Workbooks":
        return Workbooks(self)

    @property
    def ActiveWorkbook(self) -> "Workbook | None":
        return self._books[0] if self._books else None

    @property
    def ActiveSheet(self) -> "Worksheet | None":
        return self._books[0].ActiveSheet if self._books else None

    @property
    def Selection(self) -> CellRange | None:
        return self._selection

    @property
    def AutoCorrect(self) -> AutoCorrect:
        return self._auto_correct

    @property
    def ScreenUpdating(self) -> bool:
        return self._settings["ScreenUpdating"]

    @ScreenUpdating.setter
    def ScreenUpdating(self, value: bool) -> None:
        self._settings["ScreenUpdating"] = value

    @property
    def EnableEvents(self) -> bool:
        return self._settings["EnableEvents"]

    @EnableEvents.setter
    def EnableEvents(self, value: bool) -> None:
        self._settings["EnableEvents"] = value

    @property
    def DisplayAlerts(self) -> bool:
        return self._settings["DisplayAlerts"]

    @DisplayAlerts.setter
    def DisplayAlerts(self, value: bool) -> None:
        self._settings["DisplayAlerts"] = value

    @property
    def Calculation(self) -> int:
        return self._settings["Calculation"]

    @Calculation.setter
    def Calculation(self, value: int) -> None:
        self._settings["Calculation"] = value

    @property
    def StatusBar(self) -> str | bool:
        return self._settings["StatusBar"]

    @StatusBar.setter
    def StatusBar(self, value: str | bool) -> None:
        self._settings["StatusBar"] = value


class Workbooks(ComObject):
    """Application.Workbooks."""

    @property
    def Count(self) -> int:
        return len(self._application._books)

    def Item(self, key: int | str) -> "Workbook":
        return item_of(self._application._books, key)

    def __call__(self, key: int | str) -> "Workbook":
        return self.Item(key)

    def __iter__(self) -> Iterator["Workbook"]:
        return iter(list(self._application._books))


class Workbook(ComObject):
    """A LibreOffice document."""

    def __init__(self, application: Application, document: Document, name: str) -> None:
        super().__init__(application)
        self._document = document
        self._name = name
        names = document.model.Sheets.getElementNames()
        self._sheets = [Worksheet(self, sheet_name) for sheet_name in names]
        for area in document.model.DatabaseRanges:
            self._take_table(area)

    def _take_table(self, area: Any) -> None:
        """A table of an .xlsx file is a database range in LibreOffice."""
        place = area.DataArea
        size = place.EndRow - place.StartRow + 1, place.EndColumn - place.StartColumn + 1
        sheet = self._sheets[place.Sheet]
        cells = CellRange(sheet, place.StartRow + 1, place.StartColumn + 1, *size)
        header, totals = area.ContainsHeader, area.TotalsRow
        sheet._tables.append(ListObject(cells, area.Name, header=header, totals=totals))

    @property
    def Name(self) -> str:
        return self._name

    @property
    def FullName(self) -> str:
        return self._name

    @property
    def Path(self) -> str:
        return ""

    @property
    def Worksheets(self) -> "Worksheets":
        return Worksheets(self)

    @property
    def ActiveSheet(self) -> "Worksheet":
        return self._sheets[0]


class Worksheets(ComObject):
    """Workbook.Worksheets."""

    def __init__(self, book: Workbook) -> None:
        super().__init__(book._application)
        self._book = book

    @property
    def Parent(self) -> Workbook:
        return self._book

    @property
    def Count(self) -> int:
        return len(self._book._sheets)

    def Item(self, key: int | str) -> "Worksheet":
        return item_of(self._book._sheets, key)

    def __call__(self, key: int | str) -> "Worksheet":
        return self.Item(key)

    def __iter__(self) -> Iterator["Worksheet"]:
        return iter(list(self._book._sheets))


class Worksheet(ComObject):
    """A sheet of a LibreOffice document."""

    def __init__(self, book: Workbook, name: str) -> None:
        super().__init__(book._application)
        self._book = book
        self._name = name
        self._tables: list[ListObject] = []
        self._spills: list[CellRange] = []
        self._formatted: list[CellRange] = []
        self._filtered: CellRange | None = None
        self._criteria: dict[int, Any] = {}

    @property
    def _uno(self) -> Any:
        return self._book._document.model.Sheets.getByName(self._name)

    # ---- the sheet ------------------------------------------------------------------------------

    @property
    def Name(self) -> str:
        return self._name

    @property
    def Index(self) -> int:
        return self._book._sheets.index(self) + 1

    @property
    def Parent(self) -> Workbook:
        return self._book

    @property
    def Visible(self) -> int:
        return _VISIBLE if self._uno.IsVisible else _HIDDEN

    @Visible.setter
    def Visible(self, value: int) -> None:
        self._uno.IsVisible = value == _VISIBLE

    @property
    def ProtectContents(self) -> bool:
        return bool(self._uno.isProtected())

    @property
    def ProtectionMode(self) -> bool:
        return False

    def _refuse_when_protected(self) -> None:
        if self.ProtectContents:
            raise excel_says("The cell or chart you're trying to change is on a protected sheet.")

    # ---- cells ----------------------------------------------------------------------------------

    @property
    def Cells(self) -> CellRange:
        return CellRange(self, 1, 1, MAX_ROWS, MAX_COLUMNS)

    def Range(self, first: Any, last: Any = None) -> CellRange:
        if isinstance(first, str):
            place = self._uno.getCellRangeByName(first.replace("$", "")).RangeAddress
            rows = place.EndRow - place.StartRow + 1
            columns = place.EndColumn - place.StartColumn + 1
            return CellRange(self, place.StartRow + 1, place.StartColumn + 1, rows, columns)
        return self._around([first] if last is None else [first, last])

    def _around(self, parts: list[CellRange]) -> CellRange:
        """Return the smallest range that holds all these."""
        top, left = min(part._row for part in parts), min(part._column for part in parts)
        bottom = max(part._row + part._rows for part in parts)
        right = max(part._column + part._columns for part in parts)
        return CellRange(self, top, left, bottom - top, right - left)

    @property
    def UsedRange(self) -> CellRange:
        """Merges count, and cells that have a format only; it begins where something is."""
        cursor = self._uno.createCursor()
        cursor.gotoEndOfUsedArea(False)
        end = cursor.RangeAddress
        cursor.gotoStartOfUsedArea(False)
        start = cursor.RangeAddress
        first, last = (
            (start.StartRow + 1, start.StartColumn + 1),
            (end.EndRow + 1, end.EndColumn + 1),
        )
        corners = [self.Cells.Item(*first), self.Cells.Item(*last)]
        return self._around([*corners, *self._merges(), *self._formatted])

    def _merges(self) -> list[CellRange]:
        parts = self._uno.getCellFormatRanges()
        merged = []
        for part in (parts[index] for index in range(len(parts))):
            if part.IsMerged:
                cursor = self._uno.createCursorByRange(part)
                cursor.collapseToMergedArea()
                place = cursor.RangeAddress
                rows = place.EndRow - place.StartRow + 1
                columns = place.EndColumn - place.StartColumn + 1
                merged.append(
                    CellRange(self, place.StartRow + 1, place.StartColumn + 1, rows, columns)
                )
        return merged

    def _after_entry(self, cells: CellRange) -> None:
        """Do what Excel does with tables after values were entered in or beside them."""
        for table in self._tables:
            area = table._cells
            beside = CellRange(self, area._row, area._column + area._columns, area._rows, 1)
            if cells._overlaps(beside) and self._application.AutoCorrect.AutoExpandListRange:
                right = cells._column + cells._columns - area._column
                table._cells = CellRange(self, area._row, area._column, area._rows, right)
            if cells._overlaps(table._rows(0, 1)):
                table._complete_header()

    # ---- tables and filters ---------------------------------------------------------------------

    @property
    def ListObjects(self) -> ListObjects:
        return ListObjects(self)

    @property
    def AutoFilterMode(self) -> bool:
        return self._filtered is not None

    @AutoFilterMode.setter
    def AutoFilterMode(self, value: bool) -> None:
        if value:
            raise excel_says("Unable to set the AutoFilterMode property of the Worksheet class")
        self._filtered = None
        self._criteria.clear()
        self._show_matching()

    @property
    def AutoFilter(self) -> "AutoFilter | None":
        return AutoFilter(self) if self._filtered is not None else None

    def _filter(
        self, cells: CellRange, field: int | None, wanted: Any, operator: int | None
    ) -> None:
        if field is None:
            raise excel_says("Here a filter needs a field")
        if self._filtered is None:
            self._filtered = cells
        elif self._filtered.Address != cells.Address:
            raise excel_says("AutoFilter method of Range class failed")
        if wanted is None:
            self._criteria.pop(field, None)
        elif operator != _FILTER_VALUES:
            raise excel_says("Only filters by values are known here")
        else:
            self._criteria[field] = list(wanted)
        self._show_matching()

    def _show_matching(self) -> None:
        cells = self._filtered
        if cells is None:
            return
        for row in range(2, cells._rows + 1):
            shown = all(
                cells.Item(row, field)._cell.String in wanted
                for field, wanted in self._criteria.items()
            )
            cells.Item(row, 1).EntireRow._uno.Rows.IsVisible = shown


class AutoFilter(ComObject):
    """Worksheet.AutoFilter."""

    def __init__(self, sheet: Worksheet) -> None:
        super().__init__(sheet._application)
        self._sheet = sheet

    @property
    def Range(self) -> CellRange | None:
        return self._sheet._filtered

    def Filters(self, field: int) -> "Filter":
        return Filter(self._sheet, field)


class Filter(ComObject):
    """One field of an AutoFilter."""

    def __init__(self, sheet: Worksheet, field: int) -> None:
        super().__init__(sheet._application)
        self._sheet = sheet
        self._field = field

    @property
    def On(self) -> bool:
        return self._field in self._sheet._criteria

    @property
    def Operator(self) -> int:
        return _FILTER_VALUES

    @property
    def Criteria1(self) -> Any:
        return tuple(f"={value}" for value in self._sheet._criteria[self._field])

    @property
    def Criteria2(self) -> None:
        raise excel_says("Unable to get the Criteria2 property of the Filter class")
