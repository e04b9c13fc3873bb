// What lies over the page: dialogs, questions, notices.

import { fill, h, icon, iconButton } from "/_explorer/dom.js";

/** What closes each dialog that is open, the topmost last; each may refuse. */
const open = [];

/** Closes all dialogs, as another page is about to be shown. @returns false if somebody wants to stay */
export async function closeDialogs() {
  for (const leave of open.toReversed()) {
    if (!(await leave())) return false;
  }
  return true;
}

/**
 * Shows a dialog. `build(close)` makes its content; `mayClose()`, if given, is asked before Escape and the cross close it.
 * @returns {Promise} of what `close` was called with; undefined when it was just closed.
 */
export function dialog(title, build, { wide = false, mayClose = async () => true } = {}) {
  return new Promise((resolve) => {
    const close = (value) => {
      element.close();
      element.remove();
      open.splice(open.indexOf(leave), 1);
      resolve(value);
    };
    const leave = async () => {
      const may = await mayClose();
      if (may && element.isConnected) close();
      return may;
    };
    open.push(leave);
    const heading = h("h2", { id: `dialog-${Math.random().toString(36).slice(2)}` }, title);
    const element = h(
      "dialog", { class: wide ? "wide" : "", "aria-labelledby": heading.id },
      h("header", { class: "dialog-head" }, heading, iconButton("close", "Close", leave)));
    element.append(build(close));
    element.addEventListener("cancel", (event) => {
      event.preventDefault();
      leave();
    });
    document.body.append(element);
    element.showModal();
    element.querySelector("[autofocus], textarea, input, .primary")?.focus();
  });
}

/** Asks before something that can't be taken back. With `name`, the name has to be typed. */
export function confirm(title, text, action, name) {
  return dialog(title, (close) => {
    const button = h("button", { type: "submit", class: "danger", disabled: name !== undefined }, action);
    const typed = name !== undefined && h("input", {
      type: "text", "aria-label": `Type ${name} to confirm`, placeholder: name, autocomplete: "off", autofocus: true,
      oninput: (event) => { button.disabled = event.target.value !== name; },
    });
    return h(
      "form", { class: "stack", onsubmit: (event) => { event.preventDefault(); close(true); } },
      h("p", {}, text), typed && h("p", { class: "hint" }, "Type ", h("code", {}, name), " to confirm."), typed,
      h("div", { class: "row end" }, h("button", { type: "button", onclick: () => close(false) }, "Cancel"), button));
  }).then((answer) => answer === true);
}

/** A form in a dialog. `fields` are elements; `submit()` is what it is for, and its failure is shown in the form. */
export function form(title, fields, action, submit) {
  return dialog(title, (close) => {
    const place = h("div", {});
    const button = h("button", { type: "submit", class: "primary" }, action);
    return h(
      "form", {
        class: "stack",
        onsubmit: async (event) => {
          event.preventDefault();
          button.disabled = true;
          fill(place);
          try {
            close(await submit() ?? true);
          } catch (error) {
            fill(place, failed(error));
            button.disabled = false;
          }
        },
      },
      fields, place, h("div", { class: "row end" }, h("button", { type: "button", onclick: () => close() }, "Cancel"), button));
  });
}

/** A short message that goes away by itself. */
export function notice(text, kind = "good") {
  const element = h("div", { class: `notice ${kind}` }, text);
  document.getElementById("notices").append(element);
  setTimeout(() => element.remove(), kind === "bad" ? 9000 : 3500);
}

/** What went wrong, to be put where it did. */
export function failed(error, title) {
  const problem = error.problem ?? {};
  return h(
    "div", { class: "failed", role: "alert" },
    h("p", { class: "failed-title" }, icon("warn"), title ?? (problem.code ? problem.code.replaceAll("_", " ") : "That failed")),
    h("p", { class: "failed-text" }, error.message),
    problem.snippet && h("pre", { class: "snippet", tabindex: "0" }, problem.snippet));
}
