"""Hostile workbooks, each in a process of its own: a right result, or a line that says why not."""

import re
import tempfile
from pathlib import Path

from cellsense import Classifier
from cellsense.errors import CellsenseError
from sheets.bounded_run import run
from sheets.survival.checks import cells, markup, other_parts
from sheets.survival.conversion import convert

CONVERTED = "converted"

_MOST_MB = 500  # with the model
_MOST_SECONDS = 30  # of the CPU
_REFUSED = re.compile(r"[A-Z]\w+Error: [^\n]{10,400}")
_CHECKS = (other_parts, cells, markup)


def in_bounds(path: Path) -> tuple[str, list[str]]:
    """Convert a workbook; return what came of it, and what is wrong with that.

    Call it before the process has threads: it forks.
    """
    told = run(path, _outcome)
    outcome = str(told["outcome"])
    problems = [] if outcome == CONVERTED or _REFUSED.fullmatch(outcome) else [outcome]
    if told["mb"] > _MOST_MB or told["cpu"] > _MOST_SECONDS:
        problems.append(f"took {told['mb']:.0f} MB, {told['cpu']:.0f} s")
    return outcome, problems


def reason(error: str, path: Path) -> str:
    """Return a refusal without what is particular to a workbook."""
    general = error.replace(str(path), "FILE").replace(path.name, "FILE")
    return re.sub(r"\d[\d,]*", "N", re.sub(r'"[^"]*"', '"…"', general))


def _outcome(path: Path) -> str:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try:
            classifier = Classifier(device="cpu", use_cache=False)
            converted = convert(path, folder / path.name, classifier)
        except CellsenseError as error:
            if left := [item.name for item in folder.iterdir()]:
                return f"left behind: {', '.join(left)}"
            return f"{type(error).__name__}: {error}"
        problems = [item for check in _CHECKS for item in check(converted)]
        return "\n".join(problems) or CONVERTED
