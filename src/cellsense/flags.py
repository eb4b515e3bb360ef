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
        help="The column with dates, for the summary over time. [default: the one with most]",
    ),
]
OwnLabels = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,C",
        help="Labels in your own words: each text gets the one that fits best. Offline by "
        "likeness of meaning; closer with a --model for natural language inference (NLI).",
    ),
]
Several = Annotated[
    bool,
    typer.Option(
        "--several",
        help='Any number of labels may fit: "price, delivery", or "NONE". With --labels, or '
        "a model that was trained so.",
    ),
]
Hypothesis = Annotated[
    str | None,
    typer.Option(
        metavar="SENTENCE",
        help='The words around a label of --labels, {} standing for it. [default: "a review '
        'about {}"; with a --model "This example is {}."]',
    ),
]
Revision = Annotated[
    str | None,
    typer.Option(
        metavar="REVISION",
        help="A hub model's branch, tag or commit: a commit is the same model for ever.",
    ),
]
RenameLabels = Annotated[
    str | None,
    typer.Option(
        metavar="PAIRS",
        help='Other names for the model\'s labels: "LABEL_0=bad,LABEL_1=good".',
    ),
]
Threshold = Annotated[
    float | None,
    typer.Option(
        metavar="P",
        help='Rows with a score below P (0 to 1) get "TO REVIEW" instead of a label.',
    ),
]
