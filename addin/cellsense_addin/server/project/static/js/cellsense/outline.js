// What is told of cells outside the picked column: what kind of thing they hold, never what.

const ERRORS = /^#(N\/A|VALUE!|REF!|DIV\/0!|NUM!|NAME\?|NULL!|SPILL!|CALC!|GETTING_DATA|FIELD!|BLOCKED!|CONNECT!|BUSY!|UNKNOWN!|EXTERNAL!|PYTHON!)$/;

// Tells equal texts by equal numbers: a header is no text that comes again below it.
export class Outline {
  #numbers = new Map();

  kind(value) {
    if (value === "" || value === null) return null;
    if (typeof value === "boolean") return "boolean";
    if (typeof value === "number") return numberKind(value);
    const text = value.trim();
    if (text === "") return null;
    if (ERRORS.test(text)) return "error";
    if (!this.#numbers.has(text)) this.#numbers.set(text, this.#numbers.size + 1);
    return `text ${this.#numbers.get(text)}`;
  }
}

function numberKind(value) {
  if (value === 0) return "zero";
  if (value === 1) return "one";
  if (value > 0 && value < 1) return "share"; // as scores of an earlier run are
  if (Number.isInteger(value) && value >= 1900 && value < 2100) return "year"; // may name a column
  return "number";
}
