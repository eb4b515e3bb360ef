"""`cellsense report`: its flags and what they say about themselves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cellsense.errors import OptionError
from cellsense.flags import (
    AnyLanguage,
    DeviceName,
    Hypothesis,
    ModelName,
    OwnLabels,
    RenameLabels,
    Revision,
    Several,
    SummaryBy,
    SummaryDate,
    TextColumn,
    Threshold,
)


def report(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="An .xlsx, .xlsm, .csv, .tsv or .parquet file; it stays as it is.",
            show_default=False,
        ),
    ],
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="PAGE", help="Write a page with pictures there; it holds texts of some rows."
        ),
    ] = None,
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The sheet's name. [default: the best]")
    ] = None,
    column: TextColumn = None,
    label: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="Count the labels that stand in this column, and classify nothing: after you have "
            "corrected some.",
        ),
    ] = None,
    by: SummaryBy = None,
    date: SummaryDate = None,
    model: ModelName = None,
    labels: OwnLabels = None,
    several: Several = False,
    hypothesis: Hypothesis = None,
    revision: Revision = None,
    rename_labels: RenameLabels = None,
    device: DeviceName = "auto",
    threshold: Threshold = None,
    any_language: AnyLanguage = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Take only the first N rows.")
    ] = None,
    telling: Annotated[
        int,
        typer.Option(metavar="N", min=0, max=50, help="On the page, N telling rows of each label."),
    ] = 4,
    review: Annotated[
        int, typer.Option(metavar="N", min=0, max=1000, help="On the page, N rows to review.")
    ] = 12,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the page.")] = False,
) -> None:
    """Show what the labels of a column come to: in all, by category and over time.

    Texts are labelled as by `cellsense convert`, and what that worked out before isn't worked out
    again. With --html a page has the same as pictures, the words behind each label, the most
    telling rows with the words that carried their label in colour, and the rows to review. It is
    one file that needs no other and fetches nothing; but it holds texts.

    With --label the labels in the file are counted as they stand there, by whomever they were
    given; there are no scores then, and no rows to show.

    For the same as a sheet in the workbook there is `cellsense convert --summary`.

    For example:

      cellsense report reviews.xlsx --by Product --html reviews.html

      cellsense report corrected.xlsx --label Label --by Product --html corrected.html
    """
    from cellsense.asked_model import model_arguments
    from cellsense.classifier import Classifier
    from cellsense.summary.report import Wish, report_and_print

    if label is None:
        asked = model_arguments(
            revision=revision,
            labels=labels,
            several=several,
            hypothesis=hypothesis,
            rename_labels=rename_labels,
            threshold=threshold,
            any_language=any_language,
        )
        classifier = Classifier(model, device, **asked)
    else:
        _check_no_model(
            {
                "--model": model,
                "--labels": labels,
                "--hypothesis": hypothesis,
                "--revision": revision,
                "--rename-labels": rename_labels,
                "--threshold": threshold,
                "--any-language": any_language or None,
            }
        )
        classifier = None
    wish = Wish(
        file,
        html,
        sheet,
        column,
        label or "",
        several,
        tuple(by or ()),
        date,
        limit,
        telling,
        review,
        as_json,
        force,
    )
    report_and_print(wish, classifier)


def _check_no_model(given: Mapping[str, object]) -> None:
    for flag, value in given.items():
        if value is not None:
            raise OptionError(
                f"--label counts labels that stand in the file, and {flag} is for a model: leave "
                "one of them out."
            )
