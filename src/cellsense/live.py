"""A column of an open workbook, labelled in blocks while its user looks on.

Reading and writing belong to the thread that may talk to the spreadsheet program; the answers may
come from another one. What is written where is decided as for files, by `place` and `label`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from cellsense.cells import CellValue
from cellsense.classifier import Classifier
from cellsense.errors import OutputError
from cellsense.label import Summary, cell_values, read_cells, row_count, summarize
from cellsense.prediction import Prediction
from cellsense.sheets.placement import Placement
from cellsense.sheets.selection import Selection

BLOCK_ROWS = 500


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of the column, empty cells included."""

    first_row: int
    cells: Sequence[CellValue]

    @property
    def rows(self) -> range:
        """The rows' numbers."""
        return range(self.first_row, self.first_row + len(self.cells))


class LiveColumn:
    """The texts of a column, read once, and the place where its labels go.

    `write` raises OutputError if the texts were changed meanwhile.
    """

    def __init__(
        self, selection: Selection, placement: Placement, block_rows: int = BLOCK_ROWS
    ) -> None:
        self.selection = selection
        self._placement = placement
        self._cells, self._below = read_cells(selection, None)
        self._answers: dict[int, Prediction | None] = {}
        self._written = 0
        first, after = selection.first_row, selection.first_row + row_count(selection)
        self.blocks = [
            Block(
                start,
                [self._cells.get(row) for row in range(start, min(start + block_rows, after))],
            )
            for start in range(first, after, block_rows)
        ]

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return row_count(self.selection)

    def write(self, block: Block, answers: Sequence[Prediction | None]) -> None:
        """Write a block's labels and scores; the first time the headers too."""
        self._check_unchanged(block)
        given = dict(zip(block.rows, answers, strict=True))
        values = {row: cell_values(answer) for row, answer in given.items() if answer is not None}
        place = self._placement
        if place.replaces:
            # Block by block, so that a run that is cancelled has taken away no old label.
            empty: tuple[CellValue, ...] = (None,) * len(place.names)
            values = {row: values.get(row, empty) for row in given}
            place = replace(place, header_row=None, only_given_rows=True)
        elif self._written:
            place = replace(place, header_row=None, grow_table=None, grow_autofilter=False)
        self.selection.sheet.write(place.addition(values))
        self._written += len(given)
        self._answers.update({row: given[row] for row in given if row in self._cells})

    def summary(self, classifier: Classifier) -> Summary:
        """Count what was written so far."""
        cells = {row: self._cells[row] for row in self._answers}
        labels = classifier.labels if any(self._answers.values()) else ()
        return summarize(
            self.selection,
            self._placement,
            cells,
            self._answers,
            labels,
            rows=self._written,
            below=self._below,
        )

    def _check_unchanged(self, block: Block) -> None:
        """Rows that were inserted, sorted or edited meanwhile would get the labels of others."""
        column = self.selection.sheet.column(self.selection.column.column, block.first_row)
        found = dict(takewhile(lambda item: item[0] <= block.rows[-1], column))
        expected = {
            row: cell for row, cell in zip(block.rows, block.cells, strict=True) if cell is not None
        }
        if found != expected:
            where = f"rows {block.rows[0]:,} to {block.rows[-1]:,}"
            raise OutputError(
                f"Texts in {where} were changed while they were classified; {self._written:,} rows "
                "are labelled. Run it again."
            )
