// Drawing with WebGL2: two instanced draws, lines and then discs. Places are in two textures, those of the last step of the layout and
// those of the one before, and the shaders go from one to the other; so a frame costs no more script for ten thousand nodes than for ten.

const width = 128;

const shared = `#version 300 es
precision highp float;
precision highp int;
uniform highp sampler2D before;
uniform highp sampler2D after;
uniform float mixing;
uniform vec3 target;
uniform mat3 turning;
uniform float distance;
uniform vec2 focal;
uniform float span;
const float near = 1.0;
vec3 place(int index) {
  ivec2 at = ivec2(index % ${width}, index / ${width});
  vec3 place = mix(texelFetch(before, at, 0).xyz, texelFetch(after, at, 0).xyz, mixing);
  return turning * (place - target) - vec3(0.0, 0.0, distance);
}
vec4 seen(vec3 view) { return vec4(view.xy * focal, (-view.z - near) / (distance * 4.0 + span) * -view.z, -view.z); }
float fading(float depth) { return clamp((depth - distance + 0.15 * span) / (1.3 * span), 0.0, 1.0); }
`;

const discShader = `${shared}
layout(location = 0) in vec4 look;
out vec2 corner;
out float fade;
flat out ivec3 kind;
uniform float pixel;
void main() {
  vec3 view = place(gl_InstanceID);
  corner = vec2(gl_VertexID % 2, gl_VertexID / 2) * 2.0 - 1.0;
  float radius = max(look.z * 0.25, 1.6 * pixel * -view.z);
  if (look.w == 1.0) radius *= 1.45;
  kind = ivec3(look.xyw);
  fade = fading(-view.z);
  gl_Position = seen(view + vec3(corner * radius * 1.25, 0.0));
}`;

const discColour = `#version 300 es
precision highp float;
precision highp int;
in vec2 corner;
in float fade;
flat in ivec3 kind;
uniform vec3 palette[8];
uniform vec3 ground;
uniform vec3 accent;
out vec4 colour;
float outside(vec2 p) {
  vec2 a = abs(p);
  if (kind.y == 1) return max(a.x, a.y) - 0.84;
  if (kind.y == 2) return (a.x + a.y) * 0.78 - 0.84;
  if (kind.y == 3) return max(a.x * 0.866 + p.y * 0.5, -p.y) * 1.25 - 0.72;
  if (kind.y == 4) return max(a.x * 0.866 + a.y * 0.5, a.y) - 0.9;
  return length(p) - 0.94;
}
void main() {
  vec2 p = corner * 1.25;
  float edge = outside(p);
  float soft = max(fwidth(edge), 0.001);
  bool isMarked = kind.z == 1 || kind.z == 3 || kind.z == 4;
  float alpha = 1.0 - smoothstep(0.12, 0.12 + soft, edge);
  if (alpha < 0.02) discard;
  float light = 0.86 + 0.18 * sqrt(max(0.0, 1.0 - dot(p, p) * 0.9)) + 0.08 * dot(p, vec2(-0.5, 0.6));
  vec3 own = mix(palette[kind.x] * light, ground, fade * 0.6);
  if (kind.z == 2) own = mix(own, ground, 0.78);
  vec3 rim = isMarked ? accent : ground;
  colour = vec4(mix(own, rim, smoothstep(-0.02, soft, edge + (isMarked ? 0.12 : 0.0))), alpha);
}`;

const lineShader = `${shared}
layout(location = 0) in uvec2 ends;
layout(location = 1) in float look;
uniform vec2 canvas;
out float fade;
flat out int kind;
out float side;
void main() {
  vec3 a = place(int(ends.x));
  vec3 b = place(int(ends.y));
  if (a.z > -near) a = mix(b, a, clamp((-near - b.z) / (a.z - b.z), 0.0, 1.0));
  if (b.z > -near) b = mix(a, b, clamp((-near - a.z) / (b.z - a.z), 0.0, 1.0));
  vec4 first = seen(a);
  vec4 second = seen(b);
  vec2 along = (second.xy / second.w - first.xy / first.w) * canvas;
  vec2 across = length(along) > 0.0 ? normalize(vec2(-along.y, along.x)) : vec2(0.0);
  bool isFirst = gl_VertexID < 2;
  side = gl_VertexID % 2 == 0 ? -1.0 : 1.0;
  float wide = (look == 0.0 || look == 2.0 ? 1.1 : 2.4) * (isFirst ? 1.5 : 0.7);
  vec4 at = isFirst ? first : second;
  at.xy += across * side * wide / canvas * at.w;
  kind = int(look);
  fade = fading(isFirst ? -a.z : -b.z);
  gl_Position = at;
}`;

const lineColour = `#version 300 es
precision highp float;
in float fade;
flat in int kind;
in float side;
uniform vec3 line;
uniform vec3 accent;
uniform float strength;
out vec4 colour;
void main() {
  float alpha = kind == 0 ? strength * (1.0 - 0.75 * fade) : kind == 2 ? 0.06 : kind == 5 ? 0.3 : 0.95;
  colour = vec4(kind == 0 || kind == 2 || kind == 5 ? line : accent, alpha * (1.0 - smoothstep(0.6, 1.0, abs(side))));
}`;

