"""What a conversion is told, what it tells meanwhile, and what it tells at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from cellsense.errors import OptionError
from cellsense.label import LABEL_NAME, SCORE_NAME, Summary
from cellsense.more_columns import WHY_NAME, HasLabels, MoreColumns, more_columns
from cellsense.sheets.new_names import check_names
from cellsense.sheets.open import Writer
from cellsense.sheets.selection import Selection


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is converted; the command line has flags of the same names."""

    sheet: str | tuple[str, ...] | None = None  # one, or several
    column: str | None = None
    label_name: str = LABEL_NAME
    score_name: str = SCORE_NAME
    limit: int | None = None  # label only so many rows
    force: bool = False  # overwrite the output, and the columns of an earlier run
    writer: Writer = "splice"
    all_sheets: bool = False  # every sheet that has such a column
    beside: bool = False  # the new columns go right of the texts, and nowhere else
    after: str | None = None  # they go right of this column, and nowhere else
    summary: bool = False  # a sheet of counts and charts joins the workbook
    by: tuple[str, ...] = ()  # columns with categories, for the summary
    date: str | None = None  # the column with dates, for the summary
    explain: bool = False  # the last column has the words that carried the label
    top_k: int = 1  # so many labels, the likeliest first, each with its score
    all_scores: bool = False  # each label has a column for its score

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets named."""
        return (self.sheet,) if isinstance(self.sheet, str) else (self.sheet or ())

    @property
    def pair(self) -> tuple[str, str]:
        """The headers of the first two new columns."""
        return self.label_name, self.score_name

    def more_columns(self, classifier: HasLabels) -> MoreColumns:
        """Return the columns beyond these. Raises OptionError, and what Classifier raises."""
        return more_columns(self.top_k, self.all_scores, self.explain, classifier)

    def check(self) -> None:
        """Raise OptionError for what can't be meant, whatever the file."""
        check_names((*self.pair, WHY_NAME) if self.explain else self.pair)
        if self.top_k < 1:
            raise OptionError(f"--top-k {self.top_k} asks for no label: use 1 or more.")
        if self.limit is not None and self.limit < 1:
            raise OptionError(f"--limit {self.limit} leaves no row: use 1 or more.")
        if self.all_sheets and self.sheets:
            raise OptionError("--all-sheets takes every sheet: leave --sheet out, or --all-sheets.")
        if not self.summary and (self.by or self.date is not None):
            raise OptionError("--by and --date are for the summary: add --summary.")
        if self.beside and self.after is not None:
            raise OptionError("--beside means right of the texts: leave --after out, or --beside.")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a file."""

    source: str
    output: str
    backup: str | None
    summaries: tuple[Summary, ...]  # of the sheets that gained columns, in the order of the tabs
    notes: tuple[str, ...]
    skipped_sheets: Mapping[str, str] = field(default_factory=dict)  # and why
    added_sheets: tuple[str, ...] = ()

    @property
    def summary(self) -> Summary:
        """The summary of the first sheet, mostly the only one."""
        return self.summaries[0]


class Listener(Protocol):
    """Hears what is going on, to show it."""

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        """Hear which column of a sheet was chosen, before it is labelled."""

    def progress(self, done: int, total: int) -> None:
        """Hear how many of its cells are answered."""


class Silent:
    """A listener that shows nothing."""

    def selected(self, source: str, selection: Selection, rows: int) -> None:
        """Show nothing."""

    def progress(self, done: int, total: int) -> None:
        """Show nothing."""
