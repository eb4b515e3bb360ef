// The button's work: facts to the server, questions to the user, texts to the server in blocks,
// labels to the sheet.

import { Column } from "./column.js";
import { addNames, readFacts } from "./facts.js";
import { post } from "./server.js";

const FIRST_BLOCK = 100;
const LARGEST_BLOCK = 2000; // the server takes 5,000; a reply should come every few seconds
const LARGEST_TEXT = 2 * 2 ** 20; // characters of a block
const SECONDS = 2; // that a block should take

export class Cancelled extends Error {}

export class Labelling {
  // `ask` shows a question and returns "yes", "no" or "" (cancel); `show` shows progress.
  constructor({ ask, show }) {
    this.ask = ask;
    this.show = show;
    this.cancelled = new Promise((_, reject) => {
      this.cancel = () => reject(new Cancelled());
    });
    this.cancelled.catch(() => {}); // whether anybody waits for it or not
    this.done = 0;
  }

  async run(options) {
    this.show({ text: "Looking at the selected cells …" });
    const { sheetId, facts } = await this.#unlessCancelled(readFacts());
    const plan = await this.#plan(sheetId, facts, options);
    const total = plan.last_row - plan.first_row + 1;
    const column = new Column(sheetId, plan);
    const counts = { labels: {}, without_text: {} };
    let size = FIRST_BLOCK;
    this.show({ text: plan.title, done: 0, total });
    for (let row = plan.first_row; row <= plan.last_row; ) {
      const read = await this.#unlessCancelled(column.read(row, Math.min(size, plan.last_row - row + 1)));
      const cells = shortened(read);
      const started = performance.now();
      const answer = await this.#unlessCancelled(post("/cellsense/labels", { cells, labels: options.labels }));
      const seconds = (performance.now() - started) / 1000;
      await column.write(row, cells, answer.rows);
      add(counts.labels, answer.labels);
      add(counts.without_text, answer.without_text);
      row += cells.length;
      this.done += cells.length;
      size = Math.round(Math.min(LARGEST_BLOCK, size * 2, Math.max(20, (cells.length * SECONDS) / seconds)));
      this.show({ text: plan.title, done: this.done, total });
    }
    return { plan, total, ...counts };
  }

  async #plan(sheetId, facts, options) {
    let consent = "";
    for (;;) {
      const answer = await this.#unlessCancelled(post("/cellsense/plan", { facts, consent, ...options }));
      if (answer.status === "ready") return answer;
      if (answer.status === "header") {
        await addNames(sheetId, facts, answer.row);
      } else {
        consent = await this.#unlessCancelled(this.ask(answer));
        if (consent === "") throw new Cancelled();
      }
    }
  }

  async #unlessCancelled(work) {
    return await Promise.race([work, this.cancelled]);
  }
}

// Long texts make short blocks, so that a request stays small.
function shortened(cells) {
  let length = 0;
  const end = cells.findIndex((cell) => (length += String(cell).length) > LARGEST_TEXT);
  return end < 0 ? cells : cells.slice(0, Math.max(1, end));
}

function add(sums, counts) {
  for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
}
