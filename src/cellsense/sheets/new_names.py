"""What new columns may be called, and what they are called where a name is taken."""

from cellsense.errors import OptionError

LONGEST_NAME = 255  # characters; what a table's header may hold


def check_names(names: tuple[str, ...]) -> None:
    """Raise OptionError for headers that no sheet, table or file of another kind could hold."""
    for name in names:
        plain = " ".join(name.split())
        if not plain or name != plain or len(name) > LONGEST_NAME or not name.isprintable():
            raise OptionError(
                f"{name!r} can't be a column's name: use 1 to {LONGEST_NAME} characters on one "
                "line, without spaces around them."
            )
        if name.startswith(("=", "+", "-", "@")):
            raise OptionError(
                f"\"{name}\" can't be a column's name: programs would take it for a formula."
            )
    folded = [name.casefold() for name in names]
    twice = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        how = " with --label-name or --score-name" if len(names) > len(("label", "score")) else ""
        raise OptionError(
            f'Two of the new columns can\'t both be called "{twice}": rename one{how}.'
        )


def free_names(names: tuple[str, ...], taken: set[str]) -> tuple[str, ...]:
    """Give names that exist a number (Label2): a table allows none twice, in any case."""
    folded = {name.casefold() for name in taken}
    free = []
    for name in names:
        candidate, number = name, 2
        while candidate.casefold() in folded:
            candidate, number = f"{name}{number}", number + 1
        folded.add(candidate.casefold())
        free.append(candidate)
    return tuple(free)
