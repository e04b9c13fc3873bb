// A text area with colours behind it: the text is the browser's own (undo, spelling, screen readers), the colours lie in a copy below.

import { h } from "/_explorer/dom.js";
import * as json from "/_explorer/json.js";
import * as reql from "/_explorer/reql.js";
import * as sql from "/_explorer/sql.js";

const scanners = { json, reql, sql };

/** Coloured text, as spans. `mark` is {start, end}: a place to be underlined. */
export function coloured(text, language, mark) {
  const parts = document.createDocumentFragment();
  scanners[language].scan(text, (kind, piece, start) => {
    const end = start + piece.length;
    const isMarked = mark && start < mark.end && mark.start < end;
    if (kind === "space" && !isMarked) parts.append(piece);
    else parts.append(h("span", { class: isMarked ? `${kind} mistake` : kind }, piece));
  });
  return parts;
}

/** Above this many characters there are no colours: they would cost more time than a key stroke has. */
const colouredLength = 60_000;

/**
 * @param {{language: "reql" | "sql" | "json", label: string, value?: string, complete?: Function, onrun?: Function, onchange?: Function}} options
 * `complete(text, caret)` answers what ./complete.js describes.
 */
export function codeEditor({ language, label, value = "", complete, onrun, onchange, placeholder = "" }) {
  const area = h("textarea", {
    class: "code-area", spellcheck: "false", autocapitalize: "off", autocomplete: "off", wrap: "off", "aria-label": label, value, placeholder,
  });
  const below = h("pre", { class: "code-below", "aria-hidden": "true" });
  const list = h("ul", { class: "choices", role: "listbox", "aria-label": "Completions", hidden: true });
  list.id = `choices-${Math.random().toString(36).slice(2)}`;
  const element = h("div", { class: "code" }, below, area, list);
  let mark = null;
  let offer = null;
  let chosen = 0;
  let asked = 0;

  function paint() {
    const text = area.value;
    below.replaceChildren(text.length > colouredLength ? document.createTextNode(text) : coloured(text, language, mark), "\n");
    element.style.setProperty("--lines", String(text.split("\n").length));
    follow();
  }

  function follow() {
    below.scrollTop = area.scrollTop;
    below.scrollLeft = area.scrollLeft;
  }

  function insert(text, start = area.selectionStart, end = area.selectionEnd) {
    area.focus();
    area.setSelectionRange(start, end);
    // The one way that keeps the browser's own undo.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, start, end, "end");
    paint();
  }

  function hide() {
    offer = null;
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
    area.removeAttribute("aria-controls");
  }

  function take() {
    const { start, end, closing, items } = offer;
    insert(items[chosen].text + closing, start, end);
    hide();
  }

  function show(found) {
    offer = found;
    chosen = 0;
    list.replaceChildren(...found.items.map((item, index) => h(
      "li", { role: "option", id: `${list.id}-${index}`, onmousedown: (event) => { event.preventDefault(); chosen = index; take(); } },
      h("span", {}, item.text), h("small", {}, item.note))));
    list.hidden = false;
    area.setAttribute("aria-controls", list.id);
    place();
    choose(0);
  }

  function choose(index) {
    chosen = (index + offer.items.length) % offer.items.length;
    [...list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    list.children[chosen].scrollIntoView({ block: "nearest" });
    area.setAttribute("aria-activedescendant", `${list.id}-${chosen}`);
  }

  /** Puts the list under the beginning of the word. */
  function place() {
    const before = area.value.slice(0, offer.start).split("\n");
    const line = before.length - 1;
    const size = parseFloat(getComputedStyle(area).lineHeight);
    const ruler = h("span", { class: "ruler" }, before[line]);
    below.append(ruler);
    const width = ruler.getBoundingClientRect().width;
    ruler.remove();
    list.style.top = `${12 + (line + 1) * size - area.scrollTop}px`;
    list.style.left = `${Math.max(0, Math.min(14 + width - area.scrollLeft, element.clientWidth - 260))}px`;
  }

  async function ask() {
    if (!complete || area.selectionStart !== area.selectionEnd) return hide();
    asked += 1;
    const mine = asked;
    const found = await complete(area.value, area.selectionStart);
    if (mine !== asked || document.activeElement !== area) return undefined;
    return found ? show(found) : hide();
  }

  area.addEventListener("input", () => {
    mark = null;
    paint();
    onchange?.(area.value);
    ask();
  });
  area.addEventListener("scroll", follow);
  area.addEventListener("blur", () => { asked += 1; hide(); });
  area.addEventListener("click", hide);
  area.addEventListener("keydown", (event) => {
    const { key } = event;
    if ((event.ctrlKey || event.metaKey) && key === "Enter") {
      event.preventDefault();
      hide();
      onrun?.();
    } else if (event.ctrlKey && key === " ") {
      event.preventDefault();
      ask();
    } else if (offer && (key === "ArrowDown" || key === "ArrowUp")) {
      event.preventDefault();
      choose(chosen + (key === "ArrowDown" ? 1 : -1));
    } else if (offer && (key === "Enter" || key === "Tab") && !event.shiftKey) {
      event.preventDefault();
      take();
    } else if (key === "Escape" && offer) {
      event.preventDefault();
      event.stopPropagation();
      hide();
    } else if (key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      const line = area.value.slice(0, area.selectionStart).split("\n").at(-1);
      const deeper = /[{([]\s*$/.test(line) ? "  " : "";
      insert(`\n${/^\s*/.exec(line)[0]}${deeper}`);
      onchange?.(area.value);
    } else if (["ArrowLeft", "ArrowRight", "Home", "End"].includes(key)) {
      hide();
    }
  });
  paint();

  return {
    element,
    area,
    get value() { return area.value; },
    set value(text) { area.value = text; mark = null; hide(); paint(); },
    set language(other) { language = other; mark = null; hide(); paint(); },
    insert,
    repaint: paint,
    /** Underlines the token at an offset. */
    markAt(offset) {
      this.mark({ start: Math.min(offset, Math.max(0, area.value.length - 1)), end: offset + 1 });
    },
    /** Underlines {start, end}, or nothing if it is null. */
    mark(place) {
      mark = place;
      paint();
    },
  };
}
