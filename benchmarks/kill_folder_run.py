"""Kills runs over a folder at random moments: all files stay whole, and the end is the same.

`python benchmarks/kill_folder_run.py [--kills 200] [--in-place] [--seed N] [--rows 3000]`

The real command line converts a folder of CSV files and workbooks with the embedded model, with a
store of results of its own. It is killed at a random moment, and started again until it finishes;
then a new folder's turn comes. After each kill every file has to be as it was or as an undisturbed
run makes it, byte for byte. Some runs are told to end (SIGTERM, SIGINT) instead of being killed.
"""

import argparse
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl

SMALL = 36  # files, a third of them workbooks, in folders of six
OPINIONS = ("I love this {}.", "The {} broke after two days.", "It is a {}.", "Such a fine {}!")
THINGS = ("lamp", "kettle", "backpack", "chair", "radio")
LISTED = ".cellsense-done.jsonl"
HIDDEN = ".cellsense-"
# How often each is sent; what is told to end may end in its own way, or as the system does it
# while Python is still starting.
SIGNALS = {signal.SIGKILL: 8, signal.SIGTERM: 1, signal.SIGINT: 1}
ENDS = {
    signal.SIGKILL: {-signal.SIGKILL},
    signal.SIGTERM: {143, -signal.SIGTERM},
    signal.SIGINT: {130, -signal.SIGINT, 1},
}

Contents = dict[str, bytes]  # by name, from the folder


class BrokenPromiseError(Exception):
    """A file is half-written, gone, or not what it has to be."""


@dataclass
class Tally:
    """What happened."""

    signals: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    compared: int = 0
    leftovers: int = 0

    @property
    def kills(self) -> int:
        """How many runs were stopped."""
        return self.signals.total()

    def table(self) -> str:
        """Return all of it as lines of names and numbers."""
        told = {
            "runs stopped": self.kills,
            **{f"  by {name}": count for name, count in sorted(self.signals.items())},
            **{f"  {name}": count for name, count in sorted(self.moments.items())},
            "folders finished, as an undisturbed run leaves them": self.finished,
            "files compared, byte for byte": self.compared,
            "temporary files of stopped runs, removed by later ones": self.leftovers,
        }
        width = max(map(len, told))
        return "\n".join(f"{name:{width}}{count:9,}" for name, count in told.items())


@dataclass(frozen=True)
class Trial:
    """What is converted, how, and what has to come out."""

    template: Path
    in_place: bool
    seconds: float = 0.0  # of an undisturbed run
    expected: Contents = field(default_factory=dict)


class Ground:
    """A fresh folder with inputs, outputs and a store of results."""

    def __init__(self, folder: Path, trial: Trial) -> None:
        self.inbox = folder / "inbox"
        self.outbox = self.inbox if trial.in_place else folder / "outbox"
        self._folder = folder
        self._options = ["--in-place"] if trial.in_place else ["--output", str(self.outbox)]
        shutil.copytree(trial.template, self.inbox)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a run; what it says goes into a file."""
        command = [sys.executable, "-m", "cellsense", "convert", str(self.inbox), "--recursive"]
        with (self._folder / "said.txt").open("wb") as said:
            return subprocess.Popen(  # noqa: S603 - it's our own
                [*command, *self._options],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=os.environ | {"CELLSENSE_CACHE": str(self._folder / "cache")},
            )

    def said(self) -> str:
        """Return the last that a run said."""
        return (self._folder / "said.txt").read_text(errors="replace")[-9_000:]


def contents(folder: Path) -> Contents:
    """Read all files of a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def temporary(found: Contents) -> list[str]:
    """Return the names that only a run in work has."""
    names = [name.rpartition("/")[2] for name in found]
    return [name for name in names if name.startswith(HIDDEN) and name != LISTED]


def results(found: Contents) -> Contents:
    """Leave out what cellsense keeps for itself."""
    names = (name for name in found if not name.rpartition("/")[2].startswith(HIDDEN))
    return {name: found[name] for name in names}


