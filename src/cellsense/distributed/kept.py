"""What an output folder tells of its own: `_cellsense/run.json`, and a record for every result.

A worker writes the record right after its result has appeared. So a run that is killed at any
moment goes on where it stopped. They hold names, sizes, hashes and counts, and no texts. Programs
that read folders of Parquet files pass over names that begin with an underscore.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cellsense.distributed.storage import (
    Place,
    files_below,
    look,
    read_many,
    remove,
    write_text,
)
from cellsense.distributed.tasks import Task, figures_from
from cellsense.errors import OutputError
from cellsense.jobs.records import Figures
from cellsense.sheets.failures import cause

FOLDER = "_cellsense"
_RUN = "run.json"
_DONE = "done"
_ASIDE = "unfinished"
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Record:
    """A result that is there."""

    how: str
    source: str
    size: int  # of the result, in bytes
    seconds: float
    figures: Figures


class Keeping:
    """The records of an output folder."""

    def __init__(self, output: Place) -> None:
        self.output = output
        self.folder = output.below(FOLDER)
        self.aside = self.folder.below(_ASIDE)
        self._run = self.folder.below(_RUN)

    def check(self, source: Place, *, force: bool) -> None:
        """Raise OutputError if the folder holds what isn't of a run over this source."""
        status = look(self.output)
        if status is None or force:
            return
        if not status.is_folder:
            raise OutputError(f"{self.output} is a file, and a folder is needed: name another one.")
        run = self._read_run()
        if run is None:
            if any(not name.startswith(".") for name in files_below(self.output)):
                raise OutputError(
                    f"{self.output} holds files that aren't of an earlier run: name another "
                    "--output, or add --force to write among them."
                )
        elif run.get("source") != str(source):
            raise OutputError(
                f"{self.output} holds the results of {run.get('source')}: name another --output, "
                "or add --force to overwrite them."
            )

    def begin(self, source: Place, told: Mapping[str, Any]) -> None:
        """Say what is about to be made here, and remove what killed runs left."""
        remove(self.aside)
        self._write_run(source, {**told, "finished": None})

    def finish(self, source: Place, told: Mapping[str, Any]) -> None:
        """Say that all is there."""
        self._write_run(source, {**told, "finished": _now()})
        remove(self.aside)

    def records(self) -> dict[str, Record]:
        """Read the records by the results' relative names, of results that are there."""
        there = files_below(self.output)
        prefix, suffix = f"{FOLDER}/{_DONE}/", ".json"
        names = {
            self.output.below(name): name.removeprefix(prefix).removesuffix(suffix)
            for name in there
            if name.startswith(prefix) and name.endswith(suffix)
        }
        found = {}
        for where, content in read_many(list(names)).items():
            record = _record(content)
            status = there.get(names[where])
            if record is not None and status is not None and status.size == record.size:
                found[names[where]] = record
        return found

    def drop(self, relative: str) -> None:
        """Remove a result that nothing stands for any more, and its record."""
        remove(self.output.below(relative))
        remove(_record_of(self.folder, relative))

    def _read_run(self) -> dict[str, Any] | None:
        if look(self._run) is None:
            return None
        try:
            told = json.loads(read_many([self._run])[self._run])
        except (ValueError, KeyError):
            return None
        return told if isinstance(told, dict) else None

    def _write_run(self, source: Place, told: Mapping[str, Any]) -> None:
        content = {"cellsense_run": _FORMAT, "source": str(source), **told, "written": _now()}
        try:
            write_text(self._run, json.dumps(content, indent=2) + "\n", self.aside)
        except OSError as error:
            raise OutputError(f"{self.output} can't be written to: {cause(error)}.") from error


def keep(folder: Place, task: Task, size: int, seconds: float, figures: Figures) -> None:
    """Write the record of a result that has just appeared; `folder` is that of the records."""
    content = {
        "cellsense_record": _FORMAT,
        **asdict(Record(task.how, str(task.source), size, seconds, figures)),
    }
    where = _record_of(folder, task.relative)
    write_text(where, json.dumps(content) + "\n", folder.below(_ASIDE))


def _record_of(folder: Place, relative: str) -> Place:
    return folder.below(f"{_DONE}/{relative}.json")


def _record(content: bytes) -> Record | None:
    try:
        told = json.loads(content)
        if told.pop("cellsense_record") != _FORMAT:
            return None
        return Record(**{**told, "figures": figures_from(told["figures"])})
    except (ValueError, TypeError, KeyError):  # torn, or of another version
        return None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
