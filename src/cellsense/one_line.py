"""Names of files and sheets may hold anything; on a terminal they are to be one line of text."""

import unicodedata

# Control characters, lone surrogates, line and paragraph separators.
_UNSHOWN = ("Cc", "Cs", "Zl", "Zp")


def one_line(text: str) -> str:
    """Put the replacement character for what would steer a terminal or begin a line."""
    return "".join("\ufffd" if unicodedata.category(x) in _UNSHOWN else x for x in text)


def shorten(text: str, longest: int) -> str:
    """Return one line, cut where it is too long."""
    line = one_line(" ".join(text.split()))
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"
