"""Plans for the tests, without a Ray."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cellsense import Options
from cellsense.distributed.aim import aim
from cellsense.distributed.kept import Record
from cellsense.distributed.plan import Plan, Planning
from cellsense.distributed.sources import find_sources
from cellsense.distributed.tasks import Task
from cellsense.jobs.records import Figures, Job
from cellsense.more_columns import MoreColumns

TEXTS = ["I love this lamp, it is beautiful.", "Terrible, it broke after two days.", None]


def make_folder(source: Path) -> Path:
    """Make a folder of two Parquet files and a CSV file."""
    source.mkdir()
    for name in ("a", "b"):
        pd.DataFrame({"id": range(30), "review": TEXTS * 10}).to_parquet(source / f"{name}.parquet")
    (source / "c.csv").write_text("id,review\n1,I love this lamp. It is beautiful.\n")
    return source


def planned(
    folder: Path,
    done: dict[str, Record] | None = None,
    fingerprint: str = "model",
    options: Options | None = None,
) -> Plan:
    job = Job(str(folder), options=options or Options())
    where = aim(job)
    files = find_sources(job, where.source, where.output, is_folder=True).files
    more = MoreColumns()
    planning = Planning(job, where.output, True, fingerprint, more, 20, None, done or {})
    return planning.plan(files)


def kept(tasks: Sequence[Task]) -> dict[str, Record]:
    return {task.relative: Record(task.how, str(task.source), 1, 0.1, Figures()) for task in tasks}
