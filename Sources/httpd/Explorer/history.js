// Queries that were run, and queries that were saved, in this browser.

import { dialog, form } from "/_explorer/dialog.js";
import { empty, h, iconButton, labelled } from "/_explorer/dom.js";
import { coloured } from "/_explorer/editor.js";
import { remember, remembered } from "/_explorer/memory.js";

const kept = 200;

/** Newest first: [{text, at, outcome, language}]; without a language it is ReQL. */
export const history = () => remembered("history", []);

/** Puts a query on top; the same text stands in the list once. */
history.add = (text, outcome, language) => {
  const rest = history().filter((each) => each.text !== text);
  remember("history", [{ text, outcome, language, at: Date.now() }, ...rest].slice(0, kept));
};

export const saved = {
  all: () => remembered("saved", []),
  async add(text, language) {
    if (text.trim() === "") return false;
    const name = h("input", { type: "text", required: true, autocomplete: "off", autofocus: true });
    return form("Save the query", labelled("Name", name, "A query of the same name is replaced."), "Save", async () => {
      const rest = saved.all().filter((each) => each.name !== name.value);
      remember("saved", [...rest, { name: name.value, text, language }].sort((a, b) => (a.name < b.name ? -1 : 1)));
    });
  },
  remove(name) {
    remember("saved", saved.all().filter((each) => each.name !== name));
  },
};

export function showHistory(use) {
  const list = history();
  return dialog("History", (close) => (list.length === 0
    ? empty("No history", "Queries that you run are kept in this browser.")
    : h("ul", { class: "queries" }, list.map(({ text, at, outcome, language }) => h(
      "li", {}, choice(text, language, () => { close(); use(text, language); }),
      h("p", { class: "quiet small" }, `${new Date(at).toLocaleString()}, ${outcome}`))))), { wide: true });
}

export function showSaved(use) {
  const list = saved.all();
  return dialog("Saved queries", (close) => (list.length === 0
    ? empty("Nothing saved", "Write a query and choose Save. It is kept in this browser.")
    : h("ul", { class: "queries" }, list.map(({ name, text, language }) => {
      const item = h("li", {}, h("div", { class: "row" }, h("b", {}, name), h("span", { class: "spring" }), iconButton("trash", `Remove ${name}`, () => {
        saved.remove(name);
        item.remove();
      })), choice(text, language, () => { close(); use(text, language); }));
      return item;
    }))), { wide: true });
}

const choice = (text, language, onclick) => h("button", { type: "button", class: "query-choice", onclick }, coloured(text, language ?? "reql"));
