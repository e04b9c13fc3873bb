// The indexes of a table: made, watched while they are built, dropped.

import { links, reql } from "/_explorer/api.js";
import { readDatabases } from "/_explorer/databases.js";
import { confirm, failed, form, notice } from "/_explorer/dialog.js";
import { empty, fill, h, icon, iconButton, labelled } from "/_explorer/dom.js";

export function indexes(database, table) {
  const names = { d: database, t: table };
  const place = h("div", { class: "stack" });
  let timer = null;
  let isClosed = false;

  /** Reads again as long as something is being built. */
  async function read() {
    clearTimeout(timer);
    try {
      const [list, relations] = await reql('[r.db(d).table(t).indexStatus().without("function"), r.db(d).table(t).relationList()]', names);
      if (isClosed) return;
      fill(place, list.length === 0 ? nothing() : list.map(card), relations.length > 0 && related(relations));
      if (list.some((each) => !each.ready)) timer = setTimeout(read, 500);
    } catch (error) {
      fill(place, failed(error));
    }
  }

  const nothing = () => empty(
    "No index", "An index finds documents by a field without reading the table. It is built in the background.",
    h("button", { type: "button", class: "primary", onclick: create }, "New index"));

  function card(index) {
    const kinds = [index.multi && "multi", index.text && "text", index.geo && "geo", index.outdated && "outdated"].filter(Boolean).join(", ");
    const done = index.ready ? 1 : index.progress ?? 0;
    return h(
      "article", { class: "card index" },
      h("header", { class: "card-head" }, h("h2", {}, index.index), kinds && h("span", { class: "tag" }, kinds), h("span", { class: "spring" }),
        h("span", { class: index.ready ? "good" : "quiet" }, index.ready ? "ready" : `${Math.floor(done * 100)} % built`),
        iconButton("trash", `Drop index ${index.index}`, () => drop(index.index))),
      !index.ready && h("progress", { max: 1, value: done, "aria-label": `Building ${index.index}` }),
      h("pre", { class: "snippet wraps" }, index.query));
  }

  /** The relations that the table declares, each to be looked at. */
  const related = (relations) => h(
    "section", { class: "card" }, h("header", { class: "card-head" }, h("h2", {}, "Relations")),
    h("ul", { class: "row" }, relations.map((name) => h(
      "li", {}, h("a", { class: "button small", href: links.graph(database, table, undefined, { relation: name }) }, icon("graph"), name)))));

  async function drop(name) {
    if (!(await confirm(`Drop index ${name}?`, "Queries that name it will fail. It can be built again.", "Drop"))) return;
    try {
      await reql("r.db(d).table(t).indexDrop(i)", { ...names, i: name });
    } catch (error) {
      notice(error.message, "bad");
    }
    changed();
  }

  function changed() {
    read();
    readDatabases().catch((error) => notice(error.message, "bad"));
  }

  async function create() {
    const name = h("input", { type: "text", required: true, autocomplete: "off", autofocus: true });
    const made = h("input", { type: "text", autocomplete: "off", placeholder: 'd => [d("country"), d("city")]', class: "code-font" });
    const text = h("input", { type: "text", autocomplete: "off", placeholder: "english" });
    const multi = h("input", { type: "checkbox" });
    const geo = h("input", { type: "checkbox" });
    const fields = [
      labelled("Name", name, "Without a function, the field of this name."), labelled("Function", made, "Optional: what is indexed of a document d."),
      labelled("Text", text, "Optional: the language of a text index, or simple; it is searched with ? words."),
      h("label", { class: "check" }, multi, "multi: an entry for each element of an array"), h("label", { class: "check" }, geo, "geo: places and shapes"),
    ];
    const isMade = await form("New index", fields, "Create", () => {
      if (text.value.trim() !== "") {
        return reql("r.db(d).table(t).indexCreate(i, {text: l})", { ...names, i: name.value, l: text.value.trim() });
      }
      const by = made.value.trim() === "" ? "" : `, ${made.value}\n`;
      return reql(`r.db(d).table(t).indexCreate(i${by}, {multi: m, geo: g})`, { ...names, i: name.value, m: multi.checked, g: geo.checked });
    });
    if (isMade) changed();
  }

  read();
  return {
    element: h("div", { class: "stack" }, h("div", { class: "tools" }, h("span", { class: "spring" }),
      h("button", { type: "button", onclick: create }, icon("plus"), "Index")), place),
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
