// What happens to the tables of a graph while it is shown. A change says which nodes may have changed; the server is asked what they are
// now.

import { rows } from "/_explorer/api.js";
import { tableNamed } from "/_explorer/databases.js";
import { number } from "/_explorer/format.js";

/** Changes a second that are followed one by one. */
const most = 200;
const pause = 150;
const chunk = 200;

/** @param {{refreshed: (nodes: object[], answer: object) => void, tell: (text: string, isLive: boolean) => void}} actions */
export function graphLive(source, model, { refreshed, tell }) {
  let controller = new AbortController();
  let followed = "";
  let timer = null;
  let dirty = new Set();
  let [second, inSecond, missed] = [0, 0, 0];
  let isClosed = false;

  /** Tables of nodes, and those that have the edges. */
  function tables() {
    const names = new Set(model.tables.filter((name) => name !== null));
    for (const each of source.over) {
      if (typeof each !== "string") for (const name of [each.edges, each.table]) { if (name) names.add(name); }
    }
    for (const { table, relations } of source.declared) if (relations.some((name) => source.over.includes(name))) names.add(table);
    return [...new Set([...names].map((name) => JSON.stringify(source.placeOf(name))))].sort().map((text) => JSON.parse(text));
  }

  async function follow() {
    const places = tables();
    const wanted = JSON.stringify(places);
    if (wanted === followed || places.length === 0) return;
    followed = wanted;
    controller.abort();
    controller = new AbortController();
    const { signal } = controller;
    // One feed for all: a browser has few connections to a server.
    const changes = (index) => `r.db(d${index}).table(t${index}).changes({squash: 0.1}).map(c => ({place: ${index}, change: c}))`;
    const query = places.map((_, index) => changes(index)).reduce((all, each) => `${all}.union(${each})`);
    const args = Object.fromEntries(places.flatMap(([database, table], index) => [[`d${index}`, database], [`t${index}`, table]]));
    tell("live", true);
    try {
      for await (const line of rows("/_reql", { body: { query, args }, signal })) {
        const { place, change } = JSON.parse(line);
        note(places[place], change);
      }
      tell("no longer live", false);
    } catch (error) {
      if (error.name !== "AbortError") tell(`not live: ${error.message}`, false);
    }
  }

  function note([database, table], change) {
    const now = Math.floor(performance.now() / 1000);
    if (now !== second) [second, inSecond] = [now, 0];
    inSecond += 1;
    if (inSecond > most || change.error) {
      missed += 1;
      tell(`live; ${number(missed)} changes came too fast to be drawn`, true);
      if (model.nodes.length <= 1000) for (const node of model.nodes) dirty.add(node);
    }
    const key = tableNamed(database, table).primary_key;
    for (const value of [change.old_val, change.new_val]) {
      if (!value) continue;
      for (const name of model.tables) {
        const isOwn = name !== null && source.placeOf(name).join(".") === `${database}.${table}`;
        if (isOwn) add(name, value[key]);
        // An edge has the keys of its ends somewhere in its document.
        for (const part of values(value)) add(name, part);
      }
    }
    if (dirty.size > 0) timer ??= setTimeout(refresh, inSecond > most ? 1000 : pause);
  }

  function add(table, key) {
    const node = model.find(table, key);
    if (node) dirty.add(node);
  }

  async function refresh() {
    const wanted = [...dirty].filter((node) => model.find(node.table, node.key) === node);
    dirty = new Set();
    try {
      for (const table of new Set(wanted.map((node) => node.table))) {
        const own = wanted.filter((node) => node.table === table);
        for (let start = 0; start < own.length && !isClosed; start += chunk) {
          const part = own.slice(start, start + chunk);
          const answer = await source.around(part, { limit: 2000, signal: controller.signal });
          if (!isClosed) refreshed(part, answer);
        }
      }
    } catch (error) {
      if (error.name !== "AbortError") tell(`not live: ${error.message}`, false);
    }
    timer = null;
    if (dirty.size > 0 && !isClosed) timer = setTimeout(refresh, pause);
  }

  follow();
  return {
    follow,
    close() {
      isClosed = true;
      clearTimeout(timer);
      controller.abort();
    },
  };
}

/** All values in a document, however deep. */
function* values(value) {
  yield value;
  if (value !== null && typeof value === "object") for (const part of Object.values(value)) yield* values(part);
}
