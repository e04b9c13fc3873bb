// The nodes and edges that are shown, and where each node is. Nodes are known by table and key, edges by what the server tells of them.

export const ceiling = 10_000;

const nameOf = (table, key) => JSON.stringify([table, key]);

/** Numbers that look random and are the same each time. */
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {"out" | "in" | "both"} direction what the degrees that the server tells count */
export function graphModel(direction) {
  const byName = new Map();
  const byEdge = new Map();
  const random = seeded(7);
  const model = { nodes: [], edges: [], tables: [], places: new Float32Array(0), find, merge, remove, hidden, neighbours, other };

  function find(table, key) { return byName.get(nameOf(table, key)); }

  function other(edge, node) { return edge.from === node ? edge.to : edge.from; }

  /** The node at an end of an edge: ends have a table if there are several. */
  function end(value, table) {
    return value !== null && typeof value === "object" && Object.hasOwn(value, "table") ? find(value.table, value.id) : find(table, value);
  }

  /**
   * Adds what `subgraph` answered. Edges are added if both of their ends are shown then.
   * @param {object} answer
   * @param {{from?: object, table?: string, isWanted?: (node: object) => boolean}} options `from`: the node beside which new ones begin;
   *   `table`: that of ends which name none, where the nodes of the answer don't say it
   * @returns what is new, how many nodes had no room, and all that the answer has and is shown
   */
  function merge(answer, { from, table: usual, isWanted = () => true } = {}) {
    const made = { nodes: [], edges: [], left: 0, met: new Set() };
    const tables = new Set();
    for (const told of answer.nodes) {
      const isObject = told !== null && typeof told === "object" && Object.hasOwn(told, "id");
      const { table = usual ?? null, id: key, label = key, degree } = isObject ? told : { id: told };
      tables.add(table);
      const text = typeof label === "string" ? label : JSON.stringify(label);
      const known = find(table, key);
      if (known) {
        made.met.add(known);
        if (degree !== undefined) Object.assign(known, { label: text, degree });
      } else if (!isWanted({ table, key })) continue;
      else if (model.nodes.length + made.nodes.length >= ceiling) made.left += 1;
      else {
        const node = { name: nameOf(table, key), table, key, label: text, degree: degree ?? 0, index: -1, edges: [] };
        byName.set(node.name, node);
        made.nodes.push(node);
        made.met.add(node);
      }
    }
    const twins = new Map();
    const only = tables.size === 1 ? [...tables][0] : usual ?? null;
    for (const told of answer.edges) {
      const edge = { from: end(told.from, only), to: end(told.to, only), relation: told.relation, told };
      if (!edge.from || !edge.to) continue;
      // Parallel edges without documents differ by nothing but their number.
      const base = JSON.stringify([edge.relation, edge.from.name, edge.to.name, told.id ?? null]);
      twins.set(base, (twins.get(base) ?? 0) + 1);
      edge.name = `${base} ${twins.get(base)}`;
      made.met.add(byEdge.get(edge.name) ?? edge);
      if (byEdge.has(edge.name)) continue;
      byEdge.set(edge.name, edge);
      made.edges.push(edge);
      edge.from.edges.push(edge);
      if (edge.to !== edge.from) edge.to.edges.push(edge);
    }
    place(made.nodes, from);
    model.edges.push(...made.edges);
    model.tables = [...new Set(model.nodes.map((node) => node.table))];
    return made;
  }

  /** New nodes begin near a node that they hang on, else anywhere, the first ones in the middle. */
  function place(made, from) {
    const first = model.nodes.length;
    const places = new Float32Array((first + made.length) * 3);
    places.set(model.places);
    for (const [offset, node] of made.entries()) {
      node.index = first + offset;
      const near = from ?? node.edges.map((edge) => other(edge, node)).find((each) => each.index >= 0 && each.index < node.index);
      const reach = from ? 16 : near ? 50 : 22 * Math.cbrt(node.index);
      for (let axis = 0; axis < 3; axis += 1) {
        places[node.index * 3 + axis] = (near ? places[near.index * 3 + axis] : 0) + (random() - 0.5) * 2 * reach;
      }
      model.nodes.push(node);
    }
    model.places = places;
  }

  /** Takes nodes and edges out, and edges whose end goes. */
  function remove({ nodes: allNodes = [], edges = [] }) {
    const nodes = allNodes.filter((node) => byName.get(node.name) === node);
    const goneEdges = new Set([...edges.filter((edge) => byEdge.get(edge.name) === edge), ...nodes.flatMap((node) => node.edges)]);
    for (const edge of goneEdges) {
      byEdge.delete(edge.name);
      for (const node of [edge.from, edge.to]) node.edges = node.edges.filter((each) => each !== edge);
    }
    model.edges = model.edges.filter((edge) => !goneEdges.has(edge));
    if (nodes.length === 0) return;
    const gone = new Set(nodes);
    for (const node of nodes) byName.delete(node.name);
    const kept = model.nodes.filter((node) => !gone.has(node));
    const places = new Float32Array(kept.length * 3);
    for (const [index, node] of kept.entries()) {
      places.set(model.places.subarray(node.index * 3, node.index * 3 + 3), index * 3);
      node.index = index;
    }
    model.nodes = kept;
    model.places = places;
    model.tables = [...new Set(kept.map((node) => node.table))];
  }

  /** How many edges of a node are not shown. A loop counts twice where both directions count. */
  function hidden(node) {
    let shown = 0;
    for (const edge of node.edges) {
      if (direction !== "in" && edge.from === node) shown += 1;
      if (direction !== "out" && edge.to === node) shown += 1;
    }
    return Math.max(0, node.degree - shown);
  }

  function neighbours(node) { return [...new Set(node.edges.map((edge) => other(edge, node)))].filter((each) => each !== node); }

  return model;
}
