"""The report of a run, and the flags of the command line that belong to many files."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

CSV = b"id,review\n1,I love this lamp. It is beautiful.\n2,Terrible. It broke after two days.\n3,\n"


def run(*arguments: str | Path, **more: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", *map(str, arguments)],
        capture_output=True,
        check=False,
        **more,
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "a.csv").write_bytes(CSV)
    (tmp_path / "inbox" / "b.xlsx").write_bytes(b"nonsense")
    return tmp_path


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def test_a_report_of_a_folder(folder: Path) -> None:
    done = run("inbox", "--output", "outbox", "--report", "report.json")
    assert done.returncode == 3
    report = read(folder / "report.json")
    assert report["cellsense_report"] == 1
    assert report["versions"]["cellsense"]
    assert report["stopped"] is None
    assert report["model"]["name"] == "embedded"
    assert report["model"]["labels"] == ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    assert len(report["model"]["fingerprint"]) == 64
    assert report["options"]["label_name"] == "Label"
    assert report["totals"]["files"] == {"ok": 1, "failed": 1, "skipped": 0}
    good, bad = report["files"]
    assert good["source"] == os.path.join("inbox", "a.csv")  # noqa: PTH118 - as the user wrote it
    assert good["output"] == os.path.join("outbox", "a.csv")  # noqa: PTH118
    assert good["seconds"] >= 0
    sheet = good["sheets"][0]
    assert (sheet["sheet"], sheet["column"], sheet["rows"]) == ("a", "B", 3)
    assert sheet["labels"] == {"NEGATIVE": 1, "NEUTRAL": 0, "POSITIVE": 1}
    assert sheet["without_text"] == {"blank": 1}
    assert bad["status"] == "failed"
    assert "nonsense" not in bad["error"]
    assert bad["error"] in done.stderr.decode()
    assert b"lamp" not in (folder / "report.json").read_bytes()
    again = run("inbox", "--output", "outbox", "--report", "report.json")
    assert again.returncode == 3
    assert read(folder / "report.json")["files"][0] | {"seconds": 0} == good | {
        "seconds": 0,
        "status": "skipped",
        "skipped_because": "already done",
    }


def test_a_report_in_an_output_folder_that_is_not_there_yet(folder: Path) -> None:
    assert run("inbox", "--output", "outbox", "--report", "outbox/r.json").returncode == 3
    assert read(folder / "outbox" / "r.json")["totals"]["files"]["ok"] == 1


def test_a_report_of_one_file(folder: Path) -> None:
    assert run("inbox/a.csv", "--report", "report.json").returncode == 0
    assert read(folder / "report.json")["files"][0]["status"] == "ok"
    done = run("inbox/a.csv", "--report", "report.json")
    assert done.returncode == 2
    report = read(folder / "report.json")
    assert report["files"][0]["status"] == "failed"
    assert report["stopped"] == report["files"][0]["error"]
    assert "exists: add --force" in report["stopped"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["inbox", "--report", "inbox/a.csv"], "is no report"),
        (["inbox", "--report", "nowhere/report.json"], "doesn't exist"),
        (["inbox", "--report", ""], "name is empty"),
        (["inbox", "--output", ""], "is empty"),
        (["inbox", "--in-place", "--output", "outbox"], "leave --output out"),
        (["inbox", "--label-name", "=x"], "formula"),
        (["inbox", "--limit", "0"], "--limit"),
        (["inbox", "--sheet", "x", "--all-sheets"], "--all-sheets"),
        (["inbox", "--beside", "--after", "B"], "--beside"),
        (["inbox", "--device", "cuda:7"], "not on this machine"),
        (["inbox/a.csv", "--recursive"], "name a folder"),
        (["inbox/a.csv", "--include", "*.csv"], "name a folder"),
        (["inbox", "--include", "*.parquet"], "holds no file to convert"),
    ],
)
def test_a_mistake_stops_before_anything_is_done(
    folder: Path, arguments: list[str], words: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert words in lines[0]
    assert sorted(item.name for item in (folder / "inbox").iterdir()) == ["a.csv", "b.xlsx"]
    assert (folder / "inbox" / "a.csv").read_bytes() == CSV
    assert not (folder / "outbox").exists()


def test_the_table_at_the_end(folder: Path) -> None:
    (folder / "inbox" / "[red]c.csv").write_bytes(CSV)
    done = run("inbox", "--output", "outbox")
    table = done.stdout.decode()
    assert "2 ok · 1 failed · 0 skipped" in table
    assert "[red]c.csv" in table
    assert done.stderr.decode().count("\n") == 1


def test_of_many_files_only_those_with_news_are_shown(folder: Path) -> None:
    for number in range(45):
        (folder / "inbox" / f"n{number}.csv").write_bytes(CSV)
    done = run("inbox", "--output", "outbox")
    table = done.stdout.decode().splitlines()[-10:]
    assert not any("n44.csv" in line for line in table)
    assert any("b.xlsx" in line for line in table)
    assert "46 ok · 1 failed" in done.stdout.decode()


def test_several_sheets_have_a_line_each(folder: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for name in ("Jan", "Feb"):
        for row in (["review"], ["I love this lamp. It is beautiful."], ["It broke."]):
            book.create_sheet(name).append(row) if name not in book else book[name].append(row)
    book.save("book.xlsx")
    done = run("book.xlsx", "--all-sheets")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert 'Jan: NEGATIVE 1 · NEUTRAL 0 · POSITIVE 1 · columns B "Label" and C "Score"' in lines
    assert 'Skipped sheet "Sheet": The sheet "Sheet" is empty.' in lines
    assert lines[-1] == "Wrote book.labelled.xlsx · 2 sheets"


def test_a_name_that_would_steer_the_terminal(folder: Path) -> None:
    (folder / "inbox" / "x\x1b[31m\n.csv").write_bytes(CSV)
    (folder / "inbox" / os.fsdecode(b"\xff.csv")).write_bytes(CSV)
    done = run("inbox", "--output", "outbox", "--report", "report.json")
    assert done.returncode == 3
    assert b"\x1b" not in done.stdout
    assert b"Traceback" not in done.stderr
    assert len(read(folder / "report.json")["files"]) == 4


def test_a_disk_that_fills_up(folder: Path) -> None:
    (folder / "inbox" / "c.csv").write_bytes(CSV * 2000)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000));"
        "sys.argv = ['cellsense', 'convert', 'inbox', '--output', 'outbox'];"
        "from cellsense.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", limited], capture_output=True, check=False)
    assert done.returncode == 3, done.stderr
    assert b"outbox/c.csv can't be written: File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    names = sorted(item.name for item in (folder / "outbox").iterdir())
    assert names == [".cellsense-done.jsonl", "a.csv"]
    assert run("inbox", "--output", "outbox").returncode == 3
    assert (folder / "outbox" / "c.csv").exists()


def test_being_told_to_end_says_what_was_done(folder: Path) -> None:
    big = b"id,review\n" + b"".join(b"%d,Lovely lamp number %d\n" % (n, n) for n in range(20_000))
    (folder / "inbox" / "c.csv").write_bytes(big)
    flags = ["--output", "outbox", "--report", "report.json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "cellsense", "convert", "inbox", *flags],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    give_up = time.monotonic() + 60
    while not (folder / "outbox" / "a.csv").exists() and time.monotonic() < give_up:
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, error
    assert b"Cancelled" in error
    assert b"1 ok" in out
    report = read(folder / "report.json")
    assert report["stopped"] == "cancelled"
    assert [file["status"] for file in report["files"]] == ["ok", "failed"]
    names = sorted(item.name for item in (folder / "outbox").iterdir())
    assert names == [".cellsense-done.jsonl", "a.csv"]
