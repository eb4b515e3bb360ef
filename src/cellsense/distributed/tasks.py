"""What a worker is told to do, and what it tells when it's done."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cellsense.conversion import Options
from cellsense.distributed.storage import Place
from cellsense.jobs.records import Figures
from cellsense.sheets.placement import Placement


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a Parquet file, and where their columns are."""

    first: int  # from 0
    count: int
    column: int  # of the texts, from 1
    header: str
    placement: Placement

    def within(self, limit: int | None) -> int:
        """Return how many of them are among the first `limit` of the file."""
        return self.count if limit is None else min(max(0, limit - self.first), self.count)


@dataclass(frozen=True, slots=True)
class Task:
    """A whole file, or some rows of a Parquet file."""

    source: Place
    target: Place
    relative: str  # the target in the output folder, with slashes
    version: str  # of the source
    how: str  # a hash of what decides the result
    rows: Rows | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """What all tasks of a run have in common."""

    options: Options
    keeps: Place | None  # the folder of the records; None where none are kept
    fingerprint: str  # of the model, on every worker


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task."""

    seconds: float = 0.0
    figures: Figures = field(default_factory=Figures)
    failed: str | None = None  # the line that says why
    error: str = ""  # its kind: the name of a class
    concerns_all: bool = False  # no task can be done
    host: str = ""

    def as_json(self) -> str:
        """Return it as text, as it goes through Ray."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "Outcome":
        """Read it again."""
        told = json.loads(text)
        return cls(**{**told, "figures": figures_from(told["figures"])})


def named(why: str, *places: Place) -> str:
    """Say which file a message is about, if it doesn't: the first of the places."""
    if any(str(where) in why for where in places):
        return why
    return f"{places[0]}: {why.removeprefix(f'{places[0].filename}: ')}"


def figures_from(told: Mapping[str, Any]) -> Figures:
    """Read figures from JSON."""
    return Figures(tuple(told["sheets"]), told["skipped_sheets"], tuple(told["notes"]))
