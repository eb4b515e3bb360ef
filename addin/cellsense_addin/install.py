"""Puts the add-in where Excel loads it, takes it away again, and tells its state."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from cellsense.errors import CellsenseError, DependencyError, OptionError, OutputError
from cellsense_addin.build import Versions, build_addin, installed_versions, read_versions
from cellsense_addin.excel import ADDIN, Excel, Machine, write_whole

_NO_EXCEL = rf"""Excel doesn't run on this system, so nothing was written. The command would write,
on Windows, %APPDATA%\Microsoft\Excel\XLSTART\{ADDIN}
and the path of Python into the registry, and on a Mac
~/Library/Group Containers/UBF8T9346G.Office/User Content.localized/Startup.localized/Excel/{ADDIN}
and ~/Library/Application Scripts/com.microsoft.Excel/cellsense.applescript.
To get the add-in as a file here: cellsense addin build {ADDIN}"""


class Status(NamedTuple):
    """What was found, as (what, finding), and whether Excel can use it."""

    findings: list[tuple[str, str]]
    ready: bool


def install(machine: Machine | None = None, *, dry_run: bool = False) -> Iterator[str]:
    """Build the add-in, put it where Excel loads it, and have its macros call this Python.

    Yields a line for each thing done, or with `dry_run` for each that would be.

    Raises:
        DependencyError: Excel couldn't call this Python: xlwings' DLL isn't there.
        OutputError: a file can't be written, for example as Excel is open.

    """
    excel = _excel_on(machine or Machine.this())
    if excel is None:
        yield _NO_EXCEL
        return
    versions = installed_versions()
    excel.check()
    missing = excel.missing_libraries(excel.python, versions.xlwings)
    if missing:
        raise DependencyError(
            f"{' and '.join(missing)} can't be found beside {excel.python} or in the folder above. "
            f"Run: pip install --force-reinstall xlwings=={versions.xlwings} (in a virtual "
            "environment, if pip says that it makes a user installation)."
        )
    content = build_addin()
    wrote = "Would write" if dry_run else "Wrote"
    if not dry_run:
        # Excel opens whatever lies in its start folder: what is half written stays out of it.
        work = excel.addin.parent.parent
        _try(lambda: write_whole(excel.addin, content, work=work), excel.addin, excel)
    yield f"{wrote} {excel.addin} ({versions})"
    if not dry_run:
        _try(excel.connect, excel.settings, excel)
    yield f"{wrote} {excel.settings} (Python is {excel.python})"
    if not excel.is_installed():
        yield "Note: Excel wasn't found on this machine. The add-in is there for when it is."
    elif not dry_run:
        yield "Start Excel, or quit it and start it again, to load the add-in."


def uninstall(machine: Machine | None = None, *, dry_run: bool = False) -> Iterator[str]:
    """Remove what `install` and the macros wrote; yields a line for each. Raises OutputError."""
    excel = _excel_on(machine or Machine.this())
    removed = "Would remove" if dry_run else "Removed"
    found = False
    if excel is not None and excel.addin.exists():
        found = True
        if not dry_run:
            _try(excel.addin.unlink, excel.addin, excel)
        yield f"{removed} {excel.addin}"
    if excel is not None and excel.has_settings():
        found = True
        if not dry_run:
            _try(excel.disconnect, excel.settings, excel)
        yield f"{removed} {excel.settings}"
    if not found:
        yield "The add-in isn't installed: there's nothing to remove."


def status(machine: Machine | None = None) -> Status:
    """Look at what Excel would load and call."""
    excel = _excel_on(machine or Machine.this())
    if excel is None:
        return Status([("Excel", "none on this system (Windows and macOS only)")], ready=False)
    built, built_finding = _built(excel.addin)
    python, python_finding = _python(excel)
    findings = [
        ("Excel", "found" if excel.is_installed() else "not found"),
        ("Add-in", str(excel.addin) if excel.addin.exists() else f"not there: {excel.addin}"),
        ("Built for", built_finding),
        ("Python", python_finding),
    ]
    ready = built == installed_versions() and python is not None
    if excel.libraries and built is not None and python is not None:
        missing = excel.missing_libraries(python, built.xlwings)
        ready = ready and not missing
        finding = f"not by that Python: {' and '.join(missing)}" if missing else "found"
        findings.append(("xlwings DLL", finding))
    findings.append(("Ready", "yes" if ready else "no; run: cellsense addin install"))
    return Status(findings, ready)


def build_file(target: Path) -> str:
    """Write the add-in to a file, on any system; returns what was done.

    Raises:
        OptionError: the file isn't named as an add-in, and might be someone's workbook.
        OutputError: it can't be written.

    """
    if target.suffix.lower() != Path(ADDIN).suffix:
        raise OptionError(f"{target}: an add-in's file name ends in .xlam, for example {ADDIN}.")
    if not target.parent.is_dir():
        raise OutputError(f"The folder {target.parent} doesn't exist: create it first.")
    versions = installed_versions()
    content = build_addin()
    try:
        write_whole(target, content)
    except OSError as error:
        raise OutputError(f"{target} can't be written: {error.strerror}.") from error
    return f"Wrote {target} ({versions})"


def _excel_on(machine: Machine) -> Excel | None:
    if machine.platform == "win32":
        from cellsense_addin.excel_windows import WindowsExcel

        return WindowsExcel(machine)
    if machine.platform == "darwin":
        from cellsense_addin.excel_mac import MacExcel

        return MacExcel(machine)
    return None


def _try(action: Callable[[], None], target: Path | str, excel: Excel) -> None:
    try:
        action()
    except PermissionError as error:
        raise OutputError(
            f"{target} can't be changed ({error.strerror}). {excel.refused}"
        ) from error
    except OSError as error:
        raise OutputError(f"{target} can't be changed: {error.strerror}.") from error


def _built(addin: Path) -> tuple[Versions | None, str]:
    if not addin.exists():
        return None, "–"
    try:
        built = read_versions(addin)
    except CellsenseError as error:
        return None, str(error)
    installed = installed_versions()
    return built, str(built) if built == installed else f"{built}; installed: {installed}"


def _python(excel: Excel) -> tuple[Path | None, str]:
    """Return the Python that Excel would call, if it could."""
    python = excel.connected()
    if python is None:
        return None, f"unknown to the macros: no {excel.settings}"
    if not python.exists():
        return None, f"not there: {python}"
    return python, str(python) if python == excel.python else f"{python}; this is {excel.python}"
