"""Optimises the model that a user named, and says what came of it."""

import sys
from pathlib import Path

from cellsense.bench.texts import read_texts
from cellsense.optimize.keep import forget_model, optimize_model, sample_texts

_MOST_TEXTS = 300


def optimize_and_print(model: str, file: Path | None, column: str | None) -> None:
    """Write the int8 file; results go to standard output, steps to a watched standard error."""
    texts = sample_texts() if file is None else read_texts(file, None, column, _MOST_TEXTS)
    done = optimize_model(model, texts, on_step=_say)
    print(f"Kept {done.file} ({done.size / 1e6:,.1f} MB)")
    print(f"The same label as the model itself on {done.same_labels:.1%} of {done.texts} texts")


def forget(model: str) -> None:
    """Remove a model's int8 file."""
    print("Removed." if forget_model(model) else "There is none.")


def _say(line: str) -> None:
    if sys.stderr is not None and sys.stderr.isatty():
        print(f"{line} …", file=sys.stderr)
