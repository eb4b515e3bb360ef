"""Reads a written workbook again: what changed can be unpacked, and nothing else changed.

That it is sound XML was found while it was written (`cut.Editor`).
"""

from collections.abc import Collection
from pathlib import Path

from cellsense.errors import InputError, OutputError
from cellsense.sheets.xlsx.archive import Archive
from cellsense.sheets.xlsx.package import Package


def verify(source: Archive, target: Path, replaced: Collection[str]) -> None:
    """Raise OutputError unless `target` is `source` with the entries `replaced` changed."""
    try:
        written = Package(target)
    except InputError as error:
        raise OutputError(f"The result isn't sound and was not kept: {error}") from error
    try:
        _compare(source, written.archive, replaced)
        for part in replaced:
            for _ in written.chunks(part):  # which tests its checksum
                pass
    except InputError as error:
        raise OutputError(f"The result isn't sound and was not kept: {error}") from error
    finally:
        written.close()


def _compare(source: Archive, written: Archive, replaced: Collection[str]) -> None:
    if [entry.filename for entry in source.entries] != [item.filename for item in written.entries]:
        raise OutputError("The result has other parts than the input and was not kept; report it.")
    for old, new in zip(source.entries, written.entries, strict=True):
        same = (old.CRC, old.file_size, old.compress_size) == (
            new.CRC,
            new.file_size,
            new.compress_size,
        )
        if not same and old.filename not in replaced:
            raise OutputError(
                f"{old.filename} would not stay as it is, so the result was not kept; report it."
            )
