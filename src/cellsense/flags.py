"""Flags and arguments that several commands have, each said once."""

from pathlib import Path
from typing import Annotated

import typer

LabelledFile = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help="An .xlsx, .xlsm, .csv, .tsv or .parquet file of texts, some or all with a label.",
        show_default=False,
    ),
]
LabelColumn = Annotated[
    str,
    typer.Option(
        metavar="COLUMN",
        help="The column with the labels, by header, letter or number.",
        show_default=False,
    ),
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column with the texts. [default: the one that most looks like review text]",
    ),
]
LabelledSheet = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The sheet's name. [default: one with both columns]"),
]
ModelName = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL",
        help="A folder or hub id of a text-classification model, or a file of `cellsense learn`. "
        "[default: the embedded one]",
    ),
]
DeviceName = Annotated[
    str, typer.Option(metavar="DEVICE", help="auto, cpu, cuda, cuda:1, xpu or mps.")
]
AnyLanguage = Annotated[
    bool,
    typer.Option(
        "--any-language",
        help="Label texts in other languages than English too. What is embedded reads English "
        'only, so they get "OTHER LANGUAGE" instead.',
    ),
]
SummaryBy = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        metavar="COLUMN",
        help="A column with categories, such as a product, to part the summary by. May be given "
        "several times.",
    ),
]
SummaryDate = Annotated[
    str | None,
    typer.Option(
        metavar="COLUMN",
        help="The column with dates, for the summary over time. [default: the first that has them]",
    ),
]
