"""Every workbook survives: workbooks of other people, converted and checked.

`pip install -e ".[test]"` first, then
`python benchmarks/real_workbooks.py FOLDER [--hostile FOLDER] [--libreoffice 40]`. Prints a table,
what was refused and why, and what is wrong; exits with 1 if anything is.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# The checks are what the tests use, too.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from addin.office import Office, OfficeMissingError
from sheets.survival.checks import AUDIT, CHECKS, CannotSay, Check, Problems
from sheets.survival.conversion import Converted, convert
from sheets.survival.hostile import in_bounds, reason
from sheets.survival.in_libreoffice import in_libreoffice
from sheets.survival.spread import spread

from cellsense import Classifier
from cellsense.errors import CellsenseError


@dataclass(slots=True)
class Row:
    """What came of a check."""

    name: str
    passed: int = 0
    failed: dict[str, list[str]] = field(default_factory=dict)
    not_applicable: Counter[str] = field(default_factory=Counter)

    def add(self, file: str, problems: Problems) -> None:
        """Count a workbook."""
        if isinstance(problems, CannotSay):
            self.not_applicable[problems.why] += 1
        elif problems:
            self.failed[file] = problems
        else:
            self.passed += 1

    def __str__(self) -> str:
        count = self.passed + len(self.failed) + self.not_applicable.total()
        reasons = "; ".join(f"{count}: {why}" for why, count in self.not_applicable.items())
        return f"| {self.name} | {count} | {self.passed} | {len(self.failed)} | {reasons or 0} |"


def files(folder: Path) -> list[Path]:
    """Return a folder's files, in order."""
    return sorted(item for item in folder.iterdir() if item.is_file())


def hostile(paths: Iterable[Path]) -> tuple[Row, Counter[str]]:
    """Convert hostile workbooks; count what came of them."""
    row = Row("hostile: one line and no file, or a right result; in bounds of time and memory")
    outcomes: Counter[str] = Counter()
    for path in paths:
        outcome, problems = in_bounds(path)
        outcomes[reason(outcome, path)] += not problems
        row.add(path.name, problems)
    return row, outcomes


def converted(
    paths: Iterable[Path], folder: Path
) -> tuple[dict[Path, Converted], Row, Counter[str]]:
    """Convert workbooks; count the refusals, which must be one line and leave no file."""
    classifier = Classifier(device="cpu", use_cache=False)
    done: dict[Path, Converted] = {}
    row, refused = Row("refused: one line, and no file"), Counter[str]()
    for path in paths:
        target = folder / path.name
        try:
            done[path] = convert(path, target, classifier)
        except CellsenseError as error:
            problems = ["the message has several lines"] if "\n" in str(error) else []
            problems += ["a file was left"] if target.exists() else []
            row.add(path.name, problems)
            refused[reason(f"{type(error).__name__}: {error}", path)] += 1
    return done, row, refused


def checked(check: Check, done: Mapping[Path, Converted]) -> Row:
    """Check all results."""
    row = Row(check.name)
    for path, result in done.items():
        row.add(path.name, check.problems(result))
    return row


def shown(done: Mapping[Path, Converted], count: int, folder: Path) -> Row:
    """Have LibreOffice show a sample of inputs and results."""
    row = Row("LibreOffice shows old cells as before, reads label and score")
    with Office() as office:
        for number, path in enumerate(spread(done, count)):
            row.add(path.name, in_libreoffice(done[path], office, folder / str(number)))
    return row


def tell(title: str, counts: Mapping[str, int]) -> None:
    """Print counts, the highest first."""
    print(f"\n{title}\n")
    for text, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        print(f"- {count} × {text}")


def main() -> int:
    """Print the table; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="real workbooks")
    parser.add_argument("--hostile", type=Path, help="a folder of hostile ones")
    parser.add_argument("--libreoffice", type=int, default=40, metavar="N", help="how many it sees")
    arguments = parser.parse_args()
    last: list[Row] = []
    outcomes: Counter[str] = Counter()
    if arguments.hostile:  # first: these processes are forked, and the model has threads
        row, outcomes = hostile(files(arguments.hostile))
        last = [row]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        done, refusals, refused = converted(files(arguments.folder), folder)
        rows = [checked(check, done) for check in (*CHECKS, AUDIT)]
        if arguments.libreoffice:
            rows.append(shown(done, arguments.libreoffice, folder / "libreoffice"))
    rows += [refusals, *last]
    print("| check | workbooks | passed | failed | not applicable |\n|---|---|---|---|---|")
    print(*rows, sep="\n")
    tell("Converted:", Counter(result.way for result in done.values()))
    tell("Refused:", refused)
    if outcomes:
        tell("Hostile:", outcomes)
    for row in rows:
        for file, problems in row.failed.items():
            print(f"\nFAILED {row.name}: {file}", *problems[:5], sep="\n  ")
    return int(any(row.failed for row in rows))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except OfficeMissingError as missing:
        sys.exit(f"{missing}: install it, or say --libreoffice 0")
