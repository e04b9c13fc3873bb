// The page's frame: the side bar, the addresses behind #, the keys.

import { accounts } from "/_explorer/accounts.js";
import { isLoggedIn, links } from "/_explorer/api.js";
import { databases, lookFor, onDatabases, readDatabases } from "/_explorer/databases.js";
import { closeDialogs, failed } from "/_explorer/dialog.js";
import { fill, h, icon, iconButton } from "/_explorer/dom.js";
import { compact } from "/_explorer/format.js";
import { graph } from "/_explorer/graph.js";
import { remember, remembered } from "/_explorer/memory.js";
import { storage } from "/_explorer/keys.js";
import { overview } from "/_explorer/overview.js";
import { query } from "/_explorer/query.js";
import { server } from "/_explorer/server.js";
import { leave } from "/_explorer/session.js";
import { listen, pageKeys, showHelp } from "/_explorer/shortcuts.js";
import { table } from "/_explorer/table.js";

const main = document.getElementById("main");
const side = document.getElementById("side");
const menu = document.getElementById("menu");
const shade = document.getElementById("shade");

// Pages, by the beginning of their address.

const pages = {
  "": () => overview(),
  query: (_, text) => query(text),
  users: (parts) => accounts(parts),
  server: () => server(),
  storage: (parts, text) => storage(parts, text),
  table: ([database, name, tab]) => table(database, name, tab),
  graph: (parts, _, text) => graph(parts, new URLSearchParams(text)),
};

let shown = null;
let address = null;
let showings = 0;

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

async function show() {
  // Nobody's text goes away because the address changed.
  if (address !== null && address !== location.hash && !(await closeDialogs())) {
    history.replaceState(null, "", address || "#/");
    return;
  }
  const [path, text] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const parts = path.split("/").map(decoded);
  // A table's name with its database's in front, as commands have it: neither has a point in it.
  if (["table", "graph"].includes(parts[0]) && parts[1]?.includes(".")) parts.splice(1, 1, ...parts[1].split("."));
  showings += 1;
  const mine = showings;
  if (parts[0] === "table" || (parts[0] === "graph" && parts[2])) await lookFor(parts[1], parts[2]);
  if (mine !== showings) return;
  shown?.close?.();
  pageKeys.clear();
  toggleMenu(false);
  const page = pages[parts[0]] ?? pages[""];
  try {
    shown = page(parts.slice(1), text && decoded(text), text);
  } catch (error) {
    shown = { title: "Error", element: failed(error) };
  }
  document.title = `${shown.title} · Pando`;
  fill(main, shown.element);
  markPlace();
  if (address !== null && address !== location.hash) main.focus({ preventScroll: true });
  address = location.hash;
  scrollTo(0, 0);
  shown.focus?.();
}

// The side bar.

const tableList = h("div", { class: "side-tables" });
const find = h("input", { type: "search", class: "find", placeholder: "Find a table", "aria-label": "Find a table", autocomplete: "off" });
find.addEventListener("input", paintTables);

/** What tells an entry of the list from the others, also after the list was made anew. */
const entryName = (element) => element.getAttribute("href") ?? element.textContent;
let painted = null;

function paintTables() {
  const wanted = find.value.toLowerCase();
  // Counts come in while somebody goes through the list: the focus stays where it was, and what was opened stays open.
  const focused = tableList.contains(document.activeElement) ? entryName(document.activeElement) : null;
  const wasOpen = new Map(painted === wanted ? [...tableList.children].map((each) => [entryName(each.firstChild), each.open]) : []);
  painted = wanted;
  const fits = (database, name) => `${database}.${name}`.toLowerCase().includes(wanted);
  fill(tableList, databases.map(({ name, tables, isSystem }) => {
    const fitting = tables.filter((each) => fits(name, each.name));
    if (wanted !== "" && fitting.length === 0) return null;
    const items = h("ul", {}, fitting.map((each) => h(
      "li", {}, h("a", { href: links.table(name, each.name) }, h("span", { class: "name" }, each.name),
        each.count !== undefined && h("span", { class: "count" }, compact(each.count))))));
    return h("details", { open: wasOpen.get(name) ?? (!isSystem || wanted !== "") }, h("summary", {}, name), items);
  }));
  markPlace();
  if (focused !== null) [...tableList.querySelectorAll("a, summary")].find((each) => entryName(each) === focused)?.focus({ preventScroll: true });
}

function markPlace() {
  for (const link of side.querySelectorAll("a:not(.wordmark)")) {
    const href = link.getAttribute("href");
    const { hash } = location;
    const isHere = href === "#/" ? /^(#\/?)?$/.test(hash) : hash === href || hash.startsWith(`${href}/`) || hash.startsWith(`${href}?`);
    if (isHere) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

function toggleMenu(open) {
  document.body.classList.toggle("menu-open", open);
  shade.hidden = !open;
  menu.setAttribute("aria-expanded", String(open));
}

// Light and dark.

function theme(name) {
  if (name === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
}

function turnTheme() {
  const isDark = (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  remember("theme", isDark ? "light" : "dark");
  theme(isDark ? "light" : "dark");
}

const entry = (href, sign, label) => h("a", { class: "entry", href }, icon(sign), label);

theme(remembered("theme", "system"));
menu.append(icon("menu"));
menu.addEventListener("click", () => toggleMenu(!document.body.classList.contains("menu-open")));
shade.addEventListener("click", () => toggleMenu(false));
fill(
  side,
  h("a", { class: "wordmark", href: "#/" }, h("img", { src: "/_explorer/mark.svg", alt: "", width: 30, height: 30 }), "Pando"),
  h("div", { class: "entries" }, entry("#/", "home", "Overview"), entry("#/query", "query", "Query")),
  find, tableList,
  h("div", { class: "entries" }, entry("#/users", "users", "Users"), entry("#/server", "server", "Server"), entry("#/storage", "storage", "Storage")),
  h("div", { class: "side-foot" },
    iconButton("sun", "Light or dark", turnTheme), iconButton("help", "Keyboard shortcuts", showHelp),
    isLoggedIn() && iconButton("leave", "Log out", leave)));
onDatabases(paintTables);
listen({
  "g o": () => { location.hash = "#/"; }, "g q": () => { location.hash = "#/query"; },
  "g u": () => { location.hash = "#/users"; }, "g s": () => { location.hash = "#/server"; }, "g k": () => { location.hash = "#/storage"; },
  "/": () => find.focus(), t: turnTheme, "?": showHelp,
});
addEventListener("hashchange", show);
readDatabases().catch(() => {}).then(show);
