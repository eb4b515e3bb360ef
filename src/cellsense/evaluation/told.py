"""An evaluation as JSON for other programs."""

import json
from dataclasses import asdict

from cellsense import __version__
from cellsense.evaluation.run import Evaluation

_FORMAT = 1


def as_json(found: Evaluation) -> str:
    """Return the whole evaluation; shares and scores are between 0 and 1."""
    metrics = asdict(found.metrics)
    confusion = metrics.pop("confusion")
    told = {
        "cellsense_evaluation": _FORMAT,
        "version": __version__,
        "date": found.date.isoformat(timespec="seconds"),
        "file": found.file,
        "sheet": found.sheet,
        "text_column": found.text_column,
        "label_column": found.label_column,
        "model": found.model,
        "revision": found.revision,
        "fingerprint": found.fingerprint,
        "device": found.device,
        "skipped": dict(found.skipped),
        "map": dict(found.mapping),
        "notes": list(found.notes),
        **metrics,
        "confusion": {
            "labels": [item.label for item in found.metrics.labels],
            "counts": confusion,  # a line for what rows are labelled, a column for each guess
        },
        "wrong": [asdict(item) for item in found.wrong],
    }
    return json.dumps(told, indent=2)
