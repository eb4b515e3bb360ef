"""Where the new columns go and what they are called: decided here, for every backend.

By default right of everything the sheet holds; on request right of a column, if nothing stands
there. Columns that an earlier run wrote are recognised by their names and what stands in them, and
are written again only when asked.
"""

from dataclasses import dataclass

from cellsense.cells import CellValue
from cellsense.errors import OptionError, OutputError
from cellsense.sheets.columns import find_column
from cellsense.sheets.earlier import earlier_columns
from cellsense.sheets.free import what_stands
from cellsense.sheets.interface import MAX_COLUMNS, Addition, column_letter
from cellsense.sheets.selection import Selection

_COUNTED = {2: "two", 3: "three"}
_LISTED = 3  # columns; of more, the first and the last are named
LONGEST_NAME = 255  # characters; what a table's header may hold


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


def place(
    selection: Selection,
    names: tuple[str, ...],
    *,
    replace: bool,
    beside: bool = False,
    after: str | None = None,
) -> Placement:
    """Find the place for a label and a score column.

    With `beside`, right of the texts and nowhere else; with `after`, right of that column, which is
    named by its header, letter or number.

    Raises OutputError if they are there already (and not to be replaced), don't fit, or something
    stands in their way; SelectionError if there is no such column.
    """
    own = own_columns(selection, names)
    if own is not None and not replace:
        raise OutputError(
            f"{_already_there(selection, own)}: add --force to write them again, or --label-name "
            "and --score-name to add others."
        )
    wanted = _wanted_place(selection, beside, after)
    if own is not None:
        if wanted is not None and own.column != wanted + 1:
            raise OutputError(
                f"{_already_there(selection, own)}: leave --{'beside' if beside else 'after'} out "
                "to write them again there."
            )
        return own
    if wanted is None:
        return place_new(selection, names)
    stands = what_stands(selection.sheet, wanted + 1, len(names))
    if stands is not None:
        raise OutputError(
            f'The sheet "{selection.sheet.name}" has no {_counted(names)} free columns right '
            f"of column {column_letter(wanted)}: {stands}. Name another column with --after, or "
            "leave it out."
        )
    return _right_of(selection, names, wanted)


def place_new(selection: Selection, names: tuple[str, ...], *, beside: bool = False) -> Placement:
    """Find a place right of everything the sheet holds.

    With `beside`, right of the texts if nothing stands there. Raises OutputError if they don't fit.
    """
    check_names(names)
    texts = selection.column.column
    if beside and what_stands(selection.sheet, texts + 1, len(names)) is None:
        return _right_of(selection, names, texts)
    _, last = selection.sheet.extent()
    if last + len(names) > MAX_COLUMNS:
        raise OutputError(
            f'The sheet "{selection.sheet.name}" has no room for {_counted(names)} columns: '
            f"its last used column is {column_letter(last)}. Delete what stands there, or work on "
            "a copy."
        )
    return _right_of(selection, names, last)


def _right_of(selection: Selection, names: tuple[str, ...], last: int) -> Placement:
    """Describe columns right of a column, and in the table or filter that ends there."""
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


def _wanted_place(selection: Selection, beside: bool, after: str | None) -> int | None:
    if beside:
        return selection.column.column
    if after is None:
        return None
    return find_column(after, selection.header, selection.sheet.extent()[1]).column


def _already_there(selection: Selection, own: Placement) -> str:
    here = _listed([column_letter(own.column + place) for place in range(len(own.names))])
    names = _listed([f'"{name}"' for name in own.names])
    return f'The sheet "{selection.sheet.name}" already has the columns {names} ({here})'


def _listed(items: list[str]) -> str:
    if len(items) > _LISTED:
        return f"{items[0]} to {items[-1]}"
    return f"{', '.join(items[:-1])} and {items[-1]}"


def _counted(names: tuple[str, ...]) -> str:
    return _COUNTED.get(len(names), str(len(names)))


def check_names(names: tuple[str, ...]) -> None:
    """Raise OptionError for headers that no sheet, table or file of another kind could hold."""
    for name in names:
        plain = " ".join(name.split())
        if not plain or name != plain or len(name) > LONGEST_NAME or not name.isprintable():
            raise OptionError(
                f"{name!r} can't be a column's name: use 1 to {LONGEST_NAME} characters on one "
                "line, without spaces around them."
            )
        if name.startswith(("=", "+", "-", "@")):
            raise OptionError(
                f"\"{name}\" can't be a column's name: programs would take it for a formula."
            )
    folded = [name.casefold() for name in names]
    twice = next((name for name in names if folded.count(name.casefold()) > 1), None)
    if twice is not None:
        raise OptionError(f'Two of the new columns can\'t both be called "{twice}": rename one.')


def own_columns(selection: Selection, names: tuple[str, ...]) -> Placement | None:
    """Find the columns of an earlier run, the last ones if there are several."""
    check_names(names)
    column = earlier_columns(selection.header, selection.preview, names)
    if column is None:
        return None
    found = tuple(selection.header[column + place] for place in range(len(names)))
    return Placement(column, found, selection.header_row, True, None, None, False)


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
