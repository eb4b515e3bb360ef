"""`cellsense convert`: its flags and what they say about themselves."""

from enum import StrEnum
from functools import partial
from typing import Annotated

import typer

from cellsense.errors import OptionError
from cellsense.flags import (
    AnyLanguage,
    ClusterAddress,
    DeviceName,
    Engine,
    EngineName,
    Hypothesis,
    ModelName,
    OwnLabels,
    PartRows,
    RenameLabels,
    Revision,
    Several,
    SummaryBy,
    SummaryDate,
    Threshold,
    WorkerCount,
)
from cellsense.ray_command import (
    CANCELLED,
    SOME_FAILED,
    CrewFlags,
    convert_on_ray,
    known_everywhere,
)
from cellsense.tasks.flags import (
    AllowPaths,
    AnyPath,
    DeviceMap,
    NewTokens,
    PromptText,
    TaskName,
    other_task,
)
from cellsense.tasks.registry import CLASSIFICATION


class WriterName(StrEnum):
    """How an Excel file is written."""

    SPLICE = "splice"
    OPENPYXL = "openpyxl"


def convert(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE|FOLDER|-",
            help="An .xlsx, .xlsm, .csv, .tsv or .parquet file, a folder of such files, "
            "or - for CSV from standard input.",
            show_default=False,
        ),
    ],
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER|-",
            help="Where to write; - is standard output. A folder's results go to a folder, which "
            "is made if need be. [default: NAME.labelled.xlsx beside FILE]",
        ),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Change FILE itself; FILE.bak keeps the original.")
    ] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive", help="Also the folders in FOLDER, laid out alike.")
    ] = False,
    include: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help='Only these files of FOLDER: "*.xlsx", "2024/*". May be given several times.',
        ),
    ] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATTERN",
            help='Not these files and folders: "draft*", "archive". May be given several times.',
        ),
    ] = None,
    sheet: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="The sheet's name. May be given several times."),
    ] = None,
    all_sheets: Annotated[
        bool, typer.Option("--all-sheets", help="Every visible sheet that has such a column.")
    ] = False,
    column: Annotated[
        str | None,
        typer.Option(
            metavar="COLUMN",
            help="The column with the texts, by header, letter or number. "
            "[default: the one that most looks like review text]",
        ),
    ] = None,
    beside: Annotated[
        bool,
        typer.Option(
            "--beside",
            help="Put the new columns right of the texts, if the columns there are free. "
            "[default: right of the last used column]",
        ),
    ] = False,
    after: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Put them right of this column, if that is free."),
    ] = None,
    label_name: Annotated[
        str, typer.Option(metavar="NAME", help="Header of the label column.")
    ] = "Label",
    score_name: Annotated[
        str, typer.Option(metavar="NAME", help="Header of the score column.")
    ] = "Score",
    model: ModelName = None,
    labels: OwnLabels = None,
    several: Several = False,
    hypothesis: Hypothesis = None,
    revision: Revision = None,
    rename_labels: RenameLabels = None,
    device: DeviceName = "auto",
    batch_size: Annotated[
        int | None,
        typer.Option(metavar="N", help="Rows in a batch. [default: found automatically]"),
    ] = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help='A last column, "Why", names the words that carried the label. Takes about a '
            "tenth of a second for each review.",
        ),
    ] = False,
    top_k: Annotated[
        int,
        typer.Option(
            metavar="K",
            help="The K likeliest labels and their scores: columns Label, Score, Label 2, Score 2, "
            "and so on.",
        ),
    ] = 1,
    all_scores: Annotated[
        bool,
        typer.Option(
            "--all-scores", help="A column for each of the model's labels, with its score."
        ),
    ] = False,
    summary: Annotated[
        bool,
        typer.Option(
            "--summary",
            help='Add a sheet "Sentiment summary" to an Excel file: counts, shares and mean scores '
            "by category and over time, with Excel's own charts.",
        ),
    ] = False,
    by: SummaryBy = None,
    date: SummaryDate = None,
    threshold: Threshold = None,
    any_language: AnyLanguage = False,
    task: TaskName = CLASSIFICATION,
    prompt: PromptText = None,
    max_new_tokens: NewTokens = None,
    device_map: DeviceMap = None,
    allow_paths: AllowPaths = None,
    any_path: AnyPath = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Label only the first N rows.")
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            help="Overwrite the output, and the columns of an earlier run in the file; in a "
            "folder, convert also what is done and up to date.",
        ),
    ] = False,
    no_cache: Annotated[
        bool,
        typer.Option(
            "--no-cache",
            help="Work out every row, and keep no results (see `cellsense cache`): a run that is "
            "killed then begins the file in work anew.",
        ),
    ] = False,
    report: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Write what was done with every file there, as JSON."),
    ] = None,
    writer: Annotated[
        WriterName,
        typer.Option(
            help="splice changes nothing but the sheet; openpyxl rewrites the workbook and loses "
            "cached formula values and some parts (it says which)."
        ),
    ] = WriterName.SPLICE,
    engine: EngineName = Engine.LOCAL,
    address: ClusterAddress = None,
    workers: WorkerCount = None,
    part_rows: PartRows = None,
) -> None:
    """Put a label and a score column beside a column of reviews.

    The input stays as it is; the result appears beside it as NAME.labelled.xlsx, complete or not
    at all. Cells that hold no text (blank, number, date, error) get no label.

    In a folder, a file that fails doesn't stop the others. What an earlier run made from the same
    file, with the same options and model, isn't made again, so a run that was killed goes on where
    it stopped. Files that were not made by such a run, or changed since, are not overwritten.

    Exit codes: 0 all is done; 2 a mistake, and nothing (more) was done; 3 some files of a folder
    failed, the others are done; 130 cancelled; 143 told to end.

    For example:

      cellsense convert reviews.xlsx

      cellsense convert reviews.xlsx --sheet Survey --column "What could be better?"

      cellsense convert reviews.csv --output - | head

      cellsense convert inbox/ --recursive --output outbox/ --report report.json

      cellsense convert calls.xlsx --task automatic-speech-recognition --column Recording --model …

      cellsense convert s3://bucket/reviews.parquet --engine ray --address 10.0.0.5:6379
    """
    from cellsense.asked_model import model_arguments
    from cellsense.classifier import Classifier
    from cellsense.console import ConsoleListener
    from cellsense.console_table import show_table
    from cellsense.conversion import Options
    from cellsense.jobs.records import FileRecord, Job
    from cellsense.jobs.start import is_folder, run_job
    from cellsense.targets import STANDARD

    options = Options(
        sheet=tuple(sheet) if sheet else None,
        column=column,
        label_name=label_name,
        score_name=score_name,
        limit=limit,
        force=force,
        writer=writer.value,
        all_sheets=all_sheets,
        beside=beside,
        after=after,
        explain=explain,
        summary=summary,
        by=tuple(by or ()),
        date=date,
        top_k=top_k,
        all_scores=all_scores,
    )
    job = Job(
        source,
        output,
        in_place,
        options,
        recursive,
        tuple(include or ()),
        tuple(exclude or ()),
        report,
    )
    of_task = other_task(
        task,
        column,
        model=model,
        device=device,
        revision=revision,
        batch_size=batch_size,
        prompt=prompt,
        max_new_tokens=max_new_tokens,
        device_map=device_map,
        allow_paths=allow_paths,
        any_path=any_path,
        of_labels={
            "--labels": labels,
            "--several": several,
            "--hypothesis": hypothesis,
            "--rename-labels": rename_labels,
            "--threshold": threshold,
            "--explain": explain,
            "--top-k": None if top_k == 1 else top_k,
            "--all-scores": all_scores,
            "--any-language": any_language,
            "--summary": summary,
            "--by": by,
            "--date": date,
            "--score-name": None if score_name == "Score" else score_name,
        },
    )
    make = partial(
        Classifier,
        known_everywhere(model) if engine is Engine.RAY else model,
        **model_arguments(
            revision=revision,
            labels=labels,
            several=several,
            hypothesis=hypothesis,
            rename_labels=rename_labels,
            threshold=threshold,
            any_language=any_language,
        ),
        batch_size=batch_size,
        use_cache=not no_cache,
    )
    asked = CrewFlags(address, workers, part_rows)
    if engine is Engine.RAY:
        if of_task is not None:
            raise OptionError(f"--task {task} runs in one process: leave --engine ray out.")
        convert_on_ray(job, make, device, asked)
        return
    asked.refuse(source, output)
    classifier = of_task or make(device=device)
    to_stderr = output == STANDARD or (source == STANDARD and output is None)
    over_folder = is_folder(source)
    records: list[FileRecord] = []
    try:
        with ConsoleListener(classifier, to_stderr=to_stderr) as listener:
            run_job(job, classifier, listener, records)
    except KeyboardInterrupt:
        typer.echo("Cancelled; nothing was written for the file in work.", err=True)
        raise typer.Exit(CANCELLED) from None
    finally:
        if over_folder and records:
            show_table(records)
    if over_folder and any(record.status == "failed" for record in records):
        raise typer.Exit(SOME_FAILED)
