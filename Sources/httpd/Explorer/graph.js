// The graph page: what is around a document, in a table, in a relation or in the rows of a query, as a picture and as a table.

import { keyAt, links } from "/_explorer/api.js";
import { failed } from "/_explorer/dialog.js";
import { fill, h, labelled } from "/_explorer/dom.js";
import { cut, number } from "/_explorer/format.js";
import { ceiling } from "/_explorer/graph-model.js";
import { graphSource, written } from "/_explorer/graph-source.js";
import { graphView } from "/_explorer/graph-view.js";

export function graph([database, table, keyText], parameters) {
  const key = keyText === undefined ? undefined : keyAt(keyText);
  const place = h("div", { class: "graph-place" }, h("p", { class: "quiet" }, "Reading…"));
  const tools = h("div", { class: "tools" });
  const facts = h("p", { class: "lead", role: "status" });
  const whole = parameters.get("relation") ?? (table ? `${database}.${table}` : "Rows of a query");
  const own = cut(typeof key === "string" ? key : String(JSON.stringify(key)), 80);
  const heading = key === undefined ? whole : [h("span", { class: "quiet" }, `${database}.${table} `), own];
  const controller = new AbortController();
  let shown = null;

  async function open() {
    try {
      const source = await graphSource({ database, table, key, parameters });
      if (controller.signal.aborted) return;
      fill(tools, choices(source));
      if (source.over.length === 0 && source.table) {
        fill(place, withoutRelations(source));
        return;
      }
      const answer = await source.begin(controller.signal);
      if (controller.signal.aborted) return;
      const isGraph = Array.isArray(answer?.nodes) && Array.isArray(answer.edges);
      if (!isGraph) throw new Error("The query answers no object with nodes and edges.");
      shown = graphView(source, answer, facts, place);
    } catch (error) {
      if (error.name === "AbortError" || controller.signal.aborted) return;
      // Along the edges a walk needs no index.
      const mayHelp = parameters.get("direction") !== "out" && /index/i.test(error.message);
      const along = links.graph(database, table, key, { ...Object.fromEntries(parameters), direction: "out" });
      fill(place, failed(error), mayHelp && h("p", { class: "row" }, h("a", { class: "button", href: along }, "Only along edges")));
    }
  }

  /** What the address says, to be said differently. */
  function choices(source) {
    const go = (changes) => { location.hash = links.graph(database, table, key, { ...Object.fromEntries(parameters), ...changes }); };
    const select = (label, name, values, usual) => {
      const control = h("select", { onchange: () => go({ [name]: control.value }) }, values.map(([value, text]) => h(
        "option", { value, selected: String(value) === (parameters.get(name) ?? usual) }, text)));
      return labelled(label, control);
    };
    const given = source.over.filter((each) => typeof each === "string");
    const names = [...new Set([...source.declared.flatMap((each) => each.relations), ...given])];
    const isOver = (name) => String(source.over.includes(name));
    const turn = (name) => {
      const next = source.over.includes(name) ? source.over.filter((each) => each !== name) : [...source.over, name];
      if (next.length > 0) go({ over: written(next) });
    };
    return [
      names.length > 0 && !source.relation && h(
        "div", { class: "segments", role: "group", "aria-label": "Relations" },
        names.map((name) => h("button", { type: "button", "aria-pressed": isOver(name), onclick: () => turn(name) }, name))),
      source.table && [
        select("Edges", "direction", [["both", "both ways"], ["out", "out"], ["in", "in"]], "both"),
        select("As far as", "depth", [[1, "1 edge"], [2, "2 edges"], [3, "3 edges"]], "1"),
        select("Nodes", "limit", [[500, "500"], [2000, "2,000"], [ceiling, number(ceiling)]], "500"),
      ],
      h("span", { class: "spring" }), source.table && h("a", { class: "button", href: links.query(source.text()) }, "Query"),
    ];
  }

  open();
  return {
    title: key === undefined ? `Graph of ${table ?? "a query"}` : `${String(keyText)} in ${table}`,
    element: h("section", { class: "graph" }, h("header", { class: "head" }, h("div", {}, h("h1", {}, heading), facts)), tools, place),
    close() {
      controller.abort();
      shown?.close();
    },
  };
}

/** A database without relations: a field with keys will do. */
function withoutRelations({ database, table, key }) {
  const field = h("input", { type: "text", required: true, autocomplete: "off", placeholder: "author, friends, reviews[].user" });
  const to = h("input", { type: "text", required: true, autocomplete: "off", value: table });
  const start = (event) => {
    event.preventDefault();
    const over = JSON.stringify({ table, field: field.value, to: to.value });
    location.hash = links.graph(database, table, key, { over, direction: "out" });
  };
  return h(
    "form", { class: "card stack", onsubmit: start }, h("h2", {}, `${database} declares no relation`),
    h("p", {}, "A field with keys of other documents makes edges of them. relationCreate gives it a name, and an index that leads back."),
    labelled("Field", field, `Of documents of ${table}; it may have one key, or an array of keys.`),
    labelled("Table", to, "The table that the keys are of."),
    h("div", { class: "row end" }, h("button", { type: "submit", class: "primary" }, "Show")));
}
