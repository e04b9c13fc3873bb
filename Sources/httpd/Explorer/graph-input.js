// What the mouse, fingers and keys do to the picture of a graph.

const keyTurn = 0.12;
const keyPan = 40;
const sides = { ArrowRight: 0, ArrowDown: Math.PI / 2, ArrowLeft: Math.PI, ArrowUp: -Math.PI / 2 };

export function stageInput(stage) {
  const { element, camera, model } = stage;
  const fingers = new Map();
  let travelled = 0;

  const at = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  /** Whoever moves the camera keeps it where it is. */
  function moved() {
    stage.followsLayout = false;
    stage.ask();
  }

  element.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, at(event));
    if (fingers.size === 1) travelled = 0;
    element.setPointerCapture(event.pointerId);
  });

  element.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    const last = fingers.get(event.pointerId);
    if (!last) {
      const hovered = stage.pick(x, y);
      element.classList.toggle("over", hovered !== null);
      if (hovered !== stage.marks.hovered) stage.mark({ hovered });
      return;
    }
    const [dx, dy] = [x - last[0], y - last[1]];
    travelled += Math.abs(dx) + Math.abs(dy);
    if (fingers.size === 2) pinch(event.pointerId, [x, y]);
    else if (event.shiftKey || event.buttons === 2 || event.buttons === 4 || camera.isFlat) camera.pan(dx, dy);
    else camera.turn(-dx * 0.006, dy * 0.006);
    fingers.set(event.pointerId, [x, y]);
    if (travelled > 4) moved();
  });

  /** Two fingers zoom by their distance and move by their middle. */
  function pinch(id, next) {
    const [other] = [...fingers].find(([each]) => each !== id) ?? [];
    const still = fingers.get(other);
    const last = fingers.get(id);
    const length = (from) => Math.hypot(from[0] - still[0], from[1] - still[1]) || 1;
    camera.zoom(length(last) / length(next));
    camera.pan((next[0] - last[0]) / 2, (next[1] - last[1]) / 2);
  }

  function lift(event) {
    if (!fingers.delete(event.pointerId) || fingers.size > 0) return;
    if (event.type === "pointerup" && travelled <= 4) stage.select(stage.pick(...at(event), event.pointerType === "touch" ? 18 : 6));
  }

  element.addEventListener("pointerup", lift);
  element.addEventListener("pointercancel", lift);
  element.addEventListener("dblclick", () => stage.key("+"));
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    camera.zoom(Math.exp(Math.max(-60, Math.min(60, event.deltaY)) * 0.004));
    moved();
  }, { passive: false });

  /** Nodes by their direction from another one as it is seen. */
  function around(node, others) {
    const [x, y] = stage.placeOf(node);
    return others.map((each) => {
      const [ox, oy] = stage.placeOf(each);
      return { node: each, angle: Math.atan2(oy - y, ox - x) };
    }).sort((a, b) => a.angle - b.angle);
  }

  const between = (one, two) => Math.abs(((one - two + 3 * Math.PI) % (2 * Math.PI)) - Math.PI);

  /** The neighbour that lies most in the direction of an arrow. */
  function along(key) {
    const { selected } = stage.marks;
    if (!selected) return model.nodes[0] ?? null;
    const found = around(selected, model.neighbours(selected)).map(({ node, angle }) => ({ node, off: between(angle, sides[key]) }));
    const best = found.sort((a, b) => a.off - b.off)[0];
    return best && best.off <= Math.PI / 3 ? best.node : undefined;
  }

  /** The next neighbour of the node that one came from, in the order of their directions. */
  function beside(step, previous) {
    const { selected } = stage.marks;
    if (!selected) return model.nodes[0] ?? null;
    const centre = previous && model.neighbours(previous).includes(selected) ? previous : model.neighbours(selected)[0];
    if (!centre) return undefined;
    const ring = around(centre, model.neighbours(centre)).map(({ node }) => node);
    return ring[(ring.indexOf(selected) + step + ring.length) % ring.length];
  }

  const moves = {
    PageUp: () => camera.zoom(0.8), PageDown: () => camera.zoom(1.25), w: () => camera.pan(0, keyPan), s: () => camera.pan(0, -keyPan),
    a: () => camera.pan(keyPan, 0), d: () => camera.pan(-keyPan, 0),
  };
  const turns = { ArrowLeft: [-keyTurn, 0], ArrowRight: [keyTurn, 0], ArrowUp: [0, keyTurn], ArrowDown: [0, -keyTurn] };

  element.addEventListener("keydown", (event) => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    let isMine = true;
    if (key in sides && event.shiftKey) {
      camera.turn(...turns[key]);
      moved();
    } else if (key in sides) stage.select(along(key), key);
    else if (key === "," || key === ".") stage.select(beside(key === "." ? 1 : -1, stage.previous), key);
    else if (Object.hasOwn(moves, key)) {
      moves[key]();
      moved();
    } else if (key === "Enter") stage.open();
    else isMine = stage.key(key);
    if (!isMine) return;
    event.preventDefault();
    event.stopPropagation();
  });
}
