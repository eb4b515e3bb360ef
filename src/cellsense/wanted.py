"""What a classifier is asked for, before anything is looked up."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Examples = tuple[tuple[str, str], ...]  # texts and their labels, to learn from


@dataclass(frozen=True, slots=True)
class Wanted:
    """The arguments of `Classifier` that choose the model and what it is asked."""

    model: str | os.PathLike[str] | Examples | None = None
    device: str | int = "auto"
    revision: str | None = None
    dtype: str = "auto"
    rename_labels: Mapping[str, str] | None = None
    labels: Sequence[str] | None = None
    several: bool = False
    hypothesis: str | None = None
    check_language: bool | None = None
