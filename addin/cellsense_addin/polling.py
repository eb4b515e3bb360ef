"""What the add-in asks once a second while formulas wait: which of them to recalculate.

Answers are plain strings, a line for each formula: arrays of one row arrive flattened.
"""

from cellsense_addin import session
from cellsense_addin.xlwings_light import xw

_AT_ONCE = 500  # formulas; recalculating more in one go would be felt


@xw.func
def due() -> str:
    """Return what waits, a line for each formula: its cell, a tab, and "finished", "partly" or "".

    Those with a word are to be recalculated now: they would show more. The first line says whether
    these are "all", or just "some" of very many.
    """
    waiting = session.due(_AT_ONCE + 1)
    lines = [f"{cell}\t{state}" for cell, state in waiting[:_AT_ONCE]]
    return "\n".join(["some" if len(waiting) > _AT_ONCE else "all", *lines])


@xw.func
def forget(cells: str) -> str:
    """Stop working for formulas that are gone: their cells, a line each."""
    session.forget(cells.splitlines())
    return ""
