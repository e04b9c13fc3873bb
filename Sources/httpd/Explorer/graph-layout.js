// A worker that lays a graph out: nodes repel each other (Barnes and Hut's octree), edges are springs, each component is drawn together.
// It does the same steps whatever the clock says, so the same graph from the same places looks the same.
"use strict";

const spring = 34;
const charge = -70;
const openness = 0.9;
const deepest = 24;
/** Milliseconds of each turn that go to steps, and from one turn to the next. */
const turn = { work: 18, pause: 30 };

let graph = null;
let timer = null;
let isPaused = false;

/** Cells of the tree while it grows, then in the order of a walk, each with where the walk goes on if it doesn't enter the cell. */
const tree = { child: new Int32Array(0), cells: 0, chain: new Int32Array(0), size: 0 };
const walk = { x: [], y: [], z: [], mass: [], width: [], next: [], length: 0 };

function begin({ version, count, ends, positions, isFlat, heat, isSilent }) {
  const degree = new Float32Array(count);
  for (const end of ends) degree[end] += 1;
  const coolest = count > 2000 ? 0.006 : 0.002;
  graph = {
    version, count, ends, degree, isFlat, isSilent, heat, coolest, cooling: 1 - coolest ** (1 / (count > 2000 ? 160 : 260)),
    places: Float64Array.from(positions), speeds: new Float64Array(count * 3), component: components(count, ends),
    steps: 0, cost: 0, free: [], sent: 0,
  };
  tree.chain = new Int32Array(count);
  schedule(0);
}

/** The component of each node, as a number from 0 on. */
function components(count, ends) {
  const parent = Int32Array.from({ length: count }, (_, index) => index);
  const root = (node) => {
    while (parent[node] !== node) {
      parent[node] = parent[parent[node]];
      node = parent[node];
    }
    return node;
  };
  for (let edge = 0; edge < ends.length; edge += 2) parent[root(ends[edge])] = root(ends[edge + 1]);
  const numbers = new Map();
  return parent.map((_, node) => {
    const own = root(node);
    if (!numbers.has(own)) numbers.set(own, numbers.size);
    return numbers.get(own);
  });
}

function schedule(wait) {
  clearTimeout(timer);
  timer = setTimeout(run, wait);
}

function run() {
  if (!graph || isPaused) return;
  const began = performance.now();
  let spent = 0;
  while (graph.heat > graph.coolest && spent < turn.work) {
    const start = performance.now();
    step();
    graph.steps += 1;
    graph.cost += performance.now() - start;
    spent = performance.now() - began;
  }
  const isSettled = graph.heat <= graph.coolest;
  const hasTold = tell(isSettled);
  if (!isSettled || !hasTold) schedule(Math.max(4, turn.pause - spent));
}

/** Sends the places, unless the page still has all buffers. @returns whether the page knows what there is to know */
function tell(isSettled) {
  if (graph.isSilent && !isSettled) return true;
  let buffer = graph.free.pop();
  if (!buffer) {
    if (graph.sent === 3) return false;
    graph.sent += 1;
    buffer = new Float32Array(graph.count * 3);
  }
  buffer.set(graph.places);
  const cost = graph.cost / (graph.steps || 1);
  postMessage({ version: graph.version, positions: buffer, isSettled, steps: graph.steps, cost }, [buffer.buffer]);
  return true;
}

function step() {
  const { count, ends, degree, places, speeds, isFlat } = graph;
  const heat = graph.heat += -graph.heat * graph.cooling;
  for (let edge = 0; edge < ends.length; edge += 2) {
    const a = ends[edge] * 3;
    const b = ends[edge + 1] * 3;
    if (a === b) continue;
    const dx = places[b] + speeds[b] - places[a] - speeds[a];
    const dy = places[b + 1] + speeds[b + 1] - places[a + 1] - speeds[a + 1];
    const dz = places[b + 2] + speeds[b + 2] - places[a + 2] - speeds[a + 2];
    const distance = Math.sqrt(dx * dx + dy * dy + dz * dz) || 1e-6;
    const [first, second] = [degree[a / 3], degree[b / 3]];
    const pull = ((distance - spring) / distance) * heat / Math.min(first, second);
    const share = first / (first + second);
    speeds[b] -= dx * pull * share;
    speeds[b + 1] -= dy * pull * share;
    speeds[b + 2] -= dz * pull * share;
    speeds[a] += dx * pull * (1 - share);
    speeds[a + 1] += dy * pull * (1 - share);
    speeds[a + 2] += dz * pull * (1 - share);
  }
  grow();
  repel(heat);
  gather(heat);
  for (let index = 0; index < count * 3; index += 1) {
    speeds[index] *= 0.6;
    places[index] += speeds[index];
  }
  if (isFlat) for (let index = 2; index < count * 3; index += 3) places[index] *= 0.8;
}

/** Nodes go to the middle of their component, and all a little to the middle of the whole. */
function gather(heat) {
  const { count, places, speeds, component } = graph;
  const sums = new Map();
  for (let node = 0; node < count; node += 1) {
    let sum = sums.get(component[node]);
    if (!sum) sums.set(component[node], sum = [0, 0, 0, 0]);
    for (let axis = 0; axis < 3; axis += 1) sum[axis] += places[node * 3 + axis];
    sum[3] += 1;
  }
  for (let node = 0; node < count; node += 1) {
    const sum = sums.get(component[node]);
    for (let axis = 0; axis < 3; axis += 1) {
      const at = node * 3 + axis;
      speeds[at] += ((sum[axis] / sum[3] - places[at]) * 0.015 - places[at] * 0.03) * heat;
    }
  }
}

