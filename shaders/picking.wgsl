struct Scene {
  view: mat4x4f,
  eye: vec3f,
  // How brightly the picked crystal shines: it flares up, then settles.
  shine: f32,
  picked: u32,
}

@group(0) @binding(0) var<uniform> scene: Scene;
@group(0) @binding(1) var<storage, read> models: array<mat4x4f>;

struct Varying {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) @interpolate(flat) normal: vec3f,
  @location(2) @interpolate(flat) id: u32,
}

// A crystal is an octahedron: one face for each combination of signs. Its number counts from 1; 0 is nothing.
@vertex
fn vertex(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Varying {
  let face = vertex / 3;
  let signs = 1 - 2 * vec3f(vec3u(face & 1, (face >> 1) & 1, face >> 2));
  // Where an odd number of signs is negative the face is mirrored: the other way round keeps it wound outward.
  let corner = select(vertex % 3, 2 - vertex % 3, signs.x * signs.y * signs.z < 0);
  let height = 1.6;
  let tips = array(vec3f(signs.x, 0, 0), vec3f(0, signs.y * height, 0), vec3f(0, 0, signs.z));

  let model = models[instance];
  let world = model * vec4f(tips[corner], 1);
  let normal = model * vec4f(signs * vec3f(height, 1, height), 0);
  return Varying(scene.view * world, world.xyz, normalize(normal.xyz), instance + 1);
}

@fragment
fn number(in: Varying) -> @location(0) u32 {
  return in.id;
}

@fragment
fn colour(in: Varying) -> @location(0) vec4f {
  let toEye = normalize(scene.eye - in.world);
  let toLamp = normalize(vec3f(-0.4, 0.9, 0.5));
  let far = length(in.world.xz);

  // Warm near the middle, blue at the rim, each a little different.
  let own = fract(f32(in.id) * 0.618034);
  let place = saturate((far - 1.6) / 2.6 + 0.35 * (own - 0.5));
  let stone = mix(mix(vec3f(1.0, 0.5, 0.16), vec3f(0.62, 0.24, 0.36), smoothstep(0, 0.5, place)),
    vec3f(0.06, 0.2, 0.6), smoothstep(0.4, 1, place));

  let diffuse = max(dot(in.normal, toLamp), 0);
  let glint = pow(max(dot(in.normal, normalize(toLamp + toEye)), 0), 30);
  let core = max(dot(in.normal, -normalize(in.world + vec3f(0, 0.001, 0))), 0) * 2.2 / (0.6 + far * far);
  let rim = pow(1 - abs(dot(in.normal, toEye)), 3);
  var light = stone * (0.16 + 0.75 * diffuse) + vec3f(1.0, 0.55, 0.25) * core + 0.5 * glint + 0.12 * rim * stone;

  if (in.id == scene.picked) {
    light = mix(vec3f(1.0, 0.30, 0.06), vec3f(1.0, 0.62, 0.28), diffuse) * scene.shine + 0.6 * glint;
  }
  // The far side of the ring sinks into the dark.
  let depth = saturate((length(scene.eye - in.world) - 5.5) / 9.0);
  if (in.id != scene.picked) {
    light = mix(light, vec3f(0.0035, 0.0045, 0.0075), 0.75 * depth);
  }
  return vec4f(pow(light / (1 + 0.2 * light), vec3f(1 / 2.2)), 1);
}
