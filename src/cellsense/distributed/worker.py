"""A worker: one process with one model, which does one task after the other."""

import os
import pickle
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cellsense import __version__
from cellsense.classifier import Classifier
from cellsense.conversion import Silent
from cellsense.cores import CORES
from cellsense.distributed.files import convert_whole
from cellsense.distributed.kept import keep
from cellsense.distributed.memory import give_back
from cellsense.distributed.parts import label_part
from cellsense.distributed.tasks import Errand, Outcome, Task, named
from cellsense.errors import (
    CellsenseError,
    ClusterError,
    DependencyError,
    DeviceError,
    ModelError,
    OutputError,
)
from cellsense.jobs.records import Figures, figures_of
from cellsense.label_workbook import Labelled, Work
from cellsense.sheets.failures import cause

if TYPE_CHECKING:
    from cellsense.sheets.selection import Selection

MakeClassifier = partial[Classifier]
_TELL_SECONDS = 1.0
_MOST_BEGUN = 4  # times: what kills its worker each time isn't tried for ever


@dataclass(frozen=True, slots=True)
class Facts:
    """What a worker's machine says of itself and the model there."""

    version: str
    host: str
    name: str
    revision: str | None
    fingerprint: str
    labels: tuple[str, ...]
    error: tuple[str, str] | None = None  # the kind and the line, where there's no such model


def find_facts(make: MakeClassifier, device: str) -> Facts:
    """Look for the model on this machine, without loading it."""
    classifier = make(device=device)
    host = socket.gethostname()
    try:
        return Facts(
            __version__,
            host,
            classifier.name,
            classifier.revision,
            classifier.fingerprint,
            classifier.labels,
        )
    except CellsenseError as error:
        told = type(error).__name__, str(error)
        return Facts(__version__, host, "", None, "", (), told)


class Worker:
    """Takes rows of Ray Data, {"number", "task"}, and returns {"number", "outcome"}."""

    def __init__(
        self, make: MakeClassifier, device: str, cores: int, errand: Errand, board: Any
    ) -> None:
        # Every core has a worker that is meant to use it, and no other.
        os.environ[CORES] = os.environ["RAYON_NUM_THREADS"] = str(cores)
        self._classifier = make(device=device)
        self._errand = errand
        self._board = board
        self._checked = False

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        number = int(row["number"])
        task: Task = pickle.loads(row["task"])  # noqa: S301 - made by the run that started this
        started = time.monotonic()
        outcome = self._attempt(number, task, started)
        give_back()
        return {"number": number, "outcome": outcome.as_json()}

    def _attempt(self, number: int, task: Task, started: float) -> Outcome:
        host = socket.gethostname()
        if self._begin(number) > _MOST_BEGUN:
            why = (
                f"{task.target}: {_MOST_BEGUN} workers were lost at it, perhaps for want of "
                "memory: use smaller --part-rows or fewer --workers."
            )
            return Outcome(failed=why, error=ClusterError.__name__, host=host)
        try:
            self._check_model(host)
            figures, size = self._do(number, task)
            seconds = round(time.monotonic() - started, 3)
            if self._errand.keeps is not None:
                keep(self._errand.keeps, task, size, seconds, figures)
        except (ModelError, DeviceError, DependencyError) as error:
            return Outcome(
                failed=str(error), error=type(error).__name__, concerns_all=True, host=host
            )
        except CellsenseError as error:
            kind, why = type(error).__name__, named(str(error), task.source, task.target)
        except OSError as error:
            kind, why = OutputError.__name__, f"{task.source}: {cause(error)}."
        except Exception as error:  # noqa: BLE001 - a fault in cellsense, met in one task of many
            # Its message might quote a review.
            kind = CellsenseError.__name__
            why = f"{task.source}: cellsense failed ({type(error).__name__}). Please report it."
        else:
            return Outcome(seconds, figures, host=host)
        seconds = round(time.monotonic() - started, 3)
        return Outcome(seconds, failed=why, error=kind, host=host)

    def _do(self, number: int, task: Task) -> tuple[Figures, int]:
        rows = 0 if task.rows is None else task.rows.within(self._errand.options.limit)
        tell = _Throttled(partial(self._tell, number), rows)
        if task.rows is not None:
            summary, size = label_part(
                task, task.rows, self._errand, self._classifier, tell.progress
            )
            figures = figures_of(Labelled((summary,), {}, summary.notes))
        else:
            work = Work(self._classifier, self._errand.options, tell)
            conversion, size = convert_whole(task, self._errand, work)
            figures = figures_of(conversion)
        self._tell(number, figures.rows)
        return figures, size

    def _check_model(self, host: str) -> None:
        """Raise ModelError if the model here isn't that of the other machines."""
        if not self._checked and self._classifier.fingerprint != self._errand.fingerprint:
            raise ModelError(
                f"The model, or a package that runs it, is another one on {host} than elsewhere: "
                "install the same versions on all machines."
            )
        self._checked = True

    def _begin(self, number: int) -> int:
        import ray

        with suppress(ray.exceptions.RayError):
            return int(ray.get(self._board.begin.remote(number)))
        return 1

    def _tell(self, number: int, rows: int) -> None:
        self._board.tell.remote(number, rows)


class _Throttled(Silent):
    """Tells of the progress now and then, over all sheets of a file."""

    def __init__(self, tell: Callable[[int], None], rows: int) -> None:
        self._tell = tell
        self._told = time.monotonic()
        self._before = 0
        self._rows = rows

    def selected(self, source: str, selection: "Selection", rows: int) -> None:  # noqa: ARG002
        self._before += self._rows
        self._rows = rows

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._told > _TELL_SECONDS:
            self._told = now
            # Rows that are explained count twice in both.
            self._tell(self._before + self._rows * done // max(1, total))
