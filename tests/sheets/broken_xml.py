"""Ways in which the XML of a part can be odd or broken; each changes a text at a random place."""

import re
from collections.abc import Callable
from random import Random

Change = Callable[[str, Random], str]

_TAG = re.compile(r"<[A-Za-z_/][^<>]*>")
_NAME = re.compile(r"</?([^\s/>]+)")
_ATTRIBUTE = re.compile(r"""\s+([^\s=<>/"']+)\s*=\s*("[^"]*"|'[^']*')""")
_TEXT = re.compile(r">([^<>]+)<")
_ROW = re.compile(r"<((?:\w+:)?)row\b[^<>]*?(?:/>|>.*?</\1row>)", re.DOTALL)
_ROW_OR_CELL = re.compile(r"<(?:\w+:)?(?:row|c)\b[^<>]*>")

# Numbers, references and words at the edge of what may stand somewhere, or beyond.
EDGES = (
    *("", "0", "-1", "1", "2", "7", "1.5", "+1", "01", " 1 ", "\t", "NaN", "INF", "1e308", "1e400"),
    *("-1e308", "1_000", "0x1", "16384", "16385", "1048576", "1048577", "4294967296", "9" * 25),
    *("9" * 5000, "٣", "²", "１", "é", "😀", "true", "false", "on", "A0", "A1", "a1", "$B$2"),
    *("XFD1", "XFE1", "XFD1048576", "A1048577", "AAAA1", "1A", "R1C1", "A1:C3", "C3:A1", "A1:XFD3"),
    *("A1:XFD1048576", "A1:A1048576", "A:C", "1:3", "A1 B2", "#REF!", "Ａ1", "A١", "s", "b", "d"),
    *("e", "n", "str", "inlineStr", "1900-02-29", "2024-01-02T03:04:05Z", "_x0041_", "&amp;"),
    *("&lt;x&gt;", "&#65;", "&#xD;", "&quot;", "rId1", "../x.xml", "/", "xl\\styles.xml"),
    "x" * 300,
)
_NAMES = ("c", "row", "v", "f", "is", "t", "r", "si", "x:c", "cols", "sheetData", "xml:r", "R", "s")
_ODDITIES = (
    *("<!-- odd -->", "<!--</row><c r='A1'>-->", "<?odd <v>1</v>?>", " ", "\n\t", "\r\n", "text"),
    *("<![CDATA[1]]>", "<![CDATA[</c></row>]]>", '<c xmlns="urn:odd" r="B2"><v>8</v></c>', "<"),
    *('<o:row xmlns:o="urn:odd" r="1"/>', '<v xmlns="urn:odd">8</v>', "<v>8</v>", "<c/>", "<row/>"),
    *("<c><v>8</v></c>", "<row><c><v>8</v></c></row>", "<is><t>odd</t></is>", "<f>1</f>", "<f/>"),
    *("<extLst><ext uri='odd'><v>8</v></ext></extLst>", "<rPh sb='0' eb='1'><t>odd</t></rPh>"),
    *("<t>odd</t>", "<r><t>odd</t></r>", "&#10;", "&amp;", "&odd;", ">", "]]>", "\x01", "\ufffe"),
    *("<cols><col min='1' max='16384' hidden='1'/></cols>", "<mergeCells><mergeCell ref='A1:B2'/>"),
    *("</mergeCells>", "<autoFilter ref='A1:B9'/>", "<dimension ref='A1'/>", "<sheetData/>"),
)
_ENCODINGS = ("UTF-16", "utf-8", "UTF8", "latin-1", "cp1252", "us-ascii", "rot13", "hex", "zlib")
_ENCODINGS += ("utf-7", "idna", "unicode_escape", "nonesuch", "utf-32", "shift_jis", "undefined")


def _tags(text: str, pattern: re.Pattern[str] = _TAG) -> list[re.Match[str]]:
    return list(pattern.finditer(text))


def _pick(text: str, rng: Random, pattern: re.Pattern[str] = _TAG) -> re.Match[str] | None:
    tags = _tags(text, pattern)
    return rng.choice(tags) if tags else None


def _element(text: str, rng: Random) -> tuple[int, int] | None:
    """Return where an element begins and ends, as far as that can be told."""
    starts = [tag for tag in _tags(text) if not tag[0].startswith("</")]
    if not starts:
        return None
    tag = rng.choice(starts)
    if tag[0].endswith("/>"):
        return tag.span()
    name = _NAME.match(tag[0])
    assert name
    depth = 0
    for other in re.finditer(rf"<(/?){re.escape(name[1])}(?=[\s/>])[^<>]*>", text[tag.start() :]):
        if not other[0].endswith("/>"):
            depth += -1 if other[1] else 1
        if depth == 0:
            return tag.start(), tag.start() + other.end()
    return tag.span()


