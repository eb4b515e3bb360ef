"""`cellsense addin …`: parses and calls."""

from pathlib import Path
from typing import Annotated

import typer

addin = typer.Typer(
    name="addin",
    help="Put the add-in where Excel loads it, take it away again, or show its state.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


@addin.command()
def install(dry_run: _DryRun = False) -> None:
    r"""Put the add-in where Excel loads it. Close Excel first.

    Builds cellsense.xlam, with the functions and the ribbon's tab. Excel runs them in the Python
    that runs this command: keep it where it is, or install again. Install again after each update
    of cellsense or xlwings, too, as the add-in is built for one version of both.

    On Windows it goes to %APPDATA%\Microsoft\Excel\XLSTART, and Python's path into the registry,
    HKEY_CURRENT_USER\Software\VB and VBA Program Settings\cellsense.

    On a Mac it goes to Excel's startup folder below ~/Library/Group Containers, and Python's path
    into ~/Library/Application Scripts/com.microsoft.Excel/cellsense.applescript.
    """
    from cellsense_addin.install import install

    for line in install(dry_run=dry_run):
        print(line)


@addin.command()
def uninstall(dry_run: _DryRun = False) -> None:
    """Remove the add-in and its settings. Close Excel first."""
    from cellsense_addin.install import uninstall

    for line in uninstall(dry_run=dry_run):
        print(line)


@addin.command()
def status() -> None:
    """Show if the add-in is ready for Excel.

    A table of what Excel would load, for which versions it was built, and which Python it would
    call. The exit code is 0 if all of it fits together, 1 if not.
    """
    from cellsense.markdown import table
    from cellsense_addin.install import status

    found = status()
    print(table(("", ""), found.findings))
    if not found.ready:
        raise typer.Exit(1)


@addin.command()
def build(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The add-in to write, NAME.xlam; a file of that name is replaced.",
            show_default=False,
        ),
    ],
) -> None:
    """Write the add-in to a file, on any system.

    To look at it, or to hand it on: it works on a machine where install has been run, with the
    same version of xlwings.
    """
    from cellsense_addin.install import build_file

    print(build_file(file))
