"""An evaluation as tables for a terminal, which bug trackers show as tables too."""

from cellsense.evaluation.run import Evaluation
from cellsense.labelled import count_skipped
from cellsense.markdown import table
from cellsense.one_line import one_line, shorten

_LONGEST = 60  # characters of a text


def as_tables(found: Evaluation) -> str:
    """Return the figures, the labels', the confusion matrix and the surest wrong rows."""
    metrics = found.metrics
    skipped = f" · {count_skipped(found.skipped)}" if found.skipped else ""
    rows = f"{metrics.rows:,} row{'' if metrics.rows == 1 else 's'}"
    figures = (
        f"Accuracy {metrics.accuracy:.1%} · macro F1 {metrics.macro_f1:.3f} · "
        f"calibration error {metrics.calibration_error:.1%} (mean score {metrics.mean_score:.1%})"
    )
    parts = [
        f"{found.file} · {found.text_column} against {found.label_column} · {rows}{skipped}",
        f"{found.model_and_revision} · {found.device}",
        *(f"Note: {note}" for note in found.notes),
        figures,
    ]
    tables = [_labels(found), _confusion(found), _wrong(found)]
    return "\n\n".join(["\n".join(map(one_line, parts)), *filter(None, tables)])


def share(value: float | None) -> str:
    """Return "91.2%", or a dash where there is no such share."""
    return "–" if value is None else f"{value:.1%}"


def _labels(found: Evaluation) -> str:
    rows = [
        (
            _cell(item.label),
            share(item.precision),
            share(item.recall),
            "–" if item.f1 is None else f"{item.f1:.3f}",
            f"{item.support:,}",
            f"{item.guessed:,}",
        )
        for item in found.metrics.labels
    ]
    header = ("label", "precision", "recall", "F1", "rows", "guessed")
    return table(header, rows, numbers=True)


def _confusion(found: Evaluation) -> str:
    names = [_cell(item.label) for item in found.metrics.labels]
    counts = zip(names, found.metrics.confusion, strict=True)
    rows = [(name, *(f"{count:,}" for count in line)) for name, line in counts]
    return table(("labelled ↓ guessed →", *names), rows, numbers=True)


def _wrong(found: Evaluation) -> str:
    if not found.wrong:
        return ""
    rows = [
        (f"{item.row}", _cell(item.label), _cell(item.guess), f"{item.score:.3f}", _cell(item.text))
        for item in found.wrong
    ]
    wrong = found.metrics.rows - found.metrics.right
    title = f"The surest of {wrong:,} wrong row{'' if wrong == 1 else 's'}:"
    return f"{title}\n\n{table(('row', 'label', 'guess', 'score', 'text'), rows)}"


def _cell(text: str) -> str:
    return shorten(text, _LONGEST).replace("|", "\\|")
