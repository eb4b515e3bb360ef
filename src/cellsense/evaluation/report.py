"""Runs the evaluation that a user asked for, and shows it as tables, as JSON or as a page."""

from dataclasses import dataclass
from pathlib import Path

import typer

from cellsense.atomic import write_whole
from cellsense.classifier import Classifier
from cellsense.console import ConsoleListener
from cellsense.ending import ends_if_told
from cellsense.evaluation.matching import match_labels, parse_map
from cellsense.labelled import read_labelled
from cellsense.one_line import one_line
from cellsense.page.target import check_page

CANCELLED = 130


@dataclass(frozen=True, slots=True)
class Wish:
    """What a user asked for, by the flags' names."""

    file: Path
    text: str | None
    label: str
    sheet: str | None
    mapping: str | None
    limit: int | None
    wrong: int
    as_json: bool
    html: Path | None
    force: bool


def evaluate_and_print(wish: Wish, model: str | None, device: str) -> None:
    """Print the result on standard output, what is in work on standard error.

    Raises OutputError, before any work is done, if the page may not be written.
    """
    try:
        with ends_if_told():
            _run(wish, Classifier(model, device, check_language=False))
    except KeyboardInterrupt:
        typer.echo("Cancelled; nothing was written.", err=True)
        raise typer.Exit(CANCELLED) from None


def _run(wish: Wish, classifier: Classifier) -> None:
    from cellsense.evaluation.run import evaluate

    pairs = parse_map(wish.mapping)
    if wish.html is not None:
        check_page(wish.html, wish.file, force=wish.force)
    labelled = read_labelled(wish.file, wish.text, wish.label, wish.sheet).first(wish.limit)
    matched = match_labels(labelled.labels, classifier.labels, pairs)
    with ConsoleListener(classifier, to_stderr=True) as listener:
        listener.selected(str(wish.file), labelled.selection, len(labelled.texts))
        found = evaluate(
            classifier, labelled, matched, wrong=wish.wrong, on_progress=listener.progress
        )
    if wish.html is not None:
        from cellsense.evaluation.page import as_page

        write_whole(wish.html, as_page(found))
    if wish.as_json:
        from cellsense.evaluation.told import as_json

        typer.echo(as_json(found))
    else:
        from cellsense.evaluation.table import as_tables

        typer.echo(as_tables(found))
    if wish.html is not None:
        typer.echo(one_line(f"Wrote {wish.html}"), err=True)
