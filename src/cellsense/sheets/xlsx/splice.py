"""Writes an addition into a worksheet part: all that isn't edited keeps its bytes.

Memory doesn't grow with the rows: what is held is a chunk, or the largest block outside the rows.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from cellsense.errors import OutputError
from cellsense.sheets.interface import Area
from cellsense.sheets.xlsx.columns import ColumnList
from cellsense.sheets.xlsx.cut import Editor, element_name, is_whole, opened, set_attributes
from cellsense.sheets.xlsx.markup import MarkupError
from cellsense.sheets.xlsx.plan import Plan
from cellsense.sheets.xlsx.refs import format_range, parse_range, row_number, union
from cellsense.sheets.xlsx.rowblocks import RowBlocks
from cellsense.sheets.xlsx.rowsplice import RowSplice
from cellsense.sheets.xlsx.scan import Known, SheetElements
from cellsense.sheets.xlsx.styles import CellStyles


class SheetSplicer(SheetElements, Editor):
    """Edits a worksheet part as a plan says; `run` yields the edited bytes."""

    def __init__(self, plan: Plan, styles: CellStyles, known: Known) -> None:
        """Take a plan, what the workbook's cell styles do to a number, and what the part is like.

        The part has been read to its end: a block of plain rows isn't looked at again.
        """
        super().__init__(known)
        self._plan = plan
        self._styles = styles
        self._due = 0  # place in the plan's rows
        self._blocks: RowBlocks | None = None
        self._rows_made = False
        self._row: RowSplice | None = None
        self._block = ""
        self._data_is_whole = False
        self._has_data = False
        self._columns = ColumnList()
        self._column_tag = b""

    def run(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the part, edited; raises MarkupError, or OutputError for what can't be done."""
        yield from super().run(chunks)
        if not self._has_data:
            raise MarkupError("it has no sheetData")

    def read_block(self, block: bytes) -> bool:
        if not (self.known.plain or self.patterns.rows.fullmatch(block)):
            return False
        if self._blocks is None:
            last_column = self.known.last_column
            self._blocks = RowBlocks(self._plan, self._styles, self.prefix, last_column)
        edited = self._blocks.edited(block, self.row)
        if edited is None:
            return False
        self.pass_by(edited.rows, f"<{self.prefix}row>".encode() + edited.new + self._element_end)
        self.row = edited.last_row
        self._due = bisect_right(self._plan.rows, self.row)
        return True

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
                self._column_tag = self.cut.tag(place)
                self._columns.start_column(attributes, place, self._column_tag)
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
            place = self.position()  # of the end tag, or after the only one
            end = place if is_whole(self._column_tag) else place + len(self.cut.tag(place))
            self._columns.end_column(end)
        elif depth == 2 and self._block == "cols":
            self._columns.end(self.position())

    # Around the rows

    def _start_block(self, written: str, attributes: dict[str, str]) -> None:
        self._block = block = self.local_name(written)
        place = self.position()
        if block == "sheetData":
            self._start_data(written, place)
        elif block == "cols" and not self._columns.began:
            self._columns.start(place, self.cut.tag(place))
        elif block == "dimension":
            self._grow_reference(place, attributes, self._plan.area())
        elif block == "autoFilter" and self._plan.last_filter_column is not None:
            area = parse_range(attributes.get("ref", ""))
            last = self._plan.last_filter_column
            if area is not None:
                reach = Area(area.first_row, last, area.first_row, last)
                self._grow_reference(place, attributes, reach)
        if not self._columns.began or self._has_data:
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
        self._has_data = True
        self.open_data(written)
        for edit in self._columns.edits(self._plan.columns, self.prefix, place):
            self.cut.replace(edit.start, edit.end, edit.new)
        tag = self.cut.tag(place)
        self._data_is_whole = is_whole(tag)
        if self._data_is_whole and self._next_due is not None:
            end = place + len(tag)
            self.cut.replace(place, end, opened(tag))
            self._make_rows(None, end)
            self.cut.insert(end, b"</" + element_name(tag) + b">")

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
        self._due += due
        if due or self._plan.clears(number):
            self._row = RowSplice(
                self, self._plan, number, prefix, self._styles, after_new=self._rows_made
            )
            self._row.start(place, attributes)
        elif self._rows_made and "r" not in attributes:
            tag = self.cut.tag(place)
            self.cut.replace(place, place + len(tag), set_attributes(tag, {"r": str(number)}))
        self.cut.settle(place)

    @property
    def _next_due(self) -> int | None:
        rows = self._plan.rows
        return rows[self._due] if self._due < len(rows) else None

    def _make_rows(self, before: int | None, place: int) -> None:
        """Make the rows that the part lacks, up to the one that comes next in it."""
        while (number := self._next_due) is not None and (before is None or number < before):
            new = RowSplice(self, self._plan, number, self.prefix, self._styles)
            self.cut.insert(place, new.whole())
            self._rows_made = True
            self._due += 1
