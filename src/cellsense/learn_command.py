"""`cellsense learn`: its flags and what they say about themselves."""

from pathlib import Path
from typing import Annotated

import typer


def learn(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An .xlsx, .xlsm, .csv, .tsv or .parquet file; some rows have a label already.",
            show_default=False,
        ),
    ],
    label: Annotated[
        str,
        typer.Option(
            metavar="COLUMN",
            help="The column with your labels, by header, letter or number.",
            show_default=False,
        ),
    ],
    text: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column with the texts. [default: the one that most looks like review text]",
        ),
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The sheet's name. [default: one with both columns]"),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.json",
            help="Where to keep what was learned. [default: beside FILE, by the label's name]",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Where to write the labelled file. [default: NAME.labelled.xlsx beside FILE]",
        ),
    ] = None,
    no_convert: Annotated[
        bool, typer.Option("--no-convert", help="Only learn; label nothing yet.")
    ] = False,
    any_language: Annotated[
        bool,
        typer.Option(
            "--any-language",
            help="Label texts in other languages than English too; the embedded encoder was made "
            "for English.",
        ),
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what was learned and labelled before.")
    ] = False,
) -> None:
    """Learn labels from a few rows that you labelled by hand, and label all rows.

    Eight rows of each label are a start, three the least. It takes seconds on a CPU, offline, and
    says how good it is on examples that it hadn't seen: don't trust it further than that. With
    some hundreds of labelled rows, `cellsense train` is better.

    For example, with a column Topic that is filled in for forty of a thousand rows:

      cellsense learn reviews.xlsx --label Topic

      cellsense convert others.xlsx --model reviews.topic.json
    """
    from cellsense.learn.report import learn_and_print

    learn_and_print(
        file,
        text,
        label,
        sheet,
        keep,
        output,
        convert=not no_convert,
        any_language=any_language,
        force=force,
    )
