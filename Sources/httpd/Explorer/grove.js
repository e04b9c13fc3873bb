// The file as an aspen grove: each database a stand, each table a trunk as high as it has documents, all from one root. The same file
// gives the same picture. It is decoration: the list below it says the same in words.

import { svg } from "/_explorer/dom.js";

const width = 960;
const height = 210;
const ground = 172;

/** A small generator of numbers in [0, 1), from a name. */
function seeded(name) {
  let state = 2166136261;
  for (const char of name) state = Math.imul(state ^ char.codePointAt(0), 16777619);
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9 | 0;
    return ((state ^ (state >>> 13)) >>> 0) / 4294967296;
  };
}

/** @param {{name: string, tables: {name: string, count: number}[]}[]} stands */
export function grove(stands) {
  const tables = stands.flatMap((stand) => stand.tables.map((table) => ({ ...table, seed: `${stand.name}.${table.name}` }))).slice(0, 40);
  const gap = Math.min(150, (width - 160) / Math.max(1, tables.length));
  const start = (width - gap * (tables.length - 1)) / 2;
  const trunks = tables.map((table, index) => {
    const random = seeded(table.seed);
    return trunk(start + gap * index + (random() - 0.5) * gap * 0.3, table.count ?? 0, random);
  });
  return svg(
    "svg", { viewBox: `0 0 ${width} ${height}`, class: "grove", "aria-hidden": "true", preserveAspectRatio: "xMidYMax slice" },
    far(), trunks.map((each) => each.behind), root(trunks.map((each) => each.x)), trunks.map((each) => each.before));
}

/** The rest of the wood, pale, which is always there. */
function far() {
  const random = seeded("pando");
  return Array.from({ length: 46 }, () => {
    const x = random() * width;
    const near = random();
    return svg("path", {
      class: "far", "stroke-width": 1 + near * 5, "stroke-opacity": 0.25 + near * 0.5, d: `M${x} ${ground + near * 8}l${(random() - 0.5) * 12} ${-ground - 20}`,
    });
  });
}

/** One table's trunk: higher and with a broader crown the more documents there are, by their order of magnitude. */
function trunk(x, count, random) {
  const size = Math.min(7, Math.log10(count + 1));
  const tall = 52 + size * 13;
  const broad = 7 + size;
  const top = ground - tall;
  const lean = (random() - 0.5) * 10;
  const crown = 22 + size * 5;
  const leaves = Array.from({ length: 34 + Math.round(size * 12) }, () => {
    const angle = random() * Math.PI * 2;
    const far = Math.sqrt(random()) * crown;
    return svg("circle", {
      class: `leaf-${1 + Math.floor(random() * 4)}`, r: 2.6 + random() * 4.2,
      cx: x + lean + Math.cos(angle) * far, cy: top - crown * 0.15 + Math.sin(angle) * far * 0.86,
    });
  });
  const bark = svg("path", {
    class: "bark", d: `M${x - broad / 2} ${ground + 2}L${x + lean - broad / 3} ${top}h${broad * 0.66}L${x + broad / 2} ${ground + 2}Z`,
  });
  const eyes = Array.from({ length: 3 + Math.floor(size) }, (_, index) => {
    const along = 0.1 + (index + random() * 0.7) * 0.62 / (3 + size);
    const long = broad * (0.25 + random() * 0.35);
    const left = x + lean * along + (random() - 0.75) * broad * 0.5;
    return svg("path", { class: "eye", d: `M${left} ${ground - tall * along}h${long}` });
  });
  const half = Math.ceil(leaves.length * 0.6);
  return { x, behind: leaves.slice(0, half), before: [bark, eyes, leaves.slice(half)] };
}

/** The one root that all trunks come from. */
function root(places) {
  const line = `M0 ${ground + 14}C${width * 0.25} ${ground + 30} ${width * 0.7} ${ground + 10} ${width} ${ground + 20}`;
  const fibres = places.map((x) => `M${x} ${ground}q${(width / 2 - x) * 0.02} 10 ${(width / 2 - x) * 0.07} 21`);
  return [svg("path", { class: "root", d: line }), fibres.map((d) => svg("path", { class: "root", d }))];
}
