"""A sample of workbooks that differ as much as possible."""

import re
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

# The elements that stand around a worksheet's rows, and kinds of formulas in them.
_ELEMENT = re.compile(rb"<(?:\w+:)?([a-z]\w{4,})")
_FORMULA = re.compile(rb'<(?:\w+:)?f [^>]*?t="(\w+)"')


def spread(paths: Iterable[Path], count: int) -> Sequence[Path]:
    """Choose so many workbooks, each the one with the most features that the others lack."""
    features = {path: features_of(path) for path in sorted(paths)}
    chosen: list[Path] = []
    seen: set[str] = set()
    while features and len(chosen) < count:
        best = max(features, key=lambda path: len(features[path] - seen))
        new = features[best] - seen
        if not new and seen:
            seen = set()  # each feature is there: once more
            continue
        seen |= new
        chosen.append(best)
        del features[best]
    return chosen


def features_of(path: Path) -> set[str]:
    """Name the kinds of parts in a workbook, and what its worksheets are made of."""
    found: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            part = PurePosixPath(name.lower())
            found.add(f"{part.parent}/*{part.suffix}")
            if "/worksheets/" in name and part.suffix == ".xml":
                data = archive.read(name)
                for pattern in (_ELEMENT, _FORMULA):
                    found |= {match.decode() for match in pattern.findall(data)}
    return found
