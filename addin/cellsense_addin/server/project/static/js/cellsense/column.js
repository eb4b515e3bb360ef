// Reads the texts of the picked column and writes labels and scores, block by block.

import { WHEN_FREE, cellsOf } from "./cells.js";

export class ColumnError extends Error {}

export class Column {
  #sheetId;
  #plan;
  #isBegun = false;

  constructor(sheetId, plan) {
    this.#sheetId = sheetId;
    this.#plan = plan;
  }

  async read(row, count) {
    return await this.#run(async (context, sheet) => await this.#texts(context, sheet, row, count));
  }

  // `cells` are those that were classified: rows that were inserted, sorted or edited meanwhile
  // would get the labels of others.
  async write(row, cells, rows) {
    await this.#run(async (context, sheet) => {
      const found = await this.#texts(context, sheet, row, cells.length);
      if (found.some((value, index) => value !== cells[index])) {
        throw new ColumnError(
          `Texts in rows ${count(row)} to ${count(row + cells.length - 1)} were changed while they were classified. ` +
            "The rows above them are labelled. Run it again.",
        );
      }
      if (!this.#isBegun) await this.#begin(context, sheet);
      cellsOf(sheet, row, this.#plan.target, rows.length, 2).values = rows;
      await context.sync();
      this.#isBegun = true;
    });
  }

  /** @param {(context: Excel.RequestContext, sheet: Excel.Worksheet) => Promise<any>} batch */
  async #run(batch) {
    return await Excel.run(WHEN_FREE, async (context) => {
      const sheet = context.workbook.worksheets.getItemOrNullObject(this.#sheetId).load("name");
      await context.sync();
      if (sheet.isNullObject) throw new ColumnError("The sheet was deleted meanwhile.");
      return await batch(context, sheet);
    });
  }

  /** @param {Excel.RequestContext} context @param {Excel.Worksheet} sheet */
  async #texts(context, sheet, row, rows) {
    const range = cellsOf(sheet, row, this.#plan.column, rows, 1).load("values");
    await context.sync();
    return range.values.map(([value]) => value);
  }

  // Makes room: the table or filter grows, the columns get their names.
  /** @param {Excel.RequestContext} context @param {Excel.Worksheet} sheet */
  async #begin(context, sheet) {
    const plan = this.#plan;
    if (plan.replaces) return;
    const top = plan.header_row ?? plan.first_row;
    const target = cellsOf(sheet, top, plan.target, plan.last_row - top + 1, 2);
    const inUse = target.getUsedRangeOrNullObject(true).load("address");
    await context.sync();
    if (!inUse.isNullObject) {
      throw new ColumnError(`Columns ${plan.letters.join(" and ")} were filled meanwhile. Run it again.`);
    }
    if (plan.grow_table) {
      sheet.tables.getItem(plan.grow_table.name).resize(rangeOf(sheet, plan.grow_table.area));
    }
    if (plan.grow_autofilter) {
      sheet.autoFilter.apply(rangeOf(sheet, plan.grow_autofilter));
    }
    if (plan.header_row !== null) {
      const names = cellsOf(sheet, plan.header_row, plan.target, 1, 2);
      names.values = [plan.names];
      if (!plan.grow_table && plan.look_like !== null) {
        const header = cellsOf(sheet, plan.header_row, plan.look_like, 1, 1);
        names.copyFrom(header, Excel.RangeCopyType.formats);
      }
    }
    // In cells of the format "Text" a score would be text. One format stands for all cells.
    const rows = plan.last_row - plan.first_row + 1;
    cellsOf(sheet, plan.first_row, plan.target, rows, 2).numberFormat = [["General"]];
  }
}

/** @param {Excel.Worksheet} sheet */
function rangeOf(sheet, area) {
  const rows = area.last_row - area.first_row + 1;
  return cellsOf(sheet, area.first_row, area.first_column, rows, area.last_column - area.first_column + 1);
}

function count(number) {
  return number.toLocaleString("en-US");
}
