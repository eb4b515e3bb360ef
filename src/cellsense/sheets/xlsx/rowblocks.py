"""Writes an addition's cells into blocks of plain rows, at the end of each row."""

from bisect import bisect_right
from typing import NamedTuple

from cellsense.cells import CellValue
from cellsense.sheets.interface import column_letter
from cellsense.sheets.xlsx.plain import (
    number_pattern,
    reach_pattern,
    row_patterns,
    style_pattern,
)
from cellsense.sheets.xlsx.plan import Plan
from cellsense.sheets.xlsx.render import after_reference
from cellsense.sheets.xlsx.rowsplice import grown_spans
from cellsense.sheets.xlsx.styles import CellStyles

_REMEMBERED = 1 << 14  # contents of cells: a column has few labels, and scores of few digits
# Types of which equal values are written alike; 1, 1.0 and True are equal.
_ALIKE = frozenset({str, float})


class EditedBlock(NamedTuple):
    """A block of rows with new cells."""

    rows: bytes
    new: bytes  # a cell for each content that is new among them
    last_row: int


class RowBlocks:
    """Edits blocks of rows that match the patterns, if there is nothing right of the new cells."""

    def __init__(self, plan: Plan, styles: CellStyles, prefix: str, last_column: int) -> None:
        """Take what to write, the prefix of the rows, and the last column of any cell in them."""
        self._plan = plan
        self._styles = styles
        self._prefix = prefix
        self._heads = row_patterns(prefix).heads
        first = plan.columns[0]
        self._in_the_way = (
            reach_pattern(prefix, first, filled=False) if first <= last_column else None
        )
        self._row_end = f"</{prefix}row>".encode()
        # For each addition its values by row, and what its cells begin with.
        self._cells = [
            (
                addition.values,
                [
                    f'<{prefix}c r="{column_letter(column)}'.encode()
                    for column in range(addition.column, addition.last_column + 1)
                ],
            )
            for addition in plan.additions
        ]
        self._ends: dict[str | None, _Ends] = {}
        self._spans: dict[bytes, bytes] = {}
        self._new: list[bytes] = []

    def edited(self, block: bytes, previous_row: int) -> EditedBlock | None:
        """Return a block with its new cells, or None if it has to be edited row by row."""
        if self._in_the_way is not None and self._in_the_way.search(block):
            return None
        numbers, pieces = self._parted(block)
        last_row = int(numbers[-1])
        is_names = any(previous_row < row <= last_row for row in self._plan.header_rows)
        if is_names or len(pieces) != len(numbers):
            return None
        rows = self._plan.rows
        due = bisect_right(rows, last_row) - bisect_right(rows, previous_row)
        looks, plain = self._looks(block), self._ends_of(None)
        out: list[bytes] = []
        add = out.append
        written = 0
        for digits, piece in zip(numbers, pieces, strict=True):
            add(piece)
            before = len(out)
            number, ends = int(digits), self._ends_of(looks[digits]) if digits in looks else plain
            for by_row, starts in self._cells:
                for start, value in zip(starts, by_row.get(number, ()), strict=False):
                    if value is not None:
                        add(start)
                        add(digits)
                        add(ends[value] if value.__class__ in _ALIKE else ends.made(value))
            written += len(out) > before
            add(self._row_end)
        if written != due or b"" in out:  # there are rows to make, or cells to leave out
            return None
        new = b"".join(self._new)
        self._new.clear()
        return EditedBlock(b"".join(out), new, last_row)

    def _ends_of(self, style: str | None) -> "_Ends":
        if style not in self._ends:
            score_style = self._styles.for_score(style)
            self._ends[style] = _Ends(self._prefix, style, score_style, self._new)
        return self._ends[style]

    def _parted(self, block: bytes) -> tuple[list[bytes], list[bytes]]:
        """Return the numbers of the rows, and the rows without their ends.

        Their `spans` reach the new cells, also where there will be none: they are a hint, which
        Excel too gives for sixteen rows at a time.
        """
        first = self._heads.search(block)
        spans = first[2] if first else None
        hint = b"" if spans is None else b' spans="%s"' % spans
        numbers = number_pattern(self._prefix, hint).findall(block)
        alike = block.count(hint) == len(numbers) if hint else b" spans=" not in block
        if alike and len(numbers) == block.count(self._row_end):
            grown = block if spans is None else block.replace(hint, self._grown(spans))
            return numbers, grown.split(self._row_end)[:-1]
        heads = self._heads.findall(block)
        pieces = [
            piece.replace(b' spans="%s"' % spans, self._grown(spans), 1) if spans else piece
            for (_, spans), piece in zip(heads, block.split(self._row_end), strict=False)
        ]
        return [number for number, _ in heads], pieces

    def _grown(self, spans: bytes) -> bytes:
        """Return `spans` that reach the new cells, as an attribute."""
        new = self._spans.get(spans)
        if new is None:
            grown = grown_spans(spans.decode(), self._plan.columns)
            new = self._spans[spans] = b"" if grown is None else f' spans="{grown}"'.encode()
        return new

    def _looks(self, block: bytes) -> dict[bytes, str]:
        """Return the styles that new cells take over, by row."""
        if self._plan.look_like is None:
            return {}
        found = style_pattern(self._prefix, self._plan.look_like).findall(block)
        return {row: style.decode() for row, style in found if int(style) in self._styles.plain}


class _Ends(dict[CellValue, bytes]):
    """What follows the references of new cells of one style, by value."""

    def __init__(
        self, prefix: str, style: str | None, score_style: str | None, new: list[bytes]
    ) -> None:
        """Take what cells look like, and where to put those that weren't made before."""
        self._prefix = prefix
        self._style = style
        self._score_style = score_style
        self._new = new

    def __missing__(self, value: CellValue) -> bytes:
        if len(self) >= _REMEMBERED:
            self.clear()
        end = self.made(value)
        if end:
            self[value] = end
        return end

    def made(self, value: CellValue) -> bytes:
        """Return what follows the reference, "" if there is to be no cell."""
        style = self._score_style if isinstance(value, float) else self._style
        end = after_reference(self._prefix, value, style).encode()
        if end:
            self._new.append(f'<{self._prefix}c r="A1'.encode() + end)
        return end
