"""ListObjects: LibreOffice has no formatted tables, so these are kept here, by Excel's rules."""
# ruff: noqa: N802, N803 - the names are Excel's

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from addin.com_base import ComObject
from addin.com_formats import LOOK
from addin.com_range import Range as CellRange
from addin.fake_windows import excel_says

if TYPE_CHECKING:
    from addin.com_over_libreoffice import Worksheet

RANGE_SOURCE, QUERY_SOURCE = 1, 3
_YES = 1


class ListObject(ComObject):
    """A formatted table."""

    def __init__(
        self,
        cells: CellRange,
        name: str,
        *,
        source: int = RANGE_SOURCE,
        header: bool = True,
        totals: bool = False,
    ) -> None:
        super().__init__(cells._application)
        self._cells = cells
        self._name = name
        self._source = source
        self._header = header
        self._totals = totals
        self._complete_header()

    @property
    def Parent(self) -> "Worksheet":
        return self._cells._sheet

    @property
    def Name(self) -> str:
        return self._name

    @Name.setter
    def Name(self, value: str) -> None:
        self._name = value

    @property
    def DisplayName(self) -> str:
        return self._name

    @property
    def SourceType(self) -> int:
        return self._source

    @property
    def ShowHeaders(self) -> bool:
        return self._header

    @property
    def ShowTotals(self) -> bool:
        return self._totals

    @property
    def Range(self) -> CellRange:
        return self._cells

    @property
    def HeaderRowRange(self) -> CellRange | None:
        return self._rows(0, 1) if self._header else None

    @property
    def DataBodyRange(self) -> CellRange | None:
        rows = self._cells._rows - self._header - self._totals
        return self._rows(int(self._header), rows) if rows else None

    @property
    def TotalsRowRange(self) -> CellRange | None:
        return self._rows(self._cells._rows - 1, 1) if self._totals else None

    @property
    def ListColumns(self) -> "ListColumns":
        return ListColumns(self)

    def Resize(self, cells: CellRange) -> None:
        table = self._cells
        others = [item for item in table._sheet._tables if item is not self]
        fits = cells._row == table._row and cells._overlaps(table)
        if not fits or any(cells._overlaps(item._cells) for item in others):
            raise excel_says("The header must stay in its row, and tables can't overlap.")
        if self._totals and cells._rows != table._rows:
            raise excel_says("Here a totals row can't move.")
        self._cells = cells
        self._complete_header()

    def _rows(self, first: int, count: int) -> CellRange:
        cells = self._cells
        return CellRange(cells._sheet, cells._row + first, cells._column, count, cells._columns)

    def _complete_header(self) -> None:
        """Make all names texts, and none of them empty or there twice, as Excel does."""
        if not self._header:
            return
        header = self._rows(0, 1)
        taken: set[str] = set()
        for place in range(1, header._columns + 1):
            cell = header.Item(1, place)
            old = cell._cell.String
            name = old or f"Column{place}"
            number = 2
            while name.casefold() in taken:
                name, number = f"{old or 'Column'}{number}", number + 1
            taken.add(name.casefold())
            if cell.Value != name:
                cell._cell.String = name


class ListObjects(ComObject):
    """A sheet's tables."""

    def __init__(self, sheet: "Worksheet") -> None:
        super().__init__(sheet._application)
        self._sheet = sheet

    @property
    def Count(self) -> int:
        return len(self._sheet._tables)

    def Item(self, key: int | str) -> ListObject:
        return item_of(self._sheet._tables, key)

    def __iter__(self) -> Iterator[ListObject]:
        return iter(list(self._sheet._tables))

    def Add(
        self,
        SourceType: int,
        Source: CellRange,
        LinkSource: Any = None,
        XlListObjectHasHeaders: int = _YES,
        Destination: Any = None,
        TableStyleName: str | None = None,
    ) -> ListObject:
        if any(Source._overlaps(table._cells) for table in self._sheet._tables):
            raise excel_says("A table cannot overlap another table.")
        name = f"Table{len(self._sheet._tables) + 1}"
        table = ListObject(Source, name, header=XlListObjectHasHeaders == _YES)
        self._sheet._tables.append(table)
        return table


class ListColumns(ComObject):
    """A table's columns."""

    def __init__(self, table: ListObject) -> None:
        super().__init__(table._application)
        self._table = table

    @property
    def Count(self) -> int:
        return self._table._cells._columns

    def __iter__(self) -> Iterator["ListColumn"]:
        return (ListColumn(self._table, index) for index in range(1, self.Count + 1))

    def Add(self, Position: int | None = None) -> "ListColumn":
        if Position not in (None, self.Count + 1):
            raise excel_says("Here columns are added at the end only")
        cells = self._table._cells
        last = cells._part(0, cells._columns - 1, cells._rows, 1)
        cells = CellRange(cells._sheet, cells._row, cells._column, cells._rows, cells._columns + 1)
        self._table._cells = cells
        for row in range(cells._rows):
            new, old = cells._part(row, cells._columns - 1, 1, 1), last.getCellByPosition(0, row)
            for name in LOOK:
                setattr(new, name, getattr(old, name))
        self._table._complete_header()
        return ListColumn(self._table, self.Count)


class ListColumn(ComObject):
    """A column of a table."""

    def __init__(self, table: ListObject, index: int) -> None:
        super().__init__(table._application)
        self._table = table
        self._index = index

    @property
    def Index(self) -> int:
        return self._index

    @property
    def Name(self) -> str:
        return str(self._cell._cell.String) if self._table._header else f"Column{self._index}"

    @Name.setter
    def Name(self, value: str) -> None:
        self._cell.Value = value

    @property
    def _cell(self) -> CellRange:
        return self._table._cells.Item(1, self._index)


def item_of(members: list[Any], key: int | str) -> Any:
    """Return a member by its place or its name, as all collections of Excel's do."""
    if isinstance(key, str):
        found = [member for member in members if member.Name.casefold() == key.casefold()]
    else:
        found = members[key - 1 : key] if key > 0 else []
    if not found:
        raise excel_says("Subscript out of range", -2147352565)
    return found[0]
