"""How the command line shows a run on Ray: plain lines, and a bar on a terminal."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cellsense.cells import CellKind
from cellsense.console import count, counts_line, progress_bar
from cellsense.distributed.cluster import Team
from cellsense.distributed.plan import Plan
from cellsense.distributed.storage import Place
from cellsense.jobs.records import FileRecord
from cellsense.jobs.report import totals
from cellsense.one_line import one_line

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_MOST_NOTES = 3


@dataclass(frozen=True, slots=True)
class _Counted:
    labels: dict[str, int] = field(default_factory=dict)
    without_text: dict[CellKind, int] = field(default_factory=dict)
    unanswered: dict[str, int] = field(default_factory=dict)


class Shown:
    """Shows a run; the bar goes to stderr, and only to a terminal."""

    def __init__(self) -> None:
        self._lines = sys.stdout
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._rows = self._ready = 0
        self._by_rows = True
        self._started = time.monotonic()

    def planned(self, source: Place, plan: Plan, team: Team) -> None:
        """Say what will be done, and by whom."""
        parts = [str(source)]
        if plan.selection is not None:
            parts.append(str(plan.selection.column))
        if plan.rows is not None and plan.tasks:
            parts.append(count(plan.rows, "row"))
        parts.append(f"{count(len(plan.tasks), 'task')} for {team}")
        self._print(" · ".join(parts))
        if plan.selection is not None and plan.selection.runner_up:
            self._print(f"Next best: {plan.selection.runner_up} (take it with --column)")
        if plan.tasks and sys.stderr is not None and sys.stderr.isatty():
            self._bar = progress_bar()
            self._bar.start()
            self._started = time.monotonic()
            self._by_rows = plan.rows is not None
            total = len(plan.tasks) if plan.rows is None else plan.rows
            title = "Files" if plan.rows is None else "Rows"
            self._task = self._bar.add_task(title, total=total, speed="starting the workers")

    def ready(self) -> None:
        """Hear that a task is done."""
        self._ready += 1

    def progress(self, rows: int) -> None:
        """Move the bar to the rows in tasks that are done and in those in work."""
        self._rows = max(self._rows, rows)  # a task that is begun anew loses its rows
        if self._bar is None or self._task is None:
            return
        rate = self._rows / max(1e-6, time.monotonic() - self._started)
        speed = f"{rate:,.0f} rows/s" if self._rows else "starting the workers"
        self._bar.update(
            self._task, completed=self._rows if self._by_rows else self._ready, speed=speed
        )

    def left(self, record: FileRecord) -> None:
        """Say why a file or part has no new result."""
        if record.status == "failed":
            print(f"Error: {one_line(record.why or '')}", file=sys.stderr, flush=True)

    def finished(self, output: Place, records: Sequence[FileRecord], told: "Told") -> None:
        """Say what came of it."""
        counted = totals(records)
        self._print(counts_line(_counts(counted)))
        notes = list(dict.fromkeys(note for record in records for note in record.figures.notes))
        for note in notes[:_MOST_NOTES]:
            self._print(f"Note: {note}")
        if len(notes) > _MOST_NOTES:
            self._print(f"Note: {len(notes) - _MOST_NOTES:,} more of such notes: see a --report.")
        if told.begun_again:
            self._print(f"Workers were lost: {count(told.begun_again, 'task')} begun again.")
        made = sum(record.status == "ok" for record in records)
        before = sum(record.status == "skipped" and record.output is not None for record in records)
        parts = [f"Wrote {output}", count(made, "file")]
        if before:
            parts.append(f"{before:,} done before")
        if told.rows:
            rate = told.rows / max(1e-6, told.seconds)
            parts.append(f"{count(told.rows, 'row')} in {told.seconds:,.0f} s ({rate:,.0f} rows/s)")
        self._print(" · ".join(parts))

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
        self._bar = self._task = None

    def _print(self, line: str) -> None:
        print(one_line(line), file=self._lines, flush=True)


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to say at the end besides."""

    rows: int = 0  # of this run alone
    seconds: float = 0.0
    begun_again: int = 0  # tasks whose worker was lost


def _counts(counted: dict[str, Any]) -> _Counted:
    without = {CellKind(kind): rows for kind, rows in counted["without_text"].items()}
    return _Counted(counted["labels"], without, counted["unanswered"])
