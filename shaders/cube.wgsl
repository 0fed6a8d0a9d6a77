struct Scene {
  view: mat4x4f,
  model: mat4x4f,
}

const eye = vec3f(0, 0, 6.5);

@group(0) @binding(0) var<uniform> scene: Scene;

struct Varying {
  @builtin(position) clip: vec4f,
  @location(0) local: vec3f,
  @location(1) world: vec3f,
}

// Six faces of two triangles each, made from the vertex's number alone.
@vertex
fn vertex(@builtin(vertex_index) index: u32) -> Varying {
  let corners = array(vec2f(-1, -1), vec2f(1, -1), vec2f(1, 1), vec2f(-1, -1), vec2f(1, 1), vec2f(-1, 1));
  let face = index / 6;
  let side = select(-1.0, 1.0, face % 2 == 1);
  // Mirrored on the far sides, so that every face is wound the same way seen from outside.
  let p = vec3f(side, corners[index % 6] * vec2f(side, 1));
  let local = array(p.xyz, p.zxy, p.yzx)[face / 2];

  let world = scene.model * vec4f(local, 1);
  return Varying(scene.view * world, local, world.xyz);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4f {
  // A high power leaves the faces flat and rounds the normal off along the edges, as a chamfer would.
  let near = pow(abs(in.local), vec3f(70));
  let normal = normalize((scene.model * vec4f(near * sign(in.local), 0)).xyz);
  let part = step(vec3f(0.9999), abs(in.local));
  // A fine groove around each face.
  let p = abs(in.local);
  let across = p.x + p.y + p.z - max(p.x, max(p.y, p.z)) - min(p.x, min(p.y, p.z));
  let groove = 1 - smoothstep(0.004, 0.004 + 1.5 * fwidth(across), abs(across - 0.8));
  let colour = part.x * vec3f(0.91, 0.24, 0.05) + part.y * vec3f(0.95, 0.78, 0.55) + part.z * vec3f(0.04, 0.24, 0.66);

  let toEye = normalize(eye - in.world);
  let lamp = vec3f(-2.2, 3.4, 4.4) - in.world;
  let toLamp = normalize(lamp);
  let lit = 22 * max(dot(normal, toLamp), 0) / dot(lamp, lamp);
  let gloss = 0.4 * pow(max(dot(normal, normalize(toLamp + toEye)), 0), 40);
  let fill = 0.45 * max(dot(normal, normalize(vec3f(1, -0.1, 0.6))), 0);
  let sky = fill + mix(vec3f(0.10, 0.10, 0.15), vec3f(0.34, 0.36, 0.42), 0.5 + 0.5 * normal.y);
  let rim = 0.25 * pow(1 - max(dot(normal, toEye), 0), 3);

  let light = colour * (1 - 0.6 * groove) * (sky + lit) + gloss * lit + rim * sky;
  // Linear light to what a canvas shows, with the brightest rolled off.
  return vec4f(pow(light / (1 + 0.2 * light), vec3f(1 / 2.2)), 1);
}
