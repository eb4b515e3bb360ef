"""What comes of a cell: a text, or the reason why there is none."""

import re
from dataclasses import dataclass
from pathlib import Path

Given = str | Path  # what a task is given: a text, or a file that a cell names

# What a cell or a terminal can't show; tabs and line feeds stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Answer:
    """A text for the new column; `cut` if the model couldn't be given all of what there was."""

    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a cell has no answer, in few words: they are counted and shown, and quote nothing."""

    reason: str


NO_FILE = Failure("no such file")
OUTSIDE = Failure("outside the allowed folders")
ADDRESS = Failure("a web address")
NETWORK = Failure("a network path")
UNREADABLE = Failure("can't be read")


def clean(text: str) -> str:
    """Return a model's text as a cell may hold it: without control characters and outer spaces."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
