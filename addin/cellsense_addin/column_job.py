"""A selected column on its way: answers from the background, written step by step."""

import queue
import threading
import time
from dataclasses import dataclass

from cellsense.errors import CellsenseError, OptionError
from cellsense.label import Summary
from cellsense.live import Block, LiveColumn
from cellsense.prediction import Prediction
from cellsense.sheets.interface import Area, Sheet, column_letter
from cellsense.sheets.picked import select_picked
from cellsense.sheets.placement import Placement, own_columns, place_new
from cellsense.sheets.selection import Selection
from cellsense_addin.background import Labels, Waiting
from cellsense_addin.failures import unexpected
from cellsense_addin.options import NEXT_FREE, AddinOptions

_Answered = tuple[Block, list[Prediction | None]]


@dataclass(frozen=True, slots=True)
class Question:
    """What the analyst has to say before anything is written; `choices` is 2 (no: stop) or 3."""

    text: str
    choices: int


def plan(
    sheet: Sheet, picked: Area, options: AddinOptions, consent: str, kept: int | None = None
) -> tuple[Selection, Placement] | Question:
    """Decide what is labelled and where it goes, or what to ask first.

    `consent` is "" at first, then "yes" or "no"; `kept` is a column that isn't written again, even
    if an earlier run made it. Raises SelectionError, OptionError, OutputError.
    """
    selection = select_picked(sheet, picked)
    names = (options.label_name, options.score_name)
    own = own_columns(selection, names)
    if own is not None and kept in (own.column, own.column + 1):
        own = None
    new = place_new(selection, names, beside=True)
    if own is not None and _holds_anything(selection, own):
        if consent == "yes":
            return selection, own
        if consent == "no":
            return selection, new
        return Question(
            f"Columns {_letters(own)} hold labels of an earlier run. Write them again? "
            f"(No: leave them, and add new ones in {_letters(new)}.)",
            3,
        )
    if own is not None:
        return selection, own
    is_beside = new.column == selection.column.column + 1
    if is_beside or consent == "yes" or options.occupied == NEXT_FREE:
        return selection, new
    return Question(
        f"The cells right of the reviews are in use. Put the labels into columns {_letters(new)}?",
        2,
    )


class ColumnJob:
    """Classifies in a thread; `step` writes what is ready, in the thread that calls it."""

    def __init__(
        self, column: LiveColumn, background: Labels, threshold: float | None = None
    ) -> None:
        self._column = column
        self._background = background
        self._threshold = threshold
        self._answers: queue.Queue[_Answered | CellsenseError] = queue.Queue()
        self._cancelled = threading.Event()
        self._blocks_left = len(column.blocks)
        self._rows_done = 0
        threading.Thread(target=self._work, name="addin-column", daemon=True).start()

    @property
    def finished(self) -> bool:
        """True once every row is written."""
        return self._blocks_left == 0

    @property
    def progress(self) -> str:
        """Rows done, of rows in all."""
        return f"{self._rows_done:,} of {self._column.rows:,} rows"

    def step(self, seconds: float) -> None:
        """Write what gets ready within so long. Raises OutputError, and what Classifier raises."""
        end = time.monotonic() + seconds
        while not self.finished and (left := end - time.monotonic()) > 0:
            try:
                answered = self._answers.get(timeout=left)
            except queue.Empty:
                return
            if isinstance(answered, CellsenseError):
                raise answered
            block, answers = answered
            self._column.write(block, answers)
            self._rows_done += len(block.cells)
            self._blocks_left -= 1

    def cancel(self) -> str:
        """Stop after the block that is in work; what is written stays. Return what to say."""
        self._cancelled.set()
        return f"Cancelled: {self.progress} are labelled."

    @property
    def told(self) -> str:
        """What was written, as one line for the status bar."""
        return _told(self._column.summary(self._background.classifier))

    def _work(self) -> None:
        try:
            for block in self._column.blocks:
                if self._cancelled.is_set():
                    return
                answers = self._background.answer(block.cells)
                complete = [
                    answer and answer.above(self._threshold)
                    for answer in answers
                    if not isinstance(answer, Waiting)
                ]
                if len(complete) < len(answers):
                    self._answers.put(OptionError("The model was changed meanwhile: run it again."))
                    return
                self._answers.put((block, complete))
        except CellsenseError as error:
            self._answers.put(error)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that writes
            self._answers.put(unexpected(error))


def _told(summary: Summary) -> str:
    labels = ", ".join(f"{label} {rows:,}" for label, rows in summary.labels.items())
    without = sum(summary.without_text.values())
    parts = [f"{summary.rows:,} rows: {labels or 'no labels'}"]
    parts += [f"{without:,} without text"] if without else []
    parts += [f"columns {summary.label_column} and {summary.score_column}", *summary.notes]
    return "; ".join(parts)


def _holds_anything(selection: Selection, placement: Placement) -> bool:
    """Tell whether an earlier run's columns have something in the rows to be labelled."""
    return any(
        (cell := next(selection.sheet.column(column, selection.first_row), None)) is not None
        and cell[0] <= selection.last_row
        for column in (placement.column, placement.column + 1)
    )


def _letters(placement: Placement) -> str:
    return f"{column_letter(placement.column)} and {column_letter(placement.column + 1)}"
