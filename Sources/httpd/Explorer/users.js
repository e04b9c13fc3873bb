// Accounts, and what each may do.

import { get, reql, send } from "/_explorer/api.js";
import { change } from "/_explorer/accounts.js";
import { confirm, failed, form, notice } from "/_explorer/dialog.js";
import { fill, h, icon, iconButton, labelled } from "/_explorer/dom.js";
import { askForScope, permissionTable } from "/_explorer/permissions.js";

export function users() {
  const place = h("div", { class: "stack" });

  async function read() {
    try {
      const [found, roles] = await Promise.all([get("/_admin/users"), get("/_admin/roles")]);
      fill(place, found.map((user) => card(user, roles.map((role) => role.name), read)));
    } catch (error) {
      fill(place, failed(error));
    }
  }

  async function create() {
    const name = h("input", { type: "text", required: true, autocomplete: "off", autofocus: true });
    const password = h("input", { type: "password", autocomplete: "new-password" });
    const made = await form("New user", [labelled("Name", name), labelled("Password", password)], "Create", () => send(
      "POST", "/_admin/users", { name: name.value, password: password.value === "" ? false : password.value }));
    if (made) read();
  }

  read();
  return {
    lead: "The most specific scope that says something decides; nothing said is no.", element: place,
    action: h("button", { type: "button", onclick: create }, icon("plus"), "User"),
  };
}

// Names stand in queries as values, and so may be any.

/** A write whose row had an error has failed. */
function checked(outcome) {
  if (outcome.errors > 0) throw new Error(outcome.first_error);
  return true;
}

function grant(name, { database, table }, permissions) {
  const target = table ? "r.db(d).table(t)" : database ? "r.db(d)" : "r";
  return reql(`${target}.grant(n, p)`, { n: name, p: permissions, d: database ?? null, t: table ?? null });
}

function card(user, roles, read) {
  const { name, permissions } = user;
  const isAdmin = name === "admin";
  const remove = async () => {
    if (await confirm(`Remove ${name}?`, "The account, its permissions and its tokens go.", "Remove")) {
      change(() => reql('r.db("rethinkdb").table("users").get(n).delete()', { n: name }).then(checked), read);
    }
  };
  const add = async () => {
    if (await askForScope(`What ${name} may do`, (scope, given) => grant(name, scope, given))) read();
  };
  const set = (entry, right, value) => change(() => grant(name, entry, { [right]: value }), read);
  return h(
    "article", { class: "card", "aria-label": `User ${name}` },
    h("header", { class: "card-head" },
      h("div", { class: "card-title" }, h("h2", {}, name),
        h("span", { class: user.password ? "quiet" : "tag" }, user.password ? "has a password" : "no password"),
        user.roles.map((role) => h("span", { class: "tag" }, role))),
      h("button", { type: "button", class: "small", onclick: () => setPassword(name, read) }, "Password"),
      !isAdmin && roles.length > 0 && h("button", { type: "button", class: "small", onclick: () => setRoles(user, roles, read) }, "Roles"),
      !isAdmin && h("button", { type: "button", class: "small", onclick: add }, icon("plus"), "Scope"),
      !isAdmin && iconButton("trash", `Remove user ${name}`, remove)),
    isAdmin ? h("p", { class: "quiet" }, "May do everything.") : permissions.length > 0 ? permissionTable(name, permissions, set)
      : h("p", { class: "quiet" }, user.roles.length > 0 ? "May what its roles may." : "May do nothing yet. Add a scope: everything, a database, or a table."));
}

async function setRoles(user, roles, read) {
  const boxes = roles.map((role) => [role, h("input", { type: "checkbox", checked: user.roles.includes(role) })]);
  const choice = h("fieldset", { class: "row" }, h("legend", {}, "Has"), boxes.map(([role, box]) => h("label", { class: "check" }, box, role)));
  const made = await form(`Roles of ${user.name}`, choice, "Set", () => send(
    "PUT", `/_admin/users/${encodeURIComponent(user.name)}`, { roles: boxes.filter(([, box]) => box.checked).map(([role]) => role) }));
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
