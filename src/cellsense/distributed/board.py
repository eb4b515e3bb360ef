"""What all workers tell while they work: how far they are, and how often a task was begun.

It is an actor, in the process tree of whoever started the run. A worker that finds it gone goes on
without it.
"""

from collections import Counter


class Board:
    """Rows done by task, and beginnings of it."""

    def __init__(self) -> None:
        self._begun: Counter[int] = Counter()
        self._rows: dict[int, int] = {}

    def begin(self, number: int) -> int:
        """Hear that a task is begun (anew, after its worker was lost); return how often it was."""
        self._begun[number] += 1
        self._rows[number] = 0
        return self._begun[number]

    def tell(self, number: int, rows: int) -> None:
        """Hear how many of its rows are done."""
        self._rows[number] = rows

    def rows(self) -> int:
        """Return the rows done in all tasks."""
        return sum(self._rows.values())

    def begun_again(self) -> int:
        """Return how often a task was begun anew."""
        return sum(times - 1 for times in self._begun.values())
