"""Memory that was freed goes back to the system."""

import ctypes
import gc
import sys


def give_back() -> None:
    """Return what is free.

    Between tasks a worker would keep ever more of it, in small pieces of many threads: 10 MB a task
    of 50,000 rows at first. Only glibc needs to be told, and can be.
    """
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
