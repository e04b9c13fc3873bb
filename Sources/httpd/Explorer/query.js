// The query editor: write, run, look at what comes.

import { links, rows } from "/_explorer/api.js";
import { completions, forget } from "/_explorer/complete.js";
import { names, onDatabases, readDatabases } from "/_explorer/databases.js";
import { failed, notice } from "/_explorer/dialog.js";
import { empty, fill, h, icon } from "/_explorer/dom.js";
import { codeEditor } from "/_explorer/editor.js";
import { bytes, counted, duration, number } from "/_explorer/format.js";
import { history, saved, showHistory, showSaved } from "/_explorer/history.js";
import { offsetOf } from "/_explorer/json.js";
import { locate } from "/_explorer/locate.js";
import { remember, remembered } from "/_explorer/memory.js";
import { plan } from "/_explorer/plan.js";
import { changesSomething, isFeed, loadTerms } from "/_explorer/reql.js";
import { resultView } from "/_explorer/results.js";
import { pageKeys } from "/_explorer/shortcuts.js";
import * as sql from "/_explorer/sql.js";

/** Rows that are shown before the reader is asked whether there should be more; the query rests until then. */
const portion = 500;

export function query(text) {
  const view = resultView();
  const place = h("div", { class: "result" });
  const facts = h("span", { class: "quiet", role: "status" });
  const bar = h("div", { class: "progress", hidden: true, role: "progressbar", "aria-label": "The query runs" });
  const more = h("button", { type: "button", hidden: true }, `Next ${portion} rows`);
  const runButton = h("button", { type: "button", class: "primary", onclick: start }, icon("play"), "Run");
  const stopButton = h("button", { type: "button", onclick: stop, hidden: true }, icon("stop"), "Stop");
  const planButton = h("button", { type: "button", onclick: explain }, "Plan");
  let running = null;
  let walk = null;
  let language = text ? "reql" : remembered("language", "reql");
  const draft = () => (language === "sql" ? "draft-sql" : "draft");
  const placeholders = { reql: 'r.db("app").table("users").limit(10)', sql: "SELECT * FROM users LIMIT 10" };
  const languages = h(
    "div", { class: "segments", role: "group", "aria-label": "Language" },
    [["reql", "ReQL"], ["sql", "SQL"]].map(([name, label]) => h("button", { type: "button", "data-language": name, onclick: () => speak(name) }, label)));
  const database = h("select", { "aria-label": "Database", onchange: () => remember("database", database.value) });

  const editor = codeEditor({
    language, label: "Query", value: text || remembered(draft(), ""), onrun: start, placeholder: placeholders[language],
    complete: (value, caret) => (language === "sql"
      ? sql.completions(value, caret, names().find((each) => each.name === database.value)?.tables ?? []) : completions(value, caret, names())),
    onchange: (value) => { remember(draft(), value); walk = null; },
  });
  editor.area.addEventListener("keydown", (event) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    const list = history();
    walk = Math.min(list.length - 1, Math.max(0, walk === null ? 0 : walk + (event.key === "ArrowUp" ? 1 : -1)));
    if (!list[walk]) return;
    choose(list[walk].language ?? "reql");
    editor.value = list[walk].text;
  });
  const use = (value, other = "reql") => {
    choose(other);
    editor.value = value;
    remember(draft(), value);
    editor.area.focus();
  };

  /** Another language, with the text that was last written in it. */
  function speak(other) {
    if (other === language) return;
    choose(other);
    editor.value = remembered(draft(), "");
    editor.area.focus();
  }

  function choose(other) {
    language = other;
    remember("language", language);
    editor.language = language;
    editor.area.placeholder = placeholders[language];
    for (const button of languages.children) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    database.hidden = language !== "sql";
  }

  function listDatabases() {
    const all = names().map((each) => each.name);
    const wanted = database.value || remembered("database", "");
    fill(database, all.map((name) => h("option", { value: name }, name)));
    database.value = all.includes(wanted) ? wanted : all[0] ?? "";
  }

  function stop() {
    running?.abort();
    running = null;
    bar.hidden = true;
    stopButton.hidden = true;
    runButton.hidden = false;
  }

  async function start() {
    const { value } = editor;
    if (value.trim() === "") return;
    stop();
    editor.mark(null);
    more.hidden = true;
    const mine = new AbortController();
    running = mine;
    runButton.hidden = true;
    stopButton.hidden = false;
    bar.hidden = false;
    const outcome = await show(value, mine);
    if (running === mine) stop();
    history.add(value.trim(), outcome, language);
    if (language === "sql" ? sql.changesSomething(value) : changesSomething(value)) {
      forget();
      readDatabases().catch(() => {});
    }
  }

  /** Runs a query and shows its rows as they come. @returns a few words about how it ended */
  async function show(value, controller) {
    const feed = language === "reql" && isFeed(value);
    const [path, body] = language === "sql" ? ["/_sql", { query: value, db: database.value }] : ["/_reql", { query: value }];
    const asGraph = language === "reql" && !feed && links.graph(undefined, undefined, undefined, { query: value });
    const began = performance.now();
    const lines = [];
    let first = null;
    let size = 0;
    let painted = 0;
    const paint = () => {
      painted = performance.now();
      view.set(feed ? lines.toReversed() : lines);
      if (!place.contains(view.body)) fill(place, h(
        "div", { class: "tools" }, view.choice, asGraph && h("a", { class: "button", href: asGraph }, "Graph"), h("span", { class: "spring" }), facts), view.body, more);
    };
    const tell = (end) => {
      const all = (performance.now() - began) / 1000;
      const start = first === null ? "" : `, first after ${duration((first - began) / 1000)}`;
      fill(facts, `${counted(lines.length, "row")}, ${bytes(size)}, ${duration(all)}${lines.length > 1 ? start : ""}${end}`);
    };
    try {
      for await (const line of rows(path, { body, signal: controller.signal })) {
        first ??= performance.now();
        size += line.length + 1;
        lines.push(line);
        if (feed && lines.length > portion) lines.shift();
        if (feed || performance.now() - painted > 200) {
          paint();
          tell(feed ? ", live" : " so far");
        }
        if (!feed && lines.length % portion === 0) {
          paint();
          tell(" so far");
          if (!(await isMoreWanted(controller.signal))) return `${number(lines.length)}+ rows`;
        }
      }
    } catch (error) {
      if (error.name === "AbortError") {
        if (lines.length === 0) fill(place, empty("Stopped", "The query was stopped before it had a row."));
        else tell(", stopped");
        return "stopped";
      }
      mark(error.problem ?? {});
      fill(place, failed(error));
      return "failed";
    }
    paint();
    tell("");
    return counted(lines.length, "row");
  }

  /** Waits for the button, or for the end of the query. */
  function isMoreWanted(signal) {
    more.hidden = false;
    bar.hidden = true;
    return new Promise((resolve) => {
      more.onclick = () => { bar.hidden = false; resolve(true); };
      signal.addEventListener("abort", () => resolve(false));
    }).finally(() => { more.hidden = true; });
  }

  /** A text that doesn't parse has a line and a column, a query that failed has frames. */
  function mark({ line, column, frames }) {
    if (line) editor.markAt(offsetOf(editor.value, line, column));
    else if (frames) editor.mark(locate(editor.value, frames));
  }

  async function explain() {
    stop();
    editor.mark(null);
    fill(place, h("p", { class: "quiet" }, "Asking for the plan…"));
    try {
      fill(place, language === "sql" ? await sql.plan(editor.value, database.value) : await plan(editor.value));
    } catch (error) {
      mark(error.problem ?? {});
      fill(place, failed(error));
    }
  }

  async function keep() {
    if (await saved.add(editor.value, language)) notice("Saved in this browser.");
  }

  fill(place, examples(use));
  listDatabases();
  choose(language);
  const forgetDatabases = onDatabases(listDatabases);
  loadTerms().then(editor.repaint, () => {});
  pageKeys.set("/", () => editor.area.focus());
  addEventListener("keydown", onEscape);
  function onEscape(event) {
    if (event.key === "Escape" && running && !document.querySelector("dialog[open]")) stop();
  }

  return {
    title: "Query",
    element: h(
      "section", { class: "query" },
      h("header", { class: "head" }, h("div", {}, h("h1", {}, "Query"))),
      h("div", { class: "query-box" }, editor.element, bar, h(
        "div", { class: "query-tools" }, runButton, stopButton, planButton, languages, database, h("span", { class: "spring" }),
        h("button", { type: "button", onclick: keep }, icon("star"), h("span", {}, "Save")),
        h("button", { type: "button", onclick: () => showSaved(use) }, h("span", {}, "Saved")),
        h("button", { type: "button", onclick: () => showHistory(use) }, icon("clock"), h("span", {}, "History")))),
      place),
    focus: () => editor.area.focus(),
    close() {
      stop();
      removeEventListener("keydown", onEscape);
      forgetDatabases();
    },
  };
}

/** What a newcomer can begin with: the tables that are there. */
function examples(use) {
  const tables = names().filter((each) => each.name !== "rethinkdb").flatMap((each) => each.tables.map((table) => [each.name, table])).slice(0, 2);
  const texts = tables.map(([database, table]) => `r.db(${JSON.stringify(database)}).table(${JSON.stringify(table)}).limit(10)`);
  texts.push('r.db("rethinkdb").table("jobs")', "r.range(10).map(n => n.mul(n))");
  return empty(
    "Ask something", "Ctrl Enter runs the query, Ctrl Space completes. A query that ends in changes() stays live.",
    h("ul", { class: "examples" }, texts.map((text) => h(
      "li", {}, h("button", { type: "button", class: "link code-font", onclick: () => use(text) }, text)))));
}
