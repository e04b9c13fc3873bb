// Accounts, roles and tokens: three pages with one head.

import { notice } from "/_explorer/dialog.js";
import { h } from "/_explorer/dom.js";
import { roles } from "/_explorer/roles.js";
import { tokens } from "/_explorer/tokens.js";
import { users } from "/_explorer/users.js";

const tabs = [["", "Users", users], ["roles", "Roles", roles], ["tokens", "Tokens", tokens]];

export function accounts([tab = ""]) {
  const [, title, show] = tabs.find(([id]) => id === tab) ?? tabs[0];
  const { lead, action, element } = show();
  return {
    title,
    element: h(
      "section", {},
      h("header", { class: "head" }, h("div", {}, h("h1", {}, title), h("p", { class: "lead" }, lead)), action),
      h("nav", { class: "tabs", "aria-label": "Who may what" }, tabs.map(([id, label]) => h(
        "a", { href: `#/users${id ? `/${id}` : ""}`, "aria-current": id === tab ? "page" : undefined }, label))),
      element),
  };
}

/** Does something and reads everything again; a failure is told. */
export async function change(action, read) {
  try {
    await action();
  } catch (error) {
    notice(error.message, "bad");
  }
  read();
}
