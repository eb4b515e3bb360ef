"""Where calls wait for the classifier, so that the event loop stays free for everything else.

The threads that serve files are others than these: a thousand formulas that wait must not keep the
task pane from opening, nor the button from working.
"""

from collections.abc import Callable
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync

FORMULAS = CapacityLimiter(64)
BUTTON = CapacityLimiter(8)


async def in_thread(limiter: CapacityLimiter, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a thread; when the server stops, the thread is left to itself."""
    return await run_sync(function, *arguments, limiter=limiter, abandon_on_cancel=True)
