"""Where the records of a text start and end, blank lines and open quotes among them."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from cellsense.sheets.delimited.dialect import Dialect


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a text, counted from 1; blank lines count."""

    text: str
    dialect: Dialect
    first: int  # where the first one starts: behind a `sep=` line
    starts: "array[int]"
    end: int  # before the end of the text only at an open quote

    @classmethod
    def scan(cls, text: str, dialect: Dialect, first: int = 0) -> "Records":
        """Find the records, up to a quote that is never closed."""
        starts, end = array("q"), first
        while end < len(text):
            following = dialect.record_end(text, end)
            if following is None:
                break
            starts.append(end)
            end = following
        return cls(text, dialect, first, starts, end)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def has_open_quote(self) -> bool:
        """True if what stands behind `end` is in no record."""
        return self.end < len(self.text)

    def record(self, number: int) -> str:
        """Return a record with its line end."""
        end = self.starts[number] if number < len(self.starts) else self.end
        return self.text[self.starts[number - 1] : end]

    def filled(self, first: int = 1) -> Iterator[tuple[int, str]]:
        """Yield (number, record without its line end) from `first` on; leave out blank lines."""
        for number in range(max(first, 1), len(self.starts) + 1):
            body = self.record(number).rstrip("\r\n")
            if body:
                yield number, body
