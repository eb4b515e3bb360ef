"""The look of cells: number formats, fonts, alignments and borders of a LibreOffice range."""
# ruff: noqa: N802 - the names are Excel's

from typing import TYPE_CHECKING, Any

from addin.com_base import ComObject
from addin.office import Named

if TYPE_CHECKING:
    from addin.com_range import Range

# What AutoFill with formats carries on.
LOOK = (
    *("NumberFormat", "CharFontName", "CharHeight", "CharWeight", "CharPosture", "CharColor"),
    *("CellBackColor", "HoriJustify", "VertJustify", "IsTextWrapped"),
    *("TopBorder", "BottomBorder", "LeftBorder", "RightBorder"),
)
HORIZONTAL = {1: "STANDARD", -4131: "LEFT", -4108: "CENTER", -4152: "RIGHT"}
VERTICAL = {-4107: 0, -4160: 1, -4108: 2}  # bottom is LibreOffice's standard
_BOLD = 150.0
_NONE, _CONTINUOUS = -4142, 1
_WIDTHS = {2: 26, -4138: 53, 4: 88}  # thin, medium, thick; in 1/100 mm
_ENGLISH = {"Language": "en", "Country": "US"}


def enum(kind: str, value: str) -> Named:
    """Name a value of one of LibreOffice's enums."""
    return Named("enum", f"com.sun.star.{kind}", value)


def format_key(cells: "Range", code: str) -> int:
    """Return LibreOffice's number for a number format."""
    locale = cells._office.struct("com.sun.star.lang.Locale", **_ENGLISH)
    formats = cells._model.NumberFormats
    key = formats.queryKey(code, locale, False)
    return int(formats.addNew(code, locale) if key < 0 else key)


def common(cells: "Range", name: str) -> Any:
    """Return a property that all cells share; None if they differ."""
    values = [getattr(part, name) for part in cells._format_parts()]
    return values[0] if all(value == values[0] for value in values) else None


class Font(ComObject):
    """Range.Font."""

    def __init__(self, cells: "Range") -> None:
        super().__init__(cells._application)
        self._cells = cells

    @property
    def Name(self) -> str | None:
        return common(self._cells, "CharFontName")

    @Name.setter
    def Name(self, value: str) -> None:
        self._cells._uno.CharFontName = value

    @property
    def Size(self) -> float | None:
        return common(self._cells, "CharHeight")

    @Size.setter
    def Size(self, value: float) -> None:
        self._cells._uno.CharHeight = float(value)

    @property
    def Bold(self) -> bool | None:
        weight = common(self._cells, "CharWeight")
        return None if weight is None else weight >= _BOLD

    @Bold.setter
    def Bold(self, value: bool) -> None:
        self._cells._uno.CharWeight = _BOLD if value else 100.0

    @property
    def Italic(self) -> bool | None:
        posture = common(self._cells, "CharPosture")
        return None if posture is None else posture.value == "ITALIC"

    @Italic.setter
    def Italic(self, value: bool) -> None:
        self._cells._uno.CharPosture = enum("awt.FontSlant", "ITALIC" if value else "NONE")

    @property
    def Color(self) -> int | None:
        color = common(self._cells, "CharColor")
        return None if color is None else _swapped(max(color, 0))

    @Color.setter
    def Color(self, value: int) -> None:
        self._cells._uno.CharColor = _swapped(int(value))


class Border(ComObject):
    """Range.Borders(index): one side of a range."""

    def __init__(self, cells: "Range", side: int) -> None:
        super().__init__(cells._application)
        self._cells = cells
        self._side = side

    @property
    def _place(self) -> tuple[Any, str]:
        """The cells that have the border, and the property it is."""
        cells, rows, columns = self._cells, self._cells._rows, self._cells._columns
        return {
            7: lambda: (cells._part(0, 0, rows, 1), "LeftBorder"),
            8: lambda: (cells._part(0, 0, 1, columns), "TopBorder"),
            9: lambda: (cells._part(rows - 1, 0, 1, columns), "BottomBorder"),
            10: lambda: (cells._part(0, columns - 1, rows, 1), "RightBorder"),
            11: lambda: (cells._part(0, 0, rows, columns - 1), "RightBorder"),
            12: lambda: (cells._part(0, 0, rows - 1, columns), "BottomBorder"),
        }[self._side]()

    @property
    def _width(self) -> int:
        place, name = self._place
        return int(getattr(place, name).OuterLineWidth)

    def _draw(self, width: int) -> None:
        place, name = self._place
        line = getattr(place, name)
        line.OuterLineWidth = line.LineWidth = width
        line.LineStyle = 0 if width else 32767
        setattr(place, name, line)

    @property
    def LineStyle(self) -> int:
        return _CONTINUOUS if self._width else _NONE

    @LineStyle.setter
    def LineStyle(self, value: int) -> None:
        if value == _NONE:
            self._draw(0)
        elif not self._width:
            self._draw(_WIDTHS[2])

    @property
    def Weight(self) -> int:
        return min(_WIDTHS, key=lambda weight: abs(_WIDTHS[weight] - self._width))

    @Weight.setter
    def Weight(self, value: int) -> None:
        self._draw(_WIDTHS[value])


def _swapped(color: int) -> int:
    """Excel's colours begin with blue, LibreOffice's with red."""
    return (color & 0xFF) << 16 | color & 0xFF00 | color >> 16 & 0xFF
