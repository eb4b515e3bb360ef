"""How an object of Excel's behaves towards xlwings: names, refusals, errors."""

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from addin.fake_windows import REJECTED, UNKNOWN_NAME, ComError, Dispatched, DispatchedRange

if TYPE_CHECKING:
    from addin.com_over_libreoffice import Application


class ComObject(Dispatched):
    """Has the members that are defined on its class, and no others.

    A name that isn't there is an AttributeError when read, as with pywin32, and a com_error when
    set (pywin32 raises AttributeError there, too, and xlwings then tries for ever). While Excel is
    busy, every use of a member is refused.
    """

    _application: "Application"

    def __init__(self, application: "Application") -> None:
        self._application = application

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, member in list(vars(cls).items()):
            if name.startswith("_"):
                continue
            if isinstance(member, property):
                parts = (member.fget, member.fset)
                setattr(cls, name, property(*(part and _without_leaks(part) for part in parts)))
            elif callable(member):
                setattr(cls, name, _without_leaks(member))

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("_"):
            self._application._refuse_when_busy()
        return super().__getattribute__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("_"):
            object.__setattr__(self, name, value)
            return
        self._application._refuse_when_busy()
        member = getattr(type(self), name, None)
        if not isinstance(member, property) or member.fset is None:
            raise ComError(UNKNOWN_NAME, f"Unknown name: {type(self).__name__}.{name}")
        member.fset(self, value)

    @property
    def Application(self) -> "Application":  # noqa: N802
        return self._application


class NoSuchMemberError(AttributeError):
    """A name that this version of Excel doesn't have."""


class ComRange(ComObject, DispatchedRange):
    """A ComObject that xlwings takes for a Range."""


def rejected() -> ComError:
    """Make the error of a call that Excel refuses while it is busy."""
    return ComError(REJECTED, "Call was rejected by callee.")


def _without_leaks(function: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a mistake in here from looking like a name that isn't there: xlwings would try again."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        try:
            return function(*arguments, **keywords)
        except NoSuchMemberError:
            raise
        except AttributeError as error:
            message = f"{function.__qualname__} of the stand-in for Excel: {error}"
            raise RuntimeError(message) from error

    return call
