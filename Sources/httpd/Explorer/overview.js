// The first page: what is in the file.

import { links, reql } from "/_explorer/api.js";
import { databases, onDatabases, readDatabases } from "/_explorer/databases.js";
import { confirm, failed, form, notice } from "/_explorer/dialog.js";
import { empty, fill, h, icon, iconButton, labelled } from "/_explorer/dom.js";
import { bytes, counted, duration, number } from "/_explorer/format.js";
import { grove } from "/_explorer/grove.js";
import { status } from "/_explorer/session.js";

const nameRule = "Letters, digits and _, not beginning with a digit.";

export function overview() {
  const picture = h("div", { class: "grove-frame" });
  const facts = h("p", { class: "lead" });
  const list = h("div", { class: "stack" });
  const paint = () => {
    const own = databases.filter((each) => !each.isSystem);
    fill(picture, grove(own));
    if (own.length === 0) {
      fill(list, empty(
        "Bare ground", "This file has no database yet. A database holds tables, a table holds documents.",
        h("button", { type: "button", class: "primary", onclick: createDatabase }, "New database")));
    } else {
      fill(list, databases.map(card));
    }
  };
  const stop = onDatabases(paint);
  if (databases.length > 0) paint();
  readDatabases().catch((error) => fill(list, failed(error)));
  status().then((answer) => fill(facts, sentence(answer))).catch(() => {});
  return {
    title: "Overview",
    element: h(
      "section", {}, picture,
      h("header", { class: "head" }, h("div", {}, h("h1", {}, "One file, many databases"), facts),
        h("button", { type: "button", onclick: createDatabase }, icon("plus"), "New database")),
      list),
    close: stop,
  };
}

function sentence({ file, version, uptime_seconds: uptime }) {
  const free = Math.round((file.free_pages / Math.max(1, file.pages)) * 100);
  return [
    h("b", {}, bytes(file.bytes)), ` in ${counted(file.pages, "page")}, ${free} % free; `, h("b", {}, counted(file.records, "key")),
    ` on ${counted(file.depth, "level")}. Pando ${version}, up for ${duration(uptime)}.`,
  ];
}

function card(database) {
  const { name, tables, isSystem } = database;
  const total = tables.reduce((sum, table) => sum + (table.count ?? 0), 0);
  const content = tables.length === 0
    ? h("p", { class: "quiet" }, "No table yet.")
    : h("ul", { class: "tables" }, tables.map((table) => h(
      "li", {}, h("a", { href: links.table(name, table.name) },
        h("span", { class: "name" }, table.name),
        h("span", { class: "count" }, table.count === undefined ? "" : number(table.count)),
        table.indexes.length > 0 && h("span", { class: "quiet small" }, counted(table.indexes.length, "index").replace("indexs", "indexes"))))));
  if (isSystem) {
    return h("details", { class: "card" }, h("summary", {}, h("h2", {}, name), h("span", { class: "quiet" }, "what the server says about itself")), content);
  }
  return h(
    "section", { class: "card", "aria-label": `Database ${name}` },
    h("header", { class: "card-head" },
      h("div", { class: "card-title" }, h("h2", {}, name), h("span", { class: "quiet" }, `${counted(tables.length, "table")}, ${counted(total, "document")}`)),
      h("button", { type: "button", class: "small", onclick: () => createTable(name) }, icon("plus"), "Table"),
      iconButton("trash", `Drop database ${name}`, () => dropDatabase(name, total))),
    content);
}

function createDatabase() {
  const name = h("input", { type: "text", required: true, pattern: "[A-Za-z_][A-Za-z0-9_]*", autocomplete: "off", autofocus: true });
  return form("New database", labelled("Name", name, nameRule), "Create", async () => {
    await reql("r.dbCreate(name)", { name: name.value });
    await readDatabases();
    notice(`Database ${name.value} is there.`);
  });
}

function createTable(database) {
  const name = h("input", { type: "text", required: true, pattern: "[A-Za-z_][A-Za-z0-9_]*", autocomplete: "off", autofocus: true });
  const key = h("input", { type: "text", required: true, value: "id", autocomplete: "off" });
  const durability = h(
    "select", {}, h("option", { value: "hard" }, "hard: on the disk before it is answered"),
    h("option", { value: "soft" }, "soft: on the disk within half a second"));
  const fields = [labelled("Name", name, nameRule), labelled("Primary key", key, "The field that tells documents apart."), labelled("Durability", durability)];
  return form(`New table in ${database}`, fields, "Create", async () => {
    await reql(`r.db(d).tableCreate(t, {primaryKey: k, durability: "${durability.value}"})`, { d: database, t: name.value, k: key.value });
    await readDatabases();
    location.hash = links.table(database, name.value);
  });
}

async function dropDatabase(name, total) {
  if (!(await confirm(`Drop ${name}?`, `All its tables go, with ${counted(total, "document")}. This can't be undone.`, "Drop", name))) return;
  try {
    await reql("r.dbDrop(name)", { name });
    notice(`Database ${name} was dropped.`);
    await readDatabases();
  } catch (error) {
    notice(error.message, "bad");
  }
}
