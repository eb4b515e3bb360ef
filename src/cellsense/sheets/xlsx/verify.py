"""Reads a written workbook again: what changed can be unpacked, and nothing else changed.

That it is sound XML was found while it was written (`cut.Editor`).
"""

from collections.abc import Collection, Sequence
from pathlib import Path
from zipfile import ZipInfo

from cellsense.errors import InputError, OutputError
from cellsense.sheets.xlsx.archive import Archive
from cellsense.sheets.xlsx.package import Package


def verify(
    source: Archive,
    target: Path,
    replaced: Collection[str],
    added: Collection[str] = (),
    dropped: Collection[str] = (),
) -> None:
    """Raise OutputError unless `target` is `source` with the entries `replaced` changed.

    `added` stand behind those of `source`, of which those `dropped` are gone.
    """
    try:
        written = Package(target)
    except InputError as error:
        raise OutputError(f"The result isn't sound and was not kept: {error}") from error
    try:
        kept = [entry for entry in source.entries if entry.filename not in dropped]
        _compare(kept, written.archive.entries, replaced, added)
        for part in (*replaced, *added):
            for _ in written.chunks(part):  # which tests its checksum
                pass
    except InputError as error:
        raise OutputError(f"The result isn't sound and was not kept: {error}") from error
    finally:
        written.close()


def _compare(
    kept: Sequence[ZipInfo],
    written: Sequence[ZipInfo],
    replaced: Collection[str],
    added: Collection[str],
) -> None:
    expected = [*(entry.filename for entry in kept), *added]
    if expected != [entry.filename for entry in written]:
        raise OutputError("The result has other parts than the input and was not kept; report it.")
    for old, new in zip(kept, written, strict=False):
        same = (old.CRC, old.file_size, old.compress_size) == (
            new.CRC,
            new.file_size,
            new.compress_size,
        )
        if not same and old.filename not in replaced:
            raise OutputError(
                f"{old.filename} would not stay as it is, so the result was not kept; report it."
            )
