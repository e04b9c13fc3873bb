// A graph that was read: the picture, the table, and all that is done with them.

import { links } from "/_explorer/api.js";
import { tableNamed } from "/_explorer/databases.js";
import { notice } from "/_explorer/dialog.js";
import { openDocument } from "/_explorer/document.js";
import { fill, h } from "/_explorer/dom.js";
import { counted, cut, number } from "/_explorer/format.js";
import { graphLive } from "/_explorer/graph-live.js";
import { graphModel } from "/_explorer/graph-model.js";
import { portion, told, written } from "/_explorer/graph-source.js";
import { graphStage, looks } from "/_explorer/graph-stage.js";
import { graphSign, graphTable } from "/_explorer/graph-table.js";
import { pageKeys } from "/_explorer/shortcuts.js";

const hints = "Arrow keys go along edges, comma and full stop to the next neighbour of the node before; Enter opens the document, plus "
  + "expands, minus collapses, p begins and ends a path, brackets go back and on, Shift with arrows turns, Page Up and Page Down zoom, "
  + "w a s d move, f shows all, the space bar stops the layout.";

/**
 * @param {object} source where more comes from
 * @param {{nodes: object[], edges: object[], truncated: boolean}} answer what is shown first
 * @param {Element} facts where it is said how much there is
 * @param {Element} place where all of it is shown
 */
