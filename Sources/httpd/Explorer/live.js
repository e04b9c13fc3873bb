// A table's changes as they are committed.

import { rows } from "/_explorer/api.js";
import { failed } from "/_explorer/dialog.js";
import { empty, fill, h } from "/_explorer/dom.js";
import { coloured } from "/_explorer/editor.js";
import { counted } from "/_explorer/format.js";
import { indent } from "/_explorer/json.js";
import { differences } from "/_explorer/conflict.js";

const kept = 200;
const words = { add: "added", remove: "removed", change: "changed", initial: "there" };

export function live(database, table) {
  const list = h("ol", { class: "changes", "aria-live": "polite", "aria-label": "Changes, newest first" });
  const state = h("span", { class: "quiet", role: "status" });
  const filter = h("input", {
    type: "search", class: "filter", "aria-label": "Filter", autocomplete: "off", spellcheck: "false",
    placeholder: 'Only those that pass: d => d("age").gt(30)',
  });
  const place = h("div", {}, empty("Listening", "Changes appear here as soon as they are committed, by whomever."));
  let controller = null;
  let count = 0;

  async function listen() {
    controller?.abort();
    const mine = new AbortController();
    controller = mine;
    const condition = filter.value.trim() === "" ? "" : `.filter(${filter.value}\n)`;
    const query = `r.db(d).table(t)${condition}.changes({includeTypes: true})`;
    fill(state, h("span", { class: "pulse" }), "live");
    try {
      for await (const line of rows("/_reql", { body: { query, args: { d: database, t: table } }, signal: mine.signal })) show(JSON.parse(line));
      fill(state, "ended");
    } catch (error) {
      if (error.name === "AbortError") return;
      fill(state, "ended");
      place.append(failed(error));
    }
  }

  function show(change) {
    if (change.error) return fill(state, h("span", { class: "pulse" }), `live; ${change.error}`);
    if (count === 0) fill(place, list);
    count += 1;
    list.prepend(item(change));
    if (list.children.length > kept) list.lastChild.remove();
    return fill(state, h("span", { class: "pulse" }), `live, ${counted(count, "change")}`);
  }

  filter.addEventListener("change", listen);
  listen();
  return {
    element: h("div", { class: "stack" }, h("div", { class: "tools" }, filter, h("span", { class: "spring" }), state), place),
    close: () => controller?.abort(),
  };
}

function item({ type, old_val: old, new_val: value }) {
  const text = (each) => (each ? indent(JSON.stringify(each)) : "");
  const body = type === "change"
    ? h("pre", { class: "wraps" }, differences(text(old), text(value)).map((line) => h(
      line.side === "both" ? "span" : "mark", { class: `line ${line.side}` }, `${{ both: " ", theirs: "−", mine: "+" }[line.side]} ${line.text}\n`)))
    : h("pre", { class: "wraps" }, coloured(text(value ?? old), "json"));
  const head = h("p", { class: "change-head" }, h("b", {}, words[type] ?? type), " ", h("time", {}, new Date().toLocaleTimeString()));
  return h("li", { class: `change is-${type}` }, head, body);
}
