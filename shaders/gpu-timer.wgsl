// A field of pillars by night, in four passes: a shadow map, the scene, its glow, and the film that it is shown on.

struct Scene {
  view: mat4x4f,
  // From the world to the shadow map.
  lit: mat4x4f,
  eye: vec3f,
  time: f32,
  moon: vec3f,
  // So many pillars stand in each of so many rows.
  side: f32,
  // Where the waves come from.
  middles: vec4f,
}

@group(0) @binding(0) var<uniform> scene: Scene;

const field = 9.0;

// The waves go through the field; where they are high, it glows.
fn height(p: vec2f) -> f32 {
  let a = length(p - scene.middles.xy);
  let b = length(p - scene.middles.zw);
  let wave = sin(1.15 * a - 1.6 * scene.time) * exp(-0.13 * a) + 0.7 * sin(0.9 * b - 1.1 * scene.time) *
    exp(-0.09 * b);
  return 1.5 + 0.85 * wave;
}

fn heat(height: f32) -> f32 {
  return smoothstep(1.72, 2.5, height);
}

struct Pillar {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) @interpolate(flat) foot: vec2f,
  @location(2) @interpolate(flat) top: f32,
}

// Three rings of six corners: the foot, the shoulder, and the bevelled top.
fn corner(vertex: u32, instance: u32) -> Pillar {
  let side = u32(scene.side);
  let row = instance / side;
  let gap = 2 * field / scene.side;
  let x = f32(instance % side) + 0.5 * f32(row & 1) - 0.5 * scene.side + 0.25;
  let foot = gap * vec2f(x, (f32(row) - 0.5 * scene.side + 0.5) * 0.8660254);
  let top = height(foot);
  let ring = vertex / 6;
  // Those beyond the rim of the disc are no pillars.
  let radius = select(0.0, gap * select(0.54, 0.47, ring == 2), length(foot) < 0.86 * field);
  let angle = (f32(vertex % 6) + 0.5) * 1.0471976;
  let y = select(select(top, top - 0.1 * gap, ring == 1), -1.0, ring == 0);
  let world = vec3f(foot.x + radius * cos(angle), y, foot.y + radius * sin(angle));
  return Pillar(vec4f(0), world, foot, top);
}