export function graphView(source, answer, facts, place) {
  const model = graphModel(source.direction);
  const made = model.merge(answer);
  const said = h("p", { class: "hidden", role: "status" });
  const hint = h("p", { class: "hidden", id: "graph-hint" }, hints);
  const legend = h("p", { class: "graph-legend" });
  const find = h("input", {
    type: "search", class: "filter", "aria-label": "Find a node", placeholder: "Find a node", autocomplete: "off", spellcheck: "false",
  });
  const deeper = h("button", { type: "button", hidden: true, onclick: searchTables }, "Search the tables");
  const marks = { path: [], fresh: new Set(), gone: new Set(), found: null };
  const visited = { list: [], at: -1 };
  let pathStart = null;
  let liveText = "";
  let isTruncated = answer.truncated || made.left > 0;
  let kind = "";
  let isClosed = false;

  const table = graphTable(source, model, {
    select, open, expand, collapse, path, pathStart: () => pathStart, address: (node) => addressOf(node),
  });
  const stage = graphStage(model, {
    label: "Graph", hint: hint.id, onselect: select, onopen: open, onkey: act, onkind: (name) => { kind = name; tell(); },
  });
  const toggle = (text, pressed, onclick) => {
    const button = h("button", { type: "button", "aria-pressed": String(pressed), onclick: () => {
      onclick();
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    } }, text);
    return button;
  };
  const pauseButton = toggle("Pause", false, () => stage.pause());
  const isKnown = source.over.length > 0 && source.table !== undefined;
  const live = isKnown ? graphLive(source, model, { refreshed, tell: (text) => { liveText = text; tell(); } }) : null;

  fill(
    place, said, hint,
    h("div", { class: "tools" }, find, deeper, h("button", { type: "button", onclick: () => act("f") }, "Show all"),
      toggle("Flat", false, () => stage.flatten(!stage.camera.isFlat)), pauseButton,
      h("button", { type: "button", onclick: async () => save("graph.png", await stage.picture()) }, "PNG"),
      h("button", { type: "button", onclick: () => save("graph.json", new Blob([text()], { type: "application/json" })) }, "JSON")),
    h("div", { class: "graph-parts graph-place" }, h("div", {}, stage.element, legend), table.element));
  pageKeys.set("/", () => find.focus());
  find.addEventListener("input", search);
  find.addEventListener("keydown", (event) => { if (event.key === "Enter") nextFound(); });
  stage.changed();
  structure();
  if (source.key !== undefined && model.nodes.length > 0) select(model.nodes[0], "begin");
  else table.selected(null);

  // What is said.

  function tell() {
    const count = `${counted(model.nodes.length, "node")}, ${counted(model.edges.length, "edge")}`;
    const all = [count, isTruncated && "not all of them", kind === "2D" && "drawn without WebGL", liveText];
    const text = all.filter(Boolean).join("; ");
    if (facts.textContent !== text) fill(facts, text);
  }

  /** What there is has changed, and so have the table and what its colours stand for. */
  function structure() {
    fill(legend, model.tables.map((name) => h("span", {}, graphSign(model, name), name ?? "keys")));
    remark();
    table.list(marks.found ?? model.nodes, marks.found !== null);
    table.selected(stage.marks.selected);
    tell();
  }

  function remark() {
    const nodes = new Map();
    const edges = new Map();
    for (const each of marks.found ?? []) nodes.set(each, looks.lit);
    for (const each of marks.path) (each.from ? edges : nodes).set(each, looks.path);
    for (const each of marks.fresh) (each.from ? edges : nodes).set(each, looks.lit);
    for (const each of marks.gone) (each.from ? edges : nodes).set(each, looks.gone);
    stage.mark({ nodes, edges, dims: marks.found !== null || marks.path.length > 0 });
  }

  // What is selected.

  /** @param node null: none; undefined: there is none where somebody wanted to go */
  function select(node, how) {
    if (node === undefined) return fill(said, "No edge leads that way.");
    if (node && how !== "history") {
      visited.list = [...visited.list.slice(Math.max(0, visited.at - 200), visited.at + 1), node];
      visited.at = visited.list.length - 1;
    }
    stage.previous = stage.marks.selected;
    stage.mark({ selected: node });
    table.selected(node);
    if (!node) return fill(said, "Nothing is selected.");
    const left = model.hidden(node);
    const beside = model.neighbours(node).map((each) => each.label);
    const parts = [node.label, node.table, counted(node.edges.length, "edge"), left > 0 && `${number(left)} not shown`];
    fill(said, `${parts.filter(Boolean).join(", ")}.`,
      beside.length > 0 && ` Beside it: ${beside.slice(0, 5).join(", ")}${beside.length > 5 ? " and more" : ""}.`);
    if (how !== "begin") stage.bringIn(node);
    return undefined;
  }

  function travel(by) {
    const at = visited.at + by;
    if (!visited.list[at]) return;
    visited.at = at;
    if (model.nodes.includes(visited.list[at])) select(visited.list[at], "history");
  }

  function addressOf(node) {
    const [database, name] = source.placeOf(node.table);
    return links.graph(database, name, node.key, { over: written(source.over), direction: source.direction });
  }

  function open() {
    const node = stage.marks.selected;
    if (!node || node.table === null) return;
    const [database, name] = source.placeOf(node.table);
    openDocument(database, name, tableNamed(database, name).primary_key, node.key, () => {});
  }

  function act(key) {
    switch (key) {
      case "+": case "=": expand(); return true;
      case "-": collapse(); return true;
      case "p": path(); return true;
      case "[": travel(-1); return true;
      case "]": travel(1); return true;
      case " ": pauseButton.click(); return true;
      case "f": stage.showAll(); return true;
      case "Escape": clear(); return true;
      default: return false;
    }
  }

  function clear() {
    pathStart = null;
    marks.path = [];
    find.value = "";
    search();
    select(null);
  }

  // More, and less.

  async function attempt(work) {
    place.classList.add("busy");
    try {
      await work();
    } catch (error) {
      notice(error.message, "bad");
    }
    place.classList.remove("busy");
  }

  function grown(more, heat = 0.4) {
    if (more.nodes.length + more.edges.length > 0) stage.changed(heat);
    isTruncated ||= more.left > 0;
    structure();
    live?.follow();
    fill(said, `${told(more)}.`);
  }

  function expand() {
    const node = stage.marks.selected;
    if (!node) return undefined;
    return attempt(async () => {
      const shown = model.neighbours(node).length;
      let room = portion;
      const answer = await source.around([node], { limit: shown + portion + 1 });
      grown(await tied(model.merge(answer, { from: node, isWanted: () => { room -= 1; return room >= 0; } })));
    });
  }

  /** Edges from new nodes to those that were there are none of what was asked for: they are asked for now. */
  async function tied(more) {
    for (const name of new Set(more.nodes.map((node) => node.table))) {
      const own = more.nodes.filter((node) => node.table === name);
      more.edges.push(...model.merge(await source.around(own, { limit: own.length + 4000 }), { isWanted: () => false }).edges);
    }
    return more;
  }

  /** Takes away what hangs on the selected node alone. */
  function collapse() {
    const node = stage.marks.selected;
    if (!node) return;
    const nodes = model.neighbours(node).filter((each) => model.neighbours(each).every((other) => other === node));
    drop({ nodes });
    fill(said, `${counted(nodes.length, "node")} less.`);
  }

  function drop(gone) {
    model.remove(gone);
    const isGone = new Set([...(gone.nodes ?? []), ...(gone.edges ?? [])]);
    const edges = new Set(model.edges);
    const stays = (each) => !isGone.has(each) && (!each.from || edges.has(each));
    if (isGone.has(pathStart)) pathStart = null;
    marks.path = marks.path.filter(stays);
    marks.fresh = new Set([...marks.fresh].filter(stays));
    marks.gone = new Set([...marks.gone].filter(stays));
    marks.found &&= marks.found.filter(stays);
    if (isGone.has(stage.marks.hovered)) stage.marks.hovered = null;
    if (isGone.has(stage.marks.selected)) stage.marks.selected = null;
    // Nothing that is gone has a mark when the picture is made of what is left.
    remark();
    stage.changed(0.15);
    structure();
  }

  // A path.

  function path() {
    const node = stage.marks.selected;
    if (!node || node.table === null) return undefined;
    if (!pathStart || pathStart === node) {
      pathStart = node;
      table.selected(node);
      return fill(said, `A path begins at ${node.label}. Select where it ends, and press p again.`);
    }
    return attempt(async () => {
      const from = pathStart;
      pathStart = null;
      const found = await source.path(from, node);
      if (!found) {
        marks.path = [];
        structure();
        return notice(`No path leads from ${cut(from.label, 40)} to ${cut(node.label, 40)}.`, "bad");
      }
      // Where all nodes are of one table, the server tells their keys alone.
      const hasTable = (each) => each !== null && typeof each === "object" && Object.hasOwn(each, "table");
      const ends = found.nodes.map((each) => (hasTable(each) ? { table: each.table, key: each.id } : { table: from.table, key: each }));
      const missing = ends.filter((each) => !model.find(each.table, each.key));
      let more = { nodes: [], edges: [], left: 0 };
      for (const name of new Set(missing.map((each) => each.table))) {
        const own = missing.filter((each) => each.table === name);
        const added = model.merge(await source.around(own, { depth: 0, limit: own.length }));
        more = { nodes: [...more.nodes, ...added.nodes], edges: [...more.edges, ...added.edges], left: more.left + added.left };
      }
      const added = model.merge({ nodes: [], edges: found.edges }, { table: from.table });
      more.edges.push(...added.edges);
      marks.path = [...ends.map((each) => model.find(each.table, each.key)).filter(Boolean), ...added.met];
      grown(await tied(more), 0.2);
      const names = ends.map((each) => model.find(each.table, each.key)?.label);
      return fill(said, `A path of ${counted(found.length, "edge")}: ${names.join(", ")}.`);
    });
  }

  // Finding.

  function search() {
    const wanted = find.value.trim().toLowerCase();
    deeper.hidden = wanted === "";
    const fits = (node) => node.label.toLowerCase().includes(wanted) || String(node.key).toLowerCase().includes(wanted);
    marks.found = wanted === "" ? null : model.nodes.filter(fits);
    remark();
    table.list(marks.found ?? model.nodes, marks.found !== null);
    if (marks.found) fill(said, `${counted(marks.found.length, "node")} found.`);
  }

  function nextFound() {
    if (!marks.found?.length) return marks.found ? searchTables() : undefined;
    return select(marks.found[(marks.found.indexOf(stage.marks.selected) + 1) % marks.found.length], "find");
  }

  /** Looks for the words in the text indexes of the tables, and brings in what isn't shown. */
  function searchTables() {
    return attempt(async () => {
      let [tables, more] = [0, { nodes: [], edges: [], left: 0 }];
      for (const name of model.tables.filter((each) => each !== null)) {
        const found = await source.search(name, find.value).catch((error) => {
          if (error.problem?.code === "op_failed_error") return null;
          throw error;
        });
        if (!found) continue;
        tables += 1;
        const added = model.merge(found);
        more = { nodes: [...more.nodes, ...added.nodes], edges: [...more.edges, ...added.edges], left: more.left + added.left };
      }
      if (tables === 0) return notice("No table that is shown has a text index.", "bad");
      grown(await tied(more), 0.3);
      if (more.nodes.length > 0) {
        marks.found = more.nodes;
        structure();
      }
      return undefined;
    });
  }

  // Live.

  /** The server has told what is around some nodes now. */
  function refreshed(nodes, now) {
    const more = model.merge(now, { isWanted: () => false });
    const goneNodes = nodes.filter((node) => !more.met.has(node) && model.nodes[node.index] === node);
    const concerns = (edge, node) => (source.direction !== "in" && edge.from === node) || (source.direction !== "out" && edge.to === node);
    const isGone = (edge, node) => !now.truncated && concerns(edge, node) && !more.met.has(edge);
    const goneEdges = nodes.flatMap((node) => node.edges.filter((edge) => isGone(edge, node)));
    for (const each of more.met) marks.gone.delete(each);
    for (const each of more.edges) marks.fresh.add(each);
    for (const each of [...goneNodes, ...goneEdges]) marks.gone.add(each);
    if (more.edges.length > 0) stage.changed(0.15);
    structure();
    const stillGone = (each) => marks.gone.has(each);
    if (goneNodes.length + goneEdges.length > 0) {
      later(700, () => drop({ nodes: goneNodes.filter(stillGone), edges: goneEdges.filter(stillGone) }));
    }
    if (more.edges.length === 0) return;
    later(2500, () => {
      for (const each of more.edges) marks.fresh.delete(each);
      remark();
    });
  }

  function later(milliseconds, work) {
    setTimeout(() => { if (!isClosed) work(); }, milliseconds);
  }

  // Out.

  function text() {
    const nodes = model.nodes.map(({ table: name, key, label, degree }) => ({ table: name, id: key, label, degree }));
    return JSON.stringify({ nodes, edges: model.edges.map((edge) => edge.told), truncated: isTruncated }, null, 1);
  }

  return {
    close() {
      isClosed = true;
      live?.close();
      stage.close();
    },
  };
}

function save(name, blob) {
  const address = URL.createObjectURL(blob);
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
