// How many numbers there are, and how many steps sort them: set by the program.
override count: u32;
override steps: u32;

// One step of the bitonic network: each number meets one other, and the two change places if they are out of order.

struct Step {
  // Runs of this length get sorted, each other one upside down.
  block: u32,
  // How far those are apart that meet.
  stride: u32,
  // Where the numbers are now. They go to the row after it, so that all rows tell how it went.
  row: u32,
}

@group(0) @binding(0) var<uniform> now: Step;
@group(0) @binding(1) var<storage, read_write> rows: array<u32>;
// The same the other way round: for each row and number, where it is.
@group(0) @binding(2) var<storage, read_write> places: array<u32>;

@compute @workgroup_size(64)
fn step(@builtin(global_invocation_id) id: vec3u) {
  let first = id.x / now.stride * now.stride * 2 + id.x % now.stride;
  let second = first + now.stride;
  let a = rows[now.row * count + first];
  let b = rows[now.row * count + second];
  let upward = (first & now.block) == 0;
  let swap = (a > b) == upward;

  let next = (now.row + 1) * count;
  rows[next + first] = select(a, b, swap);
  rows[next + second] = select(b, a, swap);
  places[next + a] = select(first, second, swap);
  places[next + b] = select(second, first, swap);
}

// The picture: a thread for each number, from the left to the right through all rows.

struct View {
  // In pixels.
  size: vec2f,
  // How many steps are shown, the last one in part.
  shown: f32,
  // One CSS pixel.
  px: f32,
}

@group(0) @binding(0) var<uniform> view: View;
@group(0) @binding(1) var<storage, read> placesDrawn: array<u32>;

struct Varying {
  @builtin(position) at: vec4f,
  @location(0) @interpolate(flat) colour: vec3f,
  // From the middle of the thread, in pixels; for a head in both directions.
  @location(1) across: vec2f,
  @location(2) @interpolate(flat) radius: f32,
}

const pieces = 14;

fn clip(pixel: vec2f) -> vec4f {
  return vec4f(pixel / view.size * vec2f(2, -2) + vec2f(-1, 1), 0, 1);
}

fn margin() -> f32 {
  return 26 * view.px;
}

/// How far apart the threads are.
fn pitch() -> f32 {
  return (view.size.y - 2 * margin()) / f32(count);
}

struct Place {
  pixel: vec2f,
  // In which direction the thread runs there.
  along: vec2f,
}

/// Where number `key` is after so many steps, the last one in part.
fn place(key: u32, row: u32, part: f32) -> Place {
  let before = f32(placesDrawn[row * count + key]);
  // Before the first step is done there is no place to go to.
  let after = select(before, f32(placesDrawn[min(row + 1, steps) * count + key]), part > 0);
  let eased = part * part * part * (part * (part * 6 - 15) + 10);
  let slope = 30 * part * part * (part - 1) * (part - 1);
  let perStep = (view.size.x - 2 * margin()) / f32(steps);
  let x = margin() + (f32(row) + part) * perStep;
  let y = margin() + (mix(before, after, eased) + 0.5) * pitch();
  return Place(vec2f(x, y), normalize(vec2f(perStep, (after - before) * slope * pitch())));
}

fn colourOf(key: u32) -> vec3f {
  let t = f32(key) / f32(count - 1) * 3;
  let stops = array(vec3f(0.04, 0.26, 1.0), vec3f(0.45, 0.12, 0.80), vec3f(1.0, 0.22, 0.03), vec3f(1.0, 0.78, 0.40));
  let first = min(u32(t), 2);
  return mix(stops[first], stops[first + 1], t - f32(first));
}

@vertex
fn thread(@builtin(vertex_index) index: u32, @builtin(instance_index) instance: u32) -> Varying {
  let key = instance % count;
  let row = instance / count;
  let age = view.shown - f32(row);
  let here = place(key, row, min(age, 1) * f32(index / 2) / pieces);
  let radius = 0.36 * pitch();
  let side = (f32(index & 1) * 2 - 1) * (radius + 1);
  // Bright while it is new.
  let bright = 0.5 + 0.5 * exp(-1.4 * max(0, age - 1));
  let pixel = here.pixel + vec2f(-here.along.y, here.along.x) * side;
  return Varying(clip(pixel), colourOf(key) * bright, vec2f(0, side), radius);
}

@vertex
fn head(@builtin(vertex_index) index: u32, @builtin(instance_index) key: u32) -> Varying {
  let radius = 0.5 * pitch() + view.px;
  let corner = (2 * vec2f(f32(index & 1), f32(index >> 1)) - 1) * (radius + 1);
  let row = u32(view.shown);
  let here = place(key, row, view.shown - f32(row));
  return Varying(clip(here.pixel + corner), colourOf(key) * 1.25, corner, radius);
}

@fragment
fn colour(in: Varying) -> @location(0) vec4f {
  let far = length(in.across) / in.radius;
  let cover = saturate((1 - far) * in.radius + 0.5);
  // Round, as a thread is, so that one lies over the other.
  let light = in.colour * (1 - 0.75 * far * far);
  return vec4f(pow(light, vec3f(1 / 2.2)) * cover, cover);
}
