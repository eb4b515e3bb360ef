"""Formatted tables: what they cover, and how they grow."""

from cellsense.sheets.interface import Area, TableArea
from cellsense.sheets.xlsx.cut import Editor, set_attributes
from cellsense.sheets.xlsx.markup import Elements, Name
from cellsense.sheets.xlsx.refs import format_range, parse_range, whole_number
from cellsense.sheets.xlsx.text import decode, encode_attribute


class TableReader(Elements):
    """Reads a table part; `table` is None if it says no area."""

    def __init__(self) -> None:
        super().__init__()
        self._attributes: dict[str, str] = {}
        self._columns: list[str] = []
        self._bound = False

    @property
    def table(self) -> TableArea | None:
        """The table."""
        told = self._attributes
        area = parse_range(told.get("ref", ""))
        if area is None:
            return None
        has_header = told.get("headerRowCount", "1") != "0"
        # Columns of a query or an XML map come from outside, and go with the next refresh.
        own = told.get("tableType", "worksheet") == "worksheet" and not self._bound
        # A table that doesn't say what its columns are is one that Excel repairs.
        is_sound = len(self._columns) == area.last_column - area.first_column + 1
        return TableArea(
            name=decode(told.get("displayName") or told.get("name", "")),
            area=area,
            columns=tuple(self._columns),
            has_header=has_header,
            has_totals=told.get("totalsRowCount", "0") != "0",
            can_grow=own and is_sound and has_header and "connectionId" not in told,
        )

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if self.depth == 1:
            self._attributes = attributes
        elif self.depth == 3 and name.local == "tableColumn":
            self._columns.append(decode(attributes.get("name", "")))
            self._bound = self._bound or "queryTableFieldId" in attributes
        elif name.local == "xmlColumnPr":
            self._bound = True


class TableGrower(Editor):
    """Adds columns at the right of a table part."""

    def __init__(self, table: TableArea, names: tuple[str, ...]) -> None:
        super().__init__()
        self._names = names
        self._count = len(table.columns) + len(names)
        self._last = table.area.last_column
        self._last_id = 0

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if self.depth == 1 or (self.depth == 2 and name.local == "autoFilter"):
            area = parse_range(attributes.get("ref", ""))
            if area is not None and area.last_column == self._last:
                self._set("ref", format_range(self._grown(area)))
        elif self.depth == 2 and name.local == "tableColumns":
            self._set("count", str(self._count))
        elif self.depth == 3 and name.local == "tableColumn":
            self._last_id = max(self._last_id, whole_number(attributes.get("id")) or 0)

    def end(self, name: Name) -> None:
        if self.depth == 2 and name.local == "tableColumns":
            element = f"{name.prefix}tableColumn"
            columns = [
                f'<{element} id="{number}" name="{encode_attribute(text)}"/>'
                for number, text in enumerate(self._names, start=self._last_id + 1)
            ]
            self.cut.insert(self.position(), "".join(columns).encode())

    def _grown(self, area: Area) -> Area:
        last = area.last_column + len(self._names)
        return Area(area.first_row, area.first_column, area.last_row, last)

    def _set(self, attribute: str, value: str) -> None:
        place = self.position()
        tag = self.cut.tag(place)
        self.cut.replace(place, place + len(tag), set_attributes(tag, {attribute: value}))


class PivotReader(Elements):
    """Reads a pivot table part: the areas it stands in."""

    def __init__(self) -> None:
        super().__init__()
        self.areas: list[Area] = []

    def start(self, name: Name, attributes: dict[str, str]) -> None:
        if self.depth == 2 and name.local == "location":
            area = parse_range(attributes.get("ref", ""))
            if area is not None:
                self.areas.append(area)
