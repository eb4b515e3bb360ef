"""The worksheet functions, as xlwings Server wants them: the same as on Windows, in threads.

On Windows the add-in fills in which cell a formula stands in, so that it may show answers bit by
bit. Here a call simply lasts until everything is answered, and Excel shows #BUSY! meanwhile.
"""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_type_hints

from xlwings.server import func

from cellsense.sheets.interface import MAX_ROWS
from cellsense_addin.functions import FUNCTIONS
from cellsense_addin.server.threads import FORMULAS, in_thread
from cellsense_addin.wrappers import help_text

_FILLED_IN = "cell"


def exposed() -> dict[str, Callable[..., Any]]:
    """Return the functions by their Python names."""
    return {function.__name__: _expose(function) for function in FUNCTIONS}


def argument_counts() -> dict[str, range]:
    """Return the numbers of arguments that Excel may give to each function."""
    return {function.__name__: _counts(_parameters(function)) for function in FUNCTIONS}


def _counts(parameters: list[inspect.Parameter]) -> range:
    needed = sum(parameter.default is parameter.empty for parameter in parameters)
    return range(needed, len(parameters) + 1)


def _expose(function: Callable[..., Any]) -> Callable[..., Any]:
    parameters = _parameters(function)
    hints = get_type_hints(function, include_extras=True)
    tables = [_is_table(hints[parameter.name]) for parameter in parameters]

    def in_worker(*arguments: Any) -> Any:
        return function(
            *(
                _rows(argument) if is_table else argument
                for argument, is_table in zip(arguments, tables, strict=False)
            )
        )

    @wraps(function)
    async def call(*arguments: Any) -> Any:
        return await in_thread(FORMULAS, in_worker, *arguments)

    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {
        parameter.name: _raw(hints[parameter.name]) if is_table else hints[parameter.name]
        for parameter, is_table in zip(parameters, tables, strict=True)
    }
    call.__doc__ = help_text(function)
    call.__dict__.pop("__xlfunc__", None)  # xlwings' notes on the function with its `cell`
    return func(call)


def _is_table(hint: Any) -> bool:
    return any(options.get("ndim") == 2 for options in getattr(hint, "__metadata__", ()))


def _raw(hint: Any) -> Any:
    """Have an argument handed over as it came: xlwings takes a minute to convert a whole column."""
    return Annotated[Any, {"doc": hint.__metadata__[0]["doc"], "convert": "raw"}]


def _rows(argument: Any) -> list[list[Any]]:
    """Return rows of plain values, which xlwings hands over as it finds them: flat if it can.

    The empty end of a whole column (A:A, A2:A1048576) is cut off, as the add-in does on Windows:
    answers as long as the sheet would leave no room for their cells.
    """
    table = argument if isinstance(argument, list) else [argument]
    if not table or not isinstance(table[0], list):
        table = [table]
    end = len(table)
    if end > MAX_ROWS // 2:
        while end > 1 and all(cell in ("", None) for cell in table[end - 1]):
            end -= 1
    return [[_plain(cell) for cell in row] for row in table[:end]]


def _plain(cell: Any) -> Any:
    """Return a cell's value; Excel hands over errors, stocks and the like as objects."""
    return cell.get("basicValue") if isinstance(cell, dict) else cell


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = inspect.signature(function).parameters.values()
    return [parameter for parameter in parameters if parameter.name != _FILLED_IN]
