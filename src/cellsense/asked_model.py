"""What the flags say of a model → the arguments of a Classifier: for all commands that label."""

from typing import Any

from cellsense.pairs import parse_pairs


def model_arguments(
    *,
    revision: str | None,
    labels: str | None,
    several: bool,
    hypothesis: str | None,
    rename_labels: str | None,
    threshold: float | None,
    any_language: bool,
) -> dict[str, Any]:
    """Return keyword arguments by the flags of the same names. Raises OptionError."""
    return {
        "revision": revision,
        "labels": None if labels is None else [label.strip() for label in labels.split(",")],
        "several": several,
        "hypothesis": hypothesis,
        "rename_labels": parse_pairs("--rename-labels", rename_labels, "LABEL_0=bad,LABEL_1=good"),
        "threshold": threshold,
        "check_language": False if any_language else None,
    }
