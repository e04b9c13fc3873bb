// One figure over the last minutes: its newest value, and a small line.

import { fill, h, svg } from "/_explorer/dom.js";

const width = 240;
const height = 48;

/** @param {(value: number) => string} text writes a value */
export function spark(title, text, kept) {
  const values = [];
  const newest = h("b", {});
  const line = svg("polyline", { class: "chart-path" });
  const area = svg("polygon", { class: "spark-area" });
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, area, line);
  // Shown with its first value: there may never be one.
  const element = h("div", { class: "card spark", hidden: true }, h("span", { class: "quiet small" }, title), newest, picture);
  return {
    element,
    /** Undefined leaves the line as it is. */
    add(value) {
      if (value === undefined) return;
      element.hidden = false;
      values.push(value);
      if (values.length > kept) values.shift();
      fill(newest, text(value));
      const high = Math.max(...values);
      const low = Math.min(0, ...values);
      const points = values.map((each, index) => {
        const x = width - (values.length - 1 - index) * (width / (kept - 1));
        return `${x.toFixed(1)},${(height - 3 - ((each - low) / (high - low || 1)) * (height - 8)).toFixed(1)}`;
      });
      line.setAttribute("points", points.join(" "));
      area.setAttribute("points", [`${points[0].split(",")[0]},${height}`, ...points, `${width},${height}`].join(" "));
    },
  };
}
