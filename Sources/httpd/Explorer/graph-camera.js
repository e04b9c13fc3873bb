// Where the graph is looked at from. It turns about a target; what is asked of it, it does within a quarter of a second.

const opening = Math.PI / 4;
const calm = 1e-3;

export function graphCamera({ jumps }) {
  const now = { x: 0, y: 0, z: 0, yaw: 0.5, pitch: 0.3, distance: 400 };
  const goal = { ...now };
  const size = { width: 1, height: 1 };
  const axes = { right: [1, 0, 0], up: [0, 1, 0], back: [0, 0, 1] };
  const camera = { now, goal, size, axes, isFlat: false, resize, advance, turn, pan, zoom, lookAt, fit, focal, project };

  function resize(width, height) { Object.assign(size, { width, height }); }

  /** Pixels for a unit of length at a distance of one. */
  function focal() { return size.height / 2 / Math.tan(opening / 2); }

  /** Goes on towards the goal. @returns whether it is still on the way */
  function advance(milliseconds) {
    const share = jumps ? 1 : 1 - Math.exp(-milliseconds / 90);
    let isMoving = false;
    for (const name of Object.keys(now)) {
      const rest = goal[name] - now[name];
      const small = calm * (name === "yaw" || name === "pitch" ? 1 : now.distance);
      now[name] = Math.abs(rest) < small ? goal[name] : now[name] + rest * share;
      isMoving ||= now[name] !== goal[name];
    }
    const [sy, cy, sp, cp] = [Math.sin(now.yaw), Math.cos(now.yaw), Math.sin(now.pitch), Math.cos(now.pitch)];
    axes.right = [cy, 0, -sy];
    axes.up = [-sy * sp, cp, -cy * sp];
    axes.back = [sy * cp, sp, cy * cp];
    return isMoving;
  }

  function turn(yaw, pitch) {
    if (camera.isFlat) return pan(-yaw * 200, pitch * 200);
    goal.yaw += yaw;
    goal.pitch = Math.max(-1.5, Math.min(1.5, goal.pitch + pitch));
    return undefined;
  }

  /** Moves what is seen by so many pixels. */
  function pan(dx, dy) {
    const scale = goal.distance / focal();
    for (const [index, axis] of ["x", "y", "z"].entries()) goal[axis] += (-dx * axes.right[index] + dy * axes.up[index]) * scale;
  }

  function zoom(factor) { goal.distance = Math.max(20, Math.min(60_000, goal.distance * factor)); }

  function lookAt(x, y, z) { Object.assign(goal, { x, y, z }); }

  /** All of it, as large as it can be. */
  function fit(places) {
    if (places.length === 0) return;
    const [least, most] = [[Infinity, Infinity, Infinity], [-Infinity, -Infinity, -Infinity]];
    for (let index = 0; index < places.length; index += 1) {
      least[index % 3] = Math.min(least[index % 3], places[index]);
      most[index % 3] = Math.max(most[index % 3], places[index]);
    }
    const middle = least.map((place, axis) => (place + most[axis]) / 2);
    let reach = 0;
    for (let node = 0; node < places.length; node += 3) {
      reach = Math.max(reach, Math.hypot(places[node] - middle[0], places[node + 1] - middle[1], places[node + 2] - middle[2]));
    }
    lookAt(...middle);
    goal.distance = Math.max(170, ((reach + 14) / Math.tan(opening / 2)) * Math.max(1, size.height / size.width) * 0.95);
  }

  /** Where a place is on the canvas, in pixels from its middle, and how far away: [x, y, depth]. */
  function project(x, y, z, out) {
    const [dx, dy, dz] = [x - now.x, y - now.y, z - now.z];
    const { right, up, back } = axes;
    const depth = now.distance - (dx * back[0] + dy * back[1] + dz * back[2]);
    const scale = focal() / Math.max(depth, 1);
    out[0] = (dx * right[0] + dy * right[1] + dz * right[2]) * scale;
    out[1] = -(dx * up[0] + dy * up[1] + dz * up[2]) * scale;
    out[2] = depth;
    return out;
  }

  return camera;
}