def _drop_element(text: str, rng: Random) -> str:
    found = _element(text, rng)
    return text if found is None else text[: found[0]] + text[found[1] :]


def _repeat_element(text: str, rng: Random) -> str:
    found = _element(text, rng)
    return text if found is None else text[: found[1]] + text[slice(*found)] + text[found[1] :]


def _move_element(text: str, rng: Random) -> str:
    found = _element(text, rng)
    if found is None:
        return text
    element, rest = text[slice(*found)], text[: found[0]] + text[found[1] :]
    place = _pick(rest, rng)
    return text if place is None else rest[: place.end()] + element + rest[place.end() :]


def _rename_element(text: str, rng: Random) -> str:
    found = _element(text, rng)
    if found is None:
        return text
    element, new = text[slice(*found)], rng.choice(_NAMES)
    name = _NAME.match(element)
    assert name
    changed = element.replace(f"<{name[1]}", f"<{new}", 1)
    before, end, after = changed.rpartition(f"</{name[1]}>")
    if end and rng.random() < 0.9:
        changed = f"{before}</{new}>{after}"
    return text[: found[0]] + changed + text[found[1] :]


def _drop_tag(text: str, rng: Random) -> str:
    tag = _pick(text, rng)
    return text if tag is None else text[: tag.start()] + text[tag.end() :]


def _in_attribute(text: str, rng: Random, change: Callable[[str, str, str], str]) -> str:
    """Replace an attribute by what `change` makes of its bytes, name and value."""
    tag = _pick(text, rng, _ROW_OR_CELL if rng.random() < 0.4 else _TAG)
    attributes = [] if tag is None else list(_ATTRIBUTE.finditer(text, *tag.span()))
    if not attributes:
        return text
    found = rng.choice(attributes)
    return text[: found.start()] + change(found[0], found[1], found[2]) + text[found.end() :]


def _drop_attribute(text: str, rng: Random) -> str:
    return _in_attribute(text, rng, lambda *_: "")


def _repeat_attribute(text: str, rng: Random) -> str:
    return _in_attribute(text, rng, lambda whole, *_: whole * 2)


def _rename_attribute(text: str, rng: Random) -> str:
    new = rng.choice((*_NAMES, "t", "ref", "min", "hidden"))
    return _in_attribute(text, rng, lambda _, __, value: f" {new}={value}")


def _change_value(text: str, rng: Random) -> str:
    return _in_attribute(text, rng, lambda _, name, __: f' {name}="{rng.choice(EDGES)}"')


def _write_attribute_otherwise(text: str, rng: Random) -> str:
    form = rng.choice(("\n{}='{}'", "  {}\t=\n'{}'", " {}='{}'", "{}='{}'", " {}={}"))
    return _in_attribute(text, rng, lambda _, name, value: form.format(name, value[1:-1]))


def _add_attribute(text: str, rng: Random) -> str:
    tag = _pick(text, rng, _ROW_OR_CELL if rng.random() < 0.5 else _TAG)
    if tag is None or tag[0].startswith("</"):
        return text
    name = _NAME.match(tag[0])
    assert name
    new = rng.choice(("r", "s", "t", "spans", "o:r", "xml:space", "ht", "x14ac:dyDescent", "cm"))
    place = tag.start() + name.end()
    return f'{text[:place]} {new}="{rng.choice(EDGES)}"{text[place:]}'


def _change_text(text: str, rng: Random) -> str:
    found = _pick(text, rng, _TEXT)
    if found is None:
        return text
    return text[: found.start(1)] + rng.choice(EDGES) + text[found.end(1) :]


def _insert_oddity(text: str, rng: Random) -> str:
    start = text.find("sheetData")
    tags = [tag for tag in _tags(text) if rng.random() < 0.2 or tag.start() > start]
    if not tags:
        return text
    tag = rng.choice(tags)
    place = rng.choice((tag.start(), tag.end()))
    return text[:place] + rng.choice(_ODDITIES) + text[place:]


