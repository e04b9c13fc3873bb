// A value as a tree that opens and closes. Large ones show their first members until more is asked for.

import { h } from "/_explorer/dom.js";
import { counted, cut, kind, oneLine, pseudo } from "/_explorer/format.js";

const step = 100;

/** @param {number} depth how many levels stand open at the beginning */
export function tree(value, depth = 1) {
  return h("div", { class: "tree" }, node(null, value, depth));
}

function node(name, value, depth) {
  const label = name === null ? null : [h("span", { class: typeof name === "number" ? "position" : "key" }, String(name)), ": "];
  const isOpenable = value !== null && typeof value === "object" && pseudo(value) === null && Object.keys(value).length > 0;
  if (!isOpenable) return h("div", { class: "leaf" }, label, scalar(value));
  const members = Array.isArray(value) ? value.map((each, index) => [index, each]) : Object.entries(value);
  const inside = h("div", { class: "members" });
  const details = h(
    "details", {}, h("summary", {}, label, h("span", { class: "quiet" }, summary(value, members))), inside);
  let shown = 0;
  const more = () => {
    const next = members.slice(shown, shown + step);
    shown += next.length;
    inside.append(...next.map(([key, each]) => node(key, each, depth - 1)));
    if (shown < members.length) {
      const button = h("button", { type: "button", class: "link", onclick: () => { button.remove(); more(); } }, `${members.length - shown} more`);
      inside.append(button);
    }
  };
  details.addEventListener("toggle", () => { if (details.open && shown === 0) more(); });
  if (depth > 0) {
    details.open = true;
    more();
  }
  return details;
}

function summary(value, members) {
  if (Array.isArray(value)) return `[${counted(members.length, "element")}]`;
  return `{ ${cut(members.slice(0, 4).map(([key, each]) => `${key}: ${oneLine(each, 24)}`).join(", "), 90)} }`;
}

/** One plain value, in its colour. */
function scalar(value) {
  const special = pseudo(value);
  if (special !== null) return h("span", { class: "pseudo" }, special);
  return h("span", { class: kind(value) }, JSON.stringify(value));
}
