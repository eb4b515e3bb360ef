"""Makes the summary that a user asked for, and shows it as tables, as JSON or as a page."""

import json
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

import typer

from cellsense import __version__
from cellsense.atomic import write_whole
from cellsense.classifier import Classifier
from cellsense.console import ConsoleListener
from cellsense.ending import ends_if_told
from cellsense.errors import SelectionError
from cellsense.label import Answered, answer_selection, row_count
from cellsense.one_line import one_line
from cellsense.page.target import check_page
from cellsense.sheets.open import check_readable, open_workbook
from cellsense.sheets.selection import select
from cellsense.summary.asked import read_asked
from cellsense.summary.figures import Figures, gather
from cellsense.summary.given import given_labels
from cellsense.summary.made import made_by
from cellsense.summary.rows import NO_ROWS, find_rows
from cellsense.summary.table import as_tables

CANCELLED = 130
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked for, by the flags' names."""

    file: Path
    html: Path | None
    sheet: str | None
    column: str | None
    label: str  # the column whose labels are counted, if no classifier gives some
    several: bool
    by: tuple[str, ...]
    date: str | None
    limit: int | None
    telling: int
    review: int
    as_json: bool
    force: bool


def report_and_print(wish: Wish, classifier: Classifier | None) -> None:
    """Print the figures on standard output, what is in work on standard error.

    Without a classifier they are those of the labels that stand in the file. Raises what reading a
    file and classifying raise; OutputError, before any work is done, if the page may not be
    written.
    """
    try:
        with ends_if_told():
            _run(wish, classifier)
    except KeyboardInterrupt:
        typer.echo("Cancelled; nothing was written.", err=True)
        raise typer.Exit(CANCELLED) from None


def _run(wish: Wish, classifier: Classifier | None) -> None:
    check_readable(wish.file)
    if wish.html is not None:
        check_page(wish.html, wish.file, force=wish.force)
    with (
        closing(open_workbook(wish.file)) as workbook,
        ConsoleListener(classifier, to_stderr=True) as listener,
    ):
        selection = select(workbook.sheets, wish.sheet, wish.column)
        asked = read_asked(selection, wish.by, wish.date)
        if classifier is not None:
            classifier.labels  # noqa: B018 - raises what is wrong with it before any line is shown
        listener.selected(str(wish.file), selection, row_count(selection, wish.limit))
        if classifier is None:
            answered, made = given_labels(
                selection, wish.label, wish.file, limit=wish.limit, several=wish.several
            )
        else:
            answered = answer_selection(
                selection, classifier, limit=wish.limit, on_progress=listener.progress
            )
            made = made_by(classifier, str(wish.file))
        if not any(answered.answers.values()):
            raise SelectionError(
                f"{selection.column} of {wish.file} holds no text: name another --column."
            )
        found = gather(answered, asked, made)
        if wish.html is not None:
            write_whole(wish.html, _page(wish, found, answered, classifier))
    typer.echo(_as_json(found) if wish.as_json else as_tables(found))
    if wish.html is not None:
        typer.echo(one_line(f"Wrote {wish.html}"), err=True)


def _page(wish: Wish, found: Figures, answered: Answered, classifier: Classifier | None) -> str:
    from cellsense.summary.page import as_page

    if classifier is None:
        return as_page(found, NO_ROWS)
    rows = find_rows(answered, found.labels, classifier, telling=wish.telling, review=wish.review)
    return as_page(found, rows)


def _as_json(found: Figures) -> str:
    told = {
        "cellsense_report": _FORMAT,
        "version": __version__,
        **asdict(found),
        "date": found.date.isoformat(timespec="seconds"),
    }
    return json.dumps(told, indent=2)
