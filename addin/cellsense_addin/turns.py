"""The texts that formulas wait for, in the order of their turns."""

from dataclasses import dataclass
from itertools import islice

from cellsense.errors import CellsenseError

REFRESH_SECONDS = 2.0  # between two recalculations that show a part of a formula's answers
REFRESH_SHARE = 20  # … and so many times as long as its last recalculation took


@dataclass(eq=False)
class Request:
    """Texts of a formula that have no answer yet."""

    cell: str | None  # where the formula stands; None: somebody waits for the last answer
    texts: dict[str, None]  # in order, each once
    answered_at: float = 0.0
    cost: float = 0.0  # seconds that the last recalculation took
    fresh: int = 0  # answers since then
    told: int = 0  # how often it was said to be finished
    failure: CellsenseError | None = None

    @property
    def finished(self) -> bool:
        return not self.texts or self.failure is not None

    def is_due(self, now: float) -> bool:
        pause = max(REFRESH_SECONDS, REFRESH_SHARE * self.cost)
        return self.finished or (self.fresh > 0 and now - self.answered_at >= pause)


class Requests:
    """The requests in the order of their turns, found by their cell and by their texts."""

    def __init__(self) -> None:
        self.turns: dict[Request, None] = {}
        self.by_cell: dict[str, list[Request]] = {}
        self._by_text: dict[str, list[Request]] = {}

    def __contains__(self, request: Request) -> bool:
        return request in self.turns

    def add(self, request: Request) -> None:
        self.turns[request] = None
        if request.cell is not None:
            self.by_cell.setdefault(request.cell, []).append(request)
        for text in request.texts:
            self._by_text.setdefault(text, []).append(request)

    def remove(self, request: Request) -> None:
        del self.turns[request]
        if request.cell is not None:
            _remove(self.by_cell, request.cell, request)
        for text in request.texts:
            _remove(self._by_text, text, request)

    def answered(self, text: str) -> None:
        """Take an answered text off all requests that have it."""
        for request in self._by_text.pop(text, ()):
            del request.texts[text]
            request.fresh += 1

    def unfinished(self) -> list[Request]:
        return [request for request in self.turns if not request.finished]

    def next_texts(self, most: int) -> list[str]:
        """Return texts of the requests whose turn it is; their next turn comes after the others."""
        texts: dict[str, None] = {}
        for request in self.unfinished():
            del self.turns[request]
            self.turns[request] = None
            fresh = (text for text in request.texts if text not in texts)
            texts.update(dict.fromkeys(islice(fresh, most - len(texts))))
            if len(texts) >= most:
                break
        return list(texts)


def _remove(index: dict[str, list[Request]], key: str, request: Request) -> None:
    index[key].remove(request)
    if not index[key]:
        del index[key]
