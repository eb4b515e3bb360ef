"""Learns from the rows that a user labelled, keeps it in a file, and labels all rows by it."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cellsense.atomic import write_whole
from cellsense.classifier import Classifier
from cellsense.console import ConsoleListener
from cellsense.conversion import Options
from cellsense.ending import ends_if_told
from cellsense.errors import OutputError
from cellsense.jobs.records import Job
from cellsense.jobs.start import run_job
from cellsense.labelled import examples, read_labelled
from cellsense.learn.names import learned_name
from cellsense.one_line import one_line
from cellsense.sheets.interface import column_letter
from cellsense.targets import STANDARD, choose_target

if TYPE_CHECKING:
    from cellsense.learn.model import Learned

CANCELLED = 130


def learn_and_print(
    file: Path,
    text: str | None,
    label: str,
    sheet: str | None,
    keep: Path | None,
    output: str | None,
    *,
    convert: bool,
    any_language: bool,
    force: bool,
) -> None:
    """Print what was learned; then label the file as `convert` does."""
    to_stderr = output == STANDARD
    labelled = read_labelled(file, text, label, sheet)
    target = keep or file.with_name(learned_name(file.stem, labelled.label_column))
    _check_target(target, force=force)
    if convert:
        choose_target(file, output, force=force)  # refused now rather than after learning
    for note in (*labelled.notes, *examples(labelled.texts, labelled.labels).notes):
        _say(f"Note: {note}", to_stderr=to_stderr)
    from cellsense.learn.learn import learn

    try:
        with ends_if_told():
            learned = learn(labelled.texts, labelled.labels)
            write_whole(target, learned.as_json())
    except KeyboardInterrupt:
        _say("Cancelled; nothing was written.", to_stderr=True)
        raise typer.Exit(CANCELLED) from None
    _tell(learned, len(labelled.texts), target, to_stderr=to_stderr)
    if not convert:
        return
    column = labelled.selection.column
    options = Options(
        sheet=labelled.selection.sheet.name if sheet is None else sheet,
        column=text if text is not None else column.header or column_letter(column.column),
        force=force,
    )
    classifier = Classifier(target, check_language=False if any_language else None)
    try:
        with ConsoleListener(classifier, to_stderr=to_stderr) as listener:
            run_job(Job(str(file), output, options=options), classifier, listener, [])
    except KeyboardInterrupt:
        _say(f"Cancelled; nothing was labelled. What was learned is in {target}.", to_stderr=True)
        raise typer.Exit(CANCELLED) from None


def _tell(learned: "Learned", rows: int, target: Path, *, to_stderr: bool) -> None:
    for line in learned.lines(rows):
        _say(line, to_stderr=to_stderr)
    _say(
        f"Wrote {target} · elsewhere: cellsense convert FILE --model {target}", to_stderr=to_stderr
    )


def _say(line: str, *, to_stderr: bool) -> None:
    typer.echo(one_line(line), err=to_stderr)


def _check_target(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise OutputError(f"{target} exists: add --force to replace it, or name another --keep.")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"The folder {target.parent} doesn't exist: create it first.")
