// What colour a trail has: 0 where nobody
// walked for long, 1 where many do.
fn colour(trail: f32, at: vec2f, time: f32)
  -> vec3f {
  let night = vec3f(0.003, 0.004, 0.007);
  let blue = vec3f(0.02, 0.12, 0.62);
  let ember = vec3f(1.0, 0.19, 0.02);
  let cream = vec3f(1.0, 0.85, 0.55);
  var light = mix(night, blue,
    smoothstep(0.02, 0.4, trail));
  light = mix(light, ember,
    smoothstep(0.3, 0.9, trail));
  return mix(light, cream,
    smoothstep(0.8, 1.8, trail));
}

// --- So much is edited in the page. ---

// Slime mould: many small walkers leave a trail, smell the trails of all, and turn to where it smells strongest.

struct Now {
  // Counts the steps.
  step: f32,
  // In seconds.
  time: f32,
  // In pixels of the display.
  canvas: vec2f,
  // Where the brush is, in cells, and how much it leaves: from 0 to 1.
  brush: vec2f,
  pressure: f32,
}

@group(0) @binding(0) var<uniform> now: Now;

// The ground, in cells, which goes on at the other side: as in the program.
const across = 384;
const down = 240;
const size = vec2f(across, down);

fn cellAt(place: vec2i) -> u32 {
  // Never further outside than once across.
  let inside = (place + vec2i(across, down)) % vec2i(across, down);
  return u32(inside.y * across + inside.x);
}

// A step: all walk, then the trail spreads.

@group(0) @binding(1) var<storage, read> trail: array<f32>;
@group(0) @binding(2) var<storage, read_write> visits: array<atomic<u32>>;
// Where each walker is, and in which direction it goes.
@group(0) @binding(3) var<storage, read_write> walkers: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> spreadTrail: array<f32>;

fn random(seed: u32) -> f32 {
  var x = seed * 747796405 + 2891336453;
  x = ((x >> ((x >> 28) + 4)) ^ x) * 277803737;
  return f32((x >> 22) ^ x) / 4294967296;
}

fn ahead(angle: f32) -> vec2f {
  return vec2f(cos(angle), sin(angle));
}

fn smell(walker: vec4f, side: f32) -> f32 {
  return trail[cellAt(vec2i(floor(walker.xy + 7 * ahead(walker.z + side))))];
}

@compute @workgroup_size(64)
fn walk(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= arrayLength(&walkers)) { return; }
  var walker = walkers[id.x];
  let straight = smell(walker, 0);
  let left = smell(walker, -0.55);
  let right = smell(walker, 0.55);
  let dice = random(id.x + 0x9e3779b9 * u32(now.step));
  if (straight < left && straight < right) {
    walker.z += 0.5 * sign(dice - 0.5);
  } else if (straight < left || straight < right) {
    walker.z += (0.12 + 0.3 * dice) * select(-1.0, 1.0, right > left);
  }
  let place = walker.xy + 0.85 * ahead(walker.z) + size;
  walkers[id.x] = vec4f(place - size * floor(place / size), walker.z + 0.05 * (dice - 0.5), walker.w);
  atomicAdd(&visits[cellAt(vec2i(walker.xy))], 1);
}

@compute @workgroup_size(8, 8)
fn spread(@builtin(global_invocation_id) id: vec3u) {
  let place = vec2i(id.xy);
  let cell = cellAt(place);
  var sum = 0.0;
  for (var i = 0; i < 9; i++) { sum += trail[cellAt(place + vec2i(i % 3, i / 3) - 1)]; }
  let kept = mix(trail[cell], sum / 9, 0.38) * 0.955;
  // Walkers leave no more than so much, the brush more.
  let walked = max(kept, min(kept + 0.085 * f32(atomicExchange(&visits[cell], 0)), 2.2));
  let far = (vec2f(place) - now.brush) / 7;
  spreadTrail[cell] = max(walked, 3 * now.pressure * exp(-dot(far, far)));
}

// The picture.

@vertex
fn whole(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  return vec4f(f32(index & 1) * 4 - 1, f32(index >> 1) * 4 - 1, 0, 1);
}

fn trailAt(place: vec2f) -> f32 {
  let corner = floor(place - 0.5);
  let part = place - 0.5 - corner;
  let first = vec2i(corner);
  let top = mix(trail[cellAt(first)], trail[cellAt(first + vec2i(1, 0))], part.x);
  let bottom = mix(trail[cellAt(first + vec2i(0, 1))], trail[cellAt(first + vec2i(1, 1))], part.x);
  return mix(top, bottom, part.y);
}

@fragment
fn picture(@builtin(position) at: vec4f) -> @location(0) vec4f {
  // The ground covers the canvas, from the middle.
  let scale = max(now.canvas.x / across, now.canvas.y / down);
  let place = (at.xy - 0.5 * now.canvas) / scale + 0.5 * size;
  let light = colour(trailAt(place), at.xy / now.canvas, now.time);
  return vec4f(pow(light, vec3f(1 / 2.2)), 1);
}
