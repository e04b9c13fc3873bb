// The picture of a graph: the canvas with its labels, the worker that lays it out, and what is done with mouse, fingers and keys.

import { h } from "/_explorer/dom.js";
import { compact, cut } from "/_explorer/format.js";
import { graphCamera } from "/_explorer/graph-camera.js";
import { glRenderer } from "/_explorer/graph-draw.js";
import { flatRenderer } from "/_explorer/graph-flat.js";
import { stageInput } from "/_explorer/graph-input.js";

/** Scripts by address are refused unless this policy made the address, and it makes this one only. */
const layoutScript = "/_explorer/graph-layout.js";
const policy = globalThis.trustedTypes?.createPolicy("pando-layout", { createScriptURL: () => layoutScript });

const labelLimit = 60;
const litLimit = 400;
const labelSize = { height: 18, letter: 6.8, longest: 26 };
/** How nodes and edges look, as the shaders know it. */
export const looks = { plain: 0, selected: 1, dim: 2, path: 3, lit: 4, gone: 5 };

/** How large a node is in the space of the layout. */
const sizeOf = (degree) => Math.min(30, 3.3 + 1.25 * Math.log2(1 + degree));

/**
 * @param {object} model
 * @param {object} options `label` and the id of the `hint` that describes it; `onselect(node)`, `onopen()`, `onkey(key)`, which answers
 *   whether the key means something, and `onkind(kind)`, which is told what it is drawn with
 */
