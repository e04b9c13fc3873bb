// The text of queries: cut into tokens for colours, and read backwards from the caret for completion.

import { get } from "/_explorer/api.js";

const token =
  /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|`(?:[^`\\]|\\.)*`?|\d[\w.]*|[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*|=>|[=!<>]=|&&|\|\||\?\?|\s+|[^\s]/g;

let terms = [];
let names = new Set();
let writing = new Set();

/** Reads the language's terms from the server: [{name, on_r, on_value, options, summary, writes}]. */
export async function loadTerms() {
  if (terms.length === 0) {
    terms = await get("/_explorer/terms.json");
    names = new Set(terms.map((term) => term.name));
    writing = new Set(terms.filter((term) => term.writes).map((term) => term.name));
  }
  return terms;
}

export const allTerms = () => terms;

/** @returns {{kind: string, text: string, start: number}[]} kinds are comment, string, number, word, term, name, mark and space. */
export function tokens(text) {
  const found = [];
  for (const match of text.matchAll(token)) {
    found.push({ kind: kindOf(match[0], found), text: match[0], start: match.index });
  }
  return found;
}

function kindOf(piece, before) {
  if (/^\s/.test(piece)) return "space";
  if (piece.startsWith("//") || piece.startsWith("/*")) return "comment";
  if (/^["'`]/.test(piece)) return "string";
  if (/^\d/.test(piece)) return "number";
  if (/^(true|false|null|function|return)$/.test(piece)) return "word";
  if (!/^[A-Za-z_$\u0080-\uffff]/.test(piece)) return "mark";
  const last = before.findLast((each) => each.kind !== "space" && each.kind !== "comment");
  if (last?.text === ".") return names.size === 0 || names.has(piece) || piece.includes("_") ? "term" : "name";
  return piece === "r" ? "term" : "name";
}

export function scan(text, each) {
  for (const piece of tokens(text)) each(piece.kind, piece.text, piece.start);
}

/** The table that a query begins with: {database, table}, either of them undefined. */
export function tableOf(text) {
  const first = (name) => new RegExp(`\\.\\s*${name}\\s*\\(\\s*(["'\`])((?:[^\\\\]|\\\\.)*?)\\1`).exec(text)?.[2];
  return { database: first("db"), table: first("table") };
}

/** Whether a query is one that follows changes, and has no end. */
export function isFeed(text) {
  const found = tokens(text);
  return found.some((each, index) => each.text === "changes" && found[index - 1]?.text === ".");
}

/** Whether a query writes, or makes or drops something: it isn't repeated unasked. */
export function changesSomething(text) {
  return names.size === 0 || tokens(text).some((each) => each.kind === "term" && writing.has(each.text));
}
