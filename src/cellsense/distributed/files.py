"""Whole files as tasks: a workbook or a CSV file is converted on one worker, as everywhere."""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from cellsense.atomic import PREFIX
from cellsense.conversion import Conversion
from cellsense.convert import convert_file
from cellsense.distributed.parts import check_unchanged
from cellsense.distributed.storage import Place, appearing, fetch
from cellsense.distributed.tasks import Errand, Task
from cellsense.errors import CellsenseError, OutputError
from cellsense.label_workbook import Work
from cellsense.sheets.failures import cause


def convert_whole(task: Task, errand: Errand, work: Work) -> tuple[Conversion, int]:
    """Convert a file; return what was done, and the result's size in bytes.

    What isn't on this machine is fetched, and sent back when it is complete. Raises as `convert`.
    """
    source, target = task.source.path, task.target.path
    if source is not None and target is not None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"{target.parent} can't be made: {cause(error)}.") from error
        conversion = convert_file(source, target, work, ready=lambda *_: check_unchanged(task))
        return conversion, target.stat().st_size
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder:
        return _convert_in(Path(folder), task, errand, work)


def _convert_in(folder: Path, task: Task, errand: Errand, work: Work) -> tuple[Conversion, int]:
    here = task.source.path
    if here is None:
        here = folder / task.source.filename
        fetch(task.source, here)
    made = folder / f"made{task.target.suffix}"
    names = {str(here): task.source, str(made): task.target, here.name: task.source}
    try:
        conversion = convert_file(here, made, work)
        check_unchanged(task)
        aside = errand.keeps or task.target.parent
        with appearing(task.target, aside) as finished:
            shutil.move(made, finished)  # it may be another disk
            size = finished.stat().st_size
    except CellsenseError as error:
        raise type(error)(_renamed(str(error), names)) from error
    except OSError as error:
        raise OutputError(f"{task.target} can't be written: {cause(error)}.") from error
    told = replace(conversion, source=str(task.source), output=str(task.target))
    return told, size


def _renamed(message: str, names: dict[str, Place]) -> str:
    """Name the files that the user knows, not those for the time being."""
    if any(str(known) in message for known in names.values()):
        return message
    for name, known in names.items():
        if name in message:
            return message.replace(name, str(known))
    return message
