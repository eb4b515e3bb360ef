"""Plots as SVG, drawn by hand: they take their colours from the page's style sheet."""

from collections.abc import Sequence

from cellsense.evaluation.metrics import BINS, Bin, LabelFigures, interval
from cellsense.page.document import said

# In the units of the drawing, which are about a pixel on a phone.
_WIDTH = 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 8, 10, 40
_AREA = _WIDTH - _LEFT - _RIGHT
_HEIGHT = _AREA  # the diagonal of a reliability diagram rises at 45°
_STEPS = {0.1: 5, 0.2: 4, 0.3: 3, 0.4: 4, 0.5: 5, 0.6: 3, 0.8: 4, 1.0: 5}  # by an axis's top
_BAR, _BLOCK = 15, 76
_NAME_LENGTH = 40


def reliability(bins: Sequence[Bin]) -> str:
    """Draw the share that is right over the score, with 95 % intervals."""
    parts = _axes(1.0, 0.0, "score", "right")
    for item in bins:
        if item.accuracy is None or item.score is None:
            continue
        left, width = _LEFT + item.low * _AREA, _AREA / BINS
        low, high = interval(item.right, item.rows)
        middle = left + width / 2
        title = (
            f"Score {item.low:.2f}–{item.high:.2f}: {item.rows:,} rows, mean score "
            f"{item.score:.1%}, right {item.accuracy:.1%} ({low:.0%}–{high:.0%})"
        )
        parts.append(
            f"<g><title>{title}</title>"
            + _bar("right", left + 1, item.accuracy, width - 2, 1.0)
            + _line("whisker", middle, _y(low), middle, _y(high))
            + "</g>"
        )
    parts.append(_line("ideal", _LEFT, _y(0), _LEFT + _AREA, _y(1)))
    return _svg("Share of right rows by score", parts)


def histogram(bins: Sequence[Bin]) -> str:
    """Draw how the scores of right and of wrong rows spread, each as shares of their own."""
    right = sum(item.right for item in bins)
    wrong = sum(item.rows - item.right for item in bins)
    used = [place for place, item in enumerate(bins) if item.rows]
    first = min(used[0], BINS // 2)
    shown = bins[first:]
    pairs = [
        (item, item.right / right if right else 0.0, (item.rows - item.right) / max(1, wrong))
        for item in shown
    ]
    highest = max(max(pair[1:]) for pair in pairs)
    top = next(top for top in _STEPS if highest <= top + 1e-9)
    parts = _axes(top, first / BINS, "score", "of the group")
    width = _AREA / len(shown)
    for number, (item, hits, misses) in enumerate(pairs):
        left = _LEFT + number * width
        title = (
            f"Score {item.low:.2f}–{item.high:.2f}: {item.right:,} right rows ({hits:.1%} of them),"
            f" {item.rows - item.right:,} wrong ({misses:.1%} of them)"
        )
        parts.append(
            f"<g><title>{title}</title>"
            + _bar("right", left + 1, hits, width / 2 - 1, top)
            + _bar("wrong", left + width / 2, misses, width / 2 - 1, top)
            + "</g>"
        )
    return _svg("Scores of right and of wrong rows", parts)


def label_bars(labels: Sequence[LabelFigures]) -> str:
    """Draw precision, recall and F1 of each label."""
    parts = []
    left, longest = 70, _WIDTH - 70 - 52
    for number, item in enumerate(labels):
        top = number * _BLOCK + 4
        name = (
            item.label if len(item.label) <= _NAME_LENGTH else f"{item.label[: _NAME_LENGTH - 1]}…"
        )
        parts.append(f'<text class="name" x="0" y="{top + 12}">{said(name)}</text>')
        figures = (("precision", item.precision), ("recall", item.recall), ("F1", item.f1))
        for place, (what, value) in enumerate(figures):
            y = top + 19 + place * (_BAR + 2)
            width = (value or 0) * longest
            told = "–" if value is None else f"{value:.1%}" if what != "F1" else f"{value:.3f}"
            parts.append(
                f'<text class="tick" x="{left - 8}" y="{y + 11}" text-anchor="end">{what}</text>'
                f'<rect class="track" x="{left}" y="{y}" width="{longest}" height="{_BAR - 2}"/>'
                f'<rect class="{"right" if what != "F1" else "sum"}" x="{left}" y="{y}" '
                f'width="{width:.1f}" height="{_BAR - 2}"/>'
                f'<text class="value" x="{left + longest + 6}" y="{y + 11}">{told}</text>'
            )
    height = len(labels) * _BLOCK + 4
    return _drawing(height, "Precision, recall and F1 of each label", parts)


def _axes(top: float, first: float, across: str, up: str) -> list[str]:
    """Draw the grid, what its lines stand for, and what the axes mean."""
    parts = []
    steps = _STEPS[top]
    for number in range(steps + 1):
        value = top * number / steps
        y = _y(value / top)
        parts.append(_line("grid", _LEFT, y, _LEFT + _AREA, y))
        parts.append(_text("tick", _LEFT - 6, y + 4, f"{value:.0%}", "end"))
    for tenth in range(0, 11, 2):
        x = _LEFT + (tenth / 10 - first) / (1 - first) * _AREA
        if tenth / 10 >= first - 1e-9:
            parts.append(_text("tick", x, _TOP + _HEIGHT + 16, f"{tenth / 10:g}", "middle"))
    parts.append(_text("axis", _LEFT + _AREA / 2, _TOP + _HEIGHT + 33, across, "middle"))
    middle = _TOP + _HEIGHT / 2
    parts.append(
        f'<text class="axis" transform="translate(9 {middle}) rotate(-90)" '
        f'text-anchor="middle">{up}</text>'
    )
    return parts


def _y(share: float) -> float:
    return _TOP + (1 - share) * _HEIGHT


def _bar(kind: str, x: float, value: float, width: float, top: float) -> str:
    y = _y(value / top)
    tall = _TOP + _HEIGHT - y
    return f'<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{tall:.1f}"/>'


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _text(kind: str, x: float, y: float, text: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _svg(title: str, parts: Sequence[str]) -> str:
    return _drawing(_TOP + _HEIGHT + _BOTTOM, title, parts)


def _drawing(height: int, title: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{title}">'
        + "\n".join(parts)
        + "</svg>"
    )
