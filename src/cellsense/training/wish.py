"""What a user asks of a training, and what it tells meanwhile: known before torch is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cellsense.errors import OptionError

if TYPE_CHECKING:
    from cellsense.training.fit import Step
    from cellsense.training.split import Split


@dataclass(frozen=True)
class Wish:
    """What decides the model, beside its texts; None is chosen by the data or the base."""

    base: str | None = None
    labels: tuple[str, ...] | None = None  # others in the column are a mistake
    epochs: int = 10
    patience: int = 3  # epochs without getting better before it stops
    learning_rate: float | None = None
    max_tokens: int = 128
    validation: float = 0.1
    seed: int = 0
    device: str = "auto"

    def check(self) -> None:
        """Raise OptionError for what can't be meant."""
        if not 0 < self.validation <= 0.5:
            raise OptionError(f"--validation {self.validation:g} is no share: use 0.05 to 0.5.")
        if self.learning_rate is not None and not 0 < self.learning_rate < 1:
            raise OptionError(f"--learning-rate {self.learning_rate:g}: use 0.00003 or so.")


@dataclass(frozen=True)
class Epoch:
    """How an epoch went, by the validation texts."""

    number: int
    loss: float
    accuracy: float
    macro_f1: float


class Listener:
    """Hears what is going on, to show it; does nothing itself."""

    def begins(self, data: "Split", tokens: int, taken_up: int, total: int) -> None:
        """Hear what is trained on, and how many of the `total` steps were done before."""

    def step(self, step: "Step") -> None:
        """Hear of every batch."""

    def epoch(self, epoch: Epoch, *, best: bool) -> None:
        """Hear how an epoch went."""


def work_folder(out: Path) -> Path:
    """Return where training goes on from."""
    out = out.absolute()
    return out.with_name(f"{out.name}.training")
