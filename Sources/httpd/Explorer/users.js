// Accounts, and what each may do. Both are rows of the server's own tables.

import { reql } from "/_explorer/api.js";
import { databases } from "/_explorer/databases.js";
import { confirm, failed, form, notice } from "/_explorer/dialog.js";
import { fill, h, icon, iconButton, labelled, scroller } from "/_explorer/dom.js";

const rights = ["read", "write", "config", "connect"];
const query = `{
  users: r.db("rethinkdb").table("users").orderBy("id").coerceTo("array"),
  permissions: r.db("rethinkdb").table("permissions").coerceTo("array")
}`;

export function users() {
  const place = h("div", { class: "stack" });

  async function read() {
    try {
      const found = await reql(`r.expr(${query})`);
      fill(place, found.users.map((user) => card(user, found.permissions.filter((each) => each.user === user.id), read)));
    } catch (error) {
      fill(place, failed(error));
    }
  }

  async function create() {
    const name = h("input", { type: "text", required: true, autocomplete: "off", autofocus: true });
    const password = h("input", { type: "password", autocomplete: "new-password" });
    const made = await form("New user", [labelled("Name", name), labelled("Password", password)], "Create", () => reql(
      'r.db("rethinkdb").table("users").insert({id: n, password: p})', { n: name.value, p: password.value === "" ? false : password.value }).then(checked));
    if (made) read();
  }

  read();
  return {
    title: "Users",
    element: h(
      "section", {},
      h("header", { class: "head" },
        h("div", {}, h("h1", {}, "Users"), h("p", { class: "lead" }, "The most specific scope that says something decides; nothing said is no.")),
        h("button", { type: "button", onclick: create }, icon("plus"), "User")),
      place),
  };
}

/** A write whose row had an error has failed. */
function checked(outcome) {
  if (outcome.errors > 0) throw new Error(outcome.first_error);
  return true;
}

/** Does something and reads everything again; a failure is told. */
async function change(action, read) {
  try {
    await action();
  } catch (error) {
    notice(error.message, "bad");
  }
  read();
}

function card(user, permissions, read) {
  const { id: name } = user;
  const isAdmin = name === "admin";
  const remove = async () => {
    if (await confirm(`Remove ${name}?`, "The account and its permissions go.", "Remove")) {
      change(() => reql('r.db("rethinkdb").table("users").get(n).delete()', { n: name }).then(checked), read);
    }
  };
  return h(
    "article", { class: "card", "aria-label": `User ${name}` },
    h("header", { class: "card-head" },
      h("div", { class: "card-title" }, h("h2", {}, name),
        h("span", { class: user.password ? "quiet" : "tag" }, user.password ? "has a password" : "no password")),
      h("button", { type: "button", class: "small", onclick: () => setPassword(name, read) }, "Password"),
      !isAdmin && h("button", { type: "button", class: "small", onclick: () => addScope(name, read) }, icon("plus"), "Scope"),
      !isAdmin && iconButton("trash", `Remove user ${name}`, remove)),
    permissions.length === 0 ? h("p", { class: "quiet" }, "May do nothing yet. Add a scope: everything, a database, or a table.") : scroller(
      `Permissions of ${name}`, h(
        "table", { class: "grid permissions" },
        h("caption", { class: "hidden" }, `Permissions of ${name}`),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "scope"), rights.map((right) => h("th", { scope: "col" }, right)))),
        h("tbody", {}, permissions.map((row) => scope(name, row, isAdmin, read))))));
}

function scope(name, row, isFixed, read) {
  const title = row.table ? `${row.database}.${row.table}` : row.database ?? "everything";
  return h("tr", {}, h("th", { scope: "row" }, title), rights.map((right) => {
    if (right === "connect" && row.database) return h("td", { class: "missing" }, "·");
    const now = row.permissions[right];
    if (isFixed) return h("td", {}, word(now));
    const choice = h(
      "select", { "aria-label": `${right} on ${title} for ${name}` },
      [[undefined, "unset"], [true, "yes"], [false, "no"]].map(([value, text]) => h("option", { value: String(value), selected: value === now }, text)));
    choice.addEventListener("change", () => {
      const value = { true: true, false: false, undefined: null }[choice.value];
      change(() => grant(name, row.database, row.table, { [right]: value }), read);
    });
    return h("td", {}, choice);
  }));
}

const word = (value) => (value === undefined ? "unset" : value ? "yes" : "no");

function grant(name, database, table, permissions) {
  const target = table ? "r.db(d).table(t)" : database ? "r.db(d)" : "r";
  return reql(`${target}.grant(n, p)`, { n: name, p: permissions, d: database ?? null, t: table ?? null });
}

async function addScope(name, read) {
  const scopes = [["everything", null, null]];
  for (const database of databases) {
    scopes.push([database.name, database.name, null]);
    for (const table of database.tables) scopes.push([`${database.name}.${table.name}`, database.name, table.name]);
  }
  const choice = h("select", {}, scopes.map(([title], index) => h("option", { value: String(index) }, title)));
  const boxes = rights.map((right) => [right, h("input", { type: "checkbox", checked: right === "read" })]);
  const may = h("fieldset", { class: "row" }, h("legend", {}, "May"), boxes.map(([right, box]) => h("label", { class: "check" }, box, right)));
  const fields = [labelled("On", choice), may];
  const made = await form(`What ${name} may do`, fields, "Grant", () => {
    const [, database, table] = scopes[Number(choice.value)];
    const given = boxes.filter(([right, box]) => box.checked && !(right === "connect" && database));
    return grant(name, database, table, Object.fromEntries(given.map(([right]) => [right, true])));
  });
  if (made) read();
}

async function setPassword(name, read) {
  const password = h("input", { type: "password", autocomplete: "new-password", autofocus: true });
  const hint = name === "admin" ? "With a password, this page and every client has to log in." : "Empty: no password.";
  const made = await form(`Password of ${name}`, labelled("New password", password, hint), "Set", () => reql(
    'r.db("rethinkdb").table("users").get(n).update({password: p})', { n: name, p: password.value === "" ? false : password.value }).then(checked));
  if (made) {
    notice("The password was set.");
    read();
  }
}
