"""Learns from the rows that a user labelled, keeps it in a file, and labels all rows by it."""

from pathlib import Path

import typer

from cellsense.atomic import write_whole
from cellsense.classifier import Classifier
from cellsense.console import ConsoleListener
from cellsense.conversion import Options
from cellsense.ending import ends_if_told
from cellsense.errors import OutputError
from cellsense.jobs.records import Job
from cellsense.jobs.start import run_job
from cellsense.labelled import read_labelled
from cellsense.one_line import one_line

CANCELLED = 130
_WEAK = 0.1  # better than the commonest label by less than this is little


def learn_and_print(
    file: Path,
    text: str | None,
    label: str,
    sheet: str | None,
    keep: Path | None,
    output: str | None,
    *,
    convert: bool,
    force: bool,
) -> None:
    """Print what was learned; then label the file as `convert` does."""
    labelled = read_labelled(file, text, label, sheet)
    target = keep or file.with_name(f"{file.stem}.{_plain(str(labelled.label_column.header))}.json")
    _check_target(target, force=force)
    from cellsense.learn.learn import learn

    try:
        with ends_if_told():
            learned = learn(labelled.texts, labelled.labels)
            write_whole(target, learned.as_json())
    except KeyboardInterrupt:
        typer.echo("Cancelled; nothing was written.", err=True)
        raise typer.Exit(CANCELLED) from None
    counts = " · ".join(f"{name} {count}" for name, count in learned.examples.items())
    typer.echo(one_line(f"Learned from {len(labelled.texts):,} rows: {counts}"))
    commonest = max(learned.examples.values()) / sum(learned.examples.values())
    typer.echo(f"{learned.told}; always the commonest label: {commonest:.0%}")
    if learned.accuracy < commonest + _WEAK:
        typer.echo("That is little: label more rows, or take clearer labels.")
    typer.echo(
        one_line(f"Wrote {target} · for other files: cellsense convert FILE --model {target}")
    )
    if not convert:
        return
    options = Options(
        sheet=labelled.selection.sheet.name if sheet is None else sheet,
        column=str(labelled.selection.column.header or text),
        force=force,
    )
    classifier = Classifier(target)
    with ConsoleListener(classifier, to_stderr=False) as listener:
        run_job(Job(str(file), output, options=options), classifier, listener, [])


def _plain(name: str) -> str:
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name.lower())
    return kept.strip("-")[:40] or "labels"


def _check_target(target: Path, *, force: bool) -> None:
    if target.exists() and not force:
        raise OutputError(f"{target} exists: add --force to replace it, or name another --keep.")
    if not target.absolute().parent.is_dir():
        raise OutputError(f"The folder {target.parent} doesn't exist: create it first.")
