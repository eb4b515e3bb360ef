"""`cellsense report`: tables, JSON, and a page as Chromium shows it."""

import csv
import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

SAMPLE = Path(__file__).parents[2] / "workbooks" / "reviews.csv"
EVIL = '<script>alert(1)</script> <b>Lovely</b> lamp & a great shade, "works" well</td>'


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "report", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )


def seen(page: Path) -> list[dict[str, Any]]:
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next((found for name in names if (found := shutil.which(name))), None)
    if find_spec("playwright") is None or program is None:
        pytest.skip("Chromium or playwright is not on this machine")
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("look.py")), program, page.as_uri()],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout).values())


def test_tables_and_the_page_show_the_same(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run(SAMPLE, "--by", "Region", "--limit", "200", "--html", page)
    assert done.returncode == 0, done.stderr
    assert f"Wrote {page}" in done.stderr
    told = json.loads(run(SAMPLE, "--by", "Region", "--limit", "200", "--json").stdout)
    wide, narrow = seen(page)
    for view, width in ((wide, 1100), (narrow, 390)):
        assert view["width"] == width
        assert (view["faults"], view["asked"], view["foreign"]) == ([], [], 0)
        assert view["cut"] == []
        assert view["headings"][:3] == ["Review Text: what 197 texts say", "All texts", "By Region"]
        assert [len(view[part]) for part in ("groups", "tiles")] == [6, 3]
        assert view["columns"] == len(told["over_time"]["groups"])
    shown = {item["label"]: f"{item['share']:.1%}" for item in told["counts"]}
    for tile in wide["tiles"]:
        assert any(label in tile and share in tile for label, share in shown.items())
    # A bar's parts are as wide as the labels' shares.
    (regions,) = told["by"]
    for group, widths in zip(regions["groups"], wide["shares"], strict=True):
        parts = [count for count in group["counts"] if count]
        assert widths == pytest.approx(
            [count / group["rows"] * sum(widths) for count in parts], abs=1.5
        )
    assert "Rows to review" in wide["headings"]
    assert len(wide["carrying"]) >= 6
    for item in told["counts"]:
        assert f"| {item['label']}" in done.stdout


def test_texts_are_text_in_the_page(tmp_path: Path) -> None:
    file, page = tmp_path / "in.csv", tmp_path / "page.html"
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerows([["Review", "<i>Shop"], *([f"{EVIL} {n}", "<u>x"] for n in range(5))])
    done = run(file, "--by", "B", "--html", page)
    assert done.returncode == 0, done.stderr
    wide, _ = seen(page)
    assert (wide["faults"], wide["foreign"]) == ([], 0)
    assert any(text.startswith("<script>alert(1)</script>") for text in wide["texts"])
    assert "By <i>Shop" in wide["headings"]
    assert wide["groups"][0].startswith("<u>x")


def test_rows_below_the_threshold_are_those_to_review(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    done = run(SAMPLE, "--limit", "100", "--threshold", "0.6", "--html", page, "--telling", "0")
    assert done.returncode == 0, done.stderr
    content = page.read_text(encoding="utf-8")
    assert "rows are below the threshold" in content
    assert "Most telling rows" not in content
    assert "| TO REVIEW" in done.stdout


def labelled(file: Path, labels: list[str], texts: str = "A fine lamp for reading") -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Review", "Shop", "Label"])
        for number, label in enumerate(labels):
            writer.writerow([f"{texts}, number {number}.", "NS"[number % 2], label])
    return file


def test_corrected_labels_are_counted_as_they_stand(tmp_path: Path) -> None:
    labels = ["POSITIVE", "POSITIVE", "NEGATIVE", "", "TO REVIEW", "NEUTRAL", "POSITIVE", "#N/A"]
    file, page = labelled(tmp_path / "in.csv", labels), tmp_path / "page.html"
    done = run(file, "--label", "Label", "--by", "Shop", "--html", page)
    assert done.returncode == 0, done.stderr
    assert 'Labels as they stand in column C "Label"\n' in done.stdout
    told = json.loads(run(file, "--label", "C", "--by", "Shop", "--json").stdout)
    assert [(item["label"], item["rows"], item["score"]) for item in told["counts"]] == [
        ("NEGATIVE", 1, None), ("NEUTRAL", 1, None), ("POSITIVE", 3, None), ("TO REVIEW", 1, None),
        ("(blank)", 2, None),
    ]  # fmt: skip
    assert [group["counts"] for group in told["by"][0]["groups"]] == [
        [1, 0, 2, 1, 0], [0, 1, 1, 0, 2],
    ]  # fmt: skip
    wide, _ = seen(page)
    assert (wide["faults"], wide["foreign"]) == ([], 0)
    assert wide["headings"] == ["Review: what 8 texts say", "All texts", "By Shop"]
    assert "as they stand in column C" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("labels", "flags", "order"),
    [
        (["5", "1", "3.0", "10", "5"], [], ["1", "3", "5", "10"]),
        (["price", "delivery, price", "price"], ["--several"], ["price", "delivery"]),
        (["price", "a, b", "price"], [], ["price", "a, b"]),
        (["Price", "price", "PRICE", "price", "noise"], [], ["price", "noise"]),
        (
            ["price,delivery", "price, ", " delivery ,price", "price"],
            ["--several"],
            ["price", "delivery"],
        ),
    ],
)
def test_other_labels_in_the_file(
    tmp_path: Path, labels: list[str], flags: list[str], order: list[str]
) -> None:
    done = run(labelled(tmp_path / "in.csv", labels), "--label", "Label", "--json", *flags)
    assert done.returncode == 0, done.stderr
    assert [item["label"] for item in json.loads(done.stdout)["counts"]] == order


def test_a_column_that_holds_no_labels_is_refused(tmp_path: Path) -> None:
    many = labelled(tmp_path / "many.csv", [f"value {n}" for n in range(51)])
    none = labelled(tmp_path / "none.csv", ["", " ", ""])
    for arguments, words in {
        (many, "--label", "Label"): "holds 51 different values, and labels are 50 at most",
        (none, "--label", "Label"): "holds no label beside a text",
        (many, "--label", "Lable"): 'Did you mean "Label"?',
        (many, "--label", "Review"): "The texts and the labels are both in column A",
        (many, "--label", "Label", "--threshold", "0.7"): "--threshold is for a model",
    }.items():
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert words in line


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    there = tmp_path / "there.html"
    there.write_text("mine", encoding="utf-8")
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("Number\n1\n2\n", encoding="utf-8")
    for arguments, words in {
        (SAMPLE, "--html", there): "add --force to overwrite it",
        (SAMPLE, "--html", tmp_path / "no" / "page.html"): "doesn't exist: create it first",
        (SAMPLE, "--html", "-"): "A page is a file",
        (SAMPLE, "--by", "Regoin"): 'Did you mean "Region"?',
        (SAMPLE, "--date", "Region"): "holds no dates: name another with --date",
        (tmp_path / "none.xlsx",): "There is no file",
        (numbers, "--column", "Number"): "holds no text: name another --column",
    }.items():
        done = run(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        (line,) = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
        assert words in line
    assert there.read_text(encoding="utf-8") == "mine"
