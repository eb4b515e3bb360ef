"""What a run did, as JSON for other programs. It holds names and counts, and no texts."""

import json
import platform
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Protocol

from cellsense.atomic import temporary, write_whole
from cellsense.ending import ends_if_told
from cellsense.errors import CellsenseError, OutputError
from cellsense.jobs.plan import make_folder
from cellsense.jobs.records import FileRecord, Job, Status
from cellsense.tasks.model import TaskModel

_FORMAT = 1
_BEGINNING = '{\n  "cellsense_report": '
_PACKAGES = ("cellsense", "onnxruntime", "tokenizers", "torch", "transformers")


class Model(Protocol):
    """What a report says of a model: a Classifier, or one on other machines."""

    @property
    def name(self) -> str:
        """The model's name."""

    @property
    def revision(self) -> str | None:
        """A hub model's commit."""

    @property
    def fingerprint(self) -> str:
        """A hash of what decides the answers."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels the model knows."""

    @property
    def loaded(self) -> bool:
        """True once it is in memory."""

    @property
    def description(self) -> str:
        """Device, runtime and precision."""

    @property
    def warning(self) -> str | None:
        """Why this machine answers instead of a server."""


class Report:
    """A report to be written at the end of a run, however it ends."""

    def __init__(self, job: Job, file: Path, model: Model) -> None:
        """Raise OutputError, before any work is done, if it can't be written there."""
        self._job = job
        self._file = file
        self._model = model
        self._started = datetime.now(UTC)
        self._clock = time.monotonic()
        if job.output is not None and file.parent == Path(job.output):
            make_folder(file.parent)  # as the run would do a moment later
        if not file.parent.is_dir():
            raise OutputError(f"The folder {file.parent} doesn't exist: create it first.")
        if file.exists() and not job.options.force and not _is_report(file):
            raise OutputError(
                f"{file} exists and is no report: name another --report, or add --force to "
                "overwrite it."
            )
        with temporary(file.parent):
            pass

    def write(self, records: Sequence[FileRecord], stopped: BaseException | None) -> None:
        """Write it; `stopped` is what ended the run before its time. Raises OutputError."""
        write_whole(self._file, json.dumps(self._content(records, stopped), indent=2) + "\n")

    def _content(
        self, records: Sequence[FileRecord], stopped: BaseException | None
    ) -> dict[str, Any]:
        job = self._job
        return {
            "cellsense_report": _FORMAT,
            "versions": _versions(),
            "started": self._started.isoformat(timespec="seconds"),
            "seconds": round(time.monotonic() - self._clock, 3),
            "stopped": _reason(stopped),
            "model": _told(self._model),
            "job": {
                "source": job.source,
                "output": job.output,
                "in_place": job.in_place,
                "recursive": job.recursive,
                "include": job.include,
                "exclude": job.exclude,
            },
            "options": asdict(job.options),
            "totals": totals(records),
            "files": [_file(record) for record in records],
        }


@contextmanager
def reporting(job: Job, model: Model, records: Sequence[FileRecord]) -> Iterator[None]:
    """Do a run in this block: at its end, however it comes, the report that it wants is written.

    Raises OutputError at the start if it can't be written.
    """
    report = None if job.report is None else Report(job, Path(job.report), model)
    try:
        with ends_if_told():
            yield
    except BaseException as error:
        if report is not None:
            with suppress(OutputError):  # what stopped the run matters more
                report.write(records, error)
        raise
    if report is not None:
        report.write(records, None)


def totals(records: Sequence[FileRecord]) -> dict[str, Any]:
    """Count over all files: by status, rows, labels, cells without text."""
    files = Counter(record.status for record in records)
    sheets = [sheet for record in records for sheet in record.figures.sheets]
    counted: dict[str, Counter[str]] = {
        "labels": Counter(),
        "without_text": Counter(),
        "unanswered": Counter(),
    }
    for kind, counter in counted.items():
        for sheet in sheets:
            counter.update(sheet.get(kind, {}))  # an earlier version counted fewer kinds
    statuses: tuple[Status, ...] = ("ok", "failed", "skipped")
    return {
        "files": {status: files[status] for status in statuses},
        "rows": sum(record.figures.rows for record in records),
        **{kind: dict(counter) for kind, counter in counted.items()},
    }


def _told(model: Model) -> dict[str, Any]:
    try:
        return {
            "name": model.name,
            "revision": model.revision,
            "fingerprint": model.fingerprint,
            "labels": model.labels,
            **(model.asked if isinstance(model, TaskModel) else {}),
            # Not loaded where every answer was known from before.
            "runs_on": model.description if model.loaded else None,
            "warning": model.warning,
        }
    except CellsenseError as error:
        return {"error": str(error)}


def _file(record: FileRecord) -> dict[str, Any]:
    failed = record.status == "failed"
    return {
        "source": record.source,
        "output": record.output,
        "status": record.status,
        "error": record.why if failed else None,
        "skipped_because": None if failed else record.why,
        "seconds": record.seconds,
        **asdict(record.figures),
    }


def _reason(stopped: BaseException | None) -> str | None:
    if stopped is None:
        return None
    if isinstance(stopped, KeyboardInterrupt | SystemExit):
        return "cancelled"
    # The message of an error that isn't ours might quote a review.
    return str(stopped) if isinstance(stopped, CellsenseError) else type(stopped).__name__


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "system": platform.platform()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _is_report(file: Path) -> bool:
    try:
        with file.open(encoding="utf-8", errors="replace") as content:
            return content.read(len(_BEGINNING)) == _BEGINNING
    except OSError:
        return False
