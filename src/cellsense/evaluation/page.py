"""An evaluation as a page."""

from collections.abc import Sequence
from pathlib import Path

from cellsense import __version__
from cellsense.evaluation.metrics import Metrics
from cellsense.evaluation.plots import histogram, label_bars, reliability
from cellsense.evaluation.run import Evaluation, Wrong
from cellsense.evaluation.table import share
from cellsense.labelled import count_skipped
from cellsense.models.resolve import EMBEDDED
from cellsense.one_line import shorten
from cellsense.page.document import document, facts, said, tiles

_LONGEST = 1000  # characters of a text
_LONGEST_LABEL = 60
_MANY_LABELS = 6  # more need the whole width
_DEEPEST = 55  # per cent of colour behind a number, which stays readable in both schemes


def as_page(found: Evaluation) -> str:
    """Return the page; texts of wrong rows are in it, cut after 1,000 characters."""
    file = Path(found.file).name
    date = f"{found.date:%Y-%m-%d}"
    model = "the embedded model" if found.model == EMBEDDED else said(found.model)
    metrics = found.metrics
    pair = "pair many" if len(metrics.labels) > _MANY_LABELS else "pair"
    body = f"""<h1>How well {model} labels {said(file)}</h1>
{_about(found)}
{_tiles(metrics)}
<div class="pair">
<figure class="card">
<h2>Can the scores be trusted?</h2>
<figcaption>Share of right rows by score, with 95 % intervals. On the dashed line a score is exactly
the share that is right; bars below it are too sure.</figcaption>
{reliability(metrics.bins)}
{_bins(metrics)}
</figure>
<figure class="card">
<h2>Do scores tell right from wrong?</h2>
<figcaption>Where the scores of {_legend(metrics)} lie. The less the two overlap, the better a score
tells which rows to read.</figcaption>
{histogram(metrics.bins)}
</figure>
</div>
<div class="{pair}">
<section class="card">
<h2>What is taken for what</h2>
<p class="quiet">Lines are what rows are labelled, columns what was guessed. The share is of the
line.</p>
{_confusion(metrics)}
</section>
<figure class="card">
<h2>By label</h2>
<figcaption>Precision: of the rows guessed so, how many are. Recall: of the rows that are so, how
many were found. F1: their harmonic mean.</figcaption>
{label_bars(metrics.labels)}
{_counts(metrics)}
</figure>
</div>
{_wrong(found)}"""
    return document(f"{file} · {found.model_and_revision} · {date}", body)


def _about(found: Evaluation) -> str:
    skipped = f"; {count_skipped(found.skipped)}" if found.skipped else ""
    told = {
        "File": f"{found.file}, sheet {found.sheet}",
        "Texts": found.text_column,
        "Labels": f"{found.label_column}{skipped}",
        "Model": f"{found.model_and_revision}, on {found.device}",
        "Date": f"{found.date:%Y-%m-%d %H:%M %z}, cellsense {__version__}",
    }
    return facts(told, found.notes)


def _tiles(metrics: Metrics) -> str:
    return tiles(
        [
            (f"{metrics.rows:,}", "labelled rows"),
            (share(metrics.accuracy), f"accuracy: {metrics.right:,} of {metrics.rows:,} are right"),
            (f"{metrics.macro_f1:.3f}", "macro F1: the mean over the labels"),
            (
                share(metrics.calibration_error),
                f"calibration error; the mean score is {share(metrics.mean_score)}",
            ),
        ]
    )


def _legend(metrics: Metrics) -> str:
    wrong = metrics.rows - metrics.right
    return (
        f'<i class="right"></i> {metrics.right:,} right and <i class="wrong"></i> {wrong:,} '
        f"wrong row{'' if wrong == 1 else 's'}"
    )


def _bins(metrics: Metrics) -> str:
    header = ("score", "rows", "mean score", "right")
    rows = [
        (
            f"{item.low:.2f}–{item.high:.2f}",
            f"{item.rows:,}",
            share(item.score),
            share(item.accuracy),
        )
        for item in metrics.bins
        if item.rows
    ]
    return _details("The same as numbers", header, rows)


def _counts(metrics: Metrics) -> str:
    rows = [(said(item.label), f"{item.support:,}", f"{item.guessed:,}") for item in metrics.labels]
    return _details("Rows by label", ("label", "labelled so", "guessed so"), rows)


def _details(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table that is folded away; its cells are markup already."""
    head = "".join(f'<th class="number">{name}</th>' for name in header)
    lines = ("".join(f'<td class="number">{cell}</td>' for cell in row) for row in rows)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f"<details><summary>{title}</summary><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></details>"
    )


def _confusion(metrics: Metrics) -> str:
    names = [said(shorten(item.label, _LONGEST_LABEL)) for item in metrics.labels]
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    lines = []
    for place, (name, counts) in enumerate(zip(names, metrics.confusion, strict=True)):
        total = sum(counts)
        cells = "".join(
            _shaded(count, count / total if total else 0.0, "right" if place == other else "wrong")
            for other, count in enumerate(counts)
        )
        lines.append(f'<tr><th scope="row">{name}</th>{cells}</tr>')
    return (
        '<div class="scroll"><table class="matrix"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _shaded(count: int, part: float, colour: str) -> str:
    if not count:
        return '<td class="none">0</td>'
    deep = round(part * _DEEPEST)
    return (
        f'<td style="background: color-mix(in srgb, var(--{colour}) {deep}%, var(--card))">'
        f"{count:,}<small>{part:.0%}</small></td>"
    )


def _wrong(found: Evaluation) -> str:
    wrong = found.metrics.rows - found.metrics.right
    if not found.wrong:
        return "" if wrong else '<section class="card"><h2>No row is wrong.</h2></section>'
    return (
        '<section class="card"><h2>The surest wrong rows</h2>'
        f'<p class="quiet">{len(found.wrong):,} of {wrong:,}, those of the highest scores first: '
        "look here for labels that are wrong themselves, and for texts the model misreads.</p>"
        '<div class="scroll"><table class="rows"><thead><tr><th class="number">Row</th>'
        '<th>Label</th><th>Guess</th><th class="number">Score</th><th>Text</th></tr></thead><tbody>'
        + "\n".join(map(_wrong_row, found.wrong))
        + "</tbody></table></div></section>"
    )


def _wrong_row(item: Wrong) -> str:
    meant = item.label if item.label == item.meant else f"{item.label} ({item.meant})"
    return (
        f'<tr><td class="number" data-name="Row">{item.row}</td>'
        f'<td data-name="Label">{said(shorten(meant, _LONGEST_LABEL))}</td>'
        f'<td data-name="Guess">{said(shorten(item.guess, _LONGEST_LABEL))}</td>'
        f'<td class="number" data-name="Score">{item.score:.3f}</td>'
        f'<td class="text" dir="auto">{said(shorten(item.text, _LONGEST))}</td></tr>'
    )
