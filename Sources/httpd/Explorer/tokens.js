// Tokens, which stand for an account over HTTP. What one is, is shown once.

import { get, request, send } from "/_explorer/api.js";
import { change } from "/_explorer/accounts.js";
import { confirm, dialog, failed, form, notice } from "/_explorer/dialog.js";
import { empty, fill, h, icon, iconButton, labelled, scroller } from "/_explorer/dom.js";

const day = 86_400;
const lifetimes = [["an hour", 3600], ["a day", day], ["30 days", 30 * day], ["a year", 365 * day]];
const date = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;

export function tokens() {
  const place = h("div", {});

  async function read() {
    try {
      const found = await get("/_admin/tokens");
      fill(place, found.length === 0
        ? empty("No tokens", "A program that asks over HTTP can send a token instead of a password, and loses nothing but that when it gets lost.")
        : table(found, read));
    } catch (error) {
      fill(place, failed(error));
    }
  }

  read();
  return {
    lead: "For programs, in place of a password. A token ends by itself, when it is revoked, and with its account.", element: place,
    action: h("button", { type: "button", onclick: () => create(read) }, icon("plus"), "Token"),
  };
}

function table(found, read) {
  const revoke = async (token) => {
    const what = token.note === "" ? "The token" : `The token “${token.note}”`;
    if (await confirm("Revoke the token?", `${what} of ${token.user} is no longer accepted from then on.`, "Revoke")) {
      change(() => request("DELETE", `/_admin/tokens/${token.id}`), read);
    }
  };
  const heads = ["note", "account", "issued", "expires"];
  return scroller("Tokens", h(
    "table", { class: "grid" }, h("caption", { class: "hidden" }, "Tokens"),
    h("thead", {}, h("tr", {}, heads.map((text) => h("th", { scope: "col" }, text)), h("th", { scope: "col" }, h("span", { class: "hidden" }, "revoke")))),
    h("tbody", {}, found.map((token) => h(
      "tr", {}, h("th", { scope: "row" }, token.note || "without a note"), h("td", {}, token.user), h("td", {}, date(token.created_at)),
      h("td", {}, date(token.expires_at)),
      h("td", {}, iconButton("trash", `Revoke ${token.note || token.id}`, () => revoke(token))))))));
}

async function create(read) {
  const note = h("input", { type: "text", autocomplete: "off", autofocus: true, maxlength: "100" });
  const lifetime = h("select", {}, lifetimes.map(([text, seconds]) => h("option", { value: String(seconds), selected: text === "30 days" }, text)));
  const fields = [labelled("Note", note, "What it is for, so that you know it again."), labelled("Expires in", lifetime)];
  const issued = await form("New token", fields, "Issue", () => send("POST", "/_admin/tokens", { note: note.value, expires_in: Number(lifetime.value) }));
  if (!issued) return;
  read();
  await show(issued.token);
}

function show(text) {
  return dialog("Your token", (close) => {
    const value = h("input", { type: "text", readonly: true, value: text, "aria-label": "The token", class: "mono" });
    const copy = async () => {
      value.select();
      try {
        await navigator.clipboard.writeText(text);
        notice("Copied.");
      } catch {
        notice("Copy it with the keyboard: it is selected.", "bad");
      }
    };
    return h(
      "div", { class: "stack" }, h("p", {}, "It is shown this once. Programs send it as ", h("code", {}, "Authorization: Bearer …"), "."), value,
      h("div", { class: "row end" }, h("button", { type: "button", onclick: copy }, icon("copy"), "Copy"),
        h("button", { type: "button", class: "primary", onclick: () => close(true) }, "Done")));
  });
}
