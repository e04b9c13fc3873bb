// One document, to be read, changed and removed. A change is sent with the tag of the version it was made from (If-Match), so that
// nobody's change is lost unseen: when the document has become another one meanwhile, both are shown.

import { documentPath, Failure, links, request, tablePath } from "/_explorer/api.js";
import { settle } from "/_explorer/conflict.js";
import { confirm, dialog, failed, notice } from "/_explorer/dialog.js";
import { fill, h, icon } from "/_explorer/dom.js";
import { codeEditor } from "/_explorer/editor.js";
import { cut } from "/_explorer/format.js";
import { indent, mistake } from "/_explorer/json.js";

/** The newest version: {text, tag}; null if there is none. */
async function read(path) {
  try {
    const response = await request("GET", path);
    return { text: indent(await response.text()), tag: response.headers.get("ETag") };
  } catch (error) {
    if (error.status === 404 && error.problem.code === "non_existence_error") return null;
    throw error;
  }
}

/** `changed()` is called when something was written. */
export async function openDocument(database, table, primaryKey, key, changed) {
  const path = documentPath(database, table, key);
  let base;
  try {
    base = database === "rethinkdb" ? null : await read(path);
  } catch (error) {
    return notice(error.message, "bad");
  }
  if (!base) {
    return notice(database === "rethinkdb" ? "The server's own tables are changed by queries." : "The document was deleted meanwhile.", "bad");
  }
  const around = links.graph(database, table, key);
  return edit({ title: cut(JSON.stringify(key), 60), text: base.text, isNew: false, around, save, remove });

  /** @returns true if the dialog can close */
  async function save(editor) {
    for (;;) {
      const headers = { "Content-Type": "application/json", ...(base ? { "If-Match": base.tag } : { "If-None-Match": "*" }) };
      try {
        await request("PUT", path, { headers, body: editor.value });
        notice("Saved.");
        changed();
        return true;
      } catch (error) {
        if (error.status !== 412) throw error;
      }
      const current = await read(path);
      const answer = await settle({ base: base?.text ?? null, mine: editor.value, theirs: current?.text ?? null });
      if (answer === "edit") {
        // What was seen is what the next attempt stands on.
        base = current;
        return false;
      }
      if (answer === "theirs") {
        changed();
        return true;
      }
      if (answer !== "mine") return false;
      base = current;
    }
  }

  async function remove() {
    if (!(await confirm("Delete this document?", "It is removed from the table at once.", "Delete"))) return false;
    try {
      await request("DELETE", path, { headers: base ? { "If-Match": base.tag } : {} });
    } catch (error) {
      if (error.status !== 412) throw error;
      base = await read(path);
      if (base) {
        const detail = "Somebody has changed the document since you opened it, so it was not deleted. Close it and look at it again.";
        throw new Failure({ ...error.problem, detail });
      }
    }
    notice("Deleted.");
    changed();
    return true;
  }
}

export function createDocument(database, table, primaryKey, changed) {
  const text = primaryKey === "id" ? "{\n  \n}" : `{\n  ${JSON.stringify(primaryKey)}: \n}`;
  return edit({ title: `New document in ${table}`, text, isNew: true, save });

  async function save(editor) {
    const headers = { "Content-Type": "application/json" };
    const answer = await (await request("POST", tablePath(database, table), { headers, body: editor.value })).json();
    notice(answer.generated_keys?.length ? `Added as ${answer.generated_keys[0]}.` : "Added.");
    changed();
    return true;
  }
}

function edit({ title, text, isNew, around, save, remove }) {
  let editor;
  const mayClose = async () => editor.value === text
    || confirm("Throw your changes away?", "What you have written was not saved.", "Throw away");
  const warn = (event) => { if (editor.value !== text) event.preventDefault(); };
  addEventListener("beforeunload", warn);
  const shown = dialog(title, (close) => {
    const place = h("div", {});
    const button = h("button", { type: "button", class: "primary", onclick: run }, isNew ? "Add" : "Save");
    editor = codeEditor({ language: "json", label: "Document as JSON", value: text, onrun: run, onchange: () => fill(place) });

    async function attempt(action) {
      button.disabled = true;
      fill(place);
      try {
        if (await action(editor)) close();
      } catch (error) {
        fill(place, failed(error));
      }
      button.disabled = false;
    }

    function run() {
      const wrong = mistake(editor.value);
      if (!wrong) return attempt(save);
      editor.markAt(wrong.offset);
      const line = editor.value.slice(0, wrong.offset).split("\n").length;
      return fill(place, failed(new Error(wrong.message), `No JSON, line ${line}`));
    }

    return h(
      "div", { class: "stack document" }, editor.element, place,
      h("div", { class: "row end" },
        remove && h("button", { type: "button", class: "danger-quiet", onclick: () => attempt(remove) }, icon("trash"), "Delete"),
        around && h("a", { class: "button", href: around }, icon("graph"), "Graph"), h("span", { class: "spring" }),
        h("button", { type: "button", onclick: () => editor.value = tidy(editor.value) }, "Tidy"), button));
  }, { wide: true, mayClose });
  return shown.finally(() => removeEventListener("beforeunload", warn));
}

const tidy = (text) => (mistake(text) ? text : indent(text));
