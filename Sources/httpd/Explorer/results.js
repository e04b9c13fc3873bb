// The rows of a query in one of four forms.

import { chart } from "/_explorer/chart.js";
import { empty, fill, h } from "/_explorer/dom.js";
import { coloured } from "/_explorer/editor.js";
import { flattened, grid } from "/_explorer/grid.js";
import { indent } from "/_explorer/json.js";
import { remember, remembered } from "/_explorer/memory.js";
import { tree } from "/_explorer/tree.js";

const forms = [["tree", "Tree"], ["table", "Table"], ["raw", "Raw"], ["chart", "Chart"]];

/** A part of the page that shows rows. `lines` are their JSON, as it came. */
export function resultView() {
  let form = remembered("form", "table");
  let lines = [];
  const body = h("div", { class: "result-body", id: "result-body" });
  const choice = h(
    "div", { class: "segments", role: "group", "aria-label": "Form of the result" },
    forms.map(([name, label]) => h("button", { type: "button", "data-form": name, onclick: () => show(name) }, label)));

  function show(name) {
    form = name;
    remember("form", name);
    paint();
  }

  function paint() {
    for (const button of choice.children) button.setAttribute("aria-pressed", String(button.dataset.form === form));
    if (lines.length === 0) return fill(body, empty("Nothing", "The query answered no rows."));
    const rows = lines.map((line) => JSON.parse(line));
    switch (form) {
      case "raw": return fill(body, h("pre", { class: "raw", tabindex: "0" }, raw(lines)));
      case "tree": return fill(body, rows.map((row) => tree(row, rows.length > 3 ? 0 : 2)));
      case "chart": return fill(body, chart(flattened(rows)));
      default: return fill(body, grid(flattened(rows), { caption: "Result" }));
    }
  }

  return {
    choice,
    body,
    set(next) {
      lines = next;
      paint();
    },
  };
}

/** Few rows are indented and coloured; many stand one a line. */
function raw(lines) {
  const text = lines.length <= 50 ? lines.map(indent).join("\n\n") : lines.join("\n");
  return text.length > 200_000 ? text : coloured(text, "json");
}