// MARK: The octree

function cell() {
  if ((tree.cells + 1) * 8 > tree.child.length) {
    const larger = new Int32Array(Math.max(4096, tree.child.length * 2));
    larger.set(tree.child);
    tree.child = larger;
  }
  tree.child.fill(0, tree.cells * 8, tree.cells * 8 + 8);
  tree.cells += 1;
  return tree.cells - 1;
}

/** A child is 0 if there is none, a cell's number, or a node's below zero; nodes that nothing tells apart are a chain. */
function grow() {
  const { count, places } = graph;
  let reach = 1;
  for (const place of places) reach = Math.max(reach, Math.abs(place));
  tree.size = reach * 2;
  tree.cells = 0;
  cell();
  for (let node = 0; node < count; node += 1) insert(node, places);
  if (walk.x.length < tree.cells + count) {
    const size = (tree.cells + count) * 2;
    for (const name of ["x", "y", "z", "mass", "width"]) walk[name] = new Float64Array(size);
    walk.next = new Int32Array(size);
  }
  walk.length = 0;
  order(0, tree.size);
}

function insert(node, places) {
  const [x, y, z] = [places[node * 3], places[node * 3 + 1], places[node * 3 + 2]];
  let [at, half, depth] = [0, tree.size / 2, 0];
  let [cx, cy, cz] = [0, 0, 0];
  tree.chain[node] = -1;
  for (;;) {
    const slot = at * 8 + (x > cx ? 1 : 0) + (y > cy ? 2 : 0) + (z > cz ? 4 : 0);
    const found = tree.child[slot];
    if (found === 0) {
      tree.child[slot] = -node - 1;
      return;
    }
    half /= 2;
    depth += 1;
    cx += x > cx ? half : -half;
    cy += y > cy ? half : -half;
    cz += z > cz ? half : -half;
    if (found > 0) {
      at = found;
      continue;
    }
    const other = -found - 1;
    if (depth === deepest) {
      tree.chain[node] = other;
      tree.child[slot] = -node - 1;
      return;
    }
    at = cell();
    tree.child[slot] = at;
    const place = (places[other * 3] > cx ? 1 : 0) + (places[other * 3 + 1] > cy ? 2 : 0) + (places[other * 3 + 2] > cz ? 4 : 0);
    tree.child[at * 8 + place] = found;
  }
}

/** Puts a cell and all below it in the order of the walk, with their masses and middles. */
function order(number, size) {
  const own = walk.length;
  walk.length += 1;
  let [x, y, z, mass] = [0, 0, 0, 0];
  for (let slot = number * 8; slot < number * 8 + 8; slot += 1) {
    const child = tree.child[slot];
    if (child === 0) continue;
    const entry = walk.length;
    if (child > 0) order(child, size / 2);
    else leaf(-child - 1);
    const weight = walk.mass[entry];
    x += walk.x[entry] * weight;
    y += walk.y[entry] * weight;
    z += walk.z[entry] * weight;
    mass += weight;
  }
  walk.mass[own] = mass;
  walk.x[own] = x / mass;
  walk.y[own] = y / mass;
  walk.z[own] = z / mass;
  walk.width[own] = (size / openness) ** 2;
  walk.next[own] = walk.length;
}

function leaf(node) {
  const own = walk.length;
  walk.length += 1;
  walk.x[own] = graph.places[node * 3];
  walk.y[own] = graph.places[node * 3 + 1];
  walk.z[own] = graph.places[node * 3 + 2];
  walk.width[own] = 0;
  walk.next[own] = own + 1;
  walk.mass[own] = 0;
  for (let each = node; each >= 0; each = tree.chain[each]) walk.mass[own] += 1;
}

/** A cell that is far for its width counts as one node. A node is no cell for itself: its distance is not above its width. */
function repel(heat) {
  const { count, places, speeds } = graph;
  const { x: xs, y: ys, z: zs, mass, width, next, length } = walk;
  for (let node = 0; node < count * 3; node += 3) {
    const [x, y, z] = [places[node], places[node + 1], places[node + 2]];
    let [sx, sy, sz] = [0, 0, 0];
    for (let at = 0; at < length;) {
      const dx = xs[at] - x;
      const dy = ys[at] - y;
      const dz = zs[at] - z;
      const distance = dx * dx + dy * dy + dz * dz;
      if (width[at] >= distance) {
        at += 1;
        continue;
      }
      const force = mass[at] / Math.max(distance, 1);
      sx += dx * force;
      sy += dy * force;
      sz += dz * force;
      at = next[at];
    }
    speeds[node] += sx * charge * heat;
    speeds[node + 1] += sy * charge * heat;
    speeds[node + 2] += sz * charge * heat;
  }
}

onmessage = ({ data }) => {
  if (data.begin) begin(data.begin);
  else if (data.buffer && graph && data.version === graph.version) graph.free.push(data.buffer);
  else if (data.isPaused !== undefined) isPaused = data.isPaused;
  if (graph && data.isPaused === false) schedule(0);
};
