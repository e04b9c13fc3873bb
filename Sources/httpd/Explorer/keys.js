// The file from below: the keys of its one tree by prefix, and its pages.

import { get, reql } from "/_explorer/api.js";
import { failed } from "/_explorer/dialog.js";
import { empty, fill, h } from "/_explorer/dom.js";
import { coloured } from "/_explorer/editor.js";
import { bytes, counted, cut, number } from "/_explorer/format.js";
import { indent, mistake } from "/_explorer/json.js";
import { pages } from "/_explorer/pages.js";

const pageSize = 50;
const tabs = [["", "Keys"], ["pages", "Pages"]];

export function storage([tab = "", page], prefix) {
  const content = tab === "pages" ? pages(page) : keys(prefix ?? "");
  return {
    title: "Storage",
    element: h(
      "section", {},
      h("header", { class: "head" }, h("div", {}, h("h1", {}, "Storage"),
        h("p", { class: "lead" }, "One sorted tree of keys in pages. Everything that Pando knows stands here."))),
      h("nav", { class: "tabs", "aria-label": "Parts of the file" }, tabs.map(([id, label]) => h(
        "a", { href: `#/storage${id ? `/${id}` : ""}`, "aria-current": id === tab ? "page" : undefined }, label))),
      content),
  };
}

function keys(prefix) {
  const place = h("div", { class: "result-body" });
  const count = h("span", { class: "quiet", role: "status" });
  const back = h("button", { type: "button", onclick: () => turn(-1) }, "Back");
  const next = h("button", { type: "button", onclick: () => turn(1) }, "Next");
  const input = h("input", {
    type: "search", class: "filter", "aria-label": "Prefix of the keys", placeholder: "Prefix, such as __meta__: or db:", value: prefix,
    autocomplete: "off", spellcheck: "false",
  });
  const shortcut = h("select", { "aria-label": "Keys of" }, h("option", { value: "" }, "Keys of…"));
  let skip = 0;
  let asked = 0;

  async function read() {
    asked += 1;
    const mine = asked;
    place.classList.add("busy");
    try {
      const found = await get(`/_admin/keys?prefix=${encodeURIComponent(input.value)}&skip=${skip}&limit=${pageSize}`);
      if (mine === asked) paint(found);
    } catch (error) {
      if (mine === asked) fill(place, failed(error));
    } finally {
      place.classList.remove("busy");
    }
  }

  function paint({ count: all, records }) {
    const last = skip + records.length;
    fill(count, all === 0 ? "" : `${number(skip + 1)} to ${number(last)} of `, all > 0 && h("b", {}, counted(all, "key")));
    back.disabled = skip === 0;
    next.disabled = last >= all;
    fill(place, records.length === 0 ? empty("No such key", "No key begins like that.") : h("ul", { class: "records" }, records.map(record)));
  }

  function turn(by) {
    skip = Math.max(0, skip + by * pageSize);
    read();
  }

  const restart = () => { skip = 0; read(); };
  input.addEventListener("input", restart);
  shortcut.addEventListener("change", () => { input.value = shortcut.value; restart(); });
  offerPrefixes(shortcut);
  read();
  return h("div", { class: "stack" }, h("div", { class: "tools" }, input, shortcut), place, h("div", { class: "pager" }, count, back, next));
}

function record({ key, value, value_bytes: size }) {
  const isWhole = mistake(value) === null;
  const body = h("pre", { class: "wraps" });
  const details = h("details", {}, h("summary", {}, h("code", {}, key), h("span", { class: "quiet small" }, bytes(size))), body);
  details.addEventListener("toggle", () => {
    if (details.open && body.childNodes.length === 0) fill(body, isWhole ? coloured(indent(value), "json") : cut(value, 4096));
  });
  return h("li", {}, details);
}

/** The tables' parts of the tree, by their names. */
async function offerPrefixes(select) {
  const query = 'r.db("rethinkdb").table("table_config").pluck("id", "db", "name").merge(t => ({d: r.db(t("db")).info()("id")})).coerceTo("array")';
  const found = await reql(query).catch(() => []);
  const options = [["Metadata", "__meta__:"], ...found.map((each) => [`${each.db}.${each.name}`, `db:${each.d}:table:${each.id}:docs:`])];
  select.append(...options.map(([title, value]) => h("option", { value }, title)));
}
