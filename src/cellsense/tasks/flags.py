"""The flags of `cellsense convert` for other tasks, and which ones go with which."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from cellsense.errors import OptionError
from cellsense.tasks.registry import find_task

if TYPE_CHECKING:
    from cellsense.tasks.model import TaskModel

TaskName = Annotated[
    str,
    typer.Option(
        "--task",
        metavar="TASK",
        help="Another task, whose answers fill one column, by a --model that you name: "
        "text-generation (a draft), token-classification (names), automatic-speech-recognition "
        "(of a column of recordings' paths), image-to-text, image-text-to-text (of pictures' "
        "paths). See docs/tasks.md.",
    ),
]
PromptText = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help='What a --task that writes is asked: "Write a polite answer to this review: {}", {} '
        'standing for the text; of pictures "What is broken?".',
    ),
]
NewTokens = Annotated[
    int | None,
    typer.Option(metavar="N", help="The most tokens that a --task writes. [default: 256]"),
]
AllowPaths = Annotated[
    list[str] | None,
    typer.Option(
        metavar="FOLDER",
        help="Files that cells name may lie in this folder too; else only in the workbook's own "
        "and the folders in it. May be given several times.",
    ),
]
AnyPath = Annotated[bool, typer.Option("--any-path", help="They may lie anywhere on this machine.")]
DeviceMap = Annotated[
    str | None,
    typer.Option(
        metavar="auto", help="auto spreads the model of a --task over all devices (by accelerate)."
    ),
]


def other_task(
    task: str,
    column: str | None,
    *,
    model: str | None,
    device: str,
    revision: str | None,
    batch_size: int | None,
    prompt: str | None,
    max_new_tokens: int | None,
    device_map: str | None,
    allow_paths: list[str] | None,
    any_path: bool,
    of_labels: Mapping[str, object],
) -> "TaskModel | None":
    """Return what makes a task's column; None for labels.

    `of_labels` are the flags that make sense for labels only, by what they were given. Raises
    OptionError for a flag that goes with the other.
    """
    if find_task(task) is None:
        of_tasks = {
            "--prompt": prompt,
            "--max-new-tokens": max_new_tokens,
            "--device-map": device_map,
            "--allow-paths": allow_paths,
            "--any-path": any_path,
        }
        _refuse(of_tasks, "is for other tasks: name a --task, or leave it out.")
        return None
    from cellsense.tasks.fill import check_column
    from cellsense.tasks.model import TaskModel

    _refuse(of_labels, f"is for labels: leave it out, or --task {task}.")
    made = TaskModel(
        task,
        model,
        device,
        revision=revision,
        prompt=prompt,
        max_new_tokens=max_new_tokens,
        batch_size=batch_size,
        device_map=device_map,
        allow_paths=allow_paths or (),
        any_path=any_path,
    )
    check_column(made, column)
    return made


def _refuse(flags: Mapping[str, object], why: str) -> None:
    for flag, given in flags.items():
        if given is not None and given is not False:
            raise OptionError(f"{flag} {why}")
