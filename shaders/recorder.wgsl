// Beads on a string that is knotted and closed. All that moves is back where it was after one round.

struct Scene {
  view: mat4x4f,
  // In pixels.
  size: vec2f,
  // How much of the round is over, from 0 to 1.
  round: f32,
  // The number of the frame.
  frame: f32,
}

@group(0) @binding(0) var<uniform> scene: Scene;

// How many beads there are: set by the program.
override beads: f32;

const turn = 6.2831853;

struct Varying {
  @builtin(position) clip: vec4f,
  // From the middle of the bead, which reaches to 1.
  @location(0) at: vec2f,
  @location(1) @interpolate(flat) coat: vec3f,
  // How much it glows by itself.
  @location(2) @interpolate(flat) glow: f32,
  // How far away it is.
  @location(3) @interpolate(flat) far: f32,
  // Radius in pixels.
  @location(4) @interpolate(flat) pixels: f32,
}

/// A trefoil. It has three equal parts: turned by a third, it is the same.
fn knot(part: f32) -> vec3f {
  let a = turn * part;
  let far = 2.1 + 1.05 * cos(3 * a);
  return vec3f(far * cos(2 * a), 1.05 * sin(3 * a), far * sin(2 * a));
}

@vertex
fn bead(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Varying {
  let part = (f32(instance) + 6 * scene.round) / beads;
  // Two waves run along the string.
  let wave = 0.5 + 0.5 * cos(turn * (4 * f32(instance) / beads - 2 * scene.round));
  let pulse = wave * wave * wave;
  let radius = 0.085 + 0.11 * pulse;
  let corner = vec2f(f32(vertex & 1), f32(vertex >> 1)) * 2 - 1;

  let angle = turn / 3 * scene.round;
  let on = knot(part);
  let turned = vec3f(on.x * cos(angle) - on.z * sin(angle), on.y, on.x * sin(angle) + on.z * cos(angle));
  var clip = scene.view * vec4f(turned, 1);
  let pixels = radius * 0.5 * scene.size.y * 2.15 / clip.w;
  // A pixel more, for a soft edge.
  let reach = corner * (1 + 1 / pixels);
  clip += vec4f(reach * pixels * 2 / scene.size * clip.w, 0, 0);

  let blue = mix(vec3f(0.012, 0.05, 0.30), vec3f(0.04, 0.24, 0.95), wave);
  let fire = mix(vec3f(1.0, 0.09, 0.01), vec3f(1.0, 0.52, 0.20), pulse * pulse);
  return Varying(clip, reach, mix(blue, fire, smoothstep(0.25, 0.75, pulse)), pulse, clip.w, pixels);
}

@fragment
fn shade(in: Varying) -> @location(0) vec4f {
  let far = length(in.at);
  let cover = saturate((1 - far) * in.pixels + 0.5);
  let normal = vec3f(in.at, sqrt(max(0, 1 - far * far)));
  let lamp = normalize(vec3f(-0.5, 0.75, 0.6));
  let diffuse = max(dot(normal, lamp), 0);
  let shine = pow(max(dot(normal, normalize(lamp + vec3f(0, 0, 1))), 0), 60);
  let rim = pow(1 - normal.z, 3);
  var light = in.coat * (0.10 + 0.9 * diffuse + 0.2 * in.glow) + 0.5 * shine + in.coat * rim * 0.6;
  light = mix(light, vec3f(0.0033, 0.004, 0.007), 0.9 * smoothstep(5, 11, in.far));
  return vec4f(pow(light, vec3f(1 / 2.2)), cover);
}

// The number of the frame in eight bits, as a row of lamps: whoever has the film can tell its frames.

struct Lamp {
  @builtin(position) clip: vec4f,
  @location(0) light: vec3f,
}

@vertex
fn lamp(@builtin(vertex_index) vertex: u32, @builtin(instance_index) bit: u32) -> Lamp {
  let unit = scene.size.y / 60;
  let corner = vec2f(f32(vertex & 1), f32(vertex >> 1));
  let pixel = vec2f(2.5 + 1.75 * f32(bit), 56.25) * unit + corner * 1.25 * unit;
  let lit = (u32(scene.frame) >> (7 - bit)) & 1;
  let clip = vec4f(pixel / scene.size * vec2f(2, -2) + vec2f(-1, 1), 0, 1);
  return Lamp(clip, select(vec3f(0.11, 0.12, 0.15), vec3f(1.0, 0.82, 0.64), lit == 1));
}

@fragment
fn lampLight(in: Lamp) -> @location(0) vec4f {
  return vec4f(in.light, 1);
}
