"""Tables as Markdown, which bug trackers show as tables and terminals as columns."""

from collections.abc import Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[str]], numbers: bool = False) -> str:
    """Return aligned lines; with `numbers`, all columns but the first are set to the right."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        set_right = [numbers and place > 0 for place in range(len(cells))]
        padded = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, set_right, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    rules = [
        "-" * (width + 1) + (":" if numbers and place else "-")
        for place, width in enumerate(widths)
    ]
    return "\n".join([line(header), f"|{'|'.join(rules)}|", *map(line, rows)])
