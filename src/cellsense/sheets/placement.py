"""Where the new columns go and what they are called: decided here, for every backend.

By default right of everything the sheet holds; on request right of a column, if nothing stands
there. Columns that an earlier run wrote are recognised by their names and what stands in them, and
are written again only when asked: whatever flags either run had, the new columns stand in the place
of the old ones.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from cellsense.cells import CellValue
from cellsense.errors import OutputError
from cellsense.sheets.columns import find_column
from cellsense.sheets.earlier import Others, earlier_columns, earlier_width, is_called
from cellsense.sheets.free import what_stands
from cellsense.sheets.interface import MAX_COLUMNS, Addition, column_letter
from cellsense.sheets.new_names import check_names, free_names
from cellsense.sheets.selection import Selection

_COUNTED = {2: "two", 3: "three"}
_LISTED = 3  # columns; of more, the first and the last are named


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
    fresh: int = 0  # so many of the last columns stand right of those that are replaced

    def additions(
        self, values: Mapping[int, tuple[CellValue, ...]], texts: tuple[int, ...] = (0,)
    ) -> list[Addition]:
        """Fill the place with values: one addition, or one over an earlier run's and one beside."""
        whole = self.addition(values)
        if not self.fresh:
            return [replace(whole, texts=texts)]
        old = len(self.names) - self.fresh
        over = replace(
            whole,
            names=self.names[:old],
            values={row: found[:old] for row, found in values.items()},
            texts=tuple(place for place in texts if place < old),
            look_like=None,
            grow_table=None,
            grow_autofilter=False,
        )
        beside = replace(
            whole,
            column=self.column + old,
            names=self.names[old:],
            values={row: found[old:] for row, found in values.items()},
            texts=tuple(place - old for place in texts if place >= old),
            replaces=False,
        )
        return [over, beside]

    def addition(self, values: Mapping[int, tuple[CellValue, ...]]) -> Addition:
        """Fill a place with values, one without fresh columns."""
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
    others: Others | None = None,
) -> Placement:
    """Find the place for a label and a score column, and for those that stand beside them.

    With `beside`, right of the texts and nowhere else; with `after`, right of that column, which is
    named by its header, letter or number. `others` are the headers that an earlier run may have put
    beside label and score.

    Raises OutputError if they are there already (and not to be replaced), don't fit, or something
    stands in their way; SelectionError if there is no such column.
    """
    check_names(names)
    old = earlier_span(selection, names, others or {})
    if old is not None and not replace:
        raise OutputError(
            f"{_already_there(selection, old)}: add --force to write them again, or --label-name "
            "and --score-name to add others."
        )
    wanted = _wanted_place(selection, beside, after)
    if old is not None:
        if wanted is not None and old.start != wanted + 1:
            raise OutputError(
                f"{_already_there(selection, old)}: leave --{'beside' if beside else 'after'} out "
                "to write them again there."
            )
        return _over(selection, names, old)
    if wanted is None:
        return place_new(selection, names)
    stands = what_stands(selection.sheet, wanted + 1, len(names))
    if stands is not None:
        raise OutputError(
            f'The sheet "{selection.sheet.name}" has no {_counted(names, "free column")} right '
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
            f'The sheet "{selection.sheet.name}" has no room for {_counted(names, "column")}: '
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
        names=free_names(names, taken),
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


def _over(selection: Selection, names: tuple[str, ...], old: range) -> Placement:
    """Describe columns in the place of an earlier run's, which may reach beyond it if that is free.

    Raises OutputError.
    """
    new = range(old.start, old.start + len(names))
    outside = {name for place, name in selection.header.items() if place not in new}
    inside = [selection.header.get(column, "") for column in new]
    # "Label2" stays "Label2".
    kept = [
        header if column in old and is_called(header, name) else None
        for column, header, name in zip(new, inside, names, strict=True)
    ]
    left = {selection.header[column].casefold() for column in old if column not in new}
    again = {name.casefold() for name, header in zip(names, kept, strict=True) if header is None}
    fresh = max(0, len(new) - len(old))
    why = None
    if fresh:
        why = what_stands(selection.sheet, old.stop, fresh)
    elif left & again:
        why = "columns that stay there would have the same names"
    if why is None and None in kept[: len(old)] and _in_table(selection, old):
        why = "a table's columns keep their names"
    if why is not None:
        raise OutputError(
            f"{_already_there(selection, old)}, by a run with other flags, and those of this one "
            f"can't stand in their place: {why}. Delete columns {column_letter(old.start)} to "
            f"{column_letter(old[-1])}, or add others with --label-name and --score-name."
        )
    taken = outside | {header for header in kept if header is not None}
    free = iter(free_names(tuple(n for n, h in zip(names, kept, strict=True) if h is None), taken))
    found = tuple(next(free) if header is None else header for header in kept)
    over = Placement(old.start, found, selection.header_row, True, None, None, False)
    if not fresh:
        return over
    end = _right_of(selection, (), old[-1])
    return replace(
        over,
        look_like=end.look_like,
        grow_table=end.grow_table,
        grow_autofilter=end.grow_autofilter,
        fresh=fresh,
    )


def _in_table(selection: Selection, columns: range) -> bool:
    areas = [table.area for table in selection.sheet.tables()]
    return any(
        area.first_row == selection.header_row
        and area.first_column <= columns[-1]
        and columns.start <= area.last_column
        for area in areas
    )


def _already_there(selection: Selection, own: Collection[int]) -> str:
    here = _listed([column_letter(column) for column in own])
    names = _listed([f'"{selection.header[column]}"' for column in own])
    return f'The sheet "{selection.sheet.name}" already has the columns {names} ({here})'


def _counted(names: tuple[str, ...], what: str) -> str:
    number = len(names)
    return what if number == 1 else f"{_COUNTED.get(number, number)} {what}s"


def _listed(items: list[str]) -> str:
    if len(items) > _LISTED:
        return f"{items[0]} to {items[-1]}"
    return f"{', '.join(items[:-1])} and {items[-1]}"


def own_columns(selection: Selection, names: tuple[str, ...]) -> Placement | None:
    """Find the columns of an earlier run, the last ones if there are several."""
    check_names(names)
    column = None
    if len(names) > 1:  # nothing tells a lone column of an earlier run from a user's own
        column = earlier_columns(selection.header, selection.preview, names)
    if column is None:
        return None
    found = tuple(selection.header[column + place] for place in range(len(names)))
    return Placement(column, found, selection.header_row, True, None, None, False)


def earlier_span(selection: Selection, names: tuple[str, ...], others: Others) -> range | None:
    """Find all columns of an earlier run, whatever its flags, by its label and score."""
    if len(names) == 1:
        return None
    column = earlier_columns(selection.header, selection.preview, names[:2])
    if column is None:
        return None

    def first_in(other: int) -> CellValue:
        found = next(selection.sheet.column(other, selection.first_row), None)
        return None if found is None else found[1]

    width = earlier_width(selection.header, selection.preview, column, others, first_in)
    return range(column, column + width)
