// A day in the mountains, from bright noon to starlight: some twelve stops of light, more than a screen can show.

struct Scene {
  // The size of the image.
  size: vec2f,
  // Where the sun is in its day: 0 at sunrise, 0.5 at sunset, 1 at sunrise again.
  day: f32,
  // In seconds.
  time: f32,
}

@group(0) @binding(0) var<uniform> scene: Scene;

@vertex
fn whole(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  return vec4f(f32(index & 1) * 4 - 1, f32(index >> 1) * 4 - 1, 0, 1);
}

fn hash(p: vec2f) -> f32 {
  return fract(sin(dot(p, vec2f(12.9898, 78.233))) * 43758.5453);
}

fn noise(x: f32) -> f32 {
  let cell = floor(x);
  let t = x - cell;
  return mix(hash(vec2f(cell, 1)), hash(vec2f(cell + 1, 1)), t * t * (3 - 2 * t));
}

fn ridge(x: f32) -> f32 {
  return noise(x) + 0.5 * noise(2.1 * x + 7) + 0.22 * noise(4.7 * x + 3) + 0.1 * noise(11 * x);
}

@fragment
fn image(@builtin(position) at: vec4f) -> @location(0) vec4f {
  // Up is positive, the horizon at 0; as wide as it is.
  let p = vec2f((at.x - 0.5 * scene.size.x) / scene.size.y, 0.62 - at.y / scene.size.y);
  let angle = scene.day * 6.2831853;
  let height = sin(angle);
  let reach = min(0.62, 0.42 * scene.size.x / scene.size.y);
  let sun = vec2f(-reach * cos(angle), 0.46 * height - 0.04);

  // From day to night the light falls by a factor of some thousand.
  let day = exp2(-10 * smoothstep(0.25, -0.45, height)) * 6;
  let low = exp(-7 * height * height) * smoothstep(-0.5, 0.05, height);
  let above = max(p.y, 0);
  let zenith = mix(vec3f(0.10, 0.22, 0.55), vec3f(0.16, 0.15, 0.42), low);
  let haze = mix(vec3f(0.55, 0.65, 0.78), vec3f(1.15, 0.42, 0.12), low);
  var light = mix(haze, zenith, 1 - exp(-3.2 * above)) * day;

  let far = length(p - sun);
  let glow = vec3f(1.0, 0.55 + 0.3 * saturate(height), 0.25 + 0.5 * saturate(height));
  light += glow * day * (0.9 * exp(-5 * far) + 2.5 * exp(-26 * far));
  light += glow * 60 * smoothstep(0.040, 0.034, far) * smoothstep(-0.3, 0.1, height);
  let star = hash(floor(at.xy / 2));
  light += vec3f(0.8, 0.9, 1.0) * step(0.9965, star) * 0.05 * (0.4 + 0.6 * sin(2 * scene.time + 900 * star)) *
    saturate(-3 * height);

  // Five ridges, each nearer, darker and faster than the last.
  for (var i = 0; i < 5; i++) {
    let depth = f32(i);
    let top = 0.17 - 0.115 * depth + (0.10 + 0.035 * depth) * (ridge(p.x * (1.3 + 0.35 * depth) + 17 * depth +
      scene.time * 0.012 * (depth + 1)) - 0.6);
    let own = mix(vec3f(0.30, 0.36, 0.50), vec3f(0.018, 0.035, 0.03), depth / 4);
    let mist = exp(-14 * max(top - p.y, 0)) * (1 - depth / 5);
    let lit = own * (0.35 + 0.65 * saturate(height + 0.3)) + haze * 0.42 * (1 - depth / 4.5) * (0.35 + mist);
    light = mix(light, lit * day, smoothstep(-0.001, 0.001, top - p.y));
  }
  // How bright it is goes along, rounded as the image is: whoever counts it, on the GPU or elsewhere, counts the same.
  return vec4f(light, dot(light, vec3f(0.2126, 0.7152, 0.0722)));
}

// The histogram: a bin for each eighth of a stop, by the bits of the half-precision number.

const bins = 128;
const darkest = 24;

@group(0) @binding(0) var shot: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> counts: array<atomic<u32>, bins>;

var<workgroup> own: array<atomic<u32>, bins>;

@compute @workgroup_size(16, 16)
fn count(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  let size = textureDimensions(shot);
  if (all(id.xy < size)) {
    let bits = pack2x16float(vec2f(textureLoad(shot, id.xy, 0).a, 0));
    let bin = clamp(i32(bits >> 7) - darkest, 0, bins - 1);
    atomicAdd(&own[bin], 1);
  }
  workgroupBarrier();
  if (local < bins) {
    let mine = atomicLoad(&own[local]);
    if (mine > 0) {
      atomicAdd(&counts[local], mine);
    }
  }
}

// On the canvas: the image as the exposure makes it, and over it the histogram as it came back.

struct Print {
  exposure: f32,
  // In pixels of the canvas: its size, and one CSS pixel.
  px: f32,
  size: vec2f,
  // How tall each bin is, from 0 to 1.
  bars: array<vec4f, bins / 4>,
}

@group(0) @binding(0) var<uniform> print: Print;
@group(0) @binding(1) var negative: texture_2d<f32>;
@group(0) @binding(2) var smoothly: sampler;

@fragment
fn develop(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let light = textureSampleLevel(negative, smoothly, at.xy / print.size, 0).rgb * exp2(print.exposure);
  let film = light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14);
  var colour = pow(saturate(film), vec3f(1 / 2.2));

  let margin = 20 * print.px;
  let box = vec2f(print.size.x - 2 * margin, min(0.24 * print.size.y, 130 * print.px));
  let p = vec2f(at.x - margin, print.size.y - margin - at.y);
  let panel = length(max(abs(p - box / 2) - box / 2, vec2f(0)));
  colour = mix(colour, vec3f(0.03, 0.035, 0.05), 0.66 * saturate(10 * print.px - panel + 0.5));
  if (all(p >= vec2f(0)) && all(p < box)) {
    let place = p.x / box.x * bins;
    let bin = u32(place);
    let tall = print.bars[bin / 4][bin % 4] * box.y;
    // What the exposure lets be seen lies between the two marks.
    let stop = (place + darkest) / 8 - 15 + print.exposure;
    let seen = stop > -6 && stop < 2;
    let bar = saturate(tall - p.y + 0.5) * saturate((abs(fract(place) - 0.5) - 0.5) * -box.x / bins);
    colour = mix(colour, select(vec3f(0.50, 0.54, 0.62), vec3f(0.95, 0.96, 0.98), seen), bar);
    let mark = min(abs(stop + 6), abs(stop - 2)) * 8 * box.x / bins;
    colour = mix(colour, vec3f(1.0, 0.6, 0.36), saturate(1.5 - mark / print.px));
  }
  return vec4f(colour, 1);
}
