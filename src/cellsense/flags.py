"""Flags and arguments that several commands have, each said once."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Engine(StrEnum):
    """Where a conversion runs."""

    LOCAL = "local"
    RAY = "ray"


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
EngineName = Annotated[
    Engine,
    typer.Option(
        help="ray spreads the work over processes, on this machine or on a cluster, and also takes "
        "and makes s3://, gs:// and other addresses (pip install 'cellsense[ray]')."
    ),
]
ClusterAddress = Annotated[
    str | None,
    typer.Option(
        metavar="HOST:PORT",
        help="With --engine ray: the cluster to join, or auto for one that runs here. [default: "
        "RAY_ADDRESS in the environment, else one is started on this machine]",
    ),
]
WorkerCount = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        help="With --engine ray: how many processes. [default: one for each GPU, or for every four "
        "cores]",
    ),
]
PartRows = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        help="With --engine ray: rows of a Parquet file in one task and one file of the result. "
        "[default: 50000]",
    ),
]
AnyLanguage = Annotated[
    bool,
    typer.Option(
        "--any-language",
        help="Label texts in other languages than English too. What is embedded reads English "
        'only, so they get "OTHER LANGUAGE" instead.',
    ),
]
