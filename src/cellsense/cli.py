"""The command line: parses and calls."""

import errno
import os
import signal
import sys
from enum import StrEnum
from io import TextIOWrapper
from typing import Annotated

import typer

from cellsense import __version__
from cellsense.errors import CellsenseError
from cellsense_addin import commands as excel
from cellsense_addin.server.commands import serve

USER_ERROR = 2
CANCELLED = 130
TERMINATED = 143

app = typer.Typer(
    name="cellsense",
    help="Put a sentiment label and a score beside every review in a column, on this machine.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(excel.addin)
cache = typer.Typer(
    name="cache",
    help="Show or empty the store of results that spares working out a text twice.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(cache)


class WriterName(StrEnum):
    """How an Excel file is written."""

    SPLICE = "splice"
    OPENPYXL = "openpyxl"


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None where the caller closed it
            stream.reconfigure(errors="replace")
    # Being told to end is no reason to leave a temporary file behind.
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(TERMINATED))
    try:
        app()
    except CellsenseError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(USER_ERROR)
    except BrokenPipeError:
        # The reader of a pipe went away; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print("Error: What cellsense says can't be written: no space left.", file=sys.stderr)
        sys.exit(USER_ERROR)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    if version:
        print(f"cellsense {__version__}")
        raise typer.Exit


@app.command()
def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER|-",
            help="An .xlsx, .xlsm, .csv, .tsv or .parquet file, a folder of such files, "
            "or - for CSV from standard input.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER|-",
            help="Where to write; - is standard output. [default: NAME.labelled.xlsx beside FILE]",
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Change FILE itself; FILE.bak keeps the original.")
    ] = False,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="The sheet's name.")] = None,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column with the texts, by header, letter or number. "
            "[default: the one that most looks like review text]",
        ),
    ] = None,
    label_name: Annotated[
        str, typer.Option(metavar="NAME", help="Header of the label column.")
    ] = "Label",
    score_name: Annotated[
        str, typer.Option(metavar="NAME", help="Header of the score column.")
    ] = "Score",
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="A folder or hub id of a text-classification model. [default: the embedded one]",
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:1, xpu or mps.")
    ] = "auto",
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="N", help="Rows in a batch. [default: found automatically]"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Label only the first N rows.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force", help="Overwrite the output, and the columns of an earlier run in the file."
        ),
    ] = False,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache", help="Work out every row, and keep no results (see `cellsense cache`)."
        ),
    ] = False,
    writer: Annotated[
        WriterName,
        typer.Option(
            help="splice changes nothing but the sheet; openpyxl rewrites the workbook and loses "
            "cached formula values and some parts (it says which)."
        ),
    ] = WriterName.SPLICE,
) -> None:
    """Put a label and a score column beside a column of reviews.

    The input stays as it is; the result appears beside it as NAME.labelled.xlsx, complete or not
    at all. Cells that hold no text (blank, number, date, error) get no label.

    Examples:
      cellsense convert reviews.xlsx

      cellsense convert reviews.xlsx --sheet Survey --column "What could be better?"

      cellsense convert reviews.csv --output - | head
    """
    from cellsense.classifier import Classifier
    from cellsense.convert import Options
    from cellsense.jobs import convert_all

    options = Options(
        sheet=sheet,
        column=column,
        label_name=label_name,
        score_name=score_name,
        limit=limit,
        force=force,
        writer=writer.value,
    )
    classifier = Classifier(model, device, batch_size=batch_size, use_cache=not no_cache)
    try:
        failed = convert_all(source, output, in_place, classifier, options)
    except KeyboardInterrupt:
        print("Cancelled; nothing was written for the file in work.", file=sys.stderr)
        raise typer.Exit(CANCELLED) from None
    if failed:
        raise typer.Exit(USER_ERROR)


@app.command()
def doctor() -> None:
    """Show what was found on this machine, as a table to paste into a bug report."""
    from cellsense.doctor import as_table, findings

    print(as_table(list(findings())))


app.command()(serve)


@cache.command("info")
def cache_info() -> None:
    """Show where results are kept, and how many. It holds hashes and scores, no texts."""
    from cellsense.cache import ENVIRONMENT, shared_cache

    results = shared_cache()
    if results is None:
        print(f"No results are kept: {ENVIRONMENT} is off.")
        return
    found = results.info()
    print(f"{found.results:,} results, {found.size / 1e6:,.1f} MB, in {found.file}")
    if results.broken:
        print(f"It can't be used: {results.broken}.")


@cache.command("clear")
def cache_clear() -> None:
    """Forget all results; the next run works them out again."""
    from cellsense.cache import shared_cache

    results = shared_cache()
    print(f"Forgot {results.clear() if results is not None else 0:,} results.")
