"""The command line: parses and calls."""

import errno
import os
import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from cellsense import __version__
from cellsense.bench_command import bench
from cellsense.convert_command import convert
from cellsense.ending import listen
from cellsense.errors import CellsenseError
from cellsense.evaluate_command import evaluate
from cellsense.learn_command import learn
from cellsense.models_command import models
from cellsense.one_line import one_line
from cellsense.report_command import report
from cellsense.serve_command import serve
from cellsense.train_command import train
from cellsense.warned import show_warnings
from cellsense_addin import commands as excel

USER_ERROR = 2

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
app.add_typer(models)


def main() -> None:
    """Run the command line; a user's mistake is one line on stderr and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None where the caller closed it
            stream.reconfigure(errors="replace")
    # Being told to end is no reason to leave a temporary file behind.
    listen()
    show_warnings()
    try:
        app()
    except CellsenseError as error:
        print(f"Error: {one_line(str(error))}", file=sys.stderr)
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


app.command()(convert)


@app.command()
def doctor() -> None:
    """Show what was found on this machine, as a table to paste into a bug report."""
    from cellsense.doctor import findings
    from cellsense.markdown import table

    print(table(("", ""), list(findings())))


app.command()(bench)


app.command()(report)


app.command()(evaluate)


app.command()(train)


app.command()(learn)


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
