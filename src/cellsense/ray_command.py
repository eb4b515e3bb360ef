"""`cellsense convert --engine ray`: from its flags to the run."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cellsense.errors import OptionError

if TYPE_CHECKING:
    from functools import partial

    from cellsense.classifier import Classifier
    from cellsense.jobs.records import FileRecord, Job

SOME_FAILED = 3
CANCELLED = 130

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class CrewFlags:
    """The flags that only --engine ray has."""

    address: str | None
    workers: int | None
    part_rows: int | None

    def refuse(self, source: str, output: str | None) -> None:
        """Raise OptionError for what needs the other engine."""
        flags = {
            "--address": self.address,
            "--workers": self.workers,
            "--part-rows": self.part_rows,
        }
        for flag, value in flags.items():
            if value is not None:
                raise OptionError(f"{flag} is for --engine ray: add that, or leave {flag} out.")
        for name in (source, output or ""):
            if _ELSEWHERE.match(name):
                raise OptionError(f"{name} is no file on this machine: add --engine ray.")


def known_everywhere(model: str | None) -> str | None:
    """Name a model's folder or file so that workers find it, which may be elsewhere at work."""
    return str(Path(model).absolute()) if model and Path(model).exists() else model


def convert_on_ray(job: "Job", make: "partial[Classifier]", device: str, flags: CrewFlags) -> None:
    """Convert what the job names on Ray; exit as `convert` does. Raises CellsenseError."""
    from cellsense.console_table import show_table
    from cellsense.distributed.parts import PART_ROWS
    from cellsense.distributed.run import Crew, run_on_ray
    from cellsense.distributed.show import Shown

    # Jobs that are submitted to a cluster find its address there.
    address = flags.address or os.environ.get("RAY_ADDRESS") or None
    part_rows = PART_ROWS if flags.part_rows is None else flags.part_rows
    crew = Crew(address, flags.workers, device, part_rows)
    records: list[FileRecord] = []
    try:
        over_folder = run_on_ray(job, crew, make, Shown(), records)
    except KeyboardInterrupt:
        typer.echo("Cancelled; what is finished stays, and the same command goes on.", err=True)
        raise typer.Exit(CANCELLED) from None
    if over_folder:
        show_table(records)
    if any(record.status == "failed" for record in records):
        raise typer.Exit(SOME_FAILED)
