"""What `benchmarks/real_workbooks.py` shows, as far as it is fast, and that it would see faults."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from addin.office import Office, OfficeMissingError

from cellsense import Classifier
from cellsense.errors import CellsenseError
from sheets.survival.checks import AUDIT, CHECKS, Check
from sheets.survival.conversion import REVIEWS, SPLICED, TEXTS, Converted, convert, splice
from sheets.survival.hostile import reason
from sheets.survival.in_libreoffice import in_libreoffice
from sheets.survival.spread import spread
from sheets.xlsx_files import pack, parts, worksheet

AUDITED = 100
SHOWN = 10
SHEET = "xl/worksheets/sheet1.xml"

Results = dict[Path, Converted]


@pytest.fixture(scope="module")
def results(shared_workbooks: Path, tmp_path_factory: pytest.TempPathFactory) -> Results:
    """All real workbooks, converted; hardly any is refused."""
    folder = tmp_path_factory.mktemp("results")
    classifier = Classifier(device="cpu", use_cache=False)
    done: Results = {}
    refused = []
    paths = sorted(item for item in (shared_workbooks / "real").iterdir() if item.is_file())
    for path in paths:
        try:
            done[path] = convert(path, folder / path.name, classifier)
        except CellsenseError as error:
            refused.append(reason(str(error), path))
    assert len(done) > 250
    assert len(refused) < 8, refused
    assert "\n" not in "".join(refused)
    assert sorted(folder.iterdir()) == sorted(result.result for result in done.values())
    assert {result.way for result in done.values()} == {REVIEWS, TEXTS, SPLICED}
    return done


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    try:
        with Office() as office:
            yield office
    except OfficeMissingError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.problems.__name__)
def test_every_workbook_survives(results: Results, check: Check) -> None:
    assert failures(results, check) == {}


def test_a_validator_finds_nothing_new(results: Results) -> None:
    sample = {path: results[path] for path in spread(results, AUDITED)}
    assert failures(sample, AUDIT) == {}


def test_libreoffice_shows_what_it_showed(results: Results, office: Office, tmp_path: Path) -> None:
    shown = 0
    for path in spread(results, SHOWN):
        found = in_libreoffice(results[path], office, tmp_path / path.stem)
        assert not isinstance(found, list) or found == [], path.name
        shown += found == []
    assert shown > SHOWN // 2


def failures(results: Results, check: Check) -> dict[str, list[str]]:
    found = {path.name: check.problems(result) for path, result in results.items()}
    return {name: item for name, item in found.items() if isinstance(item, list) and item}


FORMULA = '<row r="1"><c r="A1"><f>1+2</f><v>3</v></c></row><row r="2"><c r="A2"><v>4</v></c></row>'
DAMAGE: dict[str, tuple[str, Callable[[str], str]]] = {
    "other_parts": ("xl/workbook.xml", lambda text: text.replace("Data", "Date")),
    "cells": (SHEET, lambda text: text.replace("<v>4</v>", "<v>5</v>")),
    "new cells": (SHEET, lambda text: text.replace("=positive", "=negative")),
    "markup": (SHEET, lambda text: text.replace("<f>1+2</f>", "")),
    "in_openpyxl": (SHEET, lambda text: text.replace("<v>3</v>", "<v>three</v>")),
    "audit": (SHEET, lambda text: text.replace('t="inlineStr"', 't="inlined"')),
}


def damaged(tmp_path: Path, name: str, change: Callable[[str], str]) -> Converted:
    """Convert a workbook, then change a part of the result."""
    source = pack(tmp_path / "a.xlsx", parts(worksheet(FORMULA)))
    done = splice(source, tmp_path / "b.xlsx")
    with zipfile.ZipFile(done.result) as archive:
        content = {item: archive.read(item).decode() for item in archive.namelist()}
    assert change(content[name]) != content[name]
    content[name] = change(content[name])
    pack(done.result, content)
    return done


@pytest.mark.parametrize("fault", DAMAGE)
def test_the_checks_see_what_is_wrong(tmp_path: Path, fault: str) -> None:
    result = damaged(tmp_path, *DAMAGE[fault])
    failed = {check.problems.__name__ for check in (*CHECKS, AUDIT) if check.problems(result)}
    assert {"new cells": "cells"}.get(fault, fault) in failed


@pytest.mark.parametrize("fault", ["cells", "new cells"])
def test_what_libreoffice_shows_is_compared(tmp_path: Path, office: Office, fault: str) -> None:
    source = pack(tmp_path / "good.xlsx", parts(worksheet(FORMULA)))
    good = splice(source, tmp_path / "good result.xlsx")
    assert in_libreoffice(good, office, tmp_path / "good") == []
    bad = damaged(tmp_path, *DAMAGE[fault])
    assert in_libreoffice(bad, office, tmp_path / "bad") != []
