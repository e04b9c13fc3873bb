// Roles: permissions with a name, which accounts have by it.

import { get, request, send } from "/_explorer/api.js";
import { change } from "/_explorer/accounts.js";
import { confirm, failed, form } from "/_explorer/dialog.js";
import { empty, fill, h, icon, iconButton, labelled } from "/_explorer/dom.js";
import { askForScope, permissionTable } from "/_explorer/permissions.js";

const path = (name) => `/_admin/roles/${encodeURIComponent(name)}`;

export function roles() {
  const place = h("div", { class: "stack" });

  async function read() {
    try {
      const [found, accounts] = await Promise.all([get("/_admin/roles"), get("/_admin/users")]);
      fill(place, found.length === 0
        ? empty("No roles yet", "A role is a set of permissions with a name. Accounts that have it may what it may, also when it changes.")
        : found.map((role) => card(role, accounts.filter((each) => each.roles.includes(role.name)).map((each) => each.name), read)));
    } catch (error) {
      fill(place, failed(error));
    }
  }

  async function create() {
    const name = h("input", { type: "text", required: true, autocomplete: "off", autofocus: true });
    const made = await form("New role", labelled("Name", name), "Create", () => send("POST", "/_admin/roles", { name: name.value, permissions: [] }));
    if (made) read();
  }

  read();
  return {
    lead: "Permissions with a name. What an account has itself decides first, then its roles.", element: place,
    action: h("button", { type: "button", onclick: create }, icon("plus"), "Role"),
  };
}

function card(role, holders, read) {
  const { name, permissions } = role;
  // A role is written as a whole.
  const write = (entries) => send("PUT", path(name), { permissions: entries });
  const set = (entry, right, value) => change(() => write(permissions.map((each) => (each === entry ? changed(each, right, value) : each))), read);
  const remove = async () => {
    const text = holders.length === 0 ? "No account has it." : `${holders.join(", ")} will no longer have it.`;
    if (await confirm(`Remove ${name}?`, text, "Remove")) change(() => request("DELETE", path(name)), read);
  };
  const add = async () => {
    const made = await askForScope(`What ${name} may do`, (scope, given) => {
      const others = permissions.filter((each) => each.database !== scope.database || each.table !== scope.table);
      return write([...others, { ...scope, ...given }]);
    });
    if (made) read();
  };
  return h(
    "article", { class: "card", "aria-label": `Role ${name}` },
    h("header", { class: "card-head" },
      h("div", { class: "card-title" }, h("h2", {}, name), h("span", { class: "quiet" }, holders.length === 0 ? "nobody has it" : `of ${holders.join(", ")}`)),
      h("button", { type: "button", class: "small", onclick: add }, icon("plus"), "Scope"),
      iconButton("trash", `Remove role ${name}`, remove)),
    permissions.length === 0 ? h("p", { class: "quiet" }, "Gives nothing yet. Add a scope: everything, a database, or a table.")
      : permissionTable(name, permissions, set));
}

function changed(entry, right, value) {
  const { [right]: _, ...rest } = entry;
  return value === null ? rest : { ...rest, [right]: value };
}
