// One table: its documents, its indexes, its changes.

import { get, links, reql } from "/_explorer/api.js";
import { browse } from "/_explorer/browse.js";
import { onDatabases, readDatabases, tableNamed } from "/_explorer/databases.js";
import { confirm, notice } from "/_explorer/dialog.js";
import { fill, h, iconButton } from "/_explorer/dom.js";
import { bytes, counted } from "/_explorer/format.js";
import { indexes } from "/_explorer/indexes.js";
import { live } from "/_explorer/live.js";

const tabs = [["", "Documents", browse], ["indexes", "Indexes", indexes], ["live", "Live", live]];

export function table(database, name, tab = "") {
  const [, , show] = tabs.find(([id]) => id === tab) ?? tabs[0];
  const isSystem = database === "rethinkdb";
  const facts = h("p", { class: "lead" });
  const size = h("span", {});
  const paint = () => {
    const { count, primary_key: key } = tableNamed(database, name);
    const known = count === undefined ? "Documents" : h("b", {}, counted(count, "document"));
    fill(facts, isSystem ? "Made when it is read." : [known, " by ", h("code", {}, key), size]);
    if (!isSystem) sizeOf(database, name).then((text) => fill(size, text), () => {});
  };
  const stop = onDatabases(paint);
  paint();
  // The count may be older than the page.
  if (!isSystem) readDatabases().catch(() => {});
  const content = show(database, name);
  const place = { database, name };
  return {
    title: `${database}.${name}`,
    element: h(
      "section", {},
      h("header", { class: "head" },
        h("div", {}, h("h1", {}, h("span", { class: "quiet" }, `${database}.`), name), facts),
        h("a", { class: "button", href: links.query(`r.db(${JSON.stringify(database)}).table(${JSON.stringify(name)})`) }, "Query"),
        !isSystem && h("a", { class: "button", href: links.graph(database, name) }, "Graph"),
        !isSystem && iconButton("trash", `Drop table ${name}`, () => drop(place))),
      h("nav", { class: "tabs", "aria-label": "Parts of the table" }, tabs.filter(([id]) => !isSystem || id !== "indexes").map(([id, label]) => h(
        "a", { href: links.table(database, name, id), "aria-current": id === tab ? "page" : undefined }, label))),
      content.element),
    mayLeave: content.mayLeave,
    close() {
      stop();
      content.close?.();
    },
  };
}

/** How much the documents take: added up for a small table, else reckoned from documents at eight places. */
async function sizeOf(database, name) {
  const ids = await reql("[r.db(d).info()('id'), r.db(d).table(t).info()('id')]", { d: database, t: name });
  const prefix = encodeURIComponent(`db:${ids[0]}:table:${ids[1]}:docs:`);
  const part = (skip, limit) => get(`/_admin/keys?prefix=${prefix}&skip=${skip}&limit=${limit}`);
  const taken = (records) => records.reduce((sum, each) => sum + each.value_bytes, 0);
  const { count, records } = await part(0, 100);
  if (count === 0) return "";
  if (count <= records.length) return `, ${bytes(taken(records))}`;
  const places = Array.from({ length: 8 }, (_, index) => Math.floor((count * index) / 8));
  const found = (await Promise.all(places.map((skip) => part(skip, 12)))).flatMap((each) => each.records);
  return `, about ${bytes(Math.round((taken(found) / found.length) * count))}`;
}

async function drop({ database, name }) {
  const { count } = tableNamed(database, name);
  const text = `${counted(count ?? 0, "document")} and all indexes of the table go. This can't be undone.`;
  if (!(await confirm(`Drop ${database}.${name}?`, text, "Drop", name))) return;
  try {
    await reql("r.db(d).tableDrop(t)", { d: database, t: name });
    notice(`Table ${name} was dropped.`);
    location.hash = "#/";
    await readDatabases();
  } catch (error) {
    notice(error.message, "bad");
  }
}
