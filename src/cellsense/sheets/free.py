"""Whether columns are free: what stands in them, in words."""

from cellsense.sheets.interface import MAX_COLUMNS, Sheet, column_letter


def what_stands(sheet: Sheet, first: int, width: int) -> str | None:
    """Say what stands in the first column that isn't free; None if all are.

    A column is free if no cell of it holds anything and no table or filter reaches over it.
    """
    areas = {f'the table "{table.name}"': table.area for table in sheet.tables()}
    if (filtered := sheet.autofilter()) is not None:
        areas["the filter"] = filtered
    for column in range(first, first + width):
        letter = column_letter(column)
        if column > MAX_COLUMNS:
            return f"{column_letter(MAX_COLUMNS)} is the last column"
        for name, area in areas.items():
            if area.first_column <= column <= area.last_column:
                return f"{name} reaches over column {letter}"
        row = _first_cell(sheet, column)
        if row is not None:
            return f"column {letter} " + (f"holds something in row {row}" if row else "is in use")
    return None


def _first_cell(sheet: Sheet, column: int) -> int | None:
    if column > sheet.extent()[1]:
        return None
    # Where names stand outside the rows, as in Parquet, a column without values has one too.
    start = 1 if sheet.known_header is None else sheet.known_header
    found = next(sheet.column(column, start), None)
    return None if found is None else found[0]
