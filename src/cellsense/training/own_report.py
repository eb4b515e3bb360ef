"""Runs the training that a user asked for, and shows how it goes."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cellsense.ending import ends_if_told
from cellsense.labelled import count_skipped, read_labelled
from cellsense.one_line import one_line
from cellsense.training.wish import Epoch, Listener, Wish, work_folder

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from cellsense.training.fit import Step
    from cellsense.training.own import Trained
    from cellsense.training.split import Split

CANCELLED = 130
_LINE_SECONDS = 60.0  # between two lines where there is no terminal for a bar


def train_and_print(
    file: Path,
    text: str | None,
    label: str,
    sheet: str | None,
    out: Path,
    wish: Wish,
    *,
    force: bool,
    restart: bool,
) -> None:
    """Print what comes out on standard output, what is in work on standard error."""
    wish.check()
    labelled = read_labelled(file, text, label, sheet)
    rows = f"{len(labelled.texts):,} rows"
    if labelled.skipped:
        rows += f" · {count_skipped(labelled.skipped)}"
    where = f"{labelled.selection.column} with the labels of {labelled.label_column}"
    _say(f"{file} · sheet {labelled.selection.sheet.name} · {where} · {rows}")
    for note in labelled.notes:
        _say(f"Note: {note}")
    from cellsense.training.own import train

    listener = _Console()
    try:
        with ends_if_told():
            done = train(labelled, out, wish, listener, force=force, restart=restart)
    except KeyboardInterrupt:
        listener.close()
        _say(f"Stopped. The same command goes on from here; what is in work: {work_folder(out)}")
        raise typer.Exit(CANCELLED) from None
    finally:
        listener.close()
    typer.echo(one_line(_result(done)))
    typer.echo(one_line(f"Wrote {out} · use it with: cellsense convert FILE --model {out}"))
    typer.echo(one_line(f"Several times faster on a CPU after: cellsense models optimize {out}"))


def _result(done: "Trained") -> str:
    metrics = done.metrics
    return (
        f"Accuracy {metrics.accuracy:.1%} · macro F1 {metrics.macro_f1:.3f} · calibration error "
        f"{metrics.calibration_error:.1%} on {metrics.rows:,} texts kept apart, which also chose "
        f"the epoch and the temperature · best of {len(done.epochs)} epochs: {done.best.number}"
    )


def _say(line: str) -> None:
    print(one_line(line), file=sys.stderr, flush=True)


class _Console(Listener):
    """A bar on a terminal, elsewhere a line a minute; and a line for each epoch."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said = time.monotonic()

    def begins(self, data: "Split", tokens: int, taken_up: int, total: int) -> None:
        for note in data.notes:
            _say(f"Note: {note}")
        _say(
            f"{len(data.labels)} labels: {', '.join(data.labels)} · {len(data.texts):,} texts "
            f"({tokens:,} tokens) to train on, {len(data.validation_texts):,} to judge by"
        )
        if taken_up:
            _say(f"Going on after {taken_up:,} of at most {total:,} steps.")
        if sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(bar_width=30),
                MofNCompleteColumn(),
                TextColumn("· loss {task.fields[loss]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._bar.add_task("Training", total=total, completed=taken_up, loss="–")
            self._bar.start()

    def step(self, step: "Step") -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                completed=step.done,
                description=f"Epoch {step.epoch}",
                loss=f"{step.loss:.3f}",
            )
        elif time.monotonic() - self._said > _LINE_SECONDS:
            self._said = time.monotonic()
            _say(
                f"step {step.done:,} of at most {step.total:,} · loss {step.loss:.3f} · "
                f"{step.seconds_left / 60:.0f} min left at most"
            )

    def epoch(self, epoch: Epoch, *, best: bool) -> None:
        line = (
            f"Epoch {epoch.number}: accuracy {epoch.accuracy:.1%} · macro F1 "
            f"{epoch.macro_f1:.3f} · loss {epoch.loss:.3f}{' · best so far' if best else ''}"
        )
        if self._bar is not None:
            self._bar.console.print(line, markup=False, highlight=False)
        else:
            _say(line)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
