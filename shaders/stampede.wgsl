struct Scene {
  view: mat4x4f,
  eye: vec3f,
  // In seconds.
  time: f32,
}

@group(0) @binding(0) var<uniform> scene: Scene;

struct Varying {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) @interpolate(flat) normal: vec3f,
  @location(2) @interpolate(flat) coat: vec3f,
}

// An animal is a dart: nose, back, and two hind feet. Two sides and the rear, of three vertices each.
@vertex
fn vertex(
  @builtin(vertex_index) vertex: u32,
  @builtin(instance_index) instance: u32,
  // Its angle and its distance from the middle; how fast it runs, from 0 to 1; how much it runs outward.
  @location(0) animal: vec4f,
) -> Varying {
  let corners = array(vec3f(0, 0.05, 1), vec3f(0, 0.62, -0.35), vec3f(0.4, 0, -0.7), vec3f(-0.4, 0, -0.7));
  let faces = array(vec3u(0, 1, 2), vec3u(0, 3, 1), vec3u(1, 3, 2));
  let face = faces[vertex / 3];
  let tips = array(corners[face.x], corners[face.y], corners[face.z]);
  let flat = normalize(cross(tips[1] - tips[0], tips[2] - tips[0]));

  let own = fract(f32(instance) * 0.618034);
  let out = vec3f(cos(animal.x), 0, sin(animal.x));
  let ahead = normalize(vec3f(-out.z, 0, out.x) * animal.y + out * animal.w);
  let aside = vec3f(ahead.z, 0, -ahead.x);
  // The gallop: up and down, and the nose with it.
  let beat = 13 * scene.time + 40 * own;
  let hop = animal.z * abs(sin(beat)) * 0.55;
  let nod = animal.z * cos(2 * beat) * 0.3;
  let size = 0.088 * (0.75 + 0.5 * own) * (1 + 0.22 * animal.z);
  let tip = tips[vertex % 3];
  let local = vec3f(tip.x, tip.y + hop + nod * tip.z, tip.z * (1 + 0.5 * animal.z));
  let world = out * animal.y + (aside * local.x + vec3f(0, local.y, 0) + ahead * local.z) * size;

  // Blue while it sleeps, warm while it runs.
  let asleep = mix(vec3f(0.03, 0.10, 0.44), vec3f(0.05, 0.24, 0.75), own);
  let awake = mix(vec3f(1.0, 0.20, 0.02), vec3f(1.0, 0.66, 0.26), own * own);
  let coat = mix(asleep, awake, smoothstep(0, 0.55, animal.z));
  let normal = aside * flat.x + vec3f(0, flat.y, 0) + ahead * flat.z;
  return Varying(scene.view * vec4f(world, 1), world, normal, coat);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4f {
  let lamp = normalize(vec3f(-0.5, 0.75, -0.35));
  let diffuse = max(dot(in.normal, lamp), 0);
  let sky = 0.5 + 0.5 * in.normal.y;
  let light = in.coat * (0.3 + 0.5 * sky + 1.7 * diffuse);
  // The far side sinks into the dark.
  let far = saturate((length(scene.eye - in.world) - 8) / 15);
  let seen = mix(light, vec3f(0.0035, 0.0045, 0.0075), 0.88 * far);
  return vec4f(pow(seen / (1 + 0.2 * seen), vec3f(1 / 2.2)), 1);
}
