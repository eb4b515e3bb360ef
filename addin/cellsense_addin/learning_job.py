"""Learning from the rows that an analyst labelled in an open sheet, step by step."""

import queue
import re
import threading
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from platformdirs import user_data_path

from cellsense.atomic import write_whole
from cellsense.errors import CellsenseError, OptionError, OutputError, SelectionError
from cellsense.labelled import count_skipped, examples, labelled_rows
from cellsense.learn.names import SUFFIX, learned_name
from cellsense.sheets.beside import find_beside
from cellsense.sheets.interface import Area, Sheet
from cellsense.sheets.picked import select_picked
from cellsense_addin.failures import unexpected
from cellsense_addin.options import LONGEST_ANSWER, change_option
from cellsense_addin.question import MOST_EXAMPLES

if TYPE_CHECKING:
    from cellsense.learn.model import Learned

_CLICKED = re.compile(r"=(?:.*!)?\$?([A-Za-z]{1,3})(?:\$?\d+)?(?::.*)?")
_LONGEST = 160  # characters of a line


class LearningJob:
    """Learns in a thread; `step` keeps what was learned, and has the button go by it.

    Args:
        sheet: holds the texts and the labels.
        picked: cells of the texts' column; its other rows are read too.
        wanted: the labels' column: header, letter or number.
        book: the workbook's file, or only its name if it has none on this machine.

    Raises SelectionError for columns that can't be had, OptionError for more examples than a button
    should wait for, OutputError for a file that is in the way.

    """

    def __init__(self, sheet: Sheet, picked: Area, wanted: str, book: Path) -> None:
        selection = select_picked(sheet, picked, whole=True)
        column = find_beside(selection, _named(wanted))
        if column.column == selection.column.column:
            raise SelectionError(
                f"The reviews themselves stand in {column}: name the column with their labels."
            )
        rows, skipped = labelled_rows(selection, column)
        if not rows:
            raise SelectionError(
                f"No row has a text in {selection.column} and a label in {column}: "
                f"{count_skipped(skipped)}."
            )
        if len(rows) > MOST_EXAMPLES:
            raise OptionError(
                f"{len(rows):,} rows have a label in {column}, and the button learns from "
                f"{MOST_EXAMPLES:,} at most: with so many, `cellsense train` makes a better model."
            )
        self.sheet, self.column = (book.name, sheet.name), column.column
        self._texts, self._labels = [row[0] for row in rows], [row[1] for row in rows]
        self._file = _place(book, learned_name(book.stem, column))
        self._replaces = self._file.exists()
        self._results: queue.Queue[Learned | CellsenseError] = queue.Queue()
        self._learned: Learned | None = None
        threading.Thread(target=self._work, name="addin-learning", daemon=True).start()

    @property
    def finished(self) -> bool:
        """True once what was learned is kept."""
        return self._learned is not None

    @property
    def progress(self) -> str:
        """What it is doing."""
        return f"learning from {len(self._texts):,} rows"

    def step(self, seconds: float) -> None:
        """Wait for so long at most. Raises TrainingError, OutputError, and what Classifier does."""
        try:
            result = self._results.get(timeout=seconds)
        except queue.Empty:
            return
        if isinstance(result, CellsenseError):
            raise result
        self._keep(result)
        change_option("labels", str(self._file))
        self._learned = result

    def cancel(self) -> str:
        """Leave off: what is learned later is dropped. Return what to say."""
        return "Cancelled: nothing was learned."

    @property
    def told(self) -> str:
        """What was learned, how far to trust it, and where it is kept; some lines."""
        lines = self._learned.lines(len(self._texts)) if self._learned else []
        notes = examples(self._texts, self._labels).notes
        place = f"{self._file}, in the place of what was there" if self._replaces else self._file
        kept = f"Kept in {place}. Classify column goes by it, until Labels… says otherwise."
        # A message box holds some 1,000 characters, and fifty labels may be more.
        return "\n".join(
            (*(shorten(line, _LONGEST, placeholder=" …") for line in lines), *notes, kept)
        )

    def _keep(self, learned: "Learned") -> None:
        if self._file.parent != _users_folder():
            try:
                write_whole(self._file, learned.as_json())
            except OutputError:  # a folder where nothing can be written
                self._file = _users_folder() / self._file.name
                self._replaces = self._file.exists()
            else:
                return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{self._file.parent} can't be made: {error.strerror}.") from error
        write_whole(self._file, learned.as_json())

    def _work(self) -> None:
        try:
            # Here, as it takes in numpy: Excel isn't held for that.
            from cellsense.learn.learn import learn

            self._results.put(learn(self._texts, self._labels))
        except CellsenseError as error:
            self._results.put(error)
        except Exception as error:  # noqa: BLE001 - raised again in the thread that waits
            self._results.put(unexpected(error))


def _place(book: Path, name: str) -> Path:
    """Choose the file: beside the workbook, or among the user's if that was never saved.

    What was learned before is replaced. Raises OutputError for another file of that name.
    """
    file = book.with_name(name)
    if not book.is_absolute() or len(str(file)) > LONGEST_ANSWER:
        file = _users_folder() / name
    if len(str(file)) > LONGEST_ANSWER:
        file = _users_folder() / f"labels{SUFFIX}"
    if file.exists():
        from cellsense.learn.model import is_learned

        if not is_learned(file):
            raise OutputError(f"{file} exists and is another program's: rename it, or the header.")
    return file


def _users_folder() -> Path:
    """Return the folder for what can't lie beside its workbook."""
    return user_data_path("cellsense", appauthor=False) / "learned"


def _named(wanted: str) -> str:
    """Return a column's letter for what Excel's box holds after a click on a cell: =$E$1."""
    clicked = _CLICKED.fullmatch(wanted.strip())
    return clicked[1] if clicked else wanted