/** @returns something that draws on the canvas; null if the browser has no WebGL2 */
export function glRenderer(canvas, { onlost }) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, powerPreference: "low-power" });
  if (!gl) return null;
  const discs = program(gl, discShader, discColour);
  const lines = program(gl, lineShader, lineColour);
  if (!discs || !lines) return null;
  const looks = gl.createBuffer();
  const ends = gl.createBuffer();
  const edgeLooks = gl.createBuffer();
  const textures = [gl.createTexture(), gl.createTexture()];
  const discArrays = gl.createVertexArray();
  const lineArrays = gl.createVertexArray();
  let [nodeCount, edgeCount, rows, padded] = [0, 0, 0, new Float32Array(0)];
  let colours = null;
  const lost = (event) => { event.preventDefault(); onlost(); };
  canvas.addEventListener("webglcontextlost", lost);

  gl.bindVertexArray(discArrays);
  attribute(looks, 0, 4);
  gl.bindVertexArray(lineArrays);
  gl.bindBuffer(gl.ARRAY_BUFFER, ends);
  gl.enableVertexAttribArray(0);
  gl.vertexAttribIPointer(0, 2, gl.UNSIGNED_INT, 0, 0);
  gl.vertexAttribDivisor(0, 1);
  attribute(edgeLooks, 1, 1);
  for (const texture of textures) {
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const name of ["MIN_FILTER", "MAG_FILTER"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}`], gl.NEAREST);
  }

  function attribute(buffer, index, count) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(index);
    gl.vertexAttribPointer(index, count, gl.UNSIGNED_BYTE, false, 0, 0);
    gl.vertexAttribDivisor(index, 1);
  }

  function fillBuffer(buffer, data) {
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
  }

  return {
    kind: "WebGL2",
    /** `look`: colour, shape, radius in quarters and state of each node; `edgeLook`: the state of each edge. */
    load({ count, look, pairs, edgeLook }) {
      [nodeCount, edgeCount] = [count, edgeLook.length];
      rows = Math.max(1, Math.ceil(count / width));
      padded = new Float32Array(rows * width * 4);
      fillBuffer(ends, pairs);
      this.look(look, edgeLook);
    },
    look(look, edgeLook) {
      fillBuffer(looks, look);
      fillBuffer(edgeLooks, edgeLook);
    },
    place(from, to) {
      for (const [number, places] of [from, to].entries()) {
        for (let node = 0; node < nodeCount; node += 1) {
          padded[node * 4] = places[node * 3];
          padded[node * 4 + 1] = places[node * 3 + 1];
          padded[node * 4 + 2] = places[node * 3 + 2];
        }
        gl.bindTexture(gl.TEXTURE_2D, textures[number]);
        gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, width, rows, 0, gl.RGBA, gl.FLOAT, padded);
      }
    },
    paint(theme) { colours = theme; },
    draw(camera, mixing, span) {
      const { now, axes, size } = camera;
      const focal = camera.focal();
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(...colours.ground, 1);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
      if (nodeCount === 0) return;
      for (const [unit, texture] of textures.entries()) {
        gl.activeTexture(gl.TEXTURE0 + unit);
        gl.bindTexture(gl.TEXTURE_2D, texture);
      }
      gl.activeTexture(gl.TEXTURE0);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.SRC_ALPHA, gl.ONE_MINUS_SRC_ALPHA);
      const { right, up, back } = axes;
      for (const { at, use } of [lines, discs]) {
        gl.useProgram(use);
        gl.uniform1i(at.before, 0);
        gl.uniform1i(at.after, 1);
        gl.uniform1f(at.mixing, mixing);
        gl.uniform3f(at.target, now.x, now.y, now.z);
        gl.uniformMatrix3fv(at.turning, false, [right[0], up[0], back[0], right[1], up[1], back[1], right[2], up[2], back[2]]);
        gl.uniform1f(at.distance, now.distance);
        gl.uniform2f(at.focal, (focal * 2) / size.width, (focal * 2) / size.height);
        gl.uniform1f(at.span, span);
        gl.uniform3fv(at.accent, colours.accent);
      }
      gl.useProgram(lines.use);
      gl.uniform2f(lines.at.canvas, size.width / 2, size.height / 2);
      gl.uniform3fv(lines.at.line, colours.line);
      gl.uniform1f(lines.at.strength, edgeCount > 8000 ? 0.14 : edgeCount > 800 ? 0.4 : 0.62);
      gl.bindVertexArray(lineArrays);
      gl.disable(gl.DEPTH_TEST);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, edgeCount);
      gl.useProgram(discs.use);
      gl.uniform3fv(discs.at["palette[0]"], colours.palette.flat());
      gl.uniform3fv(discs.at.ground, colours.ground);
      gl.uniform1f(discs.at.pixel, 1 / focal);
      gl.bindVertexArray(discArrays);
      gl.enable(gl.DEPTH_TEST);
      gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, nodeCount);
    },
    close() {
      canvas.removeEventListener("webglcontextlost", lost);
      gl.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
}

/** A program with the places of its uniforms; null if the browser can't make it. */
function program(gl, ...sources) {
  const use = gl.createProgram();
  for (const [index, source] of sources.entries()) {
    const shader = gl.createShader(index === 0 ? gl.VERTEX_SHADER : gl.FRAGMENT_SHADER);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(use, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(use);
  if (!gl.getProgramParameter(use, gl.LINK_STATUS)) {
    console.warn(gl.getProgramInfoLog(use), ...gl.getAttachedShaders(use).map((shader) => gl.getShaderInfoLog(shader)));
    return null;
  }
  const at = {};
  for (let index = 0; index < gl.getProgramParameter(use, gl.ACTIVE_UNIFORMS); index += 1) {
    const { name } = gl.getActiveUniform(use, index);
    at[name] = gl.getUniformLocation(use, name);
  }
  return { use, at };
}
