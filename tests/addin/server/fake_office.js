// Stands in for Microsoft's office.js: a workbook in memory behind the slice of Office's interface
// that the add-in and xlwings' client use. Strict where Excel is: nothing happens before `sync`, a
// property has to be loaded first, 5 MB at most go over at once, and a protected sheet takes nothing.
//
// `fakeBook` describes the workbook; `fakeExcel` is what the tests look at afterwards.

(() => {
  const SHEET_ROWS = 1_048_576;
  const PAYLOAD = 5 * 2 ** 20;

  class OfficeError extends Error {
    constructor(code, message = code) {
      super(message);
      this.code = code;
    }
  }

  // ---- the workbook -----------------------------------------------------------------------------

  const number = (letters) => [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0);
  const letters = (column) => {
    let text = "";
    for (let rest = column; rest > 0; rest = Math.floor((rest - 1) / 26)) {
      text = String.fromCharCode(65 + ((rest - 1) % 26)) + text;
    }
    return text;
  };

  function parse(address) {
    const [from, to = from] = address.split(":");
    const corner = (text) => text.match(/^([A-Z]*)(\d*)$/).slice(1);
    const [[left, top], [right, bottom]] = [corner(from), corner(to)];
    const column = left ? number(left) : 1;
    const row = top ? Number(top) : 1;
    const lastColumn = right ? number(right) : 16_384;
    const lastRow = bottom ? Number(bottom) : SHEET_ROWS;
    return { row, column, rows: lastRow - row + 1, columns: lastColumn - column + 1 };
  }

  function address({ row, column, rows, columns }) {
    return `${letters(column)}${row}:${letters(column + columns - 1)}${row + rows - 1}`;
  }

  class SheetModel {
    constructor({ id, name, rows = [], at = "A1", tables = [], formulas = {}, ...rest }) {
      Object.assign(this, { id, name, protected: false, autofilter: null, filtered: false }, rest);
      this.columns = new Map(); // column → Map of row → value
      this.formulas = new Map(Object.entries(formulas)); // address → shown value, mostly ""
      this.tables = tables.map((table) => ({ headers: true, totals: false, ...table, place: parse(table.area) }));
      this.formats = [];
      const start = parse(at);
      rows.forEach((values, r) => values.forEach((value, c) => this.set(start.row + r, start.column + c, value)));
    }

    set(row, column, value) {
      if (!this.columns.has(column)) this.columns.set(column, new Map());
      if (value === "" || value === null) this.columns.get(column).delete(row);
      else this.columns.get(column).set(row, typeof value === "string" ? value.replace(/^'/, "") : value);
    }

    get(row, column) {
      return this.columns.get(column)?.get(row) ?? "";
    }

    values({ row, column, rows, columns }) {
      return Array.from({ length: rows }, (_, r) =>
        Array.from({ length: columns }, (_, c) => this.get(row + r, column + c)),
      );
    }

    used(within) {
      let [top, left, bottom, right] = [Infinity, Infinity, 0, 0];
      for (const [column, cells] of this.columns) {
        if (column < within.column || column >= within.column + within.columns) continue;
        for (const row of cells.keys()) {
          if (row < within.row || row >= within.row + within.rows) continue;
          [top, left] = [Math.min(top, row), Math.min(left, column)];
          [bottom, right] = [Math.max(bottom, row), Math.max(right, column)];
        }
      }
      return bottom ? { row: top, column: left, rows: bottom - top + 1, columns: right - left + 1 } : null;
    }

    hasFormula(within) {
      return [...this.formulas.keys()].map(parse).some(
        ({ row, column }) =>
          row >= within.row && row < within.row + within.rows &&
          column >= within.column && column < within.column + within.columns,
      );
    }
  }

  const book = {
    name: fakeBook.name ?? "Reviews.xlsx",
    selection: fakeBook.selection === undefined ? ["A1"] : fakeBook.selection,
    sheets: fakeBook.sheets.map((sheet, index) => new SheetModel({ id: `{sheet-${index}}`, ...sheet })),
    active: fakeBook.active ?? 0,
  };

  const fakeExcel = {
    book,
    reads: [], // "Sheet1!A1:B5" of all values that were read
    writes: [],
    syncs: 0,
    beforeSync: null, // a test's chance to be a user who edits meanwhile
    show: (address, sheet = 0) => book.sheets[sheet].values(parse(address)),
  };
  globalThis.fakeExcel = fakeExcel;

  // ---- objects as Office hands them out -----------------------------------------------------------

  class Proxied {
    constructor(context, find) {
      this.context = context;
      this.find = find; // the thing in the workbook; called while syncing
      this.loaded = new Map();
    }

    get isNullObject() {
      return this.read("isNullObject");
    }

    load(names) {
      for (const name of String(names).split(",").map((part) => part.trim())) {
        this.context.queue.push(() => {
          const thing = this.find();
          this.loaded.set("isNullObject", thing === null);
          if (thing !== null) this.loaded.set(name, this.property(thing, name));
        });
      }
      return this;
    }

    read(name) {
      if (!this.loaded.has(name)) throw new OfficeError("PropertyNotLoaded", `${name} was not loaded and synced.`);
      return this.loaded.get(name);
    }

    property(thing, name) {
      if (!(name in thing)) throw new OfficeError("InvalidArgument", `There is no property ${name}.`);
      return thing[name];
    }

    queue(action) {
      this.context.queue.push(() => {
        const thing = this.find();
        if (thing === null) throw new OfficeError("ItemNotFound");
        action(thing);
      });
    }
  }

  function readable(type, names) {
    for (const name of names) {
      Object.defineProperty(type.prototype, name, { get() { return this.read(name); }, configurable: true });
    }
  }

  class Range extends Proxied {
    property({ sheet, place }, name) {
      const found = {
        rowIndex: place.row - 1,
        columnIndex: place.column - 1,
        rowCount: place.rows,
        columnCount: place.columns,
      };
      if (name in found) return found[name];
      if (name === "address") return `${sheet.name}!${address(place)}`;
      if (name !== "values") throw new OfficeError("InvalidArgument", `There is no property ${name}.`);
      fakeExcel.reads.push(`${sheet.name}!${address(place)}`);
      const values = sheet.values(place);
      this.context.pay(values, "Response");
      return values;
    }

    get values() {
      return this.read("values");
    }

    set values(rows) {
      this.queue(({ sheet, place }) => {
        if (sheet.protected) throw new OfficeError("AccessDenied", "The sheet is protected.");
        if (rows.length !== place.rows || rows.some((row) => row.length !== place.columns)) {
          throw new OfficeError("InvalidArgument", "The array doesn't match the size of the range.");
        }
        this.context.pay(rows, "Request");
        fakeExcel.writes.push(`${sheet.name}!${address(place)}`);
        rows.forEach((row, r) => row.forEach((value, c) => sheet.set(place.row + r, place.column + c, value)));
      });
    }

    set numberFormat(format) {
      this.queue(({ sheet, place }) => sheet.formats.push([address(place), format]));
    }

    getUsedRangeOrNullObject(valuesOnly) {
      if (!valuesOnly) throw new OfficeError("NotImplemented", "Formatted cells would count, too.");
      return new Range(this.context, () => {
        const { sheet, place } = this.find();
        const used = sheet.used(place);
        return used && { sheet, place: used };
      });
    }

    getSpecialCellsOrNullObject(kind) {
      if (kind !== "Formulas") throw new OfficeError("NotImplemented");
      return new Range(this.context, () => (this.find().sheet.hasFormula(this.find().place) ? this.find() : null));
    }

    copyFrom(source, what) {
      this.queue(({ sheet, place }) => {
        if (sheet.protected) throw new OfficeError("AccessDenied");
        sheet.formats.push([address(place), `${what} of ${address(source.find().place)}`]);
      });
    }
  }
  readable(Range, ["rowIndex", "columnIndex", "rowCount", "columnCount", "address"]);

  class Collection extends Proxied {
    constructor(context, find, wrap) {
      super(context, find);
      this.wrap = wrap;
    }

    load(names) {
      const wanted = String(names).split(",").map((name) => name.trim().replace(/^items\//, ""));
      this.context.queue.push(() => {
        this.loaded.set("items", this.find().map((thing) => {
          const object = this.wrap(() => thing);
          for (const name of wanted) object.loaded.set(name, object.property(thing, name));
          return object;
        }));
      });
      return this;
    }
  }
  readable(Collection, ["items"]);

  class Table extends Proxied {
    property(thing, name) {
      const names = { name: "name", showHeaders: "headers", showTotals: "totals" };
      return super.property(thing, names[name] ?? name);
    }

    getRange() {
      return new Range(this.context, () => ({ sheet: this.find().sheet, place: this.find().place }));
    }

    resize(range) {
      this.queue((table) => {
        const { place } = range.find();
        if (table.sheet.protected) throw new OfficeError("AccessDenied");
        if (place.row !== table.place.row) throw new OfficeError("InvalidArgument", "The header must stay in its row.");
        for (let column = table.place.column + table.place.columns; column < place.column + place.columns; column++) {
          table.sheet.set(place.row, column, `Column${column}`); // as Excel names new columns
        }
        table.place = place;
      });
    }
  }
  readable(Table, ["name", "showHeaders", "showTotals"]);

  class Worksheet extends Proxied {
    property(sheet, name) {
      return { visibility: "Visible", position: book.sheets.indexOf(sheet) }[name] ?? super.property(sheet, name);
    }

    get protection() {
      return this.part("protection", (sheet) => ({ protected: sheet.protected }), ["protected"]);
    }

    get autoFilter() {
      const filter = this.part("autoFilter", (sheet) => ({ isDataFiltered: sheet.filtered }), ["isDataFiltered"]);
      filter.getRangeOrNullObject = () =>
        new Range(this.context, () => {
          const sheet = this.find();
          return sheet.autofilter ? { sheet, place: parse(sheet.autofilter) } : null;
        });
      filter.apply = (range) => this.queue((sheet) => (sheet.autofilter = address(range.find().place)));
      return filter;
    }

    part(name, find, properties) {
      this.parts ??= {};
      if (!this.parts[name]) {
        class Part extends Proxied {}
        readable(Part, properties);
        this.parts[name] = new Part(this.context, () => find(this.find()));
      }
      return this.parts[name];
    }

    get tables() {
      this.allTables ??= new Collection(
        this.context,
        () => this.find().tables.map((table) => Object.assign(table, { sheet: this.find() })),
        (find) => new Table(this.context, find),
      );
      this.allTables.getItem = (name) =>
        new Table(this.context, () => this.find().tables.find((table) => table.name === name) ?? null);
      return this.allTables;
    }

    getRangeByIndexes(row, column, rows, columns) {
      const place = { row: row + 1, column: column + 1, rows, columns };
      if (row < 0 || column < 0 || rows < 1 || columns < 1 || row + rows > SHEET_ROWS) {
        throw new OfficeError("InvalidArgument", `There is no range ${JSON.stringify(place)}.`);
      }
      return new Range(this.context, () => ({ sheet: this.find(), place }));
    }

    getUsedRangeOrNullObject(valuesOnly) {
      return this.getRangeByIndexes(0, 0, SHEET_ROWS, 16_384).getUsedRangeOrNullObject(valuesOnly);
    }
  }
  readable(Worksheet, ["id", "name"]);

  // ---- the entry points -----------------------------------------------------------------------------

  class Named extends Proxied {}
  readable(Named, ["name", "shortDatePattern"]);

  class RequestContext {
    constructor() {
      this.queue = [];
      this.paid = 0;
      const worksheets = new Collection(this, () => book.sheets, (find) => new Worksheet(this, find));
      const byId = (id) => () => book.sheets.find((sheet) => sheet.id === id || sheet.name === id) ?? null;
      worksheets.getActiveWorksheet = () => new Worksheet(this, () => book.sheets[book.active]);
      worksheets.getItem = (id) => new Worksheet(this, byId(id));
      worksheets.getItemOrNullObject = (id) => new Worksheet(this, byId(id));
      this.workbook = new Named(this, () => book);
      this.workbook.worksheets = worksheets;
      this.workbook.getSelectedRanges = () => ({
        areas: new Collection(
          this,
          () => {
            if (!book.selection) throw new OfficeError("InvalidSelection", "The current selection is invalid for this operation.");
            return book.selection.map((text) => ({ sheet: book.sheets[book.active], place: parse(text) }));
          },
          (find) => new Range(this, find),
        ),
      });
      const culture = new Named(this, () => ({ name: "en-US" }));
      culture.datetimeFormat = new Named(this, () => ({ shortDatePattern: "m/d/yyyy" }));
      this.application = { cultureInfo: culture };
    }

    pay(values, direction) {
      this.paid += JSON.stringify(values).length;
      if (this.paid > PAYLOAD) throw new OfficeError(`${direction}PayloadSizeLimitExceeded`);
    }

    async sync() {
      await Promise.resolve();
      fakeExcel.syncs += 1;
      fakeExcel.beforeSync?.(fakeExcel);
      const actions = this.queue.splice(0);
      this.paid = 0;
      for (const action of actions) action();
    }
  }

  globalThis.OfficeExtension = { Error: OfficeError };
  globalThis.Excel = {
    RequestContext,
    SpecialCellType: { formulas: "Formulas" },
    RangeCopyType: { formats: "Formats" },
    ShapeType: { image: "Image" },
    run: async (...args) => {
      const batch = args.pop();
      const context = new RequestContext();
      const result = await batch(context);
      if (context.queue.length) await context.sync();
      return result;
    },
  };

  const functions = {};
  const actions = {};
  fakeExcel.call = async (name, args, at = "Sheet1!D1") => {
    try {
      return { value: await functions[name](...args, { address: at }) };
    } catch (error) {
      return { error: error.message, code: error.code };
    }
  };
  fakeExcel.press = async (name) => {
    let completed = false;
    await actions[name]({ completed: () => (completed = true) });
    return completed;
  };
  fakeExcel.names = () => ({ functions: Object.keys(functions), actions: Object.keys(actions) });
  globalThis.CustomFunctions = {
    associate: (id, called) => (functions[id] = called),
    Error: class extends Error {
      constructor(code, message) {
        super(message);
        this.code = code;
      }
    },
    ErrorCode: { invalidValue: "#VALUE!" },
  };

  const ready = Promise.resolve({ host: "Excel", platform: "Mac" });
  const version = (text) => text.split(".").reduce((sum, part) => sum * 1000 + Number(part), 0);
  globalThis.Office = {
    onReady: (callback) => (callback ? ready.then(callback) : ready),
    actions: { associate: (id, called) => (actions[id] = called) },
    addin: { showAsTaskpane: async () => {} },
    context: {
      partitionKey: undefined,
      diagnostics: { version: "16.100", platform: "Mac" },
      requirements: {
        isSetSupported: (name, wanted) => version(wanted) <= version(name === "ExcelApi" ? (fakeBook.api ?? "1.17") : "1.4"),
      },
    },
    HostType: { Excel: "Excel" },
    PlatformType: {},
  };
})();
