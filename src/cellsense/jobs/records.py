"""What is asked of a run, and what became of each of its files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from cellsense.conversion import Conversion, Listener, Options, Silent
from cellsense.label import Summary
from cellsense.label_workbook import Labelled

Status = Literal["ok", "failed", "skipped"]
ALREADY_DONE = "already done"


@dataclass(frozen=True, slots=True)
class Job:
    """What the command line asks for."""

    source: str
    output: str | None = None
    in_place: bool = False
    options: Options = field(default_factory=Options)
    recursive: bool = False
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    report: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a conversion counted, as a report and the list of finished files hold it."""

    sheets: tuple[Mapping[str, Any], ...] = ()
    skipped_sheets: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """The rows of all sheets."""
        return sum(int(sheet["rows"]) for sheet in self.sheets)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """What became of a file."""

    source: str
    output: str | None
    status: Status
    seconds: float = 0.0
    figures: Figures = field(default_factory=Figures)
    why: str | None = None  # the line that says why it failed, or was skipped


class JobListener(Listener, Protocol):
    """Hears also of the files that come and go."""

    def begins(self, number: int, total: int) -> None:
        """Hear that a file's turn has come."""

    def converted(self, conversion: Conversion) -> None:
        """Hear that its result has been written."""

    def left(self, record: FileRecord) -> None:
        """Hear that a file failed or was skipped."""


class SilentJob(Silent):
    """A listener that shows nothing of a run."""

    def begins(self, number: int, total: int) -> None:
        """Show nothing."""

    def converted(self, conversion: Conversion) -> None:
        """Show nothing."""

    def left(self, record: FileRecord) -> None:
        """Show nothing."""


def figures_of(done: Labelled | Conversion) -> Figures:
    """Return what a report holds of a workbook."""
    return Figures(tuple(map(_sheet, done.summaries)), done.skipped_sheets, done.notes)


def _sheet(summary: Summary) -> dict[str, Any]:
    return {
        "sheet": summary.sheet,
        "column": summary.column,
        "header": summary.header,
        "rows": summary.rows,
        "labels": dict(summary.labels),
        "without_text": {str(kind): count for kind, count in summary.without_text.items()},
        "label_column": summary.label_column,
        "score_column": summary.score_column,
        "names": list(summary.names),
        "unanswered": dict(summary.unanswered),
    }
