"""The page, as a browser shows it."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellsense.evaluation.metrics import measure
from cellsense.evaluation.page import as_page
from cellsense.evaluation.run import Evaluation, Wrong
from cellsense.labelled import Skip

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>&amp;\x00\u2028end'
TESTS = Path(__file__).parents[1]


def evaluation(
    labels: tuple[str, ...], rows: int, name: str, *, perfect: bool = False
) -> Evaluation:
    random = np.random.default_rng(3)
    meant = random.integers(0, len(labels), rows)
    scores = random.uniform(1 / len(labels), 1, rows)
    guessed = np.where(random.random(rows) < scores, meant, (meant + 1) % len(labels))
    metrics = measure(meant, meant if perfect else guessed, scores, labels)
    wrong = [Wrong(7 + n, f"{name} {n}", name, labels[0], labels[-1], 0.99) for n in range(3)]
    return Evaluation(
        file=f"folder/{name}.csv",
        sheet=name,
        text_column=f'column A "{name}"',
        label_column=f'column B "{name}"',
        model=name,
        revision="0123456789abcdef",
        fingerprint="fedcba9876543210",
        device="cpu, onnx int8",
        date=datetime(2026, 5, 4, 12, 30, tzinfo=UTC),
        skipped={Skip.TEXT_BLANK: 2},
        mapping={},
        notes=(f"Note of {name}",),
        metrics=metrics,
        wrong=[] if perfect else wrong,
    )


def seen(page: str, folder: Path) -> dict[str, dict[str, Any]]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if find_spec("playwright") is None or program is None:
        pytest.skip("Chromium or playwright is not on this machine")
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("look.py")), program, file.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(TESTS)},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return told


def test_a_page_of_three_labels(tmp_path: Path) -> None:
    found = evaluation(("NEGATIVE", "NEUTRAL", "POSITIVE"), 400, "Spring survey")
    views = seen(as_page(found), tmp_path)
    for view in views.values():
        assert (view["faults"], view["asked"], view["foreign"]) == ([], [], 0)
        assert view["overlaps"] == []
        assert view["title"] == "Spring survey.csv · Spring survey 0123456789ab · 2026-05-04"
        assert view["drawings"] == 3
        assert view["bars"] > 20
        assert "400\nlabelled rows" in view["text"]
        assert f"{found.metrics.accuracy:.1%}" in view["text"]
        assert "skipped 2 rows (2 text blank)" in view["text"]
        counts = [int(cell.split()[0]) for cell in view["matrix"]]
        assert counts == [count for line in found.metrics.confusion for count in line]
        for row, number in zip(view["wrong_rows"], (7, 8, 9), strict=True):
            assert all(part in row for part in (f"{number}", "0.990", "POSITIVE"))
    assert views["light"]["width"] == 1100
    assert views["phone"]["width"] == 400
    assert views["light"]["colour"] != views["dark"]["colour"]


def test_nothing_of_a_text_becomes_markup(tmp_path: Path) -> None:
    page = as_page(evaluation((EVIL, f"{EVIL} 2"), 50, EVIL))
    views = seen(page, tmp_path)
    for view in views.values():
        assert (view["faults"], view["asked"], view["foreign"]) == ([], [], 0)
        assert view["width"] in (400, 1100)
        shown = EVIL.replace("\x00", "\ufffd").replace("\u2028", " ")
        assert view["texts"][0] == f"{shown} 0"


def test_many_labels_fit_a_phone(tmp_path: Path) -> None:
    names = tuple(f"a rather long label {number}" for number in range(28))
    views = seen(as_page(evaluation(names, 500, "x" * 200)), tmp_path)
    for view in views.values():
        assert view["overlaps"] == []
        assert view["width"] in (400, 1100)
        assert len(view["matrix"]) == 28 * 28


def test_nothing_wrong(tmp_path: Path) -> None:
    views = seen(as_page(evaluation(("A", "B"), 1, "one", perfect=True)), tmp_path)
    assert "No row is wrong." in views["light"]["text"]
    assert views["light"]["wrong_rows"] == []