def _drop_references(text: str, rng: Random) -> str:
    """Leave out `r` in all rows, all cells, or about half of them."""
    share = rng.choice((0.5, 1))
    tag = rng.choice((r"<(?:\w+:)?row\b", r"<(?:\w+:)?c\b", r"<(?:\w+:)?(?:row|c)\b"))

    def without(match: re.Match[str]) -> str:
        return match[1] if rng.random() < share else match[0]

    return re.sub(rf'({tag}[^<>]*?)\s+r="[^"]*"', without, text)


def _swap_rows(text: str, rng: Random) -> str:
    rows = [row.span() for row in _tags(text, _ROW)]
    if len(rows) < 2:
        return text
    (a, b), (c, d) = sorted(rng.sample(rows, 2))
    return text[:a] + text[c:d] + text[b:c] + text[a:b] + text[d:]


def _prefix(text: str, rng: Random) -> str:
    """Give all elements of the default namespace a prefix."""
    if ' xmlns="' not in text:
        return text
    named = re.sub(r"<(/?)([A-Za-z_][\w.-]*)(?=[\s/>])", r"<\1p:\2", text)
    return named.replace(' xmlns="', ' xmlns:p="', rng.choice((1, -1)))


def _other_namespace(text: str, rng: Random) -> str:
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    new = rng.choice((strict, "urn:odd", ""))
    return re.sub(r'xmlns="[^"]*"', f'xmlns="{new}"', text, count=1)


def _open_and_close(text: str, rng: Random) -> str:
    """Write `<a/>` as `<a></a>`, everywhere or in one place."""
    count = rng.choice((0, 1))
    return re.sub(r"<([A-Za-z_][^\s<>/]*)([^<>]*?)\s*/>", r"<\1\2></\1>", text, count=count)


def _close_at_once(text: str, rng: Random) -> str:
    count = rng.choice((0, 1))
    return re.sub(r"<([A-Za-z_][^\s<>/]*)([^<>]*)></\1>", r"<\1\2/>", text, count=count)


def _doctype(text: str, rng: Random) -> str:
    place = max(text.find("?>") + 2, 0) if text.startswith("<?xml") else 0
    kinds = ("<!DOCTYPE x>", '<!DOCTYPE x [<!ENTITY a "b">]>', "<!-- first -->", "\n", " ")
    return text[:place] + rng.choice(kinds) + text[place:]


def _truncate(text: str, rng: Random) -> str:
    return text[: rng.randrange(len(text) + 1)]


def _drop_characters(text: str, rng: Random) -> str:
    place = rng.randrange(len(text) + 1)
    return text[:place] + text[place + rng.choice((1, 2, 9)) :]


def _declare_encoding(text: str, rng: Random) -> str:
    rest = re.sub(r"^\ufeff?\s*<\?xml.*?\?>", "", text, flags=re.DOTALL)
    return f'<?xml version="1.0" encoding="{rng.choice(_ENCODINGS)}"?>{rest}'


_CHANGES: tuple[tuple[int, Change], ...] = (
    *((3, change) for change in (_drop_element, _repeat_element, _move_element, _rename_element)),
    *((1, change) for change in (_drop_tag, _repeat_attribute, _truncate, _drop_characters)),
    *((3, change) for change in (_drop_attribute, _rename_attribute, _write_attribute_otherwise)),
    *((6, change) for change in (_change_value, _insert_oddity)),
    *((3, change) for change in (_add_attribute, _change_text, _drop_references, _swap_rows)),
    *((2, change) for change in (_prefix, _open_and_close, _close_at_once)),
    *((1, change) for change in (_other_namespace, _doctype, _declare_encoding)),
)


def _encoded(text: str, rng: Random) -> bytes:
    """Encode a text, mostly as it says."""
    if rng.random() < 0.92:
        return text.encode("utf-8", "surrogatepass")
    rest = re.sub(r"^\ufeff?<\?xml.*?\?>", "", text, flags=re.DOTALL)
    encoding = rng.choice(("utf-16-le", "utf-16-be", "latin-1", "utf-8-sig", "cp1252", "utf-16"))
    told = rng.choice((encoding, "UTF-16", "UTF-8"))
    head = rng.choice(("", f'<?xml version="1.0" encoding="{told}"?>'))
    mark = "\ufeff" if encoding.startswith("utf-16-") and rng.random() < 0.7 else ""
    return (mark + head + rest).encode(encoding, "xmlcharrefreplace")


def break_xml(data: bytes, rng: Random) -> bytes:
    """Change a part in one way."""
    text = data.decode("utf-8", "replace")
    weights, changes = zip(*_CHANGES, strict=True)
    change: Change = rng.choices(changes, weights)[0]
    return _encoded(change(text, rng), rng)
