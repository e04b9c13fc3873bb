// JSON as text: cut into tokens, coloured, indented. The text itself is kept: no number is read and written again, so none loses a digit.

const token = /"(?:[^"\\]|\\.)*"?|-?\d[\d.eE+-]*|true|false|null|[{}[\],:]|\s+|[^\s]/gs;

/** Calls `each(kind, text, start)` for all of a text; kinds are key, string, number, word, mark, space and wrong. */
export function scan(text, each) {
  for (const match of text.matchAll(token)) {
    const piece = match[0];
    let kind = "wrong";
    if (piece[0] === '"') kind = /^\s*:/.test(text.slice(match.index + piece.length, match.index + piece.length + 40)) ? "key" : "string";
    else if (/^[-\d]/.test(piece)) kind = "number";
    else if (/^(true|false|null)$/.test(piece)) kind = "word";
    else if (/^[{}[\],:]$/.test(piece)) kind = "mark";
    else if (/^\s/.test(piece)) kind = "space";
    each(kind, piece, match.index);
  }
}

/** The same JSON with a line for each member. Short arrays of plain values stay in one line. */
export function indent(text) {
  const out = [];
  const open = [];
  const newline = () => out.push(`\n${"  ".repeat(open.length)}`);
  const pieces = [];
  scan(text, (kind, piece) => { if (kind !== "space") pieces.push(piece); });
  pieces.forEach((piece, index) => {
    if (piece === "{" || piece === "[") {
      out.push(piece);
      const closes = pieces[index + 1] === "}" || pieces[index + 1] === "]";
      const flat = closes || (piece === "[" && isShort(pieces, index + 1));
      open.push(flat);
      if (!flat) newline();
    } else if (piece === "}" || piece === "]") {
      if (!open.pop()) newline();
      out.push(piece);
    } else if (piece === ",") {
      out.push(piece);
      if (open.at(-1)) out.push(" ");
      else newline();
    } else {
      out.push(piece === ":" ? ": " : piece);
    }
  });
  return out.join("");
}

/** Whether an array that begins before `index` has only plain values, and not much of them. */
function isShort(pieces, index) {
  let length = 0;
  for (; index < pieces.length && pieces[index] !== "]"; index += 1) {
    length += pieces[index].length + 1;
    if (length > 72 || pieces[index] === "{" || pieces[index] === "[") return false;
  }
  return true;
}

/** Where a text stops being JSON: {message, offset}, or null if it is JSON. */
export function mistake(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    const place = /position (\d+)/.exec(error.message);
    const lines = /line (\d+) column (\d+)/.exec(error.message);
    let offset = text.length;
    if (place) offset = Number(place[1]);
    else if (lines) offset = offsetOf(text, Number(lines[1]), Number(lines[2]));
    // Browsers say it in their own words; the part that repeats the text is left out.
    const message = error.message.replace(/^JSON\.parse: /, "").replace(/,? ?(\.{3})?["'].*is not valid JSON$/s, " is not JSON")
      .replace(/ at position.*| in JSON.*/s, "");
    return { message, offset };
  }
}

/** The offset of a place that is given by line and column, both from 1; columns count characters. */
export function offsetOf(text, line, column) {
  const lines = text.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
}
