// Numbers over a field or a group, as bars or as a line.

import { empty, fill, h, labelled, svg } from "/_explorer/dom.js";
import { compact, counted, cut, kind, number, oneLine } from "/_explorer/format.js";

const width = 760;
const height = 320;
const margin = { left: 64, right: 16, top: 16, bottom: 72 };
const barLimit = 60;

/** @param {any[]} rows objects, or numbers */
export function chart(rows) {
  const objects = rows.every((row) => kind(row) === "object") ? rows : rows.map((value, index) => ({ row: index + 1, value }));
  const names = [...new Set(objects.flatMap((row) => Object.keys(row)))];
  const numeric = names.filter((name) => objects.some((row) => typeof row[name] === "number"));
  if (numeric.length === 0) {
    return empty("No numbers", "A chart needs a field with numbers. A group with count() or sum() makes some.");
  }
  const preferred = names.find((name) => ["group", "name"].includes(name)) ?? names.find((name) => !numeric.includes(name)) ?? names[0];
  const values = numeric.filter((name) => !["id", "row"].includes(name) && name !== preferred);
  const x = select(names, preferred);
  const y = select(numeric, values[0] ?? numeric[0]);
  const form = select(["bars", "line"], objects.length > barLimit ? "line" : "bars");
  const place = h("div", { class: "chart" });
  const paint = () => fill(place, draw(objects, x.value, y.value, form.value));
  for (const control of [x, y, form]) control.addEventListener("change", paint);
  paint();
  return h(
    "div", { class: "stack" },
    h("div", { class: "row" }, labelled("Along", x), labelled("Numbers", y), labelled("As", form)), place);
}

function select(names, chosen) {
  return h("select", {}, names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
}

/** Round numbers from below the least to above the greatest. */
function ticks(least, greatest, wanted = 5) {
  const span = greatest - least || Math.abs(greatest) || 1;
  const power = 10 ** Math.floor(Math.log10(span / wanted));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => span / each <= wanted);
  const first = Math.floor(least / step);
  const last = Math.ceil(greatest / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}

function draw(objects, x, y, form) {
  const points = objects.filter((row) => typeof row[y] === "number").map((row) => ({ label: oneLine(row[x] ?? null, 40), value: row[y] }));
  const shown = form === "bars" ? points.slice(0, barLimit) : points;
  const marks = ticks(Math.min(0, ...shown.map((each) => each.value)), Math.max(0, ...shown.map((each) => each.value)));
  const [low, high] = [marks[0], marks.at(-1)];
  const place = (value) => margin.top + (height - margin.top - margin.bottom) * (1 - (value - low) / (high - low || 1));
  const step = (width - margin.left - margin.right) / shown.length;
  const centre = (index) => margin.left + step * (index + 0.5);
  const every = Math.ceil(shown.length / 24);
  const picture = svg(
    "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${y} by ${x}: ${counted(shown.length, "value")}` },
    marks.map((value) => [
      svg("line", { class: "chart-line", x1: margin.left, x2: width - margin.right, y1: place(value), y2: place(value) }),
      svg("text", { class: "chart-text", x: margin.left - 8, y: place(value) + 4, "text-anchor": "end" }, compact(value)),
    ]),
    form === "bars" ? shown.map(({ label, value }, index) => svg(
      "rect", {
        class: "chart-bar", x: centre(index) - step * 0.38, width: step * 0.76, rx: Math.min(3, step * 0.2),
        y: Math.min(place(value), place(0)), height: Math.max(1, Math.abs(place(value) - place(0))),
      }, svg("title", {}, `${label}: ${number(value)}`)))
      : svg("polyline", { class: "chart-path", points: shown.map(({ value }, index) => `${centre(index)},${place(value)}`).join(" ") }),
    shown.map(({ label }, index) => index % every === 0 && svg(
      "text", {
        class: "chart-text", "text-anchor": "end",
        transform: `translate(${centre(index) + 4} ${height - margin.bottom + 16}) rotate(-35)`,
      }, cut(label, 14))));
  const left = points.length - shown.length;
  return [picture, left > 0 && h("p", { class: "quiet" }, `${counted(left, "more row")} not drawn; as a line all are.`)];
}