@vertex
fn casting(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> @builtin(position) vec4f {
  return scene.lit * vec4f(corner(vertex, instance).world, 1);
}

@group(0) @binding(1) var shadows: texture_depth_2d;
@group(0) @binding(2) var nearer: sampler_comparison;

@vertex
fn standing(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Pillar {
  var pillar = corner(vertex, instance);
  pillar.clip = scene.view * vec4f(pillar.world, 1);
  return pillar;
}

const ember = vec3f(1.0, 0.24, 0.035);

@fragment
fn stone(in: Pillar) -> @location(0) vec4f {
  // The sides are flat: what is seen of one tells where it faces.
  let normal = normalize(cross(dpdy(in.world), dpdx(in.world)));
  let toEye = normalize(scene.eye - in.world);

  let map = scene.lit * vec4f(in.world + 0.04 * normal, 1);
  let texel = 1.2 / vec2f(textureDimensions(shadows));
  var moonlit = 0.0;
  for (var i = 0; i < 4; i++) {
    let at = map.xy * vec2f(0.5, -0.5) + 0.5 + texel * (vec2f(f32(i & 1), f32(i >> 1)) - 0.5);
    moonlit += 0.25 * textureSampleCompareLevel(shadows, nearer, at, map.z - 0.002);
  }

  let stone = vec3f(0.055, 0.062, 0.078);
  let half = normalize(scene.moon + toEye);
  let shine = 0.55 * pow(max(dot(normal, half), 0), 40);
  let deep = saturate(1 - 0.75 * (in.top - in.world.y));
  var light = moonlit * (stone * max(dot(normal, scene.moon), 0) * 5 + shine) * vec3f(0.62, 0.78, 1.0);
  light += stone * vec3f(0.10, 0.16, 0.30) * (0.35 + 0.65 * max(normal.y, 0)) * (0.15 + 0.85 * deep);

  // The tops glow, and light the sides of the pillars around them.
  let gap = 2 * field / scene.side;
  let own = heat(in.top);
  let near = height(in.foot + 1.1 * gap * normal.xz);
  let below = saturate(1.2 - 1.1 * abs(near - in.world.y));
  light += ember * stone * 26 * heat(near) * below * (1 - abs(normal.y));
  light += ember * own * own * 5.5 * smoothstep(0.5, 0.95, normal.y);
  light += ember * own * 0.55 * deep * deep * deep;
  // What is far sinks into the night.
  let far = length(scene.eye - in.world);
  return vec4f(mix(vec3f(0.0016, 0.0022, 0.0045), light, exp(-0.035 * max(far - 11, 0))), 1);
}

// The glow: what is brighter than white, made smaller and spread, round after round.

struct Step {
  // In texels.
  along: vec2f,
}

@group(0) @binding(0) var<uniform> step: Step;
@group(0) @binding(1) var picture: texture_2d<f32>;
@group(0) @binding(2) var smoothly: sampler;

struct Point {
  @builtin(position) clip: vec4f,
  @location(0) at: vec2f,
}

@vertex
fn whole(@builtin(vertex_index) index: u32) -> Point {
  let at = 2 * vec2f(f32(index & 1), f32(index >> 1));
  return Point(vec4f(at * vec2f(2, -2) + vec2f(-1, 1), 0, 1), at);
}

@fragment
fn bright(in: Point) -> @location(0) vec4f {
  let light = textureSampleLevel(picture, smoothly, in.at, 0).rgb;
  return vec4f(light * smoothstep(0.25, 1.4, max(light.r, max(light.g, light.b))), 1);
}

@fragment
fn blur(in: Point) -> @location(0) vec4f {
  let texel = step.along / vec2f(textureDimensions(picture));
  var sum = textureSampleLevel(picture, smoothly, in.at, 0).rgb * 0.227;
  for (var i = 1; i <= 2; i++) {
    // Between two texels, the sampler takes both.
    let reach = select(3.2308, 1.3846, i == 1);
    let weight = select(0.0703, 0.3162, i == 1);
    sum += weight * textureSampleLevel(picture, smoothly, in.at + reach * texel, 0).rgb;
    sum += weight * textureSampleLevel(picture, smoothly, in.at - reach * texel, 0).rgb;
  }
  return vec4f(sum, 1);
}

// The film: through a lens that bends red less than blue, so many samples from the one to the other.

struct Film {
  samples: f32,
  time: f32,
}

@group(0) @binding(0) var<uniform> film: Film;
@group(0) @binding(3) var glow: texture_2d<f32>;

@fragment
fn develop(in: Point) -> @location(0) vec4f {
  let out = in.at - 0.5;
  var light = vec3f(0);
  var weights = vec3f(0);
  for (var i = 0.0; i < film.samples; i += 1.0) {
    let hue = (i + 0.5) / film.samples;
    let weight = saturate(1.5 - abs(vec3f(0, 2, 4) - 4 * hue));
    let at = 0.5 + out * (1 + 0.035 * dot(out, out) * (hue - 0.5));
    light += weight * textureSampleLevel(picture, smoothly, at, 0).rgb;
    weights += weight;
  }
  light /= max(weights, vec3f(0.001));
  light += 0.55 * textureSampleLevel(glow, smoothly, in.at, 0).rgb;
  light *= 1 - 0.9 * dot(out, out);
  let shown = saturate(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14));
  let grain = fract(sin(dot(in.clip.xy + film.time, vec2f(12.9898, 78.233))) * 43758.5453) - 0.5;
  return vec4f(pow(shown, vec3f(1 / 2.2)) + grain / 60, 1);
}
