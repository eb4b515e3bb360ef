"""`cellsense evaluate`: its flags and what they say about themselves."""

from pathlib import Path
from typing import Annotated

import typer

from cellsense.flags import (
    DeviceName,
    LabelColumn,
    LabelledFile,
    LabelledSheet,
    ModelName,
    TextColumn,
)


def evaluate(
    file: LabelledFile,
    label: LabelColumn,
    text: TextColumn = None,
    sheet: LabelledSheet = None,
    model: ModelName = None,
    device: DeviceName = "auto",
    mapping: Annotated[
        str | None,
        typer.Option(
            "--map",
            metavar="PAIRS",
            help="The model's labels for the column's: \"bad=NEGATIVE,good=POSITIVE\".",
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Take only the first N labelled rows.")
    ] = None,
    wrong: Annotated[
        int, typer.Option(metavar="N", min=0, help="Show the N wrong rows of the highest scores.")
    ] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a page with plots there too; it holds texts."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the page.")] = False,
) -> None:
    """Measure how good a model's labels and scores are, on rows that are labelled already.

    Labels are compared in any case. Stars are understood where the model's labels are NEGATIVE,
    NEUTRAL and POSITIVE: 1 and 2, 3, 4 and 5. Rows without a text or a label are left out.

    The calibration error tells how far scores are from the share that is right, over 15 bins: at
    0, of the rows with a score of 0.8, 80 % are right.

    For example:

      cellsense evaluate reviews.xlsx --text Review --label Stars --html report.html
    """
    from cellsense.evaluation.report import Wish, evaluate_and_print

    wish = Wish(file, text, label, sheet, mapping, limit, wrong, as_json, html, force)
    evaluate_and_print(wish, model, device)
