"""Files of what was learned: how one is called, and what tells that a model is one."""

import os
from pathlib import Path

from cellsense.sheets.columns import TextColumn
from cellsense.sheets.interface import column_letter

SUFFIX = ".json"
_LONGEST = 40  # letters of a header


def learned_name(stem: str, labels: TextColumn) -> str:
    """Return "reviews.topic.json" for the labels in a column Topic of reviews.xlsx."""
    name = labels.header or column_letter(labels.column)
    kept = "".join(sign if sign.isalnum() or sign in "-_" else "-" for sign in name.lower())
    return f"{stem}.{kept.strip('-')[:_LONGEST] or 'labels'}{SUFFIX}"


def learned_file(model: str | os.PathLike[str] | None) -> Path | None:
    """Return the file that a model's name means, if it is one of `cellsense learn`."""
    if model is None or not str(model).lower().endswith(SUFFIX):
        return None
    return Path(model).expanduser()
