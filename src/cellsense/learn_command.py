"""`cellsense learn`: its flags and what they say about themselves."""

from pathlib import Path
from typing import Annotated

import typer

from cellsense.flags import AnyLanguage, LabelColumn, LabelledFile, LabelledSheet, TextColumn


def learn(
    file: LabelledFile,
    label: LabelColumn,
    text: TextColumn = None,
    sheet: LabelledSheet = None,
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
    any_language: AnyLanguage = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite what was learned and labelled before.")
    ] = False,
) -> None:
    """Learn labels from a few rows that you labelled by hand, and label all rows.

    Eight rows of each label are a start, three the least. It takes seconds on a CPU, offline, and
    says how good it is on examples that it hadn't seen: don't trust it further than that. For
    hundreds of labelled rows there is `cellsense train`.

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
