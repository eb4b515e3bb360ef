"""Where the new columns go and what they are called: decided here, for every backend.

By default right of everything the sheet holds. Columns that an earlier run wrote are recognised
by their names and what stands in them, and are written again only when asked.
"""

from dataclasses import dataclass

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import OptionError, OutputError
from cellsense.sheets.interface import MAX_COLUMNS, Addition, column_letter
from cellsense.sheets.selection import Selection


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the columns go."""

    column: int
    names: tuple[str, ...]
    header_row: int | None
    replaces: bool
    look_like: int | None
    grow_table: str | None
    grow_autofilter: bool

    def addition(self, values: dict[int, tuple[CellValue, ...]]) -> Addition:
        """Fill the place with values."""
        return Addition(
            column=self.column,
            names=self.names,
            header_row=self.header_row,
            values=values,
            replaces=self.replaces,
            look_like=self.look_like,
            grow_table=self.grow_table,
            grow_autofilter=self.grow_autofilter,
        )


def place(selection: Selection, names: tuple[str, str], *, replace: bool) -> Placement:
    """Find the place for a label and a score column.

    Raises OutputError if they are there already (and not to be replaced) or don't fit.
    """
    if names[0].casefold() == names[1].casefold():
        raise OptionError(f'Label and score can\'t both be called "{names[0]}": rename one.')
    own = _own_columns(selection, names)
    if own is not None and not replace:
        here = f"{column_letter(own)} and {column_letter(own + 1)}"
        raise OutputError(
            f'The sheet "{selection.sheet.name}" already has the columns "{names[0]}" and '
            f'"{names[1]}" ({here}): add --force to write them again, or --label-name and '
            "--score-name to add others."
        )
    if own is not None:
        return Placement(own, names, selection.header_row, True, None, None, False)
    _, last = selection.sheet.extent()
    if last + len(names) > MAX_COLUMNS:
        raise OutputError(
            f'The sheet "{selection.sheet.name}" has no room for two columns: its last used column '
            f"is {column_letter(last)}. Delete what stands there, or work on a copy."
        )
    taken = set(selection.header.values())
    table = selection.table
    grows = table is not None and table.can_grow and table.area.last_column == last
    if table is not None:
        taken |= set(table.columns)
    area = selection.sheet.autofilter()
    filtered = area is not None and (area.first_row, area.last_column) == (
        selection.header_row,
        last,
    )
    return Placement(
        column=last + 1,
        names=_free_names(names, taken),
        header_row=selection.header_row,
        replaces=False,
        look_like=selection.column.column,
        grow_table=table.name if table is not None and grows else None,
        grow_autofilter=filtered,
    )


def _own_columns(selection: Selection, names: tuple[str, str]) -> int | None:
    wanted = [name.casefold() for name in names]
    for column, name in selection.header.items():
        beside = selection.header.get(column + 1, "")
        if [name.casefold(), beside.casefold()] == wanted and _looks_own(selection, column):
            return column
    return None


def _looks_own(selection: Selection, column: int) -> bool:
    """Tell a label and a score from columns of a user's that happen to have these names."""
    labels = [row.cells.get(column) for row in selection.preview]
    scores = [row.cells.get(column + 1) for row in selection.preview]
    return all(_is_label(value) for value in labels) and all(_is_score(value) for value in scores)


def _is_label(value: CellValue) -> bool:
    return kind_of(value) in (CellKind.TEXT, CellKind.BLANK)


def _is_score(value: CellValue) -> bool:
    if kind_of(value) is CellKind.BLANK:
        return True
    try:
        return 0.0 <= float(str(value).replace(",", ".")) <= 1.0
    except ValueError:
        return False


def _free_names(names: tuple[str, ...], taken: set[str]) -> tuple[str, ...]:
    """Give names that exist a number (Label2): a table allows none twice, in any case."""
    folded = {name.casefold() for name in taken}
    free = []
    for name in names:
        candidate, number = name, 2
        while candidate.casefold() in folded:
            candidate, number = f"{name}{number}", number + 1
        folded.add(candidate.casefold())
        free.append(candidate)
    return tuple(free)
