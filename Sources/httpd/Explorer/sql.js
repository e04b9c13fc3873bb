// The text of statements of SQL: cut into tokens for colours, what can stand at the caret, and how a statement is answered.

import { send } from "/_explorer/api.js";
import { h } from "/_explorer/dom.js";
import { number } from "/_explorer/format.js";

const token =
  /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|\$(\w*)\$[\s\S]*?(?:\$\1\$|$)|\d[\w.]*|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|<>|[<>=!]=|\|\||::|\s+|[^\s]/g;

const keywords = (
  "ALL ALTER AND ANALYZE ANY ARRAY AS ASC BEGIN BETWEEN BY CASCADE CASE CAST CHECK COALESCE COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS CURRENT "
  + "DATABASE DEFAULT DELETE DESC DISTINCT DO DROP ELSE END EXCEPT EXISTS EXPLAIN FALSE FETCH FILTER FIRST FOLLOWING FOR FOREIGN FROM FULL GRANT GROUP HAVING IF "
  + "ILIKE IN INDEX INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LAST LATERAL LEFT LIKE LIMIT MATCHED MATERIALIZED MERGE NATURAL NEXT NOT NOTHING NULL NULLS "
  + "OFFSET ON ONLY OR ORDER OUTER OVER PARTITION PRECEDING PRIMARY RANGE RECURSIVE REFERENCES RETURNING REVOKE RIGHT ROLE ROLLUP ROW ROWS SCHEMA SELECT SEQUENCE "
  + "SET SHOW SIMILAR TABLE TEMPORARY THEN TIES TO TRUE TRUNCATE TYPE UNBOUNDED UNION UNIQUE UPDATE USING VALUES VIEW WHEN WHERE WINDOW WITH WITHIN"
).split(" ");
const isKeyword = new Set(keywords);

/** @returns {{kind: string, text: string, start: number}[]} kinds are comment, string, number, term (a word of the language), name, mark and space. */
export function tokens(text) {
  return [...text.matchAll(token)].map((match) => ({ kind: kindOf(match[0]), text: match[0], start: match.index }));
}

function kindOf(piece) {
  if (/^\s/.test(piece)) return "space";
  if (piece.startsWith("--") || piece.startsWith("/*")) return "comment";
  if (piece[0] === "'" || piece[0] === "$") return "string";
  if (/^\d/.test(piece)) return "number";
  if (isKeyword.has(piece.toUpperCase())) return "term";
  return /^["A-Za-z_\u0080-\uffff]/.test(piece) ? "name" : "mark";
}

export function scan(text, each) {
  for (const piece of tokens(text)) each(piece.kind, piece.text, piece.start);
}

/** Whether a statement may write: a table may be there behind it that wasn't before. */
export const changesSomething = (text) => !/^(select|values|table|explain|show)$/i.test(tokens(text).find((each) => each.kind === "term")?.text ?? "");

/** What can stand at the caret: words of the language, and tables of the database, where only these can be. */
export function completions(text, caret, tables) {
  const before = tokens(text.slice(0, caret));
  const last = before.at(-1);
  const typed = /[\w$]*$/.exec(text.slice(0, caret))[0];
  if (!last || last.kind === "comment" || last.kind === "string" || (typed === "" && last.kind !== "space")) return null;
  const start = caret - typed.length;
  const previous = before.filter((each) => each.start < start && each.kind !== "space").at(-1)?.text.toUpperCase();
  const isTable = ["FROM", "JOIN", "INTO", "UPDATE", "TABLE"].includes(previous);
  if (typed === "" && !isTable) return null;
  const spelled = typed !== "" && typed === typed.toLowerCase() ? (word) => word.toLowerCase() : (word) => word;
  const items = tables.map((name) => ({ text: name, note: "table" }));
  if (!isTable) items.unshift(...keywords.map((word) => ({ text: spelled(word), note: "" })));
  const fitting = items.filter((item) => item.text.toLowerCase().startsWith(typed.toLowerCase()) && item.text !== typed);
  return fitting.length === 0 ? null : { start, end: caret, closing: "", items: fitting.slice(0, 40) };
}

/** What a step of a plan does, and with what: `Index Scan using by_brand on products`. */
function heading(node) {
  const { "Node Type": type, "Index Name": index, Operation: operation, "Join Type": join, Strategy: strategy } = node;
  const name = node["Relation Name"] ?? node["CTE Name"] ?? node["Function Name"] ?? node.Alias;
  const words = [join && join !== "Inner" ? `${join} ${type}` : strategy === "Hashed" ? `Hashed ${type}` : operation ?? type];
  if (node["Scan Direction"] === "Backward") words.push("Backward");
  if (index) words.push("using", index);
  if (name) words.push("on", name);
  return words.join(" ");
}

/** How a statement would be answered; nothing is run. @returns {Promise<Element>} */
export async function plan(query, db) {
  const { result } = await send("POST", "/_sql", { query, db, explain: true });
  const steps = [];
  const add = (node, depth) => {
    const { "Plan Rows": rows, Plans: below = [] } = node;
    const notes = Object.entries(node).filter(([key]) => !/Cost|Rows|Width|Parent|Parallel|Async|Plans|Node Type|Name|Alias|Operation|Strategy|Join Type|Direction/.test(key));
    steps.push({ name: heading(node), rows, depth, notes });
    for (const child of below) add(child, depth + 1);
  };
  add(result[0].Plan, 0);
  return h("ol", { class: "plan" }, steps.map((step) => {
    const element = h(
      "li", { "aria-level": step.depth + 1 },
      h("div", { class: "plan-head" }, h("code", {}, step.name), h("span", { class: "quiet small" }, step.rows === undefined ? "" : `about ${number(step.rows)} rows`)),
      step.notes.length > 0 && h("ul", { class: "notes quiet small" }, step.notes.map(([key, value]) => h("li", {}, `${key}: ${value}`))));
    element.style.setProperty("--depth", String(step.depth));
    return element;
  }));
}
