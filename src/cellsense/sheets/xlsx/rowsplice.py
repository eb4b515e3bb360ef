"""Writes an addition's cells into one row."""

from cellsense.errors import OutputError
from cellsense.sheets.interface import column_letter
from cellsense.sheets.xlsx.cut import Editor, element_name, is_whole, opened, set_attributes
from cellsense.sheets.xlsx.plan import NewCell, Plan
from cellsense.sheets.xlsx.refs import cell_column, whole_number
from cellsense.sheets.xlsx.render import cell
from cellsense.sheets.xlsx.styles import CellStyles


class RowSplice:
    """The edits to one row, told of its cells in order."""

    def __init__(
        self,
        editor: Editor,
        plan: Plan,
        number: int,
        prefix: str,
        styles: CellStyles,
        *,
        after_new: bool = False,
    ) -> None:
        """Take where to edit, what to write, and the row; `after_new` says that rows were made."""
        self._editor = editor
        self._cut = editor.cut
        self._plan = plan
        self._number = number
        self._digits = str(number)
        self._prefix = prefix
        self._styles = styles
        self._look_like = plan.look_like
        self._look: str | None = None
        # Rows and cells without a number count on from the one before, so what comes after an
        # insertion needs one.
        self._row_needs_number = after_new
        self._cells_need_reference = False
        self._due = list(plan.cells(number))
        self._targets = {new.column for new in self._due}
        self._first = plan.columns[0]
        self._done: set[int] = set()
        self._whole = False
        self._column = 0
        self._header_style: str | None = None
        self._old: tuple[int, bytes, str | None] | None = None  # a cell to replace
        self._old_holds: set[str] = set()

    def whole(self) -> bytes:
        """Return the row as new."""
        cells = b"".join(self._render(new) for new in self._due)
        prefix = self._prefix.encode()
        return b'<%srow r="%d">%s</%srow>' % (prefix, self._number, cells, prefix)

    def start(self, place: int, attributes: dict[str, str]) -> None:
        """Take the row's start tag."""
        tag = self._cut.tag(place)
        end = place + len(tag)
        changed = tag
        if self._row_needs_number and "r" not in attributes:
            changed = set_attributes(changed, {"r": str(self._number)})
        if "spans" in attributes and self._due:
            spans = grown_spans(attributes["spans"], self._plan.columns)
            changed = set_attributes(changed, {"spans": spans})
        self._whole = is_whole(tag)
        if self._whole and self._due:
            cells = b"".join(self._render(new) for new in self._due)
            self._due.clear()
            changed = opened(changed) + cells + b"</" + element_name(tag) + b">"
        if changed != tag:
            self._cut.replace(place, end, changed)

    @property
    def replacing(self) -> bool:
        """True from the start of a cell that is to go to its end."""
        return self._old is not None

    def start_child(self, attributes: dict[str, str] | None) -> None:
        """Take the start tag of a cell, or (None) of what follows the cells."""
        if attributes is None:
            self._insert(self._editor.position(), None)
            return
        self._column = column = cell_column(attributes, self._column, self._digits)
        style = attributes.get("s")
        if whole_number(style) is None:  # `s=""`, which isn't for new cells to repeat
            style = None
        if column == self._look_like and whole_number(style) in self._styles.plain:
            self._look = style
        if column < self._first and not self._cells_need_reference:  # nearly always
            if column + 1 == self._first:
                self._header_style = style
            return
        place = self._editor.position()
        self._insert(place, column)
        if column in self._targets or self._plan.clears(self._number, column):
            self._old = (place, self._cut.tag(place), style)
            self._old_holds.clear()
            return
        if self._due and self._due[0].column == column + 1:
            self._header_style = style
        if self._cells_need_reference and "r" not in attributes:
            tag = self._cut.tag(place)
            reference = f"{column_letter(column)}{self._number}"
            self._cut.replace(place, place + len(tag), set_attributes(tag, {"r": reference}))

    def start_content(self, local: str) -> None:
        """Take the start tag of what is in a cell."""
        self._old_holds.add(local)

    def end_child(self, place: int) -> None:
        """Take a cell's end: only now is it known what is replaced."""
        if self._old is None:
            return
        start, tag, style = self._old
        self._old = None
        column = self._column
        self._check_replaceable(column)
        end = place if is_whole(tag) else place + len(self._cut.tag(place))
        self._cut.replace(start, end, self._replacement(column, style))
        self._cells_need_reference = True

    def end(self, place: int) -> None:
        """Take the row's end tag."""
        if not self._whole:
            self._insert(place, None)

    def _replacement(self, column: int, style: str | None) -> bytes:
        if column in self._done:  # cells out of order, or a column that comes twice in the row
            return b""
        self._done.add(column)
        if self._due and self._due[0].column == column:
            return self._render(self._due.pop(0), style)
        return cell(self._prefix, self._number, column, None, style)

    def _insert(self, place: int, before: int | None) -> None:
        while self._due and (before is None or self._due[0].column < before):
            new = self._due.pop(0)
            self._done.add(new.column)
            self._cut.insert(place, self._render(new))
            self._cells_need_reference = True

    def _render(self, new: NewCell, old_style: str | None = None) -> bytes:
        style = old_style
        if new.is_header:
            if style is None or not self._plan.clears(self._number, new.column):
                style = self._header_style
        elif old_style is None:
            is_score = isinstance(new.value, float)
            style = self._styles.for_score(self._look) if is_score else self._look
        elif whole_number(style) in self._styles.dates:
            style = None
        return cell(self._prefix, self._number, new.column, new.value, style)

    def _check_replaceable(self, column: int) -> None:
        where = f'"{self._plan.sheet_name}" at {column_letter(column)}{self._number}'
        if "f" in self._old_holds:
            # Other cells and the calculation chain may hang on a formula.
            raise OutputError(f"There is a formula in {where}: delete it, or choose other columns.")
        if self._old_holds & {"v", "is"} and not self._plan.clears(self._number, column):
            raise OutputError(f"There is something in {where} already: choose other columns.")


def grown_spans(spans: str, columns: list[int]) -> str | None:
    """`1:3` → `1:5`; None, which removes them, for what can't be read: they are only a hint."""
    first, last = map(whole_number, spans.partition(":")[::2])
    if first is None or last is None:
        return None
    return f"{min(first, *columns)}:{max(last, *columns)}"
