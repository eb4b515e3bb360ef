"""How many cores a run may use."""

import os

from cellsense.errors import OptionError

CORES = "CELLSENSE_CORES"  # in the environment: so many, and no more


def usable_cores() -> int:
    """Count the cores this process may use, which can be fewer than the machine's.

    Raises OptionError if the environment names a number that is none.
    """
    told = os.environ.get(CORES, "")
    if told:
        if not told.isdecimal() or int(told) < 1:
            raise OptionError(f'{CORES} is "{told}": use the number of cores, 1 or more.')
        return int(told)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
