"""Writes an addition into a worksheet part: all that isn't edited keeps its bytes.

Memory doesn't grow with the rows: what is held is a chunk, or the largest block outside the rows.
"""

from collections.abc import Iterable, Iterator

from cellsense.errors import OutputError
from cellsense.sheets.interface import Area
from cellsense.sheets.xlsx.columns import ColumnRange, column_edits, column_range, new_columns
from cellsense.sheets.xlsx.cut import Editor, element_name, is_whole, opened, set_attributes
from cellsense.sheets.xlsx.markup import MarkupError
from cellsense.sheets.xlsx.plan import Plan
from cellsense.sheets.xlsx.refs import format_range, parse_range, row_number, union
from cellsense.sheets.xlsx.rowsplice import RowSplice
from cellsense.sheets.xlsx.scan import SheetElements
from cellsense.sheets.xlsx.styles import CellStyles

_NO_COLUMNS_YET = -1


class SheetSplicer(Editor, SheetElements):
    """Edits a worksheet part as a plan says; `run` yields the edited bytes."""

    def __init__(self, plan: Plan, styles: CellStyles) -> None:
        """Take a plan, and what the workbook's cell styles do to a number."""
        super().__init__()
        self._plan = plan
        self._styles = styles
        self._rows_due = iter(plan.rows)
        self._next_due = next(self._rows_due, None)
        self._rows_made = False
        self._row: RowSplice | None = None
        self._block = ""
        self._sheet_prefix = ""
        self._data_is_whole = False
        self._has_data = False
        self._ranges: list[ColumnRange] = []
        self._columns_start = _NO_COLUMNS_YET
        self._columns_tag = b""
        self._columns_end = 0
        self._column_open: tuple[dict[str, str], bytes, int] = ({}, b"", 0)

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the part, edited; raises MarkupError, or OutputError for what can't be done."""
        yield from super().run(chunks)
        if not self._has_data:
            raise MarkupError("it has no sheetData")

    # Elements

    def _start(self, written: str, attributes: dict[str, str]) -> None:  # noqa: C901 - see the base
        self.depth = depth = self.depth + 1
        if self.in_data:
            if depth == 3:
                if self.local_name(written) == "row":
                    self._start_row(self.names[written].prefix, attributes)
            elif self._row is not None:
                if depth == 4:
                    self._row.start_child(attributes if self.local_name(written) == "c" else None)
                elif depth == 5 and self._row.replacing:
                    self._row.start_content(self.local_name(written))
        elif depth == 2:
            self._start_block(written, attributes)
        elif depth == 3 and self._block == "cols":
            if self.local_name(written) == "col":
                place = self.position()
                self._column_open = (attributes, self.cut.tag(place), place)
        elif depth == 3 and self._block == "mergeCells":
            self._check_merge(attributes.get("ref", ""))
        elif depth == 1:
            self.open_root(written)

    def _end(self, written: str) -> None:
        depth = self.depth
        self.depth = depth - 1
        if self.in_data:
            if depth == 4:
                if self._row is not None and self._row.replacing:
                    self._row.end_child(self.position())
            elif depth == 3:
                if self._row is not None:
                    self._row.end(self.position())
                    self._row = None
            elif depth == 2:
                self.in_data = False
                if not self._data_is_whole:
                    self._make_rows(None, self.position())
        elif depth == 3 and self._block == "cols" and self.local_name(written) == "col":
            attributes, tag, start = self._column_open
            end = start + len(tag) if is_whole(tag) else self._after_end_tag()
            self._ranges.append(column_range(attributes, tag, start, end))
        elif depth == 2 and self._block == "cols":
            self._columns_end = self.position()

    def _after_end_tag(self) -> int:
        place = self.position()
        return place + len(self.cut.tag(place))

    # Around the rows

    def _start_block(self, written: str, attributes: dict[str, str]) -> None:
        self._block = block = self.local_name(written)
        place = self.position()
        if block == "sheetData":
            self._start_data(written, place)
        elif block == "cols" and self._columns_start == _NO_COLUMNS_YET:
            self._columns_start = place
            self._columns_tag = self.cut.tag(place)
        elif block == "dimension":
            self._grow_reference(place, attributes, self._plan.area())
        elif block == "autoFilter" and self._plan.last_filter_column is not None:
            area = parse_range(attributes.get("ref", ""))
            last = self._plan.last_filter_column
            if area is not None:
                reach = Area(area.first_row, last, area.first_row, last)
                self._grow_reference(place, attributes, reach)
        if self._columns_start == _NO_COLUMNS_YET or self._has_data:
            self.cut.settle(place)

    def _grow_reference(self, place: int, attributes: dict[str, str], new: Area | None) -> None:
        old = parse_range(attributes.get("ref", ""))
        if old is not None and new is not None:
            tag = self.cut.tag(place)
            grown = set_attributes(tag, {"ref": format_range(union(old, new))})
            self.cut.replace(place, place + len(tag), grown)

    def _start_data(self, written: str, place: int) -> None:
        if self._has_data:
            raise MarkupError("it has two sheetData")
        self._has_data = self.in_data = True
        self._sheet_prefix = self.names[written].prefix
        self._edit_columns(place)
        tag = self.cut.tag(place)
        self._data_is_whole = is_whole(tag)
        if self._data_is_whole and self._next_due is not None:
            end = place + len(tag)
            self.cut.replace(place, end, opened(tag))
            self._make_rows(None, end)
            self.cut.insert(end, b"</" + element_name(tag) + b">")

    def _edit_columns(self, data_place: int) -> None:
        prefix = self._sheet_prefix.encode() + b":" if self._sheet_prefix else b""
        columns, name = self._plan.columns, prefix + b"col"
        if self._columns_start == _NO_COLUMNS_YET:
            content = new_columns(columns, name)
            self.cut.insert(data_place, b"<%scols>%s</%scols>" % (prefix, content, prefix))
        elif not self._ranges:
            end = self._columns_end
            if is_whole(self._columns_tag):
                new = opened(self._columns_tag) + new_columns(columns, name)
                new += b"</" + element_name(self._columns_tag) + b">"
                self.cut.replace(self._columns_start, end, new)
            else:
                self.cut.insert(end, new_columns(columns, name))
        else:
            for edit in column_edits(self._ranges, columns, name, self._columns_end):
                self.cut.replace(edit.start, edit.end, edit.new)

    def _check_merge(self, reference: str) -> None:
        area = parse_range(reference)
        if area is not None and self._plan.forbids_merge(area):
            raise OutputError(
                f'"{self._plan.sheet_name}" has merged cells at {reference}, which would hide the '
                "new columns: unmerge them first."
            )

    # Rows

    def _start_row(self, prefix: str, attributes: dict[str, str]) -> None:
        place = self.position()
        number = self.row = row_number(attributes, self.row)
        self._make_rows(number, place)
        due = number == self._next_due
        if due:
            self._next_due = next(self._rows_due, None)
        if due or self._plan.clears(number):
            self._row = RowSplice(
                self, self._plan, number, prefix, self._styles, after_new=self._rows_made
            )
            self._row.start(place, attributes)
        elif self._rows_made and "r" not in attributes:
            tag = self.cut.tag(place)
            self.cut.replace(place, place + len(tag), set_attributes(tag, {"r": str(number)}))
        self.cut.settle(place)

    def _make_rows(self, before: int | None, place: int) -> None:
        """Make the rows that the part lacks, up to the one that comes next in it."""
        while self._next_due is not None and (before is None or self._next_due < before):
            number = self._next_due
            new = RowSplice(self, self._plan, number, self._sheet_prefix, self._styles)
            self.cut.insert(place, new.whole())
            self._rows_made = True
            self._next_due = next(self._rows_due, None)
