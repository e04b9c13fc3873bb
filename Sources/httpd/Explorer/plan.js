// How a query was answered: the terms that made or took rows, as a tree, each with its rows, its time, and how it went about it.

import { send } from "/_explorer/api.js";
import { empty, h } from "/_explorer/dom.js";
import { coloured } from "/_explorer/editor.js";
import { counted, duration, number } from "/_explorer/format.js";

/** Runs the query to see; what it writes is rolled back. @returns {Promise<Element>} */
export async function plan(query) {
  try {
    const { result } = await send("POST", "/_reql", { query, explain: true });
    return planView(result);
  } catch (error) {
    // A server that doesn't know the option says that it has none of this name.
    if (error.status !== 400 || !error.message.includes("no `explain`")) throw error;
    return empty("No plan", "This server doesn't tell how it answers queries.");
  }
}

function planView({ steps, milliseconds, documents_read: read, rolled_back: isRolledBack }) {
  const facts = [duration(milliseconds / 1000), `${counted(read, "document")} read`, isRolledBack && "what it writes was rolled back"]
    .filter(Boolean).join(", ");
  return h("div", { class: "stack" }, h("p", { class: "quiet" }, facts), h("ol", { class: "plan" }, steps.map((each) => step(each, milliseconds))));
}

/** Its row stands in by its depth; the bar is its share of the time. */
function step({ depth, text, notes, estimate, rows, opened, milliseconds, in_function: isInFunction }, whole) {
  const expected = estimate?.exactly ?? estimate?.at_most;
  const facts = [
    rows !== null && counted(rows, "row"),
    expected !== undefined && expected !== rows && `${estimate.at_most === undefined ? "" : "at most "}${number(expected)} expected`,
    opened > 1 && `read ${number(opened)} times`, isInFunction && "in the function", milliseconds !== null && duration(milliseconds / 1000),
  ].filter(Boolean).join(", ");
  const bar = h("span", { class: "share", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(Math.min(1, (milliseconds ?? 0) / (whole || 1))));
  const element = h(
    "li", { "aria-level": depth + 1 },
    h("div", { class: "plan-head" }, h("code", {}, coloured(text, "reql")), h("span", { class: "quiet small" }, facts)), milliseconds !== null && bar,
    notes.length > 0 && h("ul", { class: "notes quiet small" }, notes.map((note) => h("li", {}, note))));
  element.style.setProperty("--depth", String(depth));
  return element;
}
