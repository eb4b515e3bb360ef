"""Whether a page may be written where a user wants it, before any work is done for it."""

from pathlib import Path

from cellsense.errors import OutputError
from cellsense.sheets.failures import cause


def check_page(page: Path, source: Path, *, force: bool) -> None:
    """Raise OutputError if `page` can't be written, or may not without `force`."""
    try:
        exists = page.exists() or page.is_symlink()
        same = page.exists() and source.exists() and page.samefile(source)
        has_folder = page.parent.is_dir()
    except OSError as error:
        raise OutputError(f"{page}: {cause(error)}; name another --html.") from error
    if str(page) == "-":
        raise OutputError("A page is a file: name one, as --html report.html.")
    if same:
        raise OutputError(f"{page} is the input itself: name another --html.")
    if exists and not page.is_file():
        raise OutputError(f"{page} is no ordinary file: name another --html.")
    if exists and not force:
        raise OutputError(f"{page} exists: add --force to overwrite it, or name another --html.")
    if not has_folder:
        raise OutputError(f"The folder {page.parent} doesn't exist: create it first.")
