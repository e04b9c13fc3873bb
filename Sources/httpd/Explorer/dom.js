// Making elements. Children that are strings become text nodes, so nothing that comes from the database is ever read as markup.

/** Adds children: elements, texts, arrays of these; null, undefined and false are left out. */
function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return parent;
}

function set(element, properties) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  return element;
}

/** h("button", {class: "primary", onclick: save}, "Save") */
export function h(name, properties = {}, ...children) {
  return append(set(document.createElement(name), properties), children);
}

/** The same for pictures. */
export function svg(name, properties = {}, ...children) {
  return append(set(document.createElementNS("http://www.w3.org/2000/svg", name), properties), children);
}

/** Gives an element other children. */
export function fill(element, ...children) {
  element.replaceChildren();
  return append(element, children);
}

const paths = {
  menu: "M4 7h16M4 12h16M4 17h16",
  home: "M12 21v-6M12 15c-5 0-7-3-7-6s3-6 7-6 7 3 7 6-2 6-7 6M5 21h14",
  query: "M5 6l5 6-5 6M12 18h7",
  users: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7M3 20c0-4 3-6 6-6s6 2 6 6M16 4.500a3.5 3.5 0 0 1 0 6.500M18 14.500c2 .8 3 2.8 3 5.5",
  server: "M3 17l5-6 4 4 4-8 5 6M3 21h18",
  storage: "M12 3v18M12 8H6v4M12 8h6v4M6 12v3M18 12v3",
  plus: "M12 5v14M5 12h14",
  close: "M6 6l12 12M18 6L6 18",
  more: "M9 6l6 6-6 6",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  play: "M7 5l12 7-12 7z",
  stop: "M7 7h10v10H7z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.400M17.6 17.600L19 19M5 19l1.4-1.400M17.6 6.400L19 5",
  help: "M9 9a3 3 0 1 1 4 2.800c-.7.4-1 1-1 2.200M12 17.500v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  star: "M12 4l2.5 5.2 5.5.8-4 4 1 5.6-5-2.7-5 2.7 1-5.6-4-4 5.5-.8z",
  clock: "M12 7v5l3 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  copy: "M9 9h10v11H9zM6 15H5V4h10v2",
  warn: "M12 4l9 16H3zM12 10v5M12 17.500v.1",
  graph: "M6 8a2 2 0 1 0 0-4 2 2 0 0 0 0 4M18 11a2 2 0 1 0 0-4 2 2 0 0 0 0 4M9 20a2 2 0 1 0 0-4 2 2 0 0 0 0 4M8 6.500l8 2M6.500 8l2 8M16.500 10.500l-6 6",
  leave: "M14 4h5v16h-5M4 12h10M10 8l4 4-4 4",
};

/** A drawn sign. Has no name: the control that holds it does. */
export function icon(name) {
  return svg(
    "svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" }, svg("path", { d: paths[name] }));
}

/** A button that is only a sign; `label` is its name. */
export function iconButton(name, label, onclick, properties = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick, ...properties }, icon(name));
}

/** What stands where there is nothing yet: a line, why, and what to do. */
export function empty(title, text, ...actions) {
  return h("div", { class: "empty" }, h("p", { class: "empty-title" }, title), h("p", {}, text), h("div", { class: "row" }, actions));
}

/** What may be wider than the page, and is scrolled by itself; with the keyboard too. */
export function scroller(label, ...children) {
  return h("div", { class: "grid-scroll", tabindex: "0", role: "region", "aria-label": label }, children);
}

let fields = 0;

/** A field with its label, and perhaps a hint that describes it. */
export function labelled(label, control, hint) {
  fields += 1;
  control.id = `field-${fields}`;
  const below = hint && h("span", { class: "hint", id: `hint-${fields}` }, hint);
  if (below) control.setAttribute("aria-describedby", below.id);
  return h("div", { class: "field" }, h("label", { class: "field-label", for: control.id }, label), control, below);
}
