"""Whatever a workbook is like: a right result, or one line that says why there is none.

`CELLSENSE_FUZZ=5000 pytest tests/sheets/test_xlsx_fuzz.py` tries so many workbooks of each kind.
"""

import os
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from cellsense.sheets.xlsx import limits
from sheets.any_workbooks import Book, books
from sheets.broken_xml import break_xml
from sheets.broken_zip import Entry, break_bytes, break_entries, zipped
from sheets.xlsx_files import read_all
from sheets.xlsx_promise import Task, keep_promise

# The same examples each time, unless it's asked to look for new ones.
LONG = os.environ.get("CELLSENSE_FUZZ")
fuzz = settings(
    max_examples=int(LONG or "60"),
    derandomize=not LONG,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_LARGEST = 120_000  # bytes of a workbook: the few larger ones take a second each
# What is changed how, as often as it's likely to find something; with a seed for the details.
KINDS = st.sampled_from(["sheet"] * 6 + ["other part"] * 3 + ["entries", "bytes"])
CHANGES = st.tuples(KINDS, st.integers(0, 2**32))
TASKS = st.builds(
    Task,
    sheet=st.sampled_from([0, 0, 0, 1, 2]),
    column=st.sampled_from([None, None, None, 1, 2, 4, 6, 16_383]),
    replaces=st.sampled_from([False, False, True]),
    looks=st.booleans(),
    chunk=st.sampled_from([limits.CHUNK, limits.CHUNK, 40, 300]),
    streams_strings=st.booleans(),
)


def seeded(seed: int) -> Random:
    return Random(seed)


def changed(parts: Mapping[str, bytes], changes: list[tuple[str, int]]) -> bytes:
    """Return a zip file of parts that were changed in some ways."""
    parts = dict(parts)
    for kind, seed in changes:
        rng = seeded(seed)
        sheets = [name for name in parts if "/worksheets/" in name and name.endswith(".xml")]
        others = [name for name in parts if name.endswith((".xml", ".rels")) and name not in sheets]
        if (names := {"sheet": sheets, "other part": others}.get(kind)) is not None and names:
            name = rng.choice(names)
            parts[name] = break_xml(parts[name], rng)
    entries = [Entry(name, data) for name, data in parts.items()]
    descriptors = False
    for kind, seed in changes:
        if kind == "entries":
            entries = break_entries(entries, seeded(seed))
            descriptors = seed % 2 == 0
    data = zipped(entries, descriptors=descriptors)
    for kind, seed in changes:
        if kind == "bytes":
            data = break_bytes(data, seeded(seed))
    return data


@cache
def parts_of(path: Path) -> dict[str, bytes]:
    """Return the parts of a workbook; a second entry of the same name takes the place of one."""
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


@cache
def real_workbooks(folder: Path) -> list[Path]:
    """Return the real workbooks that Python can unpack, by size."""
    found = [path for path in folder.iterdir() if path.stat().st_size < _LARGEST]
    sound = [path for path in found if zipfile.is_zipfile(path)]
    return sorted(sound, key=lambda path: (path.stat().st_size, path.name))


@fuzz
@given(st.integers(0, 2**16), st.lists(CHANGES, min_size=1, max_size=4), TASKS)
def test_real_workbooks_that_were_changed(
    shared_workbooks: Path,
    tmp_path_factory: pytest.TempPathFactory,
    which: int,
    changes: list[tuple[str, int]],
    task: Task,
) -> None:
    paths = real_workbooks(shared_workbooks / "real")
    path = tmp_path_factory.mktemp("fuzz") / "a.xlsx"
    path.write_bytes(changed(parts_of(paths[which % len(paths)]), changes))
    event("refused" if keep_promise(path, task) else "converted")


@fuzz
@given(books(), TASKS)
def test_any_sound_workbook(
    tmp_path_factory: pytest.TempPathFactory, book: Book, task: Task
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.xlsx"
    path.write_bytes(zipped([Entry(name, encoded(data)) for name, data in book.parts.items()]))
    assert read_all(path) == book.cells
    refused = keep_promise(path, task)
    # What is merged across a whole row leaves no column free in it.
    allowed = task.column is not None or "merged cells at A9:XFD9" in (refused or "")
    assert refused is None or allowed, refused
    event("refused" if refused else "converted")


@fuzz
@given(books(), st.lists(CHANGES, min_size=1, max_size=4), TASKS)
def test_any_workbook_that_was_changed(
    tmp_path_factory: pytest.TempPathFactory,
    book: Book,
    changes: list[tuple[str, int]],
    task: Task,
) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "a.xlsx"
    parts = {name: encoded(data) for name, data in book.parts.items()}
    path.write_bytes(changed(parts, changes))
    event("refused" if keep_promise(path, task) else "converted")


def encoded(data: str | bytes) -> bytes:
    return data if isinstance(data, bytes) else data.encode()
