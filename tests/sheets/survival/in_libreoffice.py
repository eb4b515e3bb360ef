"""What LibreOffice shows of a workbook before and after."""

import csv
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from addin.office import Document, Office, OfficeError, RemoteError

from cellsense.sheets.interface import column_letter
from sheets.survival.checks import CannotSay, Problems
from sheets.survival.conversion import Cells, Converted

# Comma, quotes, UTF-8, cells as they are shown, every sheet into a file of its own.
_CSV = "44,34,76,1,,0,false,true,false,false,false,-1"
_TIMES = 4

Texts = dict[tuple[int, int], str]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What every sheet shows, and what certain cells hold; None where a pivot table covers them."""

    shown: Mapping[str, Texts]
    held: Mapping[str, Cells | None]


def in_libreoffice(converted: Converted, office: Office, folder: Path) -> Problems:
    """LibreOffice shows old cells as before, and reads label and score in the new ones."""
    try:
        before = _open(converted.source, {}, office, folder / "before")
    except (OfficeError, RemoteError):
        return CannotSay("LibreOffice doesn't open the input")
    try:
        after = _open(converted.result, converted.new, office, folder / "after")
    except (OfficeError, RemoteError) as error:
        return [f"LibreOffice opens the input, but not the result: {error}"]
    if before.shown.keys() != after.shown.keys():
        return ["LibreOffice shows other sheets"]
    if None in after.held.values():
        # By rules of its own, which leave a filter out; Excel shows what it stored.
        return CannotSay("LibreOffice lays out a pivot table anew, and wider, over the new cells")
    changed = set(_changed(converted, before, after))
    for number in range(_TIMES if changed else 0):
        # What the input itself shows differently each time, such as a random number.
        again = _open(converted.source, {}, office, folder / f"again {number}")
        changed -= {
            (name, place)
            for name, place in changed
            if again.shown[name].get(place) != before.shown[name].get(place)
        }
    problems = [f"{_named(*item)} isn't shown as before" for item in sorted(changed)]
    return problems + list(_wrong(converted, after))


def _changed(
    converted: Converted, before: _Seen, after: _Seen
) -> Iterator[tuple[str, tuple[int, int]]]:
    for name, old in before.shown.items():
        new = after.shown[name]
        for place in (old.keys() | new.keys()) - converted.new.get(name, {}).keys():
            if old.get(place) != new.get(place):
                yield name, place


def _wrong(converted: Converted, after: _Seen) -> Iterator[str]:
    for name, cells in converted.new.items():
        held = after.held[name] or {}
        for place, value in cells.items():
            if held.get(place) != value:
                yield f"{_named(name, place)} holds {held.get(place)!r}, not {value!r}"


def _named(sheet: str, place: tuple[int, int]) -> str:
    return f"{sheet!r} {column_letter(place[1])}{place[0]}"


def _open(path: Path, new: Mapping[str, Cells], office: Office, folder: Path) -> _Seen:
    folder.mkdir(parents=True)
    # LibreOffice leaves files beside what it has open.
    document = office.open(Path(shutil.copyfile(path, folder / path.name)), macros=False)
    try:
        names = document.model.Sheets.ElementNames
        options = office.properties(FilterName="Text - txt - csv (StarCalc)", FilterOptions=_CSV)
        document.model.storeToURL((folder / "sheets.csv").as_uri(), options)
        shown = {name: _read(folder / f"sheets-{name}.csv") for name in names}
        return _Seen(shown, {name: _held(document, name, cells) for name, cells in new.items()})
    finally:
        office.close_document(document)


def _read(path: Path) -> Texts:
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row, column): text
            for row, texts in enumerate(csv.reader(file), start=1)
            for column, text in enumerate(texts, start=1)
            if text
        }


def _held(document: Document, name: str, cells: Cells) -> Cells | None:
    """Return what is in these cells, whatever their number format shows."""
    rows, columns = [row for row, _ in cells], [column for _, column in cells]
    sheet = document.sheet(name)
    for pivot in sheet.getDataPilotTables():
        if pivot.OutputRange.EndColumn + 1 >= min(columns) > pivot.OutputRange.StartColumn:
            return None
    area = sheet.getCellRangeByPosition(
        min(columns) - 1, min(rows) - 1, max(columns) - 1, max(rows) - 1
    )
    return {
        (row, column): value
        for row, values in enumerate(area.getDataArray(), start=min(rows))
        for column, value in enumerate(values, start=min(columns))
    }
