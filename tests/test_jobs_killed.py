"""Runs that are killed: nothing is half-written, and the next one goes on from there."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import filelock
import pytest
from kill_folder_run import kill_runs

from cellsense import Classifier, convert
from cellsense.atomic import remove_leftovers, temporary, write_whole
from cellsense.errors import OutputError
from cellsense.inference.engine import Engine
from cellsense.jobs.done import FILE

CSV = b"id,review\n1,I love this lamp. It is beautiful.\n2,Terrible. It broke after two days.\n3,\n"
DONE = b"id,review,Label,Score\n"
KILL = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"


def killed(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def command(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", *map(str, arguments)], capture_output=True, check=False
    )


def names_in(folder: Path) -> list[str]:
    return sorted(item.relative_to(folder).as_posix() for item in folder.rglob("*"))


def hidden_in(folder: Path) -> list[str]:
    return [name for name in names_in(folder) if name.startswith(".cellsense-") and name != FILE]


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    killed(
        "from cellsense.atomic import temporary; from pathlib import Path\n"
        f"with temporary(Path({str(tmp_path)!r})) as file:\n"
        "    file.write_bytes(b'half')\n"
        f"    {KILL}"
    )
    assert len(names_in(tmp_path)) == 2
    with temporary(tmp_path) as alive:
        alive.write_bytes(b"in work")
        remove_leftovers(tmp_path)
        assert len(names_in(tmp_path)) == 2
        assert alive.read_bytes() == b"in work"
    assert names_in(tmp_path) == []


def test_only_our_own_files_are_removed(tmp_path: Path) -> None:
    names = [".cellsense-done.jsonl", ".cellsense-run.lock", ".cellsense-notes", "cellsense.lock"]
    for name in names:
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert names_in(tmp_path) == sorted(names)


def test_without_a_lock_age_decides(tmp_path: Path) -> None:
    old, new = tmp_path / f".cellsense-{'a' * 16}", tmp_path / f".cellsense-{'b' * 16}"
    for file in (old, new):
        file.touch()
    os.utime(old, (0, 0))
    remove_leftovers(tmp_path)
    assert names_in(tmp_path) == [new.name]


@pytest.mark.parametrize("error", [OSError(errno.ENOLCK, "No locks"), NotImplementedError()])
def test_a_disk_that_knows_no_locks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def acquire(self: filelock.FileLock) -> None:
        raise error

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)
    with temporary(tmp_path) as alive:
        alive.write_bytes(b"in work")
        alive.with_suffix(".lock").touch()
        remove_leftovers(tmp_path)
        assert alive.exists()
        for file in (alive, alive.with_suffix(".lock")):
            os.utime(file, (0, 0))
        remove_leftovers(tmp_path)
        assert names_in(tmp_path) == []


def test_a_text_file_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "report.json"
    write_whole(file, "first")

    def fail(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_whole(file, "second")
    assert file.read_text() == "first"
    assert names_in(tmp_path) == ["report.json"]


# Where to kill: a function of a module, and whether it still runs.
MOMENTS = {
    "while reading": ("cellsense.label_workbook.select_named", False),
    "before saving": ("cellsense.convert._save", False),
    "after saving": ("cellsense.convert._save", True),
    "before the list": ("cellsense.jobs.done._append", False),
    "after the list": ("cellsense.jobs.done._append", True),
    "before the name": ("cellsense.convert.take_place", False),
    "after the name": ("cellsense.convert.take_place", True),
}

IN_PLACE = {"after the backup": ("cellsense.backup._back_up", True)}


def kill_at(moment: str, turn: int, *arguments: str | Path) -> None:
    name, runs = (MOMENTS | IN_PLACE)[moment]
    module, function = name.rsplit(".", 1)
    killed(
        "import importlib, os, signal, sys\n"
        f"module = importlib.import_module({module!r})\n"
        f"original, turns = module.{function}, []\n"
        "def replaced(*arguments, **named):\n"
        "    turns.append(1)\n"
        f"    last = len(turns) == {turn}\n"
        f"    result = original(*arguments, **named) if {runs} or not last else None\n"
        "    if last: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return result\n"
        f"module.{function} = replaced\n"
        f"sys.argv = ['cellsense', *{[str(item) for item in arguments]!r}]\n"
        "from cellsense.cli import main\n"
        "main()"
    )


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("in_place", [False, True])
def test_a_folder_run_goes_on(tmp_path: Path, moment: str, in_place: bool) -> None:
    inbox, outbox = tmp_path / "inbox", tmp_path / "outbox"
    inbox.mkdir()
    for name in ("a.csv", "b.csv", "c.csv"):
        (inbox / name).write_bytes(CSV)
    results = inbox if in_place else outbox
    arguments = ["convert", inbox, *(["--in-place"] if in_place else ["--output", outbox])]
    kill_at(moment, 2, *arguments)
    assert (results / "a.csv").read_bytes().startswith(DONE)
    for name in ("b.csv", "c.csv"):  # whole, or not at all
        if (results / name).exists():
            content = (results / name).read_bytes()
            assert content == CSV or content.startswith(DONE)
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    expected = 2 if moment == "after the name" else 1
    assert f"{3 - expected} ok · 0 failed · {expected} skipped" in done.stdout.decode()
    for name in ("a.csv", "b.csv", "c.csv"):
        assert (results / name).read_bytes().startswith(DONE)
        assert (inbox / name).read_bytes() == CSV or in_place
    assert hidden_in(results) == []


def test_a_file_is_backed_up_once(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    arguments = ("convert", tmp_path, "--in-place")
    kill_at("after the backup", 1, *arguments)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "a.csv.bak").read_bytes() == CSV
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    assert names_in(tmp_path) == [FILE, "a.csv", "a.csv.bak"]
    assert (tmp_path / "a.csv.bak").read_bytes() == CSV


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("source", ["inbox", "inbox/a.csv"])
def test_a_signal_that_is_lost_ends_the_run(
    tmp_path: Path, number: int, code: int, source: str
) -> None:
    """Imports that are interrupted may fail with an error of their own."""
    (tmp_path / "inbox").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "inbox" / name).write_bytes(CSV)
    program = (
        "import importlib, os, sys, time\n"
        "def interrupted(*arguments):\n"
        "    try:\n"
        f"        os.kill(os.getpid(), {number})\n"
        "        time.sleep(60)\n"
        "    except BaseException:\n"
        "        raise ImportError('multiarray failed to import') from None\n"
        "importlib.import_module('cellsense.convert').label_workbook = interrupted\n"
        f"sys.argv = ['cellsense', 'convert', {str(tmp_path / source)!r}]\n"
        "from cellsense.cli import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == code, done.stderr
    assert b"Traceback" not in done.stderr
    assert [name for name in names_in(tmp_path) if "labelled" in name] == []


def test_what_the_caller_ignores_is_ignored() -> None:
    program = (
        "import os, signal\n"
        "signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
        "from cellsense.ending import listen\n"
        "listen()\n"
        "os.kill(os.getpid(), signal.SIGHUP)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("in_place", [False, True])
def test_runs_killed_at_random(tmp_path: Path, in_place: bool) -> None:
    tally = kill_runs(tmp_path, kills=6, in_place=in_place, seed=1, rows=900, small=8)
    assert tally.kills == 6
    assert tally.finished


@pytest.mark.parametrize(
    ("moment", "output"),
    [("after saving", "result.csv"), ("before the name", "result.csv"), ("after saving", "-")],
)
def test_a_single_file_leaves_nothing(
    tmp_path: Path, moment: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary_files = tmp_path / "tmp"
    temporary_files.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary_files))
    monkeypatch.chdir(tmp_path)
    Path("reviews.csv").write_bytes(CSV)
    arguments = ("convert", "reviews.csv", "--output", output)
    kill_at(moment, 1, *arguments)
    assert not Path("result.csv").exists()
    left = hidden_in(tmp_path) + hidden_in(temporary_files)
    assert len(left) >= 2
    done = command(*arguments)
    assert done.returncode == 0, done.stderr
    assert hidden_in(tmp_path) + hidden_in(temporary_files) == []


def results_in(cache: Path) -> int:
    try:
        with closing(sqlite3.connect(f"file:{cache}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


def test_within_a_big_file_only_the_rest_is_worked_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = 3_000
    source = tmp_path / "big.csv"
    lines = (f"{n},Lamp number {n} is {'bright' if n % 2 else 'dim'}." for n in range(rows))
    source.write_text("\n".join(["id,review", *lines]), encoding="utf-8")
    monkeypatch.setenv("CELLSENSE_CACHE", str(tmp_path / "cache"))
    cache = tmp_path / "cache" / "results.sqlite3"
    process = subprocess.Popen([sys.executable, "-m", "cellsense", "convert", str(source)])
    give_up = time.monotonic() + 120
    while results_in(cache) < rows / 3:
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.02)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    known = results_in(cache)
    assert rows / 3 <= known < rows
    assert not source.with_name("big.labelled.csv").exists()

    asked: list[str] = []
    original = Engine.run

    def run(self: Engine, texts: Sequence[str]) -> object:
        asked.extend(texts)
        return original(self, texts)

    monkeypatch.setattr(Engine, "run", run)
    result = convert(source, classifier=Classifier(device="cpu"))
    assert len(asked) == rows - known
    assert result.summary.rows == rows
    assert hidden_in(tmp_path) == []
