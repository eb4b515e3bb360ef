// Cells by row and column, counted from 1, as people and the server count them.

export const SHEET_ROWS = 1_048_576;
export const WHEN_FREE = { delayForCellEdit: true }; // not while the user types in a cell

/** @param {Excel.Worksheet} sheet */
export function cellsOf(sheet, row, column, rows, columns) {
  return sheet.getRangeByIndexes(row - 1, column - 1, rows, columns);
}

/** @param {Excel.Range} range */
export function areaOf(range) {
  return {
    first_row: range.rowIndex + 1,
    first_column: range.columnIndex + 1,
    last_row: range.rowIndex + range.rowCount,
    last_column: range.columnIndex + range.columnCount,
  };
}
