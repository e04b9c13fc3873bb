// Where in a query's text the term stands that an error's frames lead to. A frame is the number of an argument (a method's first is what
// stands before the point), or the name of an option. Text that this small reader doesn't understand has no place marked, and that is all.

import { tokens } from "/_explorer/reql.js";

const levels = [["??"], ["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/", "%"]];

class Reader {
  constructor(text) {
    this.tokens = tokens(text).filter((each) => each.kind !== "space" && each.kind !== "comment");
    this.at = 0;
  }

  get next() { return this.tokens[this.at]?.text; }
  get end() { const last = this.tokens[this.at - 1]; return last.start + last.text.length; }
  get start() { return this.tokens[this.at].start; }

  takes(text) {
    if (this.next !== text) return false;
    this.at += 1;
    return true;
  }

  wants(text) { if (!this.takes(text)) throw new SyntaxError(text); }

  /** A term: its place, its arguments, and what it is beside. */
  term(start, args, more = {}) {
    const children = [...args, ...(more.options?.values() ?? []), ...(more.body ? [more.body] : [])];
    return { start, end: this.end, args, usesRow: children.some((each) => each.usesRow), ...more };
  }

  expression(level = 0) {
    const { start } = this;
    if (level === 0) {
      const condition = this.expression(1);
      if (!this.takes("?")) return condition;
      const yes = this.expression();
      this.wants(":");
      return this.term(start, [condition, yes, this.expression()]);
    }
    if (level > levels.length) return this.unary();
    let left = this.expression(level + 1);
    while (levels[level - 1].includes(this.next)) {
      this.at += 1;
      left = this.term(start, [left, this.expression(level + 1)]);
    }
    return left;
  }

  unary() {
    const { start } = this;
    if (this.takes("!") || this.takes("-")) return this.term(start, [this.unary()]);
    return this.calls(start, this.operand(start));
  }

  /** What follows an operand: `.name(…)` and `(…)`. */
  calls(start, first) {
    let value = first;
    for (;;) {
      if (this.takes(".")) {
        const name = this.next;
        this.at += 1;
        value = this.method(start, value, name);
      } else if (this.takes("(")) {
        value = this.term(start, [value, ...this.list(")")]);
      } else {
        return value;
      }
    }
  }

  method(start, receiver, name) {
    if (receiver.isR && name === "row") return this.term(start, [], { usesRow: true });
    this.wants("(");
    const args = this.list(")");
    if (receiver.isR && name === "expr") return args[0];
    const all = receiver.isR ? args : [receiver, ...args];
    // The function comes first in the term, and last in the text.
    return this.term(start, name === "do" ? [all.at(-1), ...all.slice(0, -1)] : all);
  }

  operand(start) {
    if (this.isFunction()) return this.arrow(start);
    const text = this.next;
    this.at += 1;
    switch (text) {
      case "r": return { isR: true, start, end: this.end, args: [] };
      case "[": return this.term(start, this.list("]"));
      case "{": return this.object(start);
      case "function": return this.longFunction(start);
      case "(": {
        const inside = this.expression();
        this.wants(")");
        return inside;
      }
      default:
        if (text === undefined || /^[)\]},;:]$/.test(text)) throw new SyntaxError(text);
        return this.term(start, []);
    }
  }

  list(close) {
    const items = [];
    while (!this.takes(close)) {
      items.push(this.expression());
      if (!this.takes(",") && this.next !== close) throw new SyntaxError(close);
    }
    return items;
  }

  object(start) {
    const options = new Map();
    while (!this.takes("}")) {
      const { text, kind } = this.tokens[this.at];
      this.at += 1;
      this.wants(":");
      options.set(kind === "string" ? text.slice(1, -1) : text, this.expression());
      if (!this.takes(",") && this.next !== "}") throw new SyntaxError("}");
    }
    return this.term(start, [], { options });
  }

  /** Whether `x =>` or `(x, y) =>` begins here. */
  isFunction() {
    let index = this.at;
    if (this.tokens[index]?.text === "(") {
      while (this.tokens[index] && this.tokens[index].text !== ")") index += 1;
    }
    return this.tokens[index + 1]?.text === "=>";
  }

  arrow(start) {
    while (!this.takes("=>")) this.at += 1;
    return this.term(start, [], { body: this.next === "{" && this.tokens[this.at + 1]?.text === "return" ? this.block() : this.expression() });
  }

  longFunction(start) {
    while (this.next !== "{") this.at += 1;
    return this.term(start, [], { body: this.block() });
  }

  block() {
    this.wants("{");
    this.wants("return");
    const body = this.expression();
    this.takes(";");
    this.wants("}");
    return body;
  }
}

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The option of a term, or the member of an object. Options stand in the last argument. */
function option(term, name) {
  const options = term.options ?? term.args.at(-1)?.options ?? new Map();
  return options.get(name) ?? [...options].find(([key]) => snake(key) === name)?.[1];
}

/** @returns {{start: number, end: number} | null} */
export function locate(text, frames) {
  try {
    let term = new Reader(text).expression();
    let isInRow = false;
    frames.forEach((frame, index) => {
      if (term.body) {
        if (frame !== 1) throw new RangeError();
        term = term.body;
      } else if (frame === 1 && index > 0 && term.usesRow && !isInRow) {
        // What has r.row in it stands for a function of it.
        isInRow = true;
      } else {
        term = typeof frame === "string" ? option(term, frame) : term.args[frame];
      }
      if (!term) throw new RangeError();
    });
    return frames.length === 0 && term.args.length === 0 ? null : { start: term.start, end: term.end };
  } catch {
    return null;
  }
}
