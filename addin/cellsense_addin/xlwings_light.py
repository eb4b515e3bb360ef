"""xlwings without what it imports only because it happens to be installed.

`import xlwings` takes in pandas, matplotlib, polars and Pillow where they are: seconds during
which Excel waits for its first answer, for converters that the add-in doesn't use.
"""

import sys

_UNUSED = ("matplotlib", "numpy", "pandas", "PIL", "polars")


def _import_light() -> None:
    hidden = [name for name in _UNUSED if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment] # makes `import` raise ImportError
    try:
        import xlwings  # noqa: F401
    finally:
        for name in hidden:
            del sys.modules[name]


if "xlwings" not in sys.modules:
    _import_light()

import xlwings as xw  # noqa: E402

__all__ = ["xw"]
