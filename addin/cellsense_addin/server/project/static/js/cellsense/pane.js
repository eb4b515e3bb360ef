// What the task pane shows, and when.

import { ColumnError } from "./column.js";
import { Cancelled, Labelling } from "./labelling.js";
import { ServerError, callFunction } from "./server.js";

const NEEDED = "1.13"; // of Excel's JavaScript interface: Excel 2021, Microsoft 365
const OPTIONS = { "label-name": "label_name", "score-name": "score_name", occupied: "occupied", labels: "labels" };
const CARDS = ["progress", "question", "result", "failure", "access"];

const byId = (id) => document.getElementById(id);
let running = null;

export function startPane() {
  document.title = "cellsense";
  byId("server").textContent = window.location.host;
  byId("start").addEventListener("click", start);
  byId("cancel").addEventListener("click", () => running?.cancel());
  byId("options-form").addEventListener("submit", (event) => event.preventDefault());
  byId("options-form").addEventListener("change", keepOptions);
  byId("access").addEventListener("submit", enterToken);
  byId("about").addEventListener("toggle", () => byId("about").open && showAbout());
  Office.onReady(({ host }) => {
    restoreOptions();
    if (host && !Office.context.requirements.isSetSupported("ExcelApi", NEEDED)) {
      byId("start").disabled = true;
      showFailure("This Excel is too old", "The button needs Excel 2021 or Microsoft 365; =SENTIMENT() works nevertheless.");
    }
  });
}

async function start() {
  if (running) return;
  running = new Labelling({ ask, show: showProgress });
  setBusy(true);
  showOnly("progress");
  try {
    showResult(await running.run(options()));
  } catch (error) {
    showEnd(error, running.done);
  } finally {
    running = null;
    setBusy(false);
  }
}

function setBusy(busy) {
  byId("start").disabled = busy;
  for (const id of Object.keys(OPTIONS)) byId(id).disabled = busy;
}

function showOnly(...ids) {
  for (const id of CARDS) byId(id).hidden = !ids.includes(id);
}

function showProgress({ text, done, total }) {
  const bar = byId("progress-bar");
  if (total) {
    bar.max = total;
    bar.value = done;
    byId("progress-text").textContent = `${sentence(text)}: ${number(done)} of ${rows(total)}`;
  } else {
    bar.removeAttribute("value"); // moves to and fro
    byId("progress-text").textContent = text;
  }
}

function ask({ text, choices }) {
  byId("question-text").textContent = text;
  const buttons = [...byId("question").querySelectorAll("button")];
  buttons.find((button) => button.dataset.answer === "no").hidden = choices < 3;
  showOnly("question");
  buttons[0].focus();
  return new Promise((resolve) => {
    for (const button of buttons) {
      button.onclick = () => {
        showOnly("progress");
        resolve(button.dataset.answer);
      };
    }
  });
}

function showResult({ plan, total, labels, without_text: withoutText }) {
  byId("result-title").textContent = `${rows(total)} done`;
  byId("result-place").textContent = `${sentence(plan.title)}: labels in ${plan.letters[0]}, scores in ${plan.letters[1]}.`;
  const largest = Math.max(1, ...Object.values(labels));
  byId("result-counts").replaceChildren(
    ...Object.entries(labels).map(([label, count]) => countRow(label, count, count / largest)),
  );
  const missing = Object.entries(withoutText);
  byId("result-rest").textContent = missing.length
    ? `No text: ${missing.map(([kind, count]) => `${number(count)} ${kind}`).join(", ")}.`
    : "";
  showOnly("result");
}

function countRow(label, count, share) {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = label;
  const value = document.createElement("td");
  value.textContent = number(count);
  const bar = document.createElement("td");
  bar.className = "bar";
  const fill = document.createElement("span");
  fill.style.width = `${100 * share}%`;
  if (count) bar.append(fill);
  row.append(head, value, bar);
  return row;
}

function showEnd(error, done) {
  const left = done ? `${rows(done)} are labelled; the rest is as it was.` : "Nothing was written.";
  if (error instanceof Cancelled) {
    showFailure("Cancelled", left, "card");
  } else if (error.status === 401 && globalThis.config.authProviders.includes("custom")) {
    byId("access-refused").hidden = !globalThis.keeper.get("token");
    showOnly("access");
    byId("access-token").focus();
  } else if (error instanceof ServerError || error instanceof ColumnError) {
    showFailure("That didn't work", done ? `${error.message} ${left}` : error.message);
  } else {
    showFailure("Excel refused", `${error.message ?? error} ${left}`);
    console.error(error);
  }
}

function showFailure(title, text, look = "card bad") {
  byId("failure").className = look;
  byId("failure-title").textContent = title;
  byId("failure-text").textContent = text;
  showOnly("failure");
}

function enterToken(event) {
  event.preventDefault();
  globalThis.keeper.set("token", byId("access-token").value.trim());
  byId("access-token").value = "";
  start();
}

async function showAbout() {
  const list = byId("about-list");
  if (list.childElementCount) return;
  byId("about-text").textContent = "Asking the server …";
  try {
    const found = await callFunction("sentiment_info", []);
    if (found[0].length < 2) throw new ServerError(found[0][0], 200); // a failure is one cell
    list.replaceChildren(...found.flatMap(([name, value]) => [item("dt", name), item("dd", value)]));
    byId("about-text").textContent = "";
  } catch (error) {
    byId("about-text").textContent = error.message;
  }
}

function item(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

function options() {
  return Object.fromEntries(Object.entries(OPTIONS).map(([id, name]) => [name, byId(id).value]));
}

function keepOptions() {
  globalThis.keeper.set("options", JSON.stringify(options()));
}

function restoreOptions() {
  const kept = JSON.parse(globalThis.keeper.get("options") ?? "{}");
  for (const [id, name] of Object.entries(OPTIONS)) {
    // No labels mean sentiment; other fields can't be empty.
    if (kept[name] || (id === "labels" && name in kept)) byId(id).value = kept[name];
  }
}

function sentence(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function rows(count) {
  return `${number(count)} ${count === 1 ? "row" : "rows"}`;
}

function number(value) {
  return value.toLocaleString("en-US");
}
