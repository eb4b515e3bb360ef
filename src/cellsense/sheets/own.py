"""Sheets that cellsense itself put into a workbook: known by the names of their tables.

Those stay whatever program saves the workbook, and however the tab is renamed.
"""

import re
from collections.abc import Iterable
from itertools import count

_TABLE = re.compile(r"cellsense\d+(?:Labels|By\d+|OverTime|Words)", re.IGNORECASE)


def is_own(tables: Iterable[str]) -> bool:
    """Tell by the names of a sheet's tables whether cellsense made it."""
    return any(_TABLE.fullmatch(name) for name in tables)


def free_prefix(taken: Iterable[str]) -> str:
    """Return what the names of a sheet's tables can begin with: none that is taken does."""
    names = [name.casefold() for name in taken]
    for number in count(1):
        prefix = f"cellsense{number}"
        if not any(name.startswith(prefix) for name in names):
            return prefix
    raise AssertionError  # for the type checker: counting has no end
