// The pages of the file: the levels of the tree, and each page taken apart.

import { get } from "/_explorer/api.js";
import { failed } from "/_explorer/dialog.js";
import { fill, h, scroller } from "/_explorer/dom.js";
import { bytes, cut, number } from "/_explorer/format.js";
import { status } from "/_explorer/session.js";

/** @param {string} [wanted] the number of the page to show */
export function pages(wanted) {
  const levels = h("div", {});
  const facts = h("p", { class: "quiet" });
  const place = h("div", {});
  const button = h("button", { type: "button", onclick: readLevels }, "Walk the tree");
  const input = h("input", { type: "number", min: 0, value: wanted ?? "0", "aria-label": "Number of the page", class: "narrow" });
  const go = h("form", { class: "row", onsubmit: (event) => { event.preventDefault(); location.hash = `#/storage/pages/${input.value}`; } },
    h("span", {}, "Page"), input, h("button", { type: "submit" }, "Show"));

  async function readLevels() {
    button.disabled = true;
    fill(levels, h("div", { class: "progress", role: "progressbar", "aria-label": "Reading every page" }));
    try {
      const [list, { file }] = await Promise.all([get("/_admin/pages"), status()]);
      fill(levels, levelTable(list, file.page_size));
    } catch (error) {
      fill(levels, failed(error));
    }
    button.disabled = false;
  }

  async function readPage() {
    try {
      fill(place, pageView(await get(`/_admin/pages/${encodeURIComponent(wanted ?? "0")}`)));
    } catch (error) {
      fill(place, failed(error));
    }
  }

  status().then(({ file }) => fill(
    facts, `${number(file.pages)} pages of ${bytes(file.page_size)}, ${number(file.free_pages)} of them free; ${number(file.depth)} levels. `,
    "Pages 0 and 1 say where the root is.")).catch(() => {});
  readPage();
  return h("div", { class: "stack" }, h("div", { class: "tools" }, go, h("span", { class: "spring" }), button), facts, levels, place);
}

function levelTable(list, pageSize) {
  const columns = ["level", "pages", "entries", "full", "saved by prefixes"];
  return scroller("Levels of the tree", h(
    "table", { class: "grid" }, h("caption", { class: "hidden" }, "Levels of the tree"),
    h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, list.map((each) => h(
      "tr", {}, h("td", {}, each.level === 0 ? "leaves" : `branches ${each.level}`), h("td", {}, number(each.pages)), h("td", {}, number(each.entries)),
      h("td", {}, h("meter", { min: 0, max: 1, value: each.used_bytes / (each.pages * pageSize), "aria-label": "How full" }),
        ` ${Math.round((each.used_bytes / (each.pages * pageSize)) * 100)} %`),
      h("td", {}, bytes(each.saved_by_prefix_bytes)))))));
}

const link = (page) => h("a", { href: `#/storage/pages/${page}` }, number(page));

/** "page 64, born 10", with the page as a link. */
function linked(text) {
  const [, page, rest] = /^page (\d+)(.*)$/.exec(text) ?? [];
  return page === undefined ? text : ["page ", link(Number(page)), rest];
}

function pageView({ number: own, kind, fields, cells }) {
  const isBranch = kind === "branch";
  const columns = isBranch ? ["key", "page", "born", "records"] : ["key", "bytes", "overflow"];
  return h(
    "section", { class: "card" },
    h("header", { class: "card-head" }, h("h2", {}, `Page ${number(own)}`), h("span", { class: "tag" }, kind)),
    h("dl", { class: "facts" }, Object.entries(fields).map(([name, value]) => [
      h("dt", {}, name), h("dd", {}, linked(value))])),
    cells.length > 0 && scroller(`Cells of page ${own}`, h(
      "table", { class: "grid" }, h("caption", { class: "hidden" }, `Cells of page ${own}`),
      h("thead", {}, h("tr", {}, columns.map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", {}, cells.map((cell) => h(
        "tr", {}, h("td", {}, h("code", {}, cell.key === "" ? "(the first)" : cut(cell.key, 140))),
        isBranch ? [h("td", {}, link(cell.page)), h("td", {}, number(cell.birth)), h("td", {}, number(cell.records))]
          : [h("td", {}, number(cell.value_bytes)), h("td", {}, cell.page === undefined ? "" : link(cell.page))]))))));
}
