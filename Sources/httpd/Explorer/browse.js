// A table's documents, page by page. A cursor is the key of the last document on a page, so pages stay right while documents come and go.

import { reql } from "/_explorer/api.js";
import { readDatabases, tableNamed } from "/_explorer/databases.js";
import { failed, notice } from "/_explorer/dialog.js";
import { createDocument, openDocument } from "/_explorer/document.js";
import { empty, fill, h, icon } from "/_explorer/dom.js";
import { number } from "/_explorer/format.js";
import { grid } from "/_explorer/grid.js";
import { remember, remembered } from "/_explorer/memory.js";
import { pageKeys } from "/_explorer/shortcuts.js";
import { tree } from "/_explorer/tree.js";

const pageSize = 50;

export function browse(database, name) {
  const { primary_key: primaryKey } = tableNamed(database, name);
  const isSystem = database === "rethinkdb";
  const place = h("div", { class: "result-body" });
  const where = h("span", { class: "quiet", role: "status" });
  const back = h("button", { type: "button", onclick: () => turn(-1) }, "Back");
  const next = h("button", { type: "button", onclick: () => turn(1) }, "Next");
  const filter = h("input", {
    type: "search", class: "filter", "aria-label": "Filter", autocomplete: "off", spellcheck: "false",
    placeholder: 'Filter: {city: "Lima"} or d => d("age").gt(30), or ? words',
    title: "? and words search a text index",
  });
  const order = h(
    "select", { "aria-label": "Order" },
    h("option", { value: "asc" }, `${primaryKey} ↑`), h("option", { value: "desc" }, `${primaryKey} ↓`));
  let form = remembered("browse", "table");
  const shape = h("div", { class: "segments", role: "group", "aria-label": "Form" }, ["table", "tree"].map((each) => h(
    "button", { type: "button", "data-form": each, onclick: () => { form = each; remember("browse", each); paint(); } },
    each === "table" ? "Table" : "Tree")));
  /** The key that each page begins behind; the first begins at the beginning. */
  let cursors = [null];
  let page = 0;
  let rows = [];
  let hasMore = false;
  let asked = 0;

  async function read() {
    asked += 1;
    const mine = asked;
    place.classList.add("busy");
    try {
      const found = await reql(query(), { d: database, t: name, cursor: cursors[page]?.key ?? null, words: words() ?? "" });
      if (mine !== asked) return;
      hasMore = found.length > pageSize;
      rows = found.slice(0, pageSize);
      paint();
    } catch (error) {
      if (mine === asked) fill(place, failed(error));
    } finally {
      place.classList.remove("busy");
    }
  }

  /** What is searched for in a text index; null if the line is a filter. */
  const words = () => (filter.value.trimStart().startsWith("?") ? filter.value.trimStart().slice(1).trim() : null);

  function query() {
    // The best come first, whatever the order; so a page is found by its number.
    if (words() !== null) return `r.db(d).table(t).search(words).skip(${page * pageSize}).limit(${pageSize + 1})`;
    const descending = order.value === "desc";
    const bounds = descending ? 'r.minval, cursor, {rightBound: "open"}' : 'cursor, r.maxval, {leftBound: "open"}';
    const part = cursors[page] === null ? "" : `.between(${bounds})`;
    const condition = filter.value.trim() === "" ? "" : `.filter(${filter.value}\n)`;
    const sorted = `.orderBy({index: ${descending ? `r.desc(${JSON.stringify(primaryKey)})` : JSON.stringify(primaryKey)}})`;
    return `r.db(d).table(t)${part}${sorted}${condition}.limit(${pageSize + 1})`;
  }

  function paint() {
    for (const button of shape.children) button.setAttribute("aria-pressed", String(button.dataset.form === form));
    const first = page * pageSize + 1;
    fill(where, rows.length === 0 ? "" : `${number(first)} to ${number(first + rows.length - 1)}${hasMore ? "" : ", the end"}`);
    back.disabled = page === 0;
    next.disabled = !hasMore;
    if (rows.length === 0) return fill(place, filter.value.trim() === "" && page === 0 ? nothingYet() : nothingFound());
    const open = (row) => openDocument(database, name, primaryKey, row[primaryKey], changed);
    if (form === "table") return fill(place, grid(rows, { primaryKey, onopen: open, caption: `Documents of ${name}` }));
    return fill(place, rows.map((row) => h(
      "div", { class: "tree-row" }, tree(row, rows.length > 10 ? 0 : 1),
      h("button", {
        type: "button", class: "small", "aria-label": `Edit ${JSON.stringify(row[primaryKey])}`, onclick: () => open(row),
      }, icon("edit"), "Edit"))));
  }

  const nothingYet = () => empty(
    "No documents", "The table is empty. Documents are JSON objects; those without a key are given one.",
    h("button", { type: "button", class: "primary", onclick: add }, "New document"));
  const nothingFound = () => empty("No document fits", "Nothing behind this place in the table passes the filter.");

  function turn(by) {
    if (by > 0) {
      if (!hasMore) return;
      cursors = [...cursors.slice(0, page + 1), { key: rows.at(-1)[primaryKey] }];
    } else if (page === 0) return;
    page += by;
    read();
    place.scrollIntoView({ block: "nearest" });
  }

  function restart() {
    cursors = [null];
    page = 0;
    read();
  }

  function changed() {
    read();
    readDatabases().catch((error) => notice(error.message, "bad"));
  }

  const add = () => createDocument(database, name, primaryKey, changed);
  filter.addEventListener("change", restart);
  filter.addEventListener("search", restart);
  order.addEventListener("change", restart);
  pageKeys.set("n", add).set("[", () => turn(-1)).set("]", () => turn(1)).set("/", () => filter.focus());
  read();
  return {
    element: h(
      "div", { class: "stack" },
      h("div", { class: "tools" }, filter, order, shape, h("button", { type: "button", class: "primary", onclick: add }, icon("plus"), "Document")),
      place,
      h("div", { class: "pager" }, where, back, next)),
  };
}
