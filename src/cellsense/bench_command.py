"""`cellsense bench`: its flags and what they say about themselves."""

from pathlib import Path
from typing import Annotated

import typer

from cellsense.bench import DEFAULT_FILE


def bench(
    file: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="A file of reviews, as convert takes it.")
    ] = DEFAULT_FILE,
    sheet: Annotated[str | None, typer.Option(metavar="NAME", help="The sheet's name.")] = None,
    column: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="The column with the texts. [default: as convert]"),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="A folder or a hub id. [default: the embedded model]"),
    ] = None,
    limit: Annotated[
        int, typer.Option(metavar="N", min=1, help="Time the first N different texts.")
    ] = 1000,
    rounds: Annotated[
        int, typer.Option(metavar="N", min=1, help="Time each N times, in turn; show medians.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Time cellsense on this machine, beside the plain transformers pipeline.

    Each device and precision runs in a process of its own, after loading and a warm-up, without
    kept results. "Same label" is the share of texts that get the pipeline's label; the pipeline
    reads the first window of a long text only.
    """
    from cellsense.bench.report import run_and_print

    run_and_print(file, sheet, column, model, limit=limit, rounds=rounds, as_json=as_json)
