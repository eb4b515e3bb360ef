"""Rows and shared strings as nearly every program writes them, read by regular expression.

A parser that calls back for every cell takes most of a minute for a million rows. These patterns
match a whole run of elements or nothing, so nothing in it can be misread: no comment, no CDATA, no
foreign element, no cell that doesn't say where it stands. Where they fail, the parser reads.

They don't tell whether attributes and texts are well-formed; the parser does, without callbacks.
All quantifiers are possessive: there is one way to match, and the time is linear.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from cellsense.sheets.interface import column_letter

Pattern = re.Pattern[bytes]

_COLUMN = rb"(?:[A-Z]{1,2}+|[A-W][A-Z]{2}|X[A-E][A-Z]|XF[A-D])"  # A to XFD
_MORE = rb"(?:[\s/][^<>]*+)?+"  # attributes, after an element's name
_ASCII = rb"[ -%'-;=-\\^-~]*+"  # nothing that could be broken: no `&`, no `]]>`
_ROW_ATTRIBUTES = (
    *("spans", "s", "customFormat", "ht", "hidden", "customHeight", "outlineLevel", "collapsed"),
    *("thickTop", "thickBot", "ph", "x14ac:dyDescent"),
)
_END = rb"(?:(?<=/)>|>"  # of an element of one tag; what else ends it follows


@dataclass(frozen=True, slots=True)
class RowPatterns:
    """The patterns for rows whose elements have one prefix."""

    rows: Pattern  # fullmatch: rows of plain cells
    sound_rows: Pattern  # fullmatch: such rows, as simple as Excel's, in which nothing is broken
    heads: Pattern  # findall: (number, spans) of each
    cells: Pattern  # findall: the letters of each cell
    filled_cells: Pattern  # findall: the letters of each cell that holds something


@cache
def row_patterns(prefix: str) -> RowPatterns:
    """Return the patterns for a prefix ("" or `x:`)."""
    p = re.escape(prefix.encode())
    return RowPatterns(
        rows=_rows(p, b"[^<>]*+", _content(p, capture=False)),
        sound_rows=_rows(p, _sound_row_attributes(), _sound_content(p)),
        heads=re.compile(rb'<%srow r="([0-9]+)"(?:[^<>]*? spans="([^"<>]*)")?' % p),
        cells=re.compile(rb'<%sc r="([A-Z]+)' % p),
        filled_cells=re.compile(rb'<%sc r="([A-Z]+)[^<>]*+(?<!/)><(?!/)' % p),
    )


@lru_cache(64)
def number_pattern(prefix: str, next_attribute: bytes) -> Pattern:
    """Return what finds the numbers of rows in which a certain attribute is the next."""
    return re.compile(
        rb'<%srow r="([0-9]+)"%s' % (re.escape(prefix.encode()), re.escape(next_attribute))
    )


@cache
def cell_pattern(prefix: str, column: int) -> Pattern:
    """Return what finds one column's cells: (row, attributes, formula, value, inline text).

    The formula and the value begin with their tags, so that empty ones show.
    """
    p = re.escape(prefix.encode())
    letters = column_letter(column).encode()
    return re.compile(rb'<%sc r="%s([0-9]+)"%s' % (p, letters, _content(p, capture=True)))


@cache
def style_pattern(prefix: str, column: int) -> Pattern:
    """Return what finds one column's cells that have a style: (row, style)."""
    start = rb'<%sc r="%s' % (re.escape(prefix.encode()), column_letter(column).encode())
    return re.compile(rb'%s([0-9]+)"[^<>]*? s="([0-9]{1,9})"' % start)


@cache
def reach_pattern(prefix: str, column: int, *, filled: bool) -> Pattern:
    """Return what finds a cell in a column or right of it; with `filled`, one that isn't empty."""
    letters = column_letter(column)
    reached = [letters]
    for place, letter in enumerate(letters):
        if letter < "Z":
            rest = len(letters) - place - 1
            reached.append(f"{letters[:place]}[{chr(ord(letter) + 1)}-Z][A-Z]{{{rest}}}")
    if len(letters) < 3:
        reached.append(f"[A-Z]{{{len(letters) + 1},3}}")
    start = rb'<%sc r="' % re.escape(prefix.encode())
    end = rb"[^<>]*+(?<!/)><(?!/)" if filled else b""
    return re.compile(rb"%s(?:%s)[0-9]%s" % (start, "|".join(reached).encode(), end))


@cache
def formula_area_pattern(prefix: str) -> Pattern:
    """Return what finds the formulas that tell an area: their attributes."""
    return re.compile(rb"<%sf(\s(?:[^<>]*?\s)?ref[^<>]*+)>" % re.escape(prefix.encode()))


@cache
def string_patterns(prefix: str) -> tuple[Pattern, Pattern]:
    """Return (fullmatch: shared strings of one run each, findall: their texts)."""
    p = re.escape(prefix.encode())
    string = rb"<%ssi><%st%s%s%%s</%st>)</%ssi>" % (p, p, _MORE, _END, p, p)
    return re.compile(rb"(?:\s*+%s)++" % (string % b"[^<]*+")), re.compile(string % b"([^<]*+)")


def _rows(p: bytes, attributes: bytes, content: bytes) -> Pattern:
    cell = rb'<%sc r="%s\1"%s' % (p, _COLUMN, content)
    row = rb'<%srow r="([0-9]{1,7}+)"%s%s(?:%s\s*+)*+</%srow>)' % (p, attributes, _END, cell, p)
    return re.compile(rb"(?:\s*+%s)++" % row)


def _sound_row_attributes() -> bytes:
    """Return the attributes of a row in the order of the schema, so that none comes twice."""
    each = rb'(?: %s="[0-9a-z.:]*+")?+'
    return b"".join(each % name.encode() for name in _ROW_ATTRIBUTES)


def _sound_content(p: bytes) -> bytes:
    style, kind = rb' s="[0-9]*+"', rb' t="[A-Za-z]*+"'
    attributes = rb"(?:%s(?:%s)?+|%s(?:%s)?+)?+" % (style, kind, kind, style)
    formula = rb"(?:<%sf>%s</%sf>)?+" % (p, _ASCII, p)
    value = rb"(?:<%sv>%s</%sv>)?+" % (p, _ASCII, p)
    return rb"%s(?:/>|>%s%s</%sc>)" % (attributes, formula, value, p)


def _content(p: bytes, *, capture: bool) -> bytes:
    """Return the rest of a cell, from its attributes on; `capture` makes groups of its parts."""
    group, closed = (b"(", b")") if capture else (b"(?:", b")")
    formula = rb"%s<%sf%s%s[^<]*+</%sf>)%s?+" % (group, p, _MORE, _END, p, closed)
    value = rb"%s<%sv>[^<]*+%s</%sv>" % (group, p, closed, p)
    text = rb"<%sis><%st%s%s%s[^<]*+%s</%st>)</%sis>" % (p, p, _MORE, _END, group, closed, p, p)
    attributes = rb"%s[^<>]*+%s" % (group, closed)
    return rb"%s%s%s(?:%s|%s)?+</%sc>)" % (attributes, _END, formula, value, text, p)
