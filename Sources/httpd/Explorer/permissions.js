// Permissions as a table: a scope a row, a right a column. Of accounts and of roles alike.

import { databases } from "/_explorer/databases.js";
import { form } from "/_explorer/dialog.js";
import { h, labelled, scroller } from "/_explorer/dom.js";

export const rights = ["read", "write", "config", "connect"];

/** What an entry `{database, table, read, …}` is for. */
const scopeOf = ({ database, table }) => (table ? `${database}.${table}` : database ?? "everything");

/** `change(entry, right, value)` is called with true, false, or null for unset. */
export function permissionTable(name, entries, change) {
  return scroller(
    `Permissions of ${name}`, h(
      "table", { class: "grid permissions" },
      h("caption", { class: "hidden" }, `Permissions of ${name}`),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "scope"), rights.map((right) => h("th", { scope: "col" }, right)))),
      h("tbody", {}, entries.map((entry) => row(name, entry, change)))));
}

function row(name, entry, change) {
  const title = scopeOf(entry);
  return h("tr", {}, h("th", { scope: "row" }, title), rights.map((right) => {
    if (right === "connect" && entry.database) return h("td", { class: "missing" }, "·");
    const choice = h(
      "select", { "aria-label": `${right} on ${title} for ${name}` },
      [[undefined, "unset"], [true, "yes"], [false, "no"]].map(
        ([value, text]) => h("option", { value: String(value), selected: value === entry[right] }, text)));
    choice.addEventListener("change", () => change(entry, right, { true: true, false: false, undefined: null }[choice.value]));
    return h("td", {}, choice);
  }));
}

/** Asks for a scope and what is given on it; `grant({database, table}, given)` does it. */
export function askForScope(title, grant) {
  const scopes = [["everything", {}]];
  for (const database of databases) {
    scopes.push([database.name, { database: database.name }]);
    for (const table of database.tables) scopes.push([`${database.name}.${table.name}`, { database: database.name, table: table.name }]);
  }
  const choice = h("select", {}, scopes.map(([text], index) => h("option", { value: String(index) }, text)));
  const boxes = rights.map((right) => [right, h("input", { type: "checkbox", checked: right === "read" })]);
  const may = h("fieldset", { class: "row" }, h("legend", {}, "May"), boxes.map(([right, box]) => h("label", { class: "check" }, box, right)));
  return form(title, [labelled("On", choice), may], "Grant", () => {
    const [, scope] = scopes[Number(choice.value)];
    const given = boxes.filter(([right, box]) => box.checked && !(right === "connect" && scope.database));
    return grant(scope, Object.fromEntries(given.map(([right]) => [right, true])));
  });
}