def make_template(folder: Path, rows: int, small: int = SMALL) -> None:
    """Write small files and a big one, which comes in the middle."""
    rng = random.Random(1)
    for number in range(small):
        place = folder / f"{number // 6}"
        place.mkdir(parents=True, exist_ok=True)
        texts = _texts(rng, rng.randrange(3, 20), str(number))
        _write(place / f"{number:02}{'.xlsx' if number % 3 == 0 else '.csv'}", texts)
    _write(folder / f"{small // 12}" / "big.csv", _texts(rng, rows, "of many"))
    _write(folder / f"{small // 12}" / "big.xlsx", _texts(rng, rows // 10, "of some"))


def _texts(rng: random.Random, count: int, name: str) -> list[str]:
    texts = (rng.choice(OPINIONS).format(rng.choice(THINGS)) for _ in range(count))
    return [f"{text} ({name}, {number})" for number, text in enumerate(texts)]


def _write(path: Path, texts: list[str]) -> None:
    rows = [["id", "review"], *([str(number), text] for number, text in enumerate(texts))]
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(rows)
        return
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    book.save(path)


def undisturbed(trial: Trial, folder: Path) -> Trial:
    """Let a run finish, and see that each text has its label; return what came out."""
    ground = Ground(folder, trial)
    started = time.monotonic()
    if ground.start().wait() != 0:
        raise BrokenPromiseError(ground.said())
    seconds = time.monotonic() - started
    found = contents(ground.outbox)
    if temporary(found):
        raise BrokenPromiseError(f"left over: {temporary(found)}")
    for name, original in contents(trial.template).items():
        _check_labels(ground.outbox / name)
        if trial.in_place and found[f"{name}.bak"] != original:
            raise BrokenPromiseError(f"{name}.bak isn't the original")
    return Trial(trial.template, trial.in_place, seconds, results(found))


def _check_labels(path: Path) -> None:
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8") as file:
            rows: list[list[object]] = [list(row) for row in csv.reader(file)]
    else:
        sheet = openpyxl.load_workbook(path).active
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    if rows[0] != ["id", "review", "Label", "Score"] or not all(all(row) for row in rows[1:]):
        raise BrokenPromiseError(f"{path} lacks labels")


def check(ground: Ground, trial: Trial, tally: Tally) -> int:
    """See that every file is whole; return how many are finished."""
    before = contents(trial.template)
    finished = 0
    if not trial.in_place and contents(ground.inbox) != before:
        raise BrokenPromiseError("an input was changed")
    found = results(contents(ground.outbox))
    if trial.in_place and before.keys() - found.keys():
        raise BrokenPromiseError(f"gone: {before.keys() - found.keys()}")
    for name, content in found.items():
        is_done = content == trial.expected.get(name)
        is_original = trial.in_place and content == before.get(name)
        is_backed_up = found.get(f"{name}.bak") == before.get(name)
        if not is_done and not is_original:
            raise BrokenPromiseError(f"{name} is half-written")
        if trial.in_place and is_done and name in before and not is_backed_up:
            raise BrokenPromiseError(f"{name} has no backup")
        finished += is_done and name in before
        tally.compared += 1
    return finished


def stop(ground: Ground, trial: Trial, tally: Tally, rng: random.Random) -> bool:
    """Start a run and stop it at a random moment, and check; return False if it finished first."""
    number = rng.choices(list(SIGNALS), list(SIGNALS.values()))[0]
    process = ground.start()
    try:
        code = process.wait(timeout=rng.uniform(0, 1.1 * trial.seconds))
    except subprocess.TimeoutExpired:
        process.send_signal(number)
        code = process.wait()
    finished = check(ground, trial, tally)
    if code == 0:
        return False
    if code not in ENDS[number]:
        raise BrokenPromiseError(f"exit code {code} after {number.name}: {ground.said()}")
    tally.moments[_moment(finished, len(contents(trial.template)))] += 1
    tally.signals[number.name] += 1
    tally.leftovers += len(temporary(contents(ground.outbox)))
    return True


def _moment(finished: int, of: int) -> str:
    if finished == 0:
        return "before the first file was done"
    return "between the first and the last file" if finished < of else "when all files were done"


def check_end(ground: Ground, trial: Trial) -> None:
    """See that a finished folder is as an undisturbed run leaves it."""
    found = contents(ground.outbox)
    if temporary(found):
        raise BrokenPromiseError(f"left over: {temporary(found)}")
    if results(found) != trial.expected:
        differ = {*results(found).items()} ^ {*trial.expected.items()}
        raise BrokenPromiseError(f"not the same: {sorted({name for name, _ in differ})}")


def kill_runs(
    folder: Path, *, kills: int, in_place: bool, seed: int, rows: int, small: int = SMALL
) -> Tally:
    """Stop so many runs, and let the last one finish. Raises BrokenPromiseError."""
    rng = random.Random(seed)
    make_template(folder / "template", rows, small)
    trial = undisturbed(Trial(folder / "template", in_place), folder / "undisturbed")
    tally = Tally()
    while tally.kills < kills:
        ground = Ground(folder / "ground", trial)
        while tally.kills < kills and stop(ground, trial, tally, rng):
            pass
        if ground.start().wait() != 0:
            raise BrokenPromiseError(ground.said())
        check(ground, trial, tally)
        check_end(ground, trial)
        tally.finished += 1
        shutil.rmtree(folder / "ground")
    return tally


def main() -> None:
    """Kill runs in a temporary folder, and print what happened."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--in-place", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=3_000, help="of the big file")
    told = parser.parse_args()
    # Shells have what they start in the background ignore it, and all that this starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory() as folder:
        tally = kill_runs(
            Path(folder), kills=told.kills, in_place=told.in_place, seed=told.seed, rows=told.rows
        )
    print(f"{'--in-place' if told.in_place else '--output'}, seed {told.seed}")
    print(tally.table())


if __name__ == "__main__":
    main()
