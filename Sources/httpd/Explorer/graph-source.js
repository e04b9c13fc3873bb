// What the graph page asks the server: where it begins, what is around nodes, a path, a search.

import { get, reql, tablePath } from "/_explorer/api.js";
import { counted } from "/_explorer/format.js";

/** So many neighbours appear at once; the rest is counted. */
export const portion = 200;

/** `over` as it stands in an address: names with commas between, or JSON. */
const parsed = (text) => (/^\s*[[{]/.test(text) ? [JSON.parse(text)].flat() : text.split(",").filter((name) => name !== ""));
export const written = (over) => (over.every((each) => typeof each === "string") ? over.join(",") : JSON.stringify(over));

/** The tables of a database with the names of the relations that each declares. */
export async function relationsOf(database) {
  const list = "r.db(d).tableList().map(t => ({table: t, relations: r.db(d).table(t).relationList()}))";
  return reql(list, { d: database });
}

/**
 * @param {{database?: string, table?: string, key?: any, parameters: URLSearchParams}} place what the address says
 * @returns what it stands for, with functions that ask for more
 */
export async function graphSource({ database, table, key, parameters }) {
  const source = {
    database, table, key, declared: [], over: null, query: parameters.get("query"), relation: parameters.get("relation"),
    direction: parameters.get("direction") ?? "both", depth: Number(parameters.get("depth") ?? 1),
    limit: Number(parameters.get("limit") ?? 500), begin, around, path, search, placeOf, text,
  };
  if (source.query) {
    // What the rows of a query are of; a query that answers nodes and edges is a graph already.
    const { table: found, type } = await reql(`(${source.query}\n).info()`);
    if (found) [source.database, source.table] = [found.db.name, found.name];
    else if (type !== "OBJECT") throw new Error("The rows of this query are of no table, and documents are what has edges.");
  }
  if (source.database) source.declared = await relationsOf(source.database).catch(() => []);
  // A table that isn't there has no relations either; the server says which.
  if (source.table) await reql("r.db(d).table(t).info()", { d: source.database, t: source.table });
  const over = parameters.get("over") ?? source.relation;
  const all = [...new Set(source.declared.flatMap((each) => each.relations))];
  source.over = over ? parsed(over).map((each) => (each.field && !each.table ? { ...each, table: source.table } : each)) : all;

  function options(more) {
    return [{ o: source.over, v: source.direction, ...more }, "over: o, direction: v"];
  }

  /** Table and database of a node; tables of several databases have both in their names. */
  function placeOf(name) {
    const dot = name.indexOf(".");
    return dot < 0 ? [source.database, name] : [name.slice(0, dot), name.slice(dot + 1)];
  }

  /** What is shown first. */
  async function begin(signal) {
    if (source.query && !source.table) return reql(source.query, {}, { signal });
    if (source.key !== undefined) {
      const [own, names] = [JSON.stringify(source.key), JSON.stringify(source.over)];
      const asked = { key: own, over: names, direction: source.direction, depth: source.depth, limit: source.limit };
      return get(`${tablePath(source.database, source.table)}/_doc/_graph?${new URLSearchParams(asked)}`, { signal });
    }
    const [args, over] = options({ d: source.database, t: source.table, n: source.depth, l: source.limit });
    if (source.relation) return whole(args, over, signal);
    const rows = source.query ? `(${source.query}\n)` : "r.db(d).table(t)";
    return reql(`${rows}.subgraph({${over}, depth: n, limit: l})`, args, { signal });
  }

  /** The first nodes of a relation that have edges. */
  async function whole(args, over, signal) {
    const nodes = `r.components({over: o}).limit(l).pluck("id", "table").coerceTo("array")`;
    const found = await reql(nodes, args, { signal, db: source.database });
    if (found.length === 0) return { nodes: [], edges: [], truncated: false };
    const first = found[0].table ?? (await startOf(args, signal));
    const [d, t] = placeOf(first);
    const keys = found.filter((each) => each.table === found[0].table).map((each) => each.id);
    return reql(`r.db(d).table(t).getAll(r.args(k)).subgraph({${over}, depth: n, limit: l})`, { ...args, d, t, k: keys }, { signal });
  }

  /** Where all nodes are of one table, the relation says which. */
  async function startOf(args, signal) {
    const edge = (await reql("r.db(d).table(t).relationStatus(x)(0)", { ...args, x: source.relation }, { signal }));
    return edge.from?.table ?? edge.to?.table ?? edge.to ?? source.table;
  }

  /** What is around some nodes of one table. */
  function around(nodes, { depth = 1, limit = portion + nodes.length, signal } = {}) {
    const keys = nodes.map((node) => node.key);
    const [args, over] = options({ k: keys, n: depth, l: limit });
    if (nodes[0].table === null) return reql(`r.subgraph(k, {${over}, depth: n, limit: l})`, args, { signal, db: source.database });
    const [d, t] = placeOf(nodes[0].table);
    return reql(`r.db(d).table(t).getAll(r.args(k)).subgraph({${over}, depth: n, limit: l})`, { ...args, d, t }, { signal });
  }

  /** A shortest path: the answer of the server, null if there is none. */
  function path(from, to) {
    const node = (letter) => `r.db(d${letter}).table(t${letter}).get(k${letter})`;
    const [da, ta] = placeOf(from.table);
    const [db, tb] = placeOf(to.table);
    const args = { da, ta, ka: from.key, db, tb, kb: to.key, o: source.over, v: source.direction };
    return reql(`r.shortestPath(${node("a")}, ${node("b")}, {over: o, direction: v})`, args);
  }

  /** The best documents of a table for some words, by its text index. */
  async function search(name, words) {
    const [d, t] = placeOf(name);
    const [args, over] = options({ d, t, w: words });
    return reql(`r.db(d).table(t).search(w).limit(20).subgraph({${over}, depth: 0, limit: 20})`, args);
  }

  /** The query that answers what was shown first. */
  function text() {
    const json = JSON.stringify;
    const rows = source.query ? `(${source.query}\n)` : `r.db(${json(source.database)}).table(${json(source.table)})`;
    const start = source.key === undefined ? rows : `${rows}.get(${json(source.key)})`;
    const over = `over: ${json(source.over)}, direction: ${json(source.direction)}`;
    return `${start}.subgraph({${over}, depth: ${source.depth}, limit: ${source.limit}})`;
  }

  return source;
}

export const told = (made) => `${counted(made.nodes.length, "node")} and ${counted(made.edges.length, "edge")} more`
  + (made.left > 0 ? `; ${counted(made.left, "node")} had no room` : "");
