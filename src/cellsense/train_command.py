"""`cellsense train`: its flags and what they say about themselves."""

from pathlib import Path
from typing import Annotated

import typer

from cellsense.flags import DeviceName, LabelColumn, LabelledFile, LabelledSheet, TextColumn


def train(
    file: LabelledFile,
    label: LabelColumn,
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER",
            help="The folder to write: an ordinary transformers model, as --model takes it.",
            show_default=False,
        ),
    ],
    text: TextColumn = None,
    sheet: LabelledSheet = None,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C",
            help="The labels there are; others in the column are a mistake. [default: all]",
        ),
    ] = None,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="The model to begin with: a folder or a hub id of an encoder such as BERT. "
            "[default: the embedded one, which reads English]",
        ),
    ] = None,
    epochs: Annotated[
        int, typer.Option(metavar="N", min=1, help="Go over the texts N times at most.")
    ] = 10,
    patience: Annotated[
        int, typer.Option(metavar="N", min=1, help="Stop after N epochs that are no better.")
    ] = 3,
    validation: Annotated[
        float,
        typer.Option(metavar="SHARE", help="The share of the texts that the model is judged by."),
    ] = 0.1,
    max_tokens: Annotated[
        int,
        typer.Option(metavar="N", min=16, help="Of longer texts, head and tail are trained on."),
    ] = 128,
    learning_rate: Annotated[
        float | None,
        typer.Option(metavar="RATE", help="The highest. [default: 0.0001, for wide bases 0.00003]"),
    ] = None,
    seed: Annotated[
        int, typer.Option(metavar="N", min=0, help="Decides the split and the order of the texts.")
    ] = 0,
    device: DeviceName = "auto",
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew what an earlier command left in work.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the model that FOLDER holds.")
    ] = False,
) -> None:
    """Train a model of your own on texts that you labelled.

    The labels are whatever the column holds: NEGATIVE and POSITIVE, 1 to 5, topics. A tenth of the
    texts is kept apart; after each epoch the model is judged by them, the best epoch is kept, and
    its scores are calibrated. A run that is stopped goes on with the same command. Twenty labelled
    texts are the least; some hundreds are a start.

    For example:

      cellsense train labelled.xlsx --text Review --label Topic --out topics

      cellsense convert reviews.xlsx --model topics
    """
    from cellsense.labelled import label_text
    from cellsense.training.own_report import train_and_print
    from cellsense.training.wish import Wish

    named = None if labels is None else tuple(label_text(name) for name in labels.split(","))
    wish = Wish(base, named, epochs, patience, learning_rate, max_tokens, validation, seed, device)
    train_and_print(file, text, label, sheet, out, wish, force=force, restart=restart)
