"""How one file tells fields and records apart, as the regular expressions that do it."""

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Dialect:
    """How fields and records are told apart."""

    delimiter: str
    quote: str | None = '"'
    backslash: bool = False  # a quote inside quotes may be written \"
    spaces: bool = False  # spaces may stand between a delimiter and a quote

    def split(self, record: str) -> list[str]:
        """Return the fields as they stand; joined by the delimiter they are the record again."""
        if self.quote is None or self.quote not in record:
            return record.split(self.delimiter)
        return self._field.findall(self.delimiter + record)

    def value(self, raw: str) -> str:
        """Return what a field says."""
        if self.spaces:
            raw = raw.lstrip(" ")
        if self.quote is None or not raw.startswith(self.quote):
            return raw
        match = self._quoted.fullmatch(raw)
        if match is None:
            return raw
        inside, rest = match["inside"], match["rest"]
        if self.backslash:
            return re.sub(r'(?s)\\(.)|""', lambda pair: pair[1] or '"', inside) + rest
        return inside.replace(self.quote * 2, self.quote) + rest

    def record_end(self, text: str, start: int) -> int | None:
        """Return where the next record starts, None if a quote is never closed."""
        match = self._record.match(text, start)
        return match.end() if match else None

    def is_clean(self, record: str) -> bool:
        """Return True if quotes stand only where they should."""
        return self._clean.fullmatch(record) is not None

    # ---- whole fields and records ----

    @cached_property
    def _field(self) -> re.Pattern[str]:
        return re.compile(f"{re.escape(self.delimiter)}({self._any_field})")

    @cached_property
    def _quoted(self) -> re.Pattern[str]:
        quote = self._quote
        return re.compile(
            f"{quote}(?P<inside>{self._inside}){quote}(?!{quote})(?P<rest>{self._plain})"
        )

    @cached_property
    def _record(self) -> re.Pattern[str]:
        return re.compile(self._joined(self._any_field) + r"(?:\r\n|\r|\n|\Z)")

    @cached_property
    def _clean(self) -> re.Pattern[str]:
        bare = rf"[^{self._quote}{re.escape(self.delimiter)}\r\n]*"
        return re.compile(self._joined(f"(?:{self._between_quotes}|{bare})"))

    # ---- the pieces they are made of ----

    def _joined(self, field: str) -> str:
        return f"{field}(?:{re.escape(self.delimiter)}{field})*"

    @property
    def _any_field(self) -> str:
        if self.quote is None:
            return self._plain
        unquoted = f"(?!{self._lead}{self._quote}){self._plain}"
        return f"(?:{self._between_quotes}{self._plain}|{unquoted})"

    @property
    def _between_quotes(self) -> str:
        # No second quote behind the closing one: or going back would close a field too early.
        return f"{self._lead}{self._quote}{self._inside}{self._quote}(?!{self._quote})"

    @property
    def _inside(self) -> str:
        quote = self._quote
        if self.backslash:
            return rf"[^{quote}\\]*(?:(?:{quote}{quote}|\\[\s\S])[^{quote}\\]*)*"
        return f"[^{quote}]*(?:{quote}{quote}[^{quote}]*)*"

    @property
    def _plain(self) -> str:
        return rf"[^{re.escape(self.delimiter)}\r\n]*"

    @property
    def _lead(self) -> str:
        return " *" if self.spaces else ""

    @property
    def _quote(self) -> str:
        return re.escape(self.quote or "")
