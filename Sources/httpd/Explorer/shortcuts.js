// Keys for the whole page, and the page that lists them.

import { dialog } from "/_explorer/dialog.js";
import { h } from "/_explorer/dom.js";

const shortcuts = [
  ["g o", "Overview"], ["g q", "Query"], ["g u", "Users"], ["g s", "Server"], ["g k", "Keys and pages"],
  ["/", "Find a table, or what this page looks for"], ["n", "New document, on a table"], ["[ ]", "Page back, page on, on a table"],
  ["Ctrl Enter", "Run the query; save the document"], ["Ctrl Space", "Complete"], ["Alt ↑ ↓", "Older and newer queries"],
  ["+ - p", "On a graph: expand, collapse, a path; arrows go along edges"], ["t", "Light or dark"], ["?", "This list"], ["Esc", "Close, stop"],
];

/** What a page does on a key of its own; emptied when another page is shown. */
export const pageKeys = new Map();

const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable]") !== null;

/** @param {Record<string, () => void>} actions by the key, or by two keys one after the other: "g q" */
export function listen(actions) {
  let first = "";
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const both = first ? `${first} ${event.key}` : event.key;
    first = event.key === "g" && first === "" ? "g" : "";
    const action = pageKeys.get(both) ?? actions[both];
    if (!action) return;
    event.preventDefault();
    action();
  });
}

export function showHelp() {
  return dialog("Keyboard", () => h(
    "dl", { class: "keys" },
    shortcuts.map(([keys, meaning]) => [
      h("dt", {}, keys.split(" ").map((key) => h("kbd", {}, key))),
      h("dd", {}, meaning),
    ])));
}
