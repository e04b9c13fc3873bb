// The graph as words: the selected node with its edges, and all nodes in a table. Everything that the picture shows can be done here too.

import { links } from "/_explorer/api.js";
import { fill, h, icon, scroller } from "/_explorer/dom.js";
import { counted, cut, number, oneLine } from "/_explorer/format.js";

const edgeLimit = 100;
const nodeLimit = 200;

/** @param actions {select, open, expand, collapse, path} */
export function graphTable(source, model, actions) {
  const card = h("section", { class: "card graph-card", "aria-label": "Selected node" });
  const place = h("div", {});
  const rows = new Map();
  let current = null;

  const choice = (node) => h(
    "button", { type: "button", class: "link", onclick: () => actions.select(node, "table") }, cut(node.label, 48) || "(empty)");
  const sign = (node) => graphSign(model, node.table);

  function table(caption, columns, body) {
    return scroller(caption, h(
      "table", { class: "grid" }, h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))), h("tbody", {}, body)));
  }

  function selected(node) {
    rows.get(current)?.removeAttribute("aria-current");
    current = node;
    rows.get(node)?.setAttribute("aria-current", "true");
    const hadFocus = card.contains(document.activeElement);
    if (!node) {
      const how = "Click one, choose it below, or press an arrow key in the picture.";
      return fill(card, h("h2", { tabindex: "-1" }, "No node selected"), h("p", { class: "quiet" }, how));
    }
    const left = model.hidden(node);
    const edges = node.edges.slice(0, edgeLimit);
    const [database, name] = node.table === null ? [] : source.placeOf(node.table);
    fill(
      card,
      h("h2", { tabindex: "-1" }, sign(node), cut(node.label, 80)),
      h("p", { class: "quiet" },
        node.table !== null && [h("a", { href: links.table(database, name) }, node.table), " "], h("code", {}, oneLine(node.key, 60)),
        `, ${counted(node.edges.length, "edge")}${left > 0 ? ` and ${number(left)} not shown` : ""}`),
      h("div", { class: "row" },
        node.table !== null && h("button", { type: "button", class: "small", onclick: actions.open }, icon("edit"), "Open"),
        h("button", { type: "button", class: "small", disabled: left === 0, onclick: actions.expand }, icon("plus"), "Expand"),
        h("button", { type: "button", class: "small", onclick: actions.collapse }, "Collapse"),
        h("button", { type: "button", class: "small", onclick: actions.path }, actions.pathStart() ? "Path to here" : "Path from here"),
        node.table !== null && h("a", { class: "button small", href: actions.address(node) }, "Begin here")),
      edges.length > 0 && table(`Edges of ${cut(node.label, 48)}`, ["Edge", "Way", "Node"], edges.map((edge) => {
        const other = model.other(edge, node);
        const way = edge.from === node ? "to" : "from";
        return h("tr", {}, h("td", {}, edge.relation), h("td", {}, way), h("td", {}, sign(other), choice(other)));
      })),
      node.edges.length > edges.length && h("p", { class: "quiet" }, `and ${number(node.edges.length - edges.length)} more.`));
    if (hadFocus) card.querySelector("h2").focus({ preventScroll: true });
    return undefined;
  }

  /** All nodes, or those that were found. */
  function list(nodes, isFound) {
    const focused = place.contains(document.activeElement) ? document.activeElement.dataset.node : null;
    const hasTables = model.tables.length > 1;
    rows.clear();
    if (nodes.length === 0) return fill(place, h("p", { class: "quiet" }, isFound ? "No node that is shown fits." : "No nodes."));
    const columns = ["Node", ...(hasTables ? ["Table"] : []), "Edges", "More"];
    const body = nodes.slice(0, nodeLimit).map((node) => {
      const button = choice(node);
      button.dataset.node = node.name;
      const row = h(
        "tr", { "aria-current": node === current ? "true" : undefined },
        h("td", {}, sign(node), button), hasTables && h("td", {}, node.table ?? ""),
        h("td", { class: "right" }, number(node.edges.length)), h("td", { class: "right" }, number(model.hidden(node))));
      rows.set(node, row);
      return row;
    });
    const rest = nodes.length - nodeLimit;
    fill(place, table(isFound ? "Nodes that were found" : "Nodes", columns, body),
      rest > 0 && h("p", { class: "quiet" }, `and ${number(rest)} more; what you type above finds them.`));
    if (focused) [...place.querySelectorAll("button")].find((each) => each.dataset.node === focused)?.focus({ preventScroll: true });
    return undefined;
  }

  return { element: h("div", { class: "graph-side stack" }, card, place), selected, list };
}

/** The colour and the shape that stand for a table. */
export function graphSign(model, table) {
  const number = model.tables.indexOf(table);
  return h("span", { class: `graph-sign sign-${number % 8} shape-${number % 5}`, "aria-hidden": "true" });
}
