"""Names for names, as a flag holds them: "LABEL_0=bad,LABEL_1=good"."""

from cellsense.errors import OptionError


def parse_pairs(flag: str, given: str | None, example: str) -> dict[str, str]:
    """Turn "a=b,c=d" into a dict; a name before "=" may hold one. Raises OptionError."""
    pairs: dict[str, str] = {}
    for part in (given or "").split(","):
        if not part.strip() and not given:
            continue
        name, equals, wanted = (item.strip() for item in part.rpartition("="))
        if not (name and equals and wanted):
            raise OptionError(f'{flag} "{given}" can\'t be read: write {flag} "{example}".')
        if pairs.setdefault(name, wanted) != wanted:
            raise OptionError(f'{flag} gives two labels for "{name}": leave one out.')
    return pairs
