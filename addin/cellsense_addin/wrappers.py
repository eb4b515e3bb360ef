"""The VBA that stands for the worksheet functions, generated from their signatures and docstrings.

xlwings' own wrappers hand over the workbook and the calling cell, which Python then asks back for
values over COM. These hand over plain values instead, so that one call is one round trip, and a
workbook with a sheet called "*.py" doesn't ask for an xlwings licence.
"""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints

MODULE = "Functions"
_FILLED_IN = {"cell": "WaitingCell()"}  # arguments that VBA knows and no user gives
# Arguments that may reach down to the end of the sheet, and what cuts them to what is used.
_CUT = {"texts": "ValuesOf", "labels": "UsedValuesOf"}
_LONGEST_HELP = 255  # characters that Excel's function wizard takes


def functions_module() -> str:
    """Return the source of the VBA module with a wrapper for each worksheet function."""
    from cellsense_addin.functions import FUNCTIONS

    lines = [
        f'Attribute VB_Name = "{MODULE}"',
        "Option Explicit",
        "' Generated from functions.py by wrappers.py.",
    ]
    for function in FUNCTIONS:
        lines += ["", *_wrapper(function)]
    lines += ["", *_help(FUNCTIONS)]
    return "\n".join(lines) + "\n"


def help_text(function: Callable[..., Any]) -> str:
    """Return what the function wizard says of a function: its docstring on one line."""
    return " ".join((inspect.getdoc(function) or "").split())[:_LONGEST_HELP]


def argument_help(function: Callable[..., Any]) -> dict[str, str]:
    """Return what the function wizard says of each argument that a user gives."""
    hints = get_type_hints(function, include_extras=True)
    return {
        name: hints[name].__metadata__[0]["doc"][:_LONGEST_HELP]
        for name in inspect.signature(function).parameters
        if name not in _FILLED_IN
    }


def _wrapper(function: Callable[..., Any]) -> Iterator[str]:
    name = function.__name__.upper()
    parameters = inspect.signature(function).parameters
    given = [parameter for parameter in parameters.values() if parameter.name not in _FILLED_IN]
    declared = ", ".join(
        f"{'' if parameter.default is parameter.empty else 'Optional '}ByVal {parameter.name}"
        " As Variant"
        for parameter in given
    )
    passed = ", ".join(_passed(parameter) for parameter in parameters)
    yield f"Public Function {name}({declared}) As Variant"
    yield f"Attribute {name}.VB_Description = {_quoted(help_text(function))}"
    yield f'Attribute {name}.VB_ProcData.VB_Invoke_Func = " \\n14"'
    yield "    On Error GoTo failed"
    target = f'"{function.__module__}", "{function.__name__}"'
    yield f"    {name} = CallPython({target}, Array({passed}))"
    yield "    Exit Function"
    yield "failed:"
    yield f"    {name} = Reason()"
    yield "End Function"


def _passed(parameter: str) -> str:
    if parameter in _FILLED_IN:
        return _FILLED_IN[parameter]
    return f"{_CUT[parameter]}({parameter})" if parameter in _CUT else parameter


def _help(functions: tuple[Callable[..., Any], ...]) -> Iterator[str]:
    """Write the macro that gives the wizard the arguments' texts, which no attribute holds."""
    yield "Public Sub DescribeFunctions()"
    yield "    On Error Resume Next   ' without its help texts a function works as well"
    for function in functions:
        name = function.__name__.upper()
        arguments = ", ".join(_quoted(text) for text in argument_help(function).values())
        call = f'    Describe "{name}", {_quoted(help_text(function))}'
        yield f"{call}, Array({arguments})" if arguments else call
    yield "End Sub"


def _quoted(text: str) -> str:
    if not text.isascii():
        raise ValueError(f"VBA's code pages differ between systems: keep help texts ASCII: {text}")
    return '"' + text.replace('"', '""') + '"'
