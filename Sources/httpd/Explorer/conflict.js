// Two versions of a document, yours and the one that somebody else has saved meanwhile, line by line; and the choice between them.

import { dialog } from "/_explorer/dialog.js";
import { h } from "/_explorer/dom.js";
import { indent, mistake } from "/_explorer/json.js";

/**
 * @param {{base: string | null, mine: string, theirs: string | null}} versions texts; null where there is no document
 * @returns {Promise<"mine" | "theirs" | "edit" | undefined>}
 */
export function settle({ base, mine, theirs }) {
  const lines = differences(comparable(theirs ?? ""), comparable(mine));
  const text = theirs === null
    ? "Somebody has deleted the document since you opened it. Nothing was saved yet."
    : "Somebody has saved another version since you opened it. Nothing was overwritten.";
  return dialog("Two versions", (close) => h(
    "div", { class: "stack" },
    h("p", {}, text),
    h("div", { class: "versions" },
      side("In the database", lines, "theirs", theirs === null), side("Yours", lines, "mine", false)),
    h("p", { class: "hint" }, base !== null && base === mine
      ? "You have changed nothing." : "“Go on editing” keeps your text, and the next save goes over the version on the left."),
    h("div", { class: "row end" },
      h("button", { type: "button", onclick: () => close("theirs") }, theirs === null ? "Leave it deleted" : "Take theirs"),
      h("button", { type: "button", onclick: () => close("edit") }, "Go on editing"),
      h("button", { type: "button", class: "primary", onclick: () => close("mine") },
        theirs === null ? "Save mine again" : "Overwrite with mine"))), { wide: true });
}

function side(title, lines, which, isGone) {
  const other = which === "mine" ? "theirs" : "mine";
  const shown = lines.filter((line) => line.side !== other);
  return h(
    "section", { class: "version", "aria-label": title }, h("h3", {}, title),
    isGone ? h("p", { class: "quiet" }, "Deleted.") : h("pre", { tabindex: "0" }, shown.map((line) => h(
      line.side === which ? "mark" : "span", { class: `line ${line.side === which ? which : ""}` }, line.text, "\n"))));
}

/** The same document as text with its fields in order, so that only what is different differs. */
function comparable(text) {
  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
  };
  return mistake(text) ? text : indent(JSON.stringify(sorted(JSON.parse(text))));
}

/** Lines of both, in order: {text, side} with side "both", "theirs" or "mine". The longest common part by dynamic programming. */
export function differences(theirs, mine) {
  const a = theirs.split("\n");
  const b = mine.split("\n");
  if (a.length * b.length > 4_000_000) {
    return [...a.map((text) => ({ text, side: "theirs" })), ...b.map((text) => ({ text, side: "mine" }))];
  }
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = a[i] === b[j]
        ? common[(i + 1) * width + j + 1] + 1 : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  const lines = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ text: a[i], side: "both" });
      i += 1;
      j += 1;
    } else if (j === b.length || (i < a.length && common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      lines.push({ text: a[i], side: "theirs" });
      i += 1;
    } else {
      lines.push({ text: b[j], side: "mine" });
      j += 1;
    }
  }
  return lines;
}
