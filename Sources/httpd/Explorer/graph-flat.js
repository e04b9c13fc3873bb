// The same picture on a plain canvas, where there is no WebGL2.

/** Corners of each shape, as angles and radii; the first is a disc. */
const shapes = [null, [45, 135, 225, 315], [0, 90, 180, 270], [270, 30, 150], [0, 60, 120, 180, 240, 300]];

export function flatRenderer(canvas) {
  const context = canvas.getContext("2d", { alpha: false });
  let [nodes, from, to, colours] = [null, null, null, null];
  const css = (parts, alpha = 1) => `rgb(${parts.map((part) => Math.round(part * 255)).join(" ")} / ${alpha})`;
  const blend = (one, two, share) => one.map((part, index) => part + (two[index] - part) * share);

  function disc(x, y, radius, shape) {
    context.beginPath();
    if (!shapes[shape]) context.arc(x, y, radius, 0, Math.PI * 2);
    for (const degrees of shapes[shape] ?? []) {
      const angle = (degrees * Math.PI) / 180;
      context.lineTo(x + Math.cos(angle) * radius * 1.15, y + Math.sin(angle) * radius * 1.15);
    }
    context.closePath();
  }

  return {
    kind: "2D",
    load(graph) { nodes = graph; },
    look(look, edgeLook) { Object.assign(nodes, { look, edgeLook }); },
    place(before, after) { [from, to] = [before, after]; },
    paint(theme) { colours = theme; },
    draw(camera, mixing, span) {
      const ratio = canvas.width / camera.size.width;
      context.setTransform(ratio, 0, 0, ratio, canvas.width / 2, canvas.height / 2);
      context.fillStyle = css(colours.ground);
      context.fillRect(-camera.size.width, -camera.size.height, camera.size.width * 2, camera.size.height * 2);
      if (!nodes) return;
      const { count, look, pairs, edgeLook } = nodes;
      const seen = new Float32Array(count * 3);
      const place = [0, 0, 0];
      for (let at = 0; at < count * 3; at += 3) {
        camera.project(...[0, 1, 2].map((axis) => from[at + axis] + (to[at + axis] - from[at + axis]) * mixing), place);
        seen.set(place, at);
      }
      // One path for the edges of each state.
      for (const state of [2, 0, 5, 3, 4]) {
        const isPlain = state === 0 || state === 2 || state === 5;
        context.strokeStyle = css(isPlain ? colours.line : colours.accent, state === 2 ? 0.08 : isPlain ? 0.4 : 0.95);
        context.lineWidth = isPlain ? 1 : 2;
        context.beginPath();
        for (let edge = 0; edge < edgeLook.length; edge += 1) {
          if (edgeLook[edge] !== state) continue;
          const [a, b] = [pairs[edge * 2] * 3, pairs[edge * 2 + 1] * 3];
          if (seen[a + 2] < 1 || seen[b + 2] < 1) continue;
          context.moveTo(seen[a], seen[a + 1]);
          context.lineTo(seen[b], seen[b + 1]);
        }
        context.stroke();
      }
      const order = Array.from({ length: count }, (_, index) => index).sort((a, b) => seen[b * 3 + 2] - seen[a * 3 + 2]);
      for (const node of order) {
        const depth = seen[node * 3 + 2];
        if (depth < 1) continue;
        const [colour, shape, size, state] = look.subarray(node * 4, node * 4 + 4);
        const radius = Math.max(1.6, ((size / 4) * camera.focal()) / depth) * (state === 1 ? 1.45 : 1);
        const fade = Math.max(0, Math.min(1, (depth - camera.now.distance + 0.15 * span) / (1.3 * span))) * 0.6;
        context.fillStyle = css(blend(colours.palette[colour], colours.ground, state === 2 ? 0.8 : fade));
        context.strokeStyle = css(state === 1 || state === 3 || state === 4 ? colours.accent : colours.ground);
        context.lineWidth = state === 1 || state === 3 || state === 4 ? 2.5 : 1;
        disc(seen[node * 3], seen[node * 3 + 1], radius, shape);
        context.fill();
        context.stroke();
      }
    },
    close() {},
  };
}
