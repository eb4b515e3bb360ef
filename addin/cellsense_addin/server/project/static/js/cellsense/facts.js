// What the server needs to know of the active sheet to decide which rows are labelled, and where
// the labels go: the picked column's first cells, the names in the header's row, and of all else
// only where something stands (see outline.js). Other sheets are not even looked at.

import { Outline } from "./outline.js";
import { SHEET_ROWS, WHEN_FREE, areaOf, cellsOf } from "./cells.js";

const PLACE = "rowIndex,columnIndex,rowCount,columnCount";
const FIRST_ROWS = 400; // as many as the command line looks at
const COLUMNS_LEFT = 60; // of the picked one, of which something is told; headers aren't wider
const COLUMNS_RIGHT = 40;
const CELLS_AT_ONCE = 5000; // Excel on the web hands over 5 MB at most
const ROWS_AT_ONCE = 500;

export async function readFacts() {
  const picked = await pickedAreas();
  return await Excel.run(WHEN_FREE, async (context) => {
    const sheet = context.workbook.worksheets.getActiveWorksheet().load("id,name");
    sheet.protection.load("protected");
    sheet.autoFilter.load("isDataFiltered");
    const used = sheet.getUsedRangeOrNullObject(true).load(PLACE);
    const filtered = sheet.autoFilter.getRangeOrNullObject().load(PLACE);
    sheet.tables.load("items/name,items/showHeaders,items/showTotals");
    await context.sync();
    const ranges = sheet.tables.items.map((table) => table.getRange().load(PLACE));
    await context.sync();

    const facts = {
      name: sheet.name,
      is_protected: sheet.protection.protected,
      picked,
      used: used.isNullObject ? null : areaOf(used),
      autofilter: filtered.isNullObject || sheet.autoFilter.isDataFiltered ? null : areaOf(filtered),
      tables: sheet.tables.items.map((table, index) => ({
        name: table.name,
        area: areaOf(ranges[index]),
        has_header: table.showHeaders,
        has_totals: table.showTotals,
      })),
    };
    if (facts.used !== null && picked.length === 1 && picked[0].first_column === picked[0].last_column) {
      await addColumn(context, sheet, facts);
    }
    return { sheetId: sheet.id, facts };
  });
}

export async function addNames(sheetId, facts, row) {
  facts.header_row = row;
  facts.header = {};
  if (row === null) return;
  const [first, last] = columnsAround(facts);
  await Excel.run(WHEN_FREE, async (context) => {
    const sheet = context.workbook.worksheets.getItem(sheetId);
    const range = cellsOf(sheet, row, first, 1, last - first + 1).load("values");
    await context.sync();
    range.values[0].forEach((value, index) => {
      if (value !== "") facts.header[first + index] = String(value);
    });
  });
  const table = pickedTable(facts);
  if (table) {
    table.columns = [];
    for (let column = table.area.first_column; column <= table.area.last_column; column++) {
      table.columns.push(facts.header[column] ?? "");
    }
  }
}

async function pickedAreas() {
  try {
    return await Excel.run(WHEN_FREE, async (context) => {
      const areas = context.workbook.getSelectedRanges().areas.load(`items/${PLACE.replaceAll(",", ",items/")}`);
      await context.sync();
      return areas.items.map(areaOf);
    });
  } catch (error) {
    if (error instanceof OfficeExtension.Error) return []; // a shape or a chart is selected
    throw error;
  }
}

async function addColumn(context, sheet, facts) {
  const column = facts.picked[0].first_column;
  const [first, last] = columnsAround(facts);
  const area = pickedTable(facts)?.area ?? facts.used;
  facts.rows = await readRows(context, sheet, area, column, first, last);
  facts.cells = await readAroundFirstText(context, sheet, facts, area);
  facts.spans = await readSpans(context, sheet, facts, first, last);
}

// The first rows of the list or table: the picked column's cells, an outline of the others.
async function readRows(context, sheet, area, column, first, last) {
  const outlines = new Map();
  const rows = [];
  const end = Math.min(area.last_row, area.first_row + FIRST_ROWS - 1);
  const step = Math.max(1, Math.floor(CELLS_AT_ONCE / (last - first + 1)));
  for (let row = area.first_row; row <= end; row += step) {
    const range = cellsOf(sheet, row, first, Math.min(step, end - row + 1), last - first + 1).load("values");
    await context.sync();
    range.values.forEach((values, index) => {
      const told = { number: row + index, others: {} };
      values.forEach((value, offset) => {
        if (first + offset === column) {
          told.cell = value;
          return;
        }
        if (!outlines.has(offset)) outlines.set(offset, new Outline());
        const kind = outlines.get(offset).kind(value);
        if (kind !== null) told.others[first + offset] = kind;
      });
      rows.push(told);
    });
  }
  return rows;
}

// Whether a column holds any text at all may only show further down.
async function readAroundFirstText(context, sheet, facts, area) {
  const picked = facts.picked[0];
  const oneCell = picked.first_row === picked.last_row;
  const from = oneCell ? area.first_row : Math.max(picked.first_row, facts.used.first_row);
  const to = oneCell ? area.last_row : Math.min(picked.last_row, facts.used.last_row);
  for (let row = from; row <= to; row += ROWS_AT_ONCE) {
    const count = Math.min(ROWS_AT_ONCE, to - row + 1);
    const range = cellsOf(sheet, row, picked.first_column, count, 1).load("values");
    await context.sync();
    const filled = range.values.map(([value], index) => [row + index, value]).filter(([, value]) => value !== "");
    if (filled.some(([, value]) => typeof value === "string")) return Object.fromEntries(filled);
  }
  return {};
}

async function readSpans(context, sheet, facts, first, last) {
  const beside = [1, 2].map((offset) => facts.picked[0].first_column + offset);
  const found = new Map();
  for (let column = first; column <= Math.max(last, ...beside); column++) {
    const whole = cellsOf(sheet, 1, column, SHEET_ROWS, 1);
    found.set(column, whole.getUsedRangeOrNullObject(true).load(PLACE));
  }
  // Formulas that show nothing count as no values, and yet must not be written over.
  const formulas = beside.map((column) =>
    cellsOf(sheet, 1, column, SHEET_ROWS, 1)
      .getSpecialCellsOrNullObject(Excel.SpecialCellType.formulas)
      .load("address"),
  );
  await context.sync();
  const spans = {};
  for (const [column, range] of found) {
    if (!range.isNullObject) spans[column] = [range.rowIndex + 1, range.rowIndex + range.rowCount];
  }
  beside.forEach((column, index) => {
    if (!formulas[index].isNullObject) spans[column] = [1, SHEET_ROWS];
  });
  return spans;
}

function columnsAround(facts) {
  const column = facts.picked[0].first_column;
  const areas = [facts.used, ...facts.tables.map((table) => table.area)];
  const first = Math.min(column, ...areas.map((area) => area.first_column));
  const last = Math.max(column, ...areas.map((area) => area.last_column));
  return [Math.max(first, column - COLUMNS_LEFT), Math.min(last, column + COLUMNS_RIGHT)];
}

function pickedTable(facts) {
  const picked = facts.picked[0];
  return facts.tables.find(
    ({ area }) =>
      area.first_column <= picked.first_column &&
      picked.first_column <= area.last_column &&
      picked.first_row <= area.last_row &&
      area.first_row <= picked.last_row,
  );
}
