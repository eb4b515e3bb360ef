"""How the command line shows what happens: plain lines, and a bar on a terminal."""

import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from cellsense.cells import CellKind
from cellsense.conversion import Conversion
from cellsense.jobs.records import ALREADY_DONE, FileRecord
from cellsense.label import Summary
from cellsense.maker import Maker
from cellsense.one_line import one_line
from cellsense.sheets.selection import Selection
from cellsense.targets import STANDARD

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Counts(Protocol):
    """What was counted: a Summary, or the counts of several."""

    @property
    def labels(self) -> Mapping[str, int]:
        """Rows by label."""

    @property
    def without_text(self) -> Mapping[CellKind, int]:
        """Rows by what their cell holds instead."""

    @property
    def unanswered(self) -> Mapping[str, int]:
        """Rows with a text and no answer, by the reason."""


class ConsoleListener:
    """Shows conversions line by line; the bar goes to stderr, and only to a terminal.

    Lines go to stdout, or to stderr when the file itself goes to stdout. Errors go to stderr.
    Where nothing is classified there is no bar.
    """

    def __init__(self, classifier: Maker | None, *, to_stderr: bool) -> None:
        self._classifier = classifier
        self._lines: TextIO = sys.stderr if to_stderr else sys.stdout
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._started = 0.0
        self._title = "Labelling"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop_bar()

    def begins(self, number: int, total: int) -> None:
        """Say in the bar which file of how many it is."""
        self._title = f"File {number:,} of {total:,}"

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        """Name what will be labelled, and what else could have been meant."""
        self._stop_bar()
        name = "standard input" if source == STANDARD else source
        self._print(
            f"{name} · sheet {selection.sheet.name} · {selection.column} · {count(rows, 'row')}"
        )
        if selection.runner_up:
            self._print(f"Next best: {selection.runner_up} (take it with --column or --sheet)")
        if sys.stderr is not None and sys.stderr.isatty():  # None where the caller closed it
            self._bar = progress_bar()

    def progress(self, done: int, total: int) -> None:
        """Move the bar."""
        if self._bar is None or self._classifier is None:
            return
        if self._task is None:
            self._bar.start()
            self._started = time.monotonic()
            self._task = self._bar.add_task(self._title, total=total, speed="loading the model")
        speed = "loading the model"
        if self._classifier.loaded:
            rate = done / max(1e-6, time.monotonic() - self._started)
            speed = f"{rate:,.0f} rows/s · {self._classifier.description}"
        self._bar.update(self._task, completed=done, speed=speed)

    def converted(self, conversion: Conversion) -> None:
        """Say how a file came out."""
        self._stop_bar()
        several = len(conversion.summaries) > 1
        for summary in conversion.summaries:
            line = counts_line(summary)
            self._print(f"{summary.sheet}: {line} · {_columns(summary)}" if several else line)
        for sheet, why in conversion.skipped_sheets.items():
            self._print(f'Skipped sheet "{sheet}": {why}')
        for note in conversion.notes:
            self._print(f"Note: {note}")
        target = "standard output" if conversion.output == STANDARD else conversion.output
        sheets = len(conversion.summaries)
        where = count(sheets, "sheet") if several else _columns(conversion.summary)
        for name in conversion.added_sheets:
            where += f' · sheet "{name}"'
        backup = f" (the original is {conversion.backup})" if conversion.backup else ""
        self._print(f"Wrote {target} · {where}{backup}")

    def left(self, record: FileRecord) -> None:
        """Say why a file has no new result."""
        self._stop_bar()
        if record.status == "failed":
            print(f"Error: {one_line(record.why or '')}", file=sys.stderr, flush=True)
        elif record.why == ALREADY_DONE:
            self._print(f"{record.source} · {ALREADY_DONE}: {record.output}")
        else:
            self._print(f"Skipped: {record.why}")

    def _stop_bar(self) -> None:
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _print(self, line: str) -> None:
        print(one_line(line), file=self._lines, flush=True)


def counts_line(summary: Counts) -> str:
    """Return "NEGATIVE 193 · NEUTRAL 88 · POSITIVE 708 · no text 11 (9 blank, 2 number)"."""
    parts = [f"{label} {count:,}" for label, count in summary.labels.items()]
    unanswered = sum(summary.unanswered.values())
    if unanswered:
        reasons = ", ".join(f"{count:,} {why}" for why, count in summary.unanswered.items())
        parts.append(f"no answer {unanswered:,} ({reasons})")
    missing = sum(summary.without_text.values())
    if missing:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in summary.without_text.items())
        parts.append(f"no text {missing:,} ({kinds})")
    return " · ".join(parts) or "no rows"


def _columns(summary: Summary) -> str:
    if len(summary.names) == 1:
        return f'column {summary.label_column} "{summary.names[0]}"'
    label, score, *more_names = summary.names
    more = f", with {_some(more_names)} beside" if more_names else ""
    return f'columns {summary.label_column} "{label}" and {summary.score_column} "{score}"{more}'


def _some(names: list[str]) -> str:
    first, *rest = [f'"{name}"' for name in names]
    return f"{first} to {rest[-1]}" if rest else first


def count(number: int, thing: str) -> str:
    """Return "1 row", "2 rows"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def progress_bar() -> "Progress":
    """Return a bar on stderr; its field "speed" says how fast it goes."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("· {task.fields[speed]}"),
        console=Console(stderr=True),
    )
