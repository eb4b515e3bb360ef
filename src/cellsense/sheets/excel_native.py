"""What xlwings has no name for, in Excel's two languages: COM on Windows, Apple events on a Mac."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xlwings as xw
    from xlwings.main import Table

_RANGE_SOURCE = 1  # xlSrcRange
_UNKNOWN_NAME = -2147352570  # 0x80020006


def on_mac() -> bool:
    """Tell which of the two spellings is meant."""
    return sys.platform == "darwin"


def full_name(book: "xw.Book") -> str:
    """Return a workbook's path, a URL if it lies in a cloud, or a bare name if it wasn't saved.

    xlwings' own property looks for the copy of a cloud's workbook, through whole disks, and takes
    one of the same name for it.
    """
    return str(book.api.full_name.get() if on_mac() else book.api.FullName)


def is_protected(sheet: "xw.Sheet") -> bool:
    """Tell whether cells can't be changed; protection from users' hands only doesn't count."""
    api = sheet.api
    if on_mac():
        return bool(api.protect_contents.get()) and not api.protection_mode.get()
    return bool(api.ProtectContents) and not api.ProtectionMode


def filter_address(sheet: "xw.Sheet") -> str | None:
    """Return the address of the sheet's own filter."""
    api = sheet.api
    if on_mac():
        if not api.autofilter_mode.get():
            return None
        return str(api.autofilter_object.range_object.get_address())
    return str(api.AutoFilter.Range.Address) if api.AutoFilterMode else None


def move_filter(area: "xw.Range") -> None:
    """Give the sheet's own filter another area; what it filtered by is lost."""
    sheet = area.sheet.api
    if on_mac():
        sheet.autofilter_mode.set(False)
        area.api.autofilter_range(field=1)
    else:
        sheet.AutoFilterMode = False
        area.api.AutoFilter(1)  # the first field without a criterion: only the arrows


def is_plain_table(table: "Table") -> bool:
    """Tell whether a table's columns are the user's, rather than a query's."""
    if on_mac():
        return str(table.api.source_type.get()).endswith("src_range")
    return bool(table.api.SourceType == _RANGE_SOURCE)


def has_spill(cells: "xw.Range") -> bool:
    """Tell whether a formula's results spill into the cells; on a Mac that can't be asked."""
    if on_mac():
        return False
    try:
        return cells.api.HasSpill is not False
    except AttributeError:
        return False  # an older Excel, in which nothing spills
    except Exception as error:
        if getattr(error, "hresult", None) == _UNKNOWN_NAME:
            return False
        raise


def stop_tables_growing(app: "xw.App") -> bool:
    """Keep tables from growing over what is written beside them; return what was set before."""
    if on_mac():
        return False  # can't be set there
    habits = app.api.AutoCorrect
    grow = bool(habits.AutoExpandListRange)
    habits.AutoExpandListRange = False
    return grow


def let_tables_grow(app: "xw.App", grow: bool) -> None:
    """Set again what was set before."""
    if grow:
        app.api.AutoCorrect.AutoExpandListRange = True