export function graphStage(model, { label, hint, onselect, onkey, onopen, onkind }) {
  const jumps = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const camera = graphCamera({ jumps });
  const layer = h("div", { class: "graph-labels", "aria-hidden": "true" });
  const names = { role: "application", tabindex: "0", "aria-label": label, "aria-describedby": hint };
  const element = h("div", { class: "graph-stage", ...names }, layer);
  const worker = new Worker(policy ? policy.createScriptURL("") : layoutScript);
  const spans = [];
  const marks = { selected: null, hovered: null, nodes: new Map(), edges: new Map(), dims: false };
  const stage = {
    element, camera, marks, model, ask, changed, mark, placeOf, pick, picture, close, showAll, bringIn, flatten, pause,
    isPaused: false, previous: null, followsLayout: true, select: onselect, key: onkey, open: onopen,
  };
  const state = {
    version: 0, span: 200, before: model.places, after: model.places, arrived: 0, interval: 40, frame: 0, drawn: 0,
    byDegree: [], labelled: 0, chosen: [],
  };
  const lent = new WeakSet();
  let canvas = null;
  let renderer = null;
  let theme = null;
  let isClosed = false;

  // Drawing.

  function make(canUseGL) {
    renderer?.close();
    canvas?.remove();
    canvas = h("canvas", { "aria-hidden": "true" });
    renderer = canUseGL ? glRenderer(canvas, { onlost: () => { if (!isClosed) make(false); } }) : flatRenderer(canvas);
    if (!renderer) return make(false);
    element.prepend(canvas);
    onkind(renderer.kind);
    resize();
    readTheme();
    load();
    return ask();
  }

  function readTheme() {
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => {
      const digits = style.getPropertyValue(name).trim().slice(1);
      return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16) / 255);
    };
    theme = {
      palette: Array.from({ length: 8 }, (_, index) => colour(`--graph-${index + 1}`)),
      ground: colour("--raised"), line: colour("--line-strong"), accent: colour("--ink"),
      text: style.getPropertyValue("--ink"), font: style.getPropertyValue("--sans"),
    };
    renderer.paint(theme);
    ask();
  }

  function resize() {
    const { width, height } = element.getBoundingClientRect();
    if (width === 0) return;
    const ratio = Math.min(2, devicePixelRatio);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    camera.resize(width, height);
    if (stage.followsLayout) fit();
    ask();
  }

  /** What renderers are given: colour, shape, radius and state of each node, the ends and the state of each edge. */
  function load() {
    const pairs = new Uint32Array(model.edges.length * 2);
    for (const [index, edge] of model.edges.entries()) pairs.set([edge.from.index, edge.to.index], index * 2);
    const [look, edgeLook] = lookOf();
    renderer.load({ count: model.nodes.length, pairs, look, edgeLook });
    renderer.place(state.before, state.after);
  }

  function lookOf() {
    const { selected, nodes, edges, dims } = marks;
    const numbers = new Map(model.tables.map((name, index) => [name, index]));
    const look = new Uint8Array(model.nodes.length * 4);
    for (const { index, table, degree } of model.nodes) {
      const number = numbers.get(table) ?? 0;
      look[index * 4] = number % 8;
      look[index * 4 + 1] = number % 5;
      look[index * 4 + 2] = Math.round(sizeOf(degree) * 4);
      look[index * 4 + 3] = dims ? looks.dim : looks.plain;
    }
    for (const [node, value] of nodes) look[node.index * 4 + 3] = value;
    if (selected) look[selected.index * 4 + 3] = looks.selected;
    const edgeLook = new Uint8Array(model.edges.length);
    // Thousands of lit edges would be all that is seen.
    const lights = selected && selected.edges.length <= litLimit;
    for (const [index, edge] of model.edges.entries()) {
      const isLit = lights && (edge.from === selected || edge.to === selected);
      edgeLook[index] = edges.get(edge) ?? (isLit ? looks.lit : dims ? looks.dim : looks.plain);
    }
    return [look, edgeLook];
  }

  /** Other marks on what is shown. */
  function mark(values) {
    Object.assign(marks, values);
    renderer.look(...lookOf());
    state.labelled = 0;
    ask();
  }

  function ask() {
    if (!isClosed && state.frame === 0) state.frame = requestAnimationFrame(frame);
  }

  function frame(now) {
    state.frame = 0;
    const isMoving = camera.advance(Math.min(100, now - state.drawn));
    state.drawn = now;
    const share = mixing(now);
    renderer.draw(camera, share, state.span);
    moveLabels(now, share);
    if (isMoving || share < 1) ask();
  }

  /** How large a node is in pixels, so far away. */
  const radiusOf = (node, depth) => Math.max(1.6, (sizeOf(node.degree) * camera.focal()) / depth) * (node === marks.selected ? 1.45 : 1);

  const mixing = (now) => (jumps ? 1 : Math.max(0, Math.min(1, (now - state.arrived) / state.interval)));

  function placeOf(node, out = [0, 0, 0], share = mixing(performance.now())) {
    const at = node.index * 3;
    // What came a moment ago isn't in the picture yet.
    if (at >= state.after.length) return out.fill(0);
    const along = (axis) => state.before[at + axis] + (state.after[at + axis] - state.before[at + axis]) * share;
    return camera.project(along(0), along(1), along(2), out);
  }

  // Names beside nodes: never more than sixty, never one over another.

  function moveLabels(now, share) {
    if (now - state.labelled > 160) {
      state.labelled = now;
      chooseLabels(share);
    }
    const place = [0, 0, 0];
    for (const [index, node] of state.chosen.entries()) {
      placeOf(node, place, share);
      const radius = radiusOf(node, place[2]);
      const [x, y] = [place[0] + camera.size.width / 2 + radius + 1, place[1] + camera.size.height / 2 - 9];
      spans[index].style.transform = `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)`;
    }
  }

  function chooseLabels(share) {
    const { selected, hovered, nodes, dims } = marks;
    const first = [selected, hovered, ...nodes.keys(), ...(selected ? model.neighbours(selected).slice(0, 40) : [])].filter(Boolean);
    const taken = [];
    const place = [0, 0, 0];
    const chosen = new Set();
    for (const node of [...first, ...(dims ? [] : state.byDegree)]) {
      if (chosen.size === labelLimit) break;
      if (chosen.has(node)) continue;
      placeOf(node, place, share);
      const left = place[0] + camera.size.width / 2 + radiusOf(node, place[2]);
      const top = place[1] + camera.size.height / 2 - labelSize.height / 2;
      const right = left + (Math.min(labelSize.longest, node.label.length) + (model.hidden(node) > 0 ? 4 : 1)) * labelSize.letter;
      const isAsked = node === selected || node === hovered;
      if (place[2] < 1 || left < 0 || top < 0 || top > camera.size.height || (right > camera.size.width && !isAsked)) continue;
      const covers = (each) => left < each.right && each.left < right && Math.abs(top - each.top) < labelSize.height;
      if (!isAsked && taken.some(covers)) continue;
      taken.push({ left, right, top });
      chosen.add(node);
    }
    state.chosen = [...chosen];
    while (spans.length < chosen.size) layer.append(spans[spans.push(h("span", {})) - 1]);
    for (const [index, span] of spans.entries()) {
      const node = state.chosen[index];
      span.hidden = !node;
      if (!node) continue;
      const left = model.hidden(node);
      const text = cut(node.label, labelSize.longest) + (left > 0 ? ` +${compact(left)}` : "");
      if (span.textContent !== text) span.textContent = text;
      span.classList.toggle("strong", node === selected || node === hovered);
    }
  }

  // Layout.

  worker.onmessage = ({ data }) => {
    if (data.version !== state.version) return;
    const now = performance.now();
    if (lent.has(state.before)) worker.postMessage({ version: state.version, buffer: state.before }, [state.before.buffer]);
    state.before = state.after;
    state.after = data.positions;
    lent.add(data.positions);
    state.interval = Math.max(16, Math.min(120, now - state.arrived));
    state.arrived = now;
    model.places.set(data.positions);
    if (jumps) state.labelled = 0;
    element.dataset.layout = data.isSettled ? "settled" : "moving";
    element.dataset.stepCost = data.cost.toFixed(2);
    if (stage.followsLayout) fit();
    renderer.place(state.before, state.after);
    ask();
  };

  /** Nodes or edges came or went: shown at once where they are, then laid out. */
  function changed(heat = 1) {
    state.version += 1;
    state.before = model.places.slice();
    state.after = state.before;
    state.byDegree = model.nodes.toSorted((a, b) => b.degree - a.degree).slice(0, 400);
    state.labelled = 0;
    load();
    if (stage.followsLayout) fit();
    element.dataset.layout = "moving";
    const ends = new Uint32Array(model.edges.length * 2);
    for (const [index, edge] of model.edges.entries()) ends.set([edge.from.index, edge.to.index], index * 2);
    const positions = model.places.slice();
    const begin = { version: state.version, count: model.nodes.length, ends, positions, isFlat: camera.isFlat, heat, isSilent: jumps };
    worker.postMessage({ begin }, [ends.buffer, positions.buffer]);
    ask();
  }

  function fit() {
    camera.fit(state.after);
    state.span = camera.goal.distance * 0.45;
  }

  function showAll() {
    stage.followsLayout = true;
    fit();
    ask();
  }

  /** Turns to a node that is outside the picture, or near its border. */
  function bringIn(node) {
    const [x, y, depth] = placeOf(node);
    if (depth > 1 && Math.abs(x) < camera.size.width * 0.4 && Math.abs(y) < camera.size.height * 0.4) return;
    stage.followsLayout = false;
    camera.lookAt(...state.after.subarray(node.index * 3, node.index * 3 + 3));
    ask();
  }

  function flatten(isFlat) {
    camera.isFlat = isFlat;
    if (isFlat) Object.assign(camera.goal, { yaw: 0, pitch: 0 });
    changed(0.6);
  }

  function pause() {
    stage.isPaused = !stage.isPaused;
    worker.postMessage({ isPaused: stage.isPaused });
  }

  // What lies under a place, and the picture as a file.

  function pick(x, y, slack = 6) {
    const share = mixing(performance.now());
    const place = [0, 0, 0];
    let [found, best] = [null, Infinity];
    for (const node of model.nodes) {
      placeOf(node, place, share);
      if (place[2] < 1) continue;
      const radius = radiusOf(node, place[2]);
      const away = Math.hypot(place[0] + camera.size.width / 2 - x, place[1] + camera.size.height / 2 - y) - radius;
      const rank = away <= 0 ? -1 / place[2] : away;
      if (away < slack && rank < best) [found, best] = [node, rank];
    }
    return found;
  }

  function picture() {
    renderer.draw(camera, 1, state.span);
    const copy = h("canvas", { width: canvas.width, height: canvas.height });
    const context = copy.getContext("2d");
    context.drawImage(canvas, 0, 0);
    const ratio = canvas.width / camera.size.width;
    context.scale(ratio, ratio);
    context.fillStyle = theme.text;
    context.font = `12px ${theme.font}`;
    for (const span of spans.filter((each) => !each.hidden)) {
      const [, x, y] = /translate\((.*)px, (.*)px\)/.exec(span.style.transform) ?? [];
      context.fillText(span.textContent, Number(x), Number(y) + 13);
    }
    return new Promise((resolve) => { copy.toBlob(resolve, "image/png"); });
  }

  const observer = new ResizeObserver(resize);
  const themes = new MutationObserver(readTheme);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  make(true);
  observer.observe(element);
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  scheme.addEventListener("change", readTheme);
  stageInput(stage);

  function close() {
    isClosed = true;
    cancelAnimationFrame(state.frame);
    worker.terminate();
    observer.disconnect();
    themes.disconnect();
    scheme.removeEventListener("change", readTheme);
    renderer.close();
  }

  return stage;
}
