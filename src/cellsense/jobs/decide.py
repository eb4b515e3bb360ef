"""Whether a file is to be converted: not when that was done, not over what is somebody else's."""

from cellsense.errors import OutputError
from cellsense.jobs.done import DoneList, Entry
from cellsense.jobs.plan import Task


def finished_before(
    task: Task, done: DoneList, how: str, *, in_place: bool, force: bool
) -> Entry | None:
    """Return the entry of a result that is there and up to date; None if it's to be made.

    `how` stands for options and model. Raises OutputError for a file that must not be overwritten.
    """
    if force or not task.target.exists():
        return None
    entry = done.find(task.target)
    if in_place:
        return entry if entry is not None and entry.how == how else None
    if entry is None:
        raise OutputError(_not_ours(task, done))
    is_unchanged = entry.source_version.is_in(task.source)
    if is_unchanged and entry.how == how:
        return entry
    if not is_unchanged and entry.source != str(task.source.resolve()):
        raise OutputError(
            f"{task.target} was made from another file, {entry.source}: name another --output, "
            "or add --force to overwrite it."
        )
    return None


def _not_ours(task: Task, done: DoneList) -> str:
    if done.knows(task.target):
        return (
            f"{task.target} was changed since it was made: add --force to overwrite it, or move "
            "it away."
        )
    return (
        f"{task.target} exists and isn't of an earlier run over this folder: add --force to "
        "overwrite it, or move it away."
    )
