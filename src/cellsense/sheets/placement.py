"""Where the new columns go and what they are called: decided here, for every backend.

By default right of everything the sheet holds. Columns that an earlier run wrote are recognised
by their names and what stands in them, and are written again only when asked.
"""

import re
from dataclasses import dataclass

from cellsense.cells import CellKind, CellValue, kind_of
from cellsense.errors import OptionError, OutputError
from cellsense.sheets.interface import MAX_COLUMNS, Addition, column_letter
from cellsense.sheets.selection import Selection

_LONGEST_NAME = 255  # characters; what a table's header may hold
_FEW_LABELS = 30


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
    only_given_rows: bool = False

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
            only_given_rows=self.only_given_rows,
        )


def place(selection: Selection, names: tuple[str, str], *, replace: bool) -> Placement:
    """Find the place for a label and a score column.

    Raises OutputError if they are there already (and not to be replaced) or don't fit.
    """
    own = own_columns(selection, names)
    if own is not None and not replace:
        here = f"{column_letter(own.column)} and {column_letter(own.column + 1)}"
        raise OutputError(
            f'The sheet "{selection.sheet.name}" already has the columns "{own.names[0]}" and '
            f'"{own.names[1]}" ({here}): add --force to write them again, or --label-name and '
            "--score-name to add others."
        )
    return own or place_new(selection, names)


def place_new(selection: Selection, names: tuple[str, str], *, beside: bool = False) -> Placement:
    """Find a place right of everything the sheet holds.

    With `beside`, right of the texts if nothing stands there. Raises OutputError if they don't fit.
    """
    check_names(names)
    _, last = selection.sheet.extent()
    if beside and _is_free_beside(selection, len(names)):
        last = selection.column.column
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


def _is_free_beside(selection: Selection, width: int) -> bool:
    """Tell whether no cell holds anything, and no table or filter reaches, right of the texts."""
    sheet, first = selection.sheet, selection.column.column + 1
    areas = [table.area for table in sheet.tables()]
    areas += [area] if (area := sheet.autofilter()) is not None else []
    return first + width - 1 <= MAX_COLUMNS and not any(
        any(area.first_column <= column <= area.last_column for area in areas)
        or next(sheet.column(column, 1), None) is not None
        for column in range(first, first + width)
    )


def check_names(names: tuple[str, str]) -> None:
    """Raise OptionError for headers that no sheet, table or file of another kind could hold."""
    for name in names:
        plain = " ".join(name.split())
        if not plain or name != plain or len(name) > _LONGEST_NAME or not name.isprintable():
            raise OptionError(
                f"{name!r} can't be a column's name: use 1 to {_LONGEST_NAME} characters on one "
                "line, without spaces around them."
            )
        if name.startswith(("=", "+", "-", "@")):
            raise OptionError(
                f"\"{name}\" can't be a column's name: programs would take it for a formula."
            )
    if names[0].casefold() == names[1].casefold():
        raise OptionError(f'Label and score can\'t both be called "{names[0]}": rename one.')


def own_columns(selection: Selection, names: tuple[str, str]) -> Placement | None:
    """Find the columns of an earlier run, the last ones if there are several."""
    check_names(names)
    found = None
    for column, name in sorted(selection.header.items()):
        pair = (name, selection.header.get(column + 1, ""))
        called = all(_is_called(text, name) for text, name in zip(pair, names, strict=True))
        if called and _looks_own(selection, column):
            found = Placement(column, pair, selection.header_row, True, None, None, False)
    return found


def _is_called(text: str, name: str) -> bool:
    """Tell whether a header is a name, or the name with a number that an earlier run gave it."""
    return re.fullmatch(re.escape(name) + r"\d*", text, re.IGNORECASE) is not None


def _looks_own(selection: Selection, column: int) -> bool:
    """Tell a label and a score from columns of a user's that happen to have these names.

    In an earlier run's columns a row has both or neither, the scores are shares that aren't all
    whole numbers, and the labels are few.
    """
    pairs = [(row.cells.get(column), row.cells.get(column + 1)) for row in selection.preview]
    filled = [pair for pair in pairs if any(kind_of(value) is not CellKind.BLANK for value in pair)]
    scores = [_share(score) for _, score in filled]
    labels = {str(label) for label, _ in filled if kind_of(label) is CellKind.TEXT}
    return (
        bool(filled)
        and all(kind_of(label) is CellKind.TEXT for label, _ in filled)
        and all(score is not None for score in scores)
        and any(score not in (0.0, 1.0) for score in scores)
        and len(labels) <= max(_FEW_LABELS, len(filled) / 4)
    )


def _share(value: CellValue) -> float | None:
    try:
        share = float(str(value).replace(",", "."))
    except ValueError:
        return None
    return share if 0.0 <= share <= 1.0 else None


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
