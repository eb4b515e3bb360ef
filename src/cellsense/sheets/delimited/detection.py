"""Which dialect a text is in: each is tried on a sample, the one that explains most of it wins."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

from cellsense.errors import UnreadableFileError
from cellsense.sheets.delimited.dialect import Dialect
from cellsense.sheets.delimited.records import Records

_SAMPLE_CHARS = 65_536
_MOST_TITLES = 5  # lines above the header
_TABLE = 0.8  # the coverage at which a first line of another width counts as a title
_REGULAR = 0.99  # the coverage at which a stray quote counts as a character
# On a tie the one that is rarer in prose wins; a file of one column gets what Excel writes.
_DELIMITERS = "\t;|,"
_DELIMITERS_FOR_ONE_COLUMN = ",;\t|"
_SEP_LINE = re.compile(r"sep=([^\w\r\n\"'])(?:\r\n|\r|\n|\Z)", re.IGNORECASE)


class _Trial(NamedTuple):
    """How well a dialect explains a sample; the more, the better."""

    dialect: Dialect
    clean: bool
    coverage: float  # the share of the text that stands in records of the usual width
    untorn: bool  # no text reaches over a line end with quotes where they shouldn't be
    open_quote: bool
    width: int
    first_width: int

    @property
    def is_table(self) -> bool:
        return self.width > 1 and (self.first_width > 1 or self.coverage >= _TABLE)


def find_records(text: str, suffix: str, source: str) -> Records:
    """Find a text's dialect and its records; the suffix of a TSV file decides its delimiter.

    Raises UnreadableFileError, which calls the file `source`, if a quote is never closed.
    """
    sep = _SEP_LINE.match(text)
    if sep:
        dialect = _best_style(_sample(text[sep.end() :]), sep[1], whole=False).dialect
    else:
        dialect = _find_dialect(text, suffix)
    records = Records.scan(text, dialect, sep.end() if sep else 0)
    return _with_other_quotes(records, source) if records.has_open_quote else records


def _with_other_quotes(records: Records, source: str) -> Records:
    """Try what the sample didn't suggest: usual quotes, or none if the file is regular then."""
    text, first, delimiter = records.text, records.first, records.dialect.delimiter
    usual = Records.scan(text, Dialect(delimiter), first)
    if not usual.has_open_quote:
        return usual
    plain = Dialect(delimiter, quote=None)
    trial = _try(text[first:], plain, whole=True)
    if trial.width > 1 and trial.coverage >= _REGULAR:
        return Records.scan(text, plain, first)
    line = len(re.findall(r"\r\n|\r|\n", text[: records.end])) + 1
    message = f"{source}: a quote opened in line {line} is never closed; close or remove it."
    raise UnreadableFileError(message)


def _find_dialect(text: str, suffix: str) -> Dialect:
    sample = _sample(text)
    whole = len(sample) == len(text)
    delimiters = "\t" if suffix.lower() in (".tsv", ".tab") else _DELIMITERS
    trials = [_best_style(sample, delimiter, whole) for delimiter in delimiters]
    tables = [trial for trial in trials if trial.is_table]
    if tables:
        return max(tables, key=lambda trial: trial.coverage).dialect
    trials.sort(key=lambda trial: _DELIMITERS_FOR_ONE_COLUMN.index(trial.dialect.delimiter))
    # A delimiter that cuts no text in two, if there is one.
    return max(trials, key=lambda trial: (trial.width == 1, trial.coverage)).dialect


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE_CHARS:
        return text
    sample = text[:_SAMPLE_CHARS]
    return sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample


def _best_style(sample: str, delimiter: str, whole: bool) -> _Trial:
    trials = [_try(sample, dialect, whole) for dialect in _styles(sample, delimiter)]
    if trials[0].open_quote:
        trials = [trial for trial in trials if trial.dialect.quote or trial.coverage >= _REGULAR]
    return max(trials, key=lambda trial: (trial.clean, trial.coverage, trial.untorn))


def _styles(sample: str, delimiter: str) -> Iterator[Dialect]:
    yield Dialect(delimiter)
    if '"' in sample:
        if '\\"' in sample:
            yield Dialect(delimiter, backslash=True)
        if delimiter + ' "' in sample:
            yield Dialect(delimiter, spaces=True)
        yield Dialect(delimiter, quote=None)
    if re.search(rf"(?:^|{re.escape(delimiter)})'", sample, re.MULTILINE):
        yield Dialect(delimiter, quote="'")


def _try(sample: str, dialect: Dialect, whole: bool) -> _Trial:
    found = Records.scan(sample, dialect)
    bodies = [body for _, body in found.filled()]
    widths = [len(dialect.split(body)) for body in bodies]
    # A sample may cut its last record; one that is longer than all others has an open quote.
    open_quote = found.has_open_quote and (whole or found.end < len(sample) / 2)
    width, coverage = _coverage(bodies, widths, len(sample) - found.end if open_quote else 0)
    quoted = [body for body in bodies if dialect.quote and dialect.quote in body]
    dirty = [body for body in quoted if not dialect.is_clean(body)]
    return _Trial(
        dialect,
        # Apostrophes are in every text: they prove nothing.
        clean=dialect.quote == '"' and bool(quoted) and not dirty and not open_quote,
        coverage=coverage,
        untorn=not any("\n" in body or "\r" in body for body in dirty),
        open_quote=open_quote,
        width=width,
        first_width=widths[0] if widths else 0,
    )


def _coverage(bodies: list[str], widths: list[int], unread: int) -> tuple[int, float]:
    """Return the usual width, and the share of the text in records that have it."""
    titles = sum(1 for _ in takewhile(lambda width: width == 1, widths))
    if titles <= min(_MOST_TITLES, len(widths) / 2):
        bodies, widths = bodies[titles:], widths[titles:]
    usual = Counter(widths).most_common(1)[0][0] if widths else 1
    total = sum(map(len, bodies)) + unread
    covered = sum(len(b) for b, width in zip(bodies, widths, strict=True) if width == usual)
    return usual, covered / (total or 1)
