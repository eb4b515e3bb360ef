"""How much a call may ask for, and how much may wait."""

from dataclasses import dataclass, fields

from cellsense.errors import OptionError


@dataclass(frozen=True, slots=True)
class Limits:
    """What the server takes.

    Args:
        texts: texts in a call.
        characters: characters in a call, and so in a text.
        megabytes: size of a call's body.
        waiting: texts of all callers that wait at a time; above it calls are turned away (429).
        seconds: how long a call may take; then it is given up (503).
    """

    texts: int = 10_000
    characters: int = 2_000_000
    megabytes: int = 16
    waiting: int = 50_000
    seconds: int = 300

    def check(self) -> None:
        """Raise OptionError for limits that would let nothing in."""
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise OptionError(f"A limit of less than 1 ({field.name}) would let nothing in.")
        if self.waiting < self.texts:
            raise OptionError(
                f"Of {self.texts:,} texts in a call only {self.waiting:,} may wait: raise "
                "--max-waiting, or lower --max-texts."
            )

    @property
    def body(self) -> int:
        """The size of a call's body in bytes."""
        return self.megabytes * 2**20
