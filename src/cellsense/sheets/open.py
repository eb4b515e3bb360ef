"""A path → an open workbook, by what kind of file it is."""

from pathlib import Path
from typing import Literal

from cellsense.errors import MissingFileError, OptionError, UnreadableFileError
from cellsense.sheets.interface import Workbook

Writer = Literal["splice", "openpyxl"]

EXCEL = frozenset({".xlsx", ".xlsm"})
DELIMITED = frozenset({".csv", ".tsv", ".txt"})
PARQUET = frozenset({".parquet"})
SUFFIXES = EXCEL | DELIMITED | PARQUET
# What a folder is searched for: a .txt is taken only when it's named.
FOLDER_SUFFIXES = SUFFIXES - {".txt"}

OTHER_EXCEL = {
    ".xls": "an Excel 97–2003 workbook",
    ".xlsb": "a binary Excel workbook",
    ".xltx": "an Excel template",
    ".xltm": "an Excel template",
    ".ods": "an OpenDocument spreadsheet",
    ".numbers": "a Numbers spreadsheet",
}


def open_workbook(path: Path, writer: Writer = "splice") -> Workbook:
    """Open a file for reading and for gaining columns.

    Raises MissingFileError, UnreadableFileError, or OptionError for a writer that doesn't fit.
    """
    suffix = path.suffix.lower()
    check_readable(path)
    if writer == "openpyxl" and suffix not in EXCEL:
        raise OptionError(f"--writer openpyxl is for .xlsx and .xlsm files, not for {path}.")
    if suffix in EXCEL:
        if writer == "openpyxl":
            from cellsense.sheets.openpyxl_book import OpenpyxlWorkbook

            return OpenpyxlWorkbook(path)
        from cellsense.sheets.xlsx.workbook import XlsxWorkbook

        return XlsxWorkbook(path)
    if suffix in PARQUET:
        from cellsense.sheets.parquet import ParquetWorkbook

        return ParquetWorkbook(path)
    from cellsense.sheets.delimited import DelimitedWorkbook

    return DelimitedWorkbook(path)


def check_readable(path: Path) -> None:
    """Raise MissingFileError or UnreadableFileError unless the file is one that can be opened."""
    try:
        if not path.exists():
            raise MissingFileError(f"There is no file {path}.{_near_files(path)}")
        ordinary = path.is_file()
    except OSError as error:
        raise MissingFileError(f"There is no file {path}: {error.strerror}.") from error
    if not ordinary:
        raise UnreadableFileError(
            f"{path} is no ordinary file: save its content as one, or pipe CSV into `convert -`."
        )
    suffix = path.suffix.lower()
    if suffix in OTHER_EXCEL:
        raise UnreadableFileError(
            f"{path} is {OTHER_EXCEL[suffix]}: open it in Excel and save it as .xlsx."
        )
    if suffix not in SUFFIXES:
        known = ", ".join(sorted(SUFFIXES))
        raise UnreadableFileError(f"{path} is of no kind that is read here: {known}.")
    lock = excel_lock(path)
    if lock is not None:
        raise UnreadableFileError(
            f"{path} is open in Excel: close it there and try again "
            f"(if it isn't open, delete the left-over file {lock.name})."
        )
    try:
        path.open("rb").close()
    except OSError as error:
        raise UnreadableFileError(f"{path} can't be read: {error.strerror}.") from error


def excel_lock(path: Path) -> Path | None:
    """Return the file by which Excel marks a workbook that it has open, if there is one."""
    lock = path.with_name(f"~${path.name}")
    return lock if path.suffix.lower() in EXCEL and lock.exists() else None


def _near_files(path: Path) -> str:
    from cellsense.errors import near_names

    folder = path.parent
    if not folder.is_dir():
        return f" The folder {folder} doesn't exist either."
    names = [item.name for item in folder.iterdir() if item.suffix.lower() in SUFFIXES]
    hint = near_names(path.name, names)
    return f" {hint}" if hint.startswith("Did") else ""
