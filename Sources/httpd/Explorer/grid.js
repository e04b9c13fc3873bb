// Rows as a table: a column for each field that some row has, the primary key first.

import { h, scroller } from "/_explorer/dom.js";
import { kind, oneLine } from "/_explorer/format.js";

const isObject = (row) => kind(row) === "object";

/** Field names in the order in which most rows have them; those that many rows lack go behind. */
function columnsOf(rows, first) {
  const counts = new Map();
  for (const row of rows) {
    for (const name of Object.keys(row)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const names = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  return first && counts.has(first) ? [first, ...names.filter((name) => name !== first)] : names;
}

/** Grouped data as rows of group and reduction. */
export function flattened(rows) {
  if (rows.length !== 1 || rows[0]?.$reql_type$ !== "GROUPED_DATA") return rows;
  return rows[0].data.map(([group, reduction]) => ({ group, reduction }));
}

/**
 * @param {any[]} rows
 * @param {{primaryKey?: string, onopen?: (row: any) => void, caption: string}} options `onopen` makes rows into buttons
 */
export function grid(rows, { primaryKey, onopen, caption, columnLimit = 40 }) {
  const objects = rows.length > 0 && rows.every(isObject);
  const all = objects ? columnsOf(rows, primaryKey) : ["value"];
  const columns = all.slice(0, columnLimit);
  // Columns of numbers stand to the right, so that digits are below digits.
  const isNumeric = (name) => name !== primaryKey && rows.every((row) => !Object.hasOwn(row ?? {}, name) || typeof row[name] === "number");
  const numeric = new Set(objects ? columns.filter(isNumeric) : []);
  const head = h("tr", {}, columns.map((name) => h(
    "th", { scope: "col", class: name === primaryKey ? "primary-key" : numeric.has(name) ? "right" : "" }, name)));
  const body = rows.map((row) => {
    const cells = columns.map((name, index) => {
      const made = cell(objects ? row[name] : row, index === 0 && onopen, objects && !Object.hasOwn(row, name));
      if (numeric.has(name)) made.classList.add("right");
      return made;
    });
    const element = h("tr", { class: onopen ? "opens" : "" }, cells);
    if (onopen) {
      element.addEventListener("click", () => { if (String(getSelection()) === "") onopen(row); });
    }
    return element;
  });
  return scroller(
    caption,
    h("table", { class: "grid" }, h("caption", { class: "hidden" }, caption), h("thead", {}, head), h("tbody", {}, body)),
    all.length > columns.length && h("p", { class: "quiet" }, `and ${all.length - columns.length} more fields; the tree has all.`));
}

function cell(value, isButton, isMissing) {
  if (isMissing) return h("td", { class: "missing", title: "not there" }, "·");
  const text = oneLine(value, 160);
  const content = isButton ? h("button", { type: "button", class: "link" }, text === "" ? "(empty)" : text) : text;
  return h("td", { class: kind(value), title: text.length > 40 ? text : undefined }, content);
}
