"""The terms of xlwings Server, told before anything of it is installed or started."""

import os
from importlib.util import find_spec

from cellsense.errors import DependencyError, OptionError

KEY = "XLWINGS_LICENSE_KEY"
TERMS = f"""\
  Excel on Windows needs none of this: there `cellsense addin install` uses free software only.
  For Excel on the Mac and on the web cellsense uses xlwings Server, which is not free software:
  its licence is PolyForm Noncommercial 1.0.0 (noncommercial use only), or one that you buy.
    noncommercial use: add --license-key noncommercial, or set {KEY}=noncommercial
    commercial use:    buy a key at https://www.xlwings.org and give it in the same way"""
_INSTALL = '  If you agree to one of these licences, install it: pip install "cellsense[server]"'


def require_licence(key: str | None) -> None:
    """Accept the licence that the user chose, for this process. It is never chosen for them.

    Raises DependencyError or OptionError, which tell the terms.
    """
    missing = find_spec("xlwings_server") is None
    if missing:
        raise DependencyError(f"xlwings Server isn't installed.\n{TERMS}\n{_INSTALL}")
    if not key:
        raise OptionError(f"No licence of xlwings Server was chosen.\n{TERMS}")
    os.environ[KEY] = key
    check_key()


def check_key() -> None:
    """Let xlwings check the key. Raises OptionError."""
    from cellsense_addin.xlwings_light import xw

    try:
        import xlwings.server  # noqa: F401 - refuses to be imported without a valid key
    except (xw.LicenseError, ImportError) as error:
        raise OptionError(f"xlwings refuses the licence key: {error}\n{TERMS}") from error
