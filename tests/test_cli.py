"""The command line, run as a user runs it."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cellsense import __version__

CSV = b"id,review\n1,I love this lamp. It is beautiful.\n2,Terrible. It broke after two days.\n3,\n"


def run(
    *arguments: str | Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "cellsense", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        check=False,
        env=os.environ | (env or {}),
    )


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_bytes(CSV)
    return file


def test_convert_says_what_it_did(reviews: Path) -> None:
    done = run("convert", reviews)
    assert done.returncode == 0, done.stderr
    target = reviews.with_name("reviews.labelled.csv")
    assert done.stdout.decode().splitlines() == [
        f'{reviews} · sheet reviews · column B "review" · 3 rows',
        "NEGATIVE 1 · NEUTRAL 0 · POSITIVE 1 · no text 1 (1 blank)",
        f'Wrote {target} · columns C "Label" and D "Score"',
    ]
    assert done.stderr == b""  # no bar where there's no terminal
    assert target.read_bytes().startswith(b"id,review,Label,Score\n1,")


def test_results_alone_go_to_stdout() -> None:
    done = run("convert", "-", stdin=CSV)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"id,review,Label,Score\n1,I love")
    assert done.stdout.count(b"\n") == 4
    assert b"standard input" in done.stderr


def test_bar_on_a_terminal(reviews: Path) -> None:
    main, side = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "cellsense", "convert", str(reviews)],
        stdout=subprocess.PIPE,
        stderr=side,
        check=True,
        env=os.environ | {"TERM": "xterm"},
    )
    os.close(side)
    shown = os.read(main, 100_000).decode()
    os.close(main)
    assert "Labelling" in shown
    assert "rows/s · cpu, onnx int8" in shown
    assert "Labelling" not in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.csv"], "There is no file"),
        (["reviews.csv", "--column", "revue"], 'Did you mean "review"?'),
        (["reviews.csv", "--sheet", "x"], "There is no sheet"),
        (["reviews.csv", "--model", "org/unknown"], "cellsense models download org/unknown"),
        (["reviews.csv", "--device", "cuda:7"], "not on this machine"),
        (["reviews.csv", "--device", "gpu"], "use auto, cpu"),
        (["reviews.csv", "--output", "reviews.csv"], "--in-place"),
        (["reviews.csv", "--batch-size", "0"], "batch"),
        (["empty"], "holds no file to convert"),
    ],
)
def test_a_users_mistake_is_one_line(reviews: Path, arguments: list[str], words: str) -> None:
    (reviews.parent / "empty").mkdir()
    first, *rest = arguments
    rest = [str(reviews) if item == "reviews.csv" else item for item in rest]
    done = run("convert", reviews.parent / first, *rest)
    assert done.returncode == 2
    assert done.stdout.decode().count("\n") <= 1  # at most what was selected
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("Error: ")
    assert words in lines[0]
    assert sorted(item.name for item in reviews.parent.iterdir()) == ["empty", "reviews.csv"]
    assert reviews.read_bytes() == CSV


def test_a_folder_goes_on_after_a_bad_file(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.xlsx").write_bytes(b"nonsense")
    (tmp_path / "c.csv").write_bytes(CSV)
    done = run("convert", tmp_path)
    assert done.returncode == 3
    assert done.stderr.decode().count("Error: ") == 1
    assert {item.name for item in tmp_path.iterdir()} >= {"a.labelled.csv", "c.labelled.csv"}
    assert "2 ok · 1 failed · 0 skipped" in done.stdout.decode()


def test_a_terminal_without_unicode(reviews: Path) -> None:
    done = run("convert", reviews, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert b"POSITIVE 1" in done.stdout


def test_a_closed_pipe_is_no_traceback(reviews: Path) -> None:
    reviews.write_bytes(CSV + b"4,Lovely and bright lamp for the desk\n" * 20_000)
    done = subprocess.run(
        f"'{sys.executable}' -m cellsense convert '{reviews}' --output - | head -1",
        shell=True,
        capture_output=True,
        check=True,
    )
    assert done.stdout == b"id,review,Label,Score\n"
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["2>&-", "<&-"])
def test_closed_streams_are_no_traceback(reviews: Path, closed: str) -> None:
    source = f"'{reviews}'" if closed == "2>&-" else "-"
    done = subprocess.run(
        f"'{sys.executable}' -m cellsense convert {source} {closed}",
        shell=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == (0 if closed == "2>&-" else 2)
    assert b"Traceback" not in done.stderr


def test_being_told_to_end_leaves_nothing(reviews: Path) -> None:
    reviews.write_bytes(
        CSV + b"".join(b"%d,Lovely and bright lamp %d\n" % (n, n) for n in range(9999))
    )
    process = subprocess.Popen([sys.executable, "-m", "cellsense", "convert", str(reviews)])
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert [item.name for item in reviews.parent.iterdir()] == ["reviews.csv"]


def test_doctor_is_a_table() -> None:
    done = run("doctor")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert all(line.startswith("|") and line.endswith("|") for line in lines)
    assert len({len(line) for line in lines}) == 1
    names = {line.split("|")[1].strip() for line in lines}
    assert names >= {
        "cellsense",
        "Python",
        "Excel",
        "Devices",
        "Embedded model",
        "First label",
        "xlwings",
        "torch",
        "transformers",
    }
    assert "cpu, onnx int8" in done.stdout.decode()


def test_version_and_help() -> None:
    assert run("--version").stdout.decode() == f"cellsense {__version__}\n"
    for command in ([], ["convert"], ["doctor"]):
        done = run(*command, "--help")
        assert done.returncode == 0
        assert "Usage: " in done.stdout.decode()


def test_readme_names_every_command_and_flag() -> None:
    from cellsense.cli import app

    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        assert f"cellsense {command.callback.__name__}" in text
    help_text = run("convert", "--help").stdout.decode()
    flags = {word.strip(",") for word in help_text.split() if word.startswith("--")}
    assert flags - {"--help"} <= {word for word in flags if word in text}
