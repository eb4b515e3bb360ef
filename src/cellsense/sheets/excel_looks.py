"""How new cells look: like their neighbours, without a detour over the user's clipboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xlwings as xw

SCORE_FORMAT = "0.0000"
TEXT_FORMAT = "@"

_FONT = ("name", "size", "bold", "italic", "color")
_ALIGNMENT = ("horizontal_alignment", "vertical_alignment")
# Which borders of many cells correspond to one of a single cell.
_BORDERS = {
    "edge_top": ["edge_top"],
    "edge_left": ["edge_left"],
    "edge_bottom": ["edge_bottom", "inside_horizontal"],
    "edge_right": ["edge_right", "inside_vertical"],
}


def continue_look(last: "xw.Range", onward: "xw.Range") -> None:
    """Give the cells right of `last` its look; `onward` begins with `last`."""
    if last.merge_cells is False:  # merges would continue, too
        last.autofill(onward, "fill_formats")


@dataclass(frozen=True, slots=True)
class Look:
    """What makes a cell look different from another one: font, alignment, borders."""

    font: Mapping[str, Any]
    alignment: Mapping[str, Any]
    borders: Mapping[str, Mapping[str, Any]]  # by side


def look_of(model: "xw.Range", other: "xw.Range") -> Look:
    """Return what `other`, a single cell, would need in order to look like `model`."""
    borders = {side: _border(model.borders[side]) for side in _BORDERS}
    return Look(
        font=_differences(_FONT, model.font, other.font),
        alignment=_differences(_ALIGNMENT, model, other),
        borders={side: border for side, border in borders.items() if border},
    )


def lend_look(look: Look, cells: "xw.Range") -> None:
    """Give new cells a look."""
    for name, value in look.font.items():
        setattr(cells.font, name, value)
    for name, value in look.alignment.items():
        setattr(cells, name, value)
    if look.borders:
        rows, columns = cells.shape
        missing = {"inside_horizontal": rows == 1, "inside_vertical": columns == 1}
        for side, border in look.borders.items():
            present = [name for name in _BORDERS[side] if not missing.get(name)]
            cells.borders.set(present, **border)


def _differences(names: tuple[str, ...], model: object, other: object) -> dict[str, Any]:
    values = {name: getattr(model, name) for name in names}
    return {
        name: value
        for name, value in values.items()
        if value is not None and value != getattr(other, name)
    }


def _border(border: Any) -> dict[str, Any]:
    if border.line_style in (None, "none"):
        return {}
    return {"line_style": border.line_style, "weight": border.weight}


def format_scores(cells: "xw.Range") -> None:
    """Show scores with as many digits as they have, unless the user has chosen a format."""
    if cells.number_format in ("General", TEXT_FORMAT):  # in cells for text, numbers become text
        cells.number_format = SCORE_FORMAT
