// What databases and tables there are, with the exact count of each table. One query; the side bar, the overview and completion share it.

import { get, reql, tablePath } from "/_explorer/api.js";

const query = `r.db("rethinkdb").table("table_config").pluck("id", "db", "name", "primary_key", "indexes").coerceTo("array").do(tables =>
  r.dbList().map(name => ({
    name: name,
    tables: tables.filter({db: name}).orderBy("name").map(t => t.merge({count: r.db(name).table(t("name")).count()}))
  })))`;

/** The newest list: [{name, tables: [{name, primary_key, indexes, count}]}], sorted. The server's own database is last. */
export let databases = [];
const listeners = new Set();

export function onDatabases(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The same for an account that may not read the server's own tables: names, and what it may know of each table. */
async function known(failure) {
  if (failure.problem?.code !== "permission_error") throw failure;
  const found = await reql("r.dbList().map(name => ({name: name, tables: r.db(name).tableList()}))");
  return Promise.all(found.map(async ({ name, tables }) => ({
    name, tables: await Promise.all((name === "rethinkdb" ? [] : tables).map((table) => get(`${tablePath(name, table)}/_info`).then(
      (info) => ({ ...info, count: info.doc_count }), () => ({ name: table, primary_key: "id", indexes: [] })))),
  })));
}

let reading = null;

/** Reads the list again and tells those who show it. */
export function readDatabases() {
  reading ??= reql(query).catch(known).then((found) => {
    const system = { name: "rethinkdb", isSystem: true, tables: systemTables.map((name) => ({ name, primary_key: "id", indexes: [] })) };
    databases = [...found.filter((each) => each.name !== "rethinkdb"), system];
    for (const listener of listeners) listener(databases);
    return databases;
  }).finally(() => { reading = null; });
  return reading;
}

const systemTables = [
  "cluster_config", "current_issues", "db_config", "jobs", "logs", "permissions", "server_config", "server_status", "stats",
  "table_config", "table_status", "users",
];

const entry = (database, table) => databases.find((each) => each.name === database)?.tables.find((each) => each.name === table);

/** Reads the list again if a table isn't in it: somebody else may have made it. */
export async function lookFor(database, table) {
  if (!entry(database, table)) await readDatabases().catch(() => {});
}

/** The entry of a table; a guess if there is none. */
export const tableNamed = (database, table) => entry(database, table) ?? { name: table, primary_key: "id", indexes: [] };

/** For completion: names only. */
export const names = () => databases.map(({ name, tables }) => ({ name, tables: tables.map((table) => table.name) }));
