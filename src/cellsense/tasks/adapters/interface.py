"""What an adapter does, whatever the task."""

from dataclasses import dataclass
from typing import Any, Protocol

from cellsense.tasks.answers import Failure, Given


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a pipeline is given for a cell; `cut` if that isn't all of what there was."""

    content: Any
    cut: bool = False


class Adapter(Protocol):
    """Knows the pipeline of one task."""

    def prepare(self, given: Given) -> Prepared | Failure:
        """Read a text or a file; raises nothing that is one cell's fault."""

    def answer(self, contents: list[Any], batch_size: int) -> list[str]:
        """Ask the pipeline; a text for each content. Raises what the pipeline raises."""
