// What can stand at the caret of a query: terms, names of databases, tables and fields, options.

import { reql } from "/_explorer/api.js";
import { allTerms, tableOf, tokens } from "/_explorer/reql.js";

const fieldsOf = new Map();

/** The fields of a table's documents, from some of them. */
async function fields(database, table) {
  const key = JSON.stringify([database, table]);
  if (!fieldsOf.has(key)) {
    const query = "r.db(d).table(t).limit(50).map(row => row.keys()).reduce((a, b) => a.setUnion(b)).default([])";
    fieldsOf.set(key, reql(query, { d: database, t: table }).catch(() => []));
  }
  return fieldsOf.get(key);
}

/** Forgets what was learnt of tables. */
export function forget() { fieldsOf.clear(); }

/**
 * @param {string} text the query
 * @param {number} caret
 * @param {{name: string, tables: string[]}[]} databases
 * @returns {Promise<{start: number, end: number, items: {text: string, note: string}[]} | null>} what would take the place of start..<end
 */
export async function completions(text, caret, databases) {
  const before = tokens(text.slice(0, caret)).filter((each) => each.kind !== "space" || each.start + each.text.length === caret);
  const last = before.at(-1);
  if (!last || last.kind === "comment") return null;
  if (last.kind === "string" && !isClosed(last.text)) return inString(text, caret, before, databases);
  const typed = /[\w$]*$/.exec(text.slice(0, caret))[0];
  const start = caret - typed.length;
  const rest = before.filter((each) => each.start < start && each.kind !== "space");
  if (rest.at(-1)?.text === ".") {
    const onR = rest.at(-2)?.text === "r" && rest.at(-3)?.text !== ".";
    const terms = allTerms().filter((term) => (onR ? term.on_r || term.on_value : term.on_value));
    const items = terms.map((term) => ({ text: term.name, note: term.summary.replaceAll("`", "") }));
    return chosen(items, typed, start, caret);
  }
  const options = optionsHere(rest);
  if (options && typed !== "") return chosen(options.map((name) => ({ text: name, note: "option" })), typed, start, caret, ": ");
  if (typed !== "" && last.kind !== "number") return chosen([{ text: "r", note: "the beginning of a query" }], typed, start, caret, ".");
  return null;
}

const isClosed = (text) => text.length > 1 && text.at(-1) === text[0] && text.at(-2) !== "\\";

/** Inside quotes: a database, a table or a field, by the call that the string is an argument of. */
async function inString(text, caret, before, databases) {
  const quote = before.at(-1);
  const start = quote.start + 1;
  const typed = text.slice(start, caret);
  const after = text.slice(caret);
  const closing = after.startsWith(quote.text[0]) ? "" : quote.text[0];
  const rest = before.slice(0, -1).filter((each) => each.kind !== "space");
  const call = rest.at(-1)?.text === "(" && rest.at(-3)?.text === "." ? rest.at(-2).text : "";
  const named = tableOf(text);
  let items = [];
  if (call === "db") {
    items = databases.map((each) => ({ text: each.name, note: "database" }));
  } else if (call === "table") {
    const own = databases.find((each) => each.name === named.database);
    items = (own?.tables ?? []).map((name) => ({ text: name, note: "table" }));
  } else if (named.database && named.table) {
    items = (await fields(named.database, named.table)).map((name) => ({ text: name, note: "field" }));
  }
  return chosen(items, typed, start, caret, closing);
}

/** The options of the call whose braces the caret is in, or null. */
function optionsHere(before) {
  let depth = 0;
  for (let index = before.length - 1; index >= 0; index -= 1) {
    const { text } = before[index];
    if (")]}".includes(text)) depth += 1;
    else if ("([{".includes(text)) {
      if (depth === 0) {
        if (text !== "{" || !["(", ","].includes(before[index - 1]?.text)) return null;
        return optionsOfCall(before, index - 1);
      }
      depth -= 1;
    }
  }
  return null;
}

function optionsOfCall(before, index) {
  let depth = 0;
  for (; index >= 0; index -= 1) {
    const { text } = before[index];
    if (")]}".includes(text)) depth += 1;
    else if ("([{".includes(text)) {
      if (depth === 0) {
        const options = allTerms().find((term) => term.name === before[index - 1]?.text)?.options;
        return options?.map((name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase())) ?? null;
      }
      depth -= 1;
    }
  }
  return null;
}

/** Those that begin as typed, then those that have it inside. `closing` is put behind the chosen one. */
function chosen(items, typed, start, end, closing = "") {
  const lower = typed.toLowerCase();
  const rank = (item) => {
    const place = item.text.toLowerCase().indexOf(lower);
    return place === 0 ? 0 : place > 0 ? 1 : 2;
  };
  const fitting = items.filter((item) => rank(item) < 2 && item.text !== typed);
  fitting.sort((a, b) => rank(a) - rank(b) || (a.text < b.text ? -1 : 1));
  return fitting.length === 0 ? null : { start, end, closing, items: fitting.slice(0, 40) };
}
