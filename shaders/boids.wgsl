// A school of fish: each keeps apart from its neighbours, swims as they swim, and stays with them. Who is near is found
// through a grid: every frame the fish are sorted by their cell, so that those of a cell, and of its row, lie together.

struct Fish {
  at: vec3f,
  // Where its tail is in its beat.
  beat: f32,
  // In units a second.
  velocity: vec3f,
  // From 0 to 1, its own.
  own: f32,
}

// The shark and the pointer: who scares has a negative pull.
struct Visitor {
  at: vec3f,
  pull: f32,
}

struct Sea {
  view: mat4x4f,
  eye: vec3f,
  time: f32,
  // The directions of the middle of the picture, and of its right and upper edges from there.
  ahead: vec3f,
  delta: f32,
  right: vec3f,
  count: u32,
  up: vec3f,
  shark: Visitor,
  pointer: Visitor,
}

const grid = vec3i(48, 24, 48);
const cells = u32(grid.x * grid.y * grid.z);
// The side of a cell, and how far a fish sees.
const reach = 2.0;

@group(0) @binding(0) var<uniform> sea: Sea;
// The fish as they are, in the order of their cells.
@group(0) @binding(1) var<storage, read_write> school: array<Fish>;
// Where they have moved to, not yet in order.
@group(0) @binding(2) var<storage, read_write> moved: array<Fish>;
// How many fish each cell holds; after the scan, where those of each cell begin.
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>, cells + 1>;
@group(0) @binding(3) var<storage, read_write> starts: array<u32, cells + 1>;
// Which of its cell's fish each one is.
@group(0) @binding(4) var<storage, read_write> ranks: array<u32>;
// Another cell of the same flock, with a lower number; of the lowest, itself.
@group(0) @binding(5) var<storage, read_write> parents: array<atomic<u32>, cells>;
// How many fish the flock of each lowest cell has.
@group(0) @binding(6) var<storage, read_write> sizes: array<atomic<u32>, cells>;
@group(0) @binding(7) var<storage, read_write> statistics: Statistics;

fn cellOf(at: vec3f) -> vec3i {
  return clamp(vec3i(floor(at / reach)) + grid / 2, vec3i(0), grid - 1);
}

fn numberOf(cell: vec3i) -> u32 {
  return u32((cell.z * grid.y + cell.y) * grid.x + cell.x);
}

@compute @workgroup_size(64)
fn swim(@builtin(global_invocation_id) id: vec3u) {
  let i = id.x;
  if (i >= sea.count) {
    return;
  }
  var fish = school[i];

  var near = 0.0;
  var apart = vec3f(0);
  var going = vec3f(0);
  var middle = vec3f(0);
  let cell = cellOf(fish.at);
  let low = max(cell - 1, vec3i(0));
  let high = min(cell + 1, grid - 1);
  for (var z = low.z; z <= high.z; z++) {
    for (var y = low.y; y <= high.y; y++) {
      let begin = starts[numberOf(vec3i(low.x, y, z))];
      let end = starts[numberOf(vec3i(high.x, y, z)) + 1];
      // In a throng some stand for all.
      let stride = 1 + (end - begin) / 12;
      for (var j = begin + i % stride; j < end; j += stride) {
        let other = school[j];
        let away = fish.at - other.at;
        let far = dot(away, away);
        if (far < reach * reach && j != i) {
          near += 1;
          apart += away * max(1 / (far + 0.04) - 0.42, 0);
          going += other.velocity;
          middle += other.at;
        }
      }
    }
  }

  var push = 4 * apart;
  if (near > 0) {
    push += 3.0 * (going / near - fish.velocity) + 1.2 * (middle / near - fish.at);
  }
  push *= min(1, 34 / (length(push) + 1e-4));
  // Each is drawn to where the school is at home, which wanders, and back from the borders of the sea.
  let t = 0.11 * sea.time;
  push += 0.055 * (vec3f(17 * sin(t), 5 * sin(1.7 * t), 17 * cos(0.8 * t)) - fish.at);
  let border = length(fish.at / vec3f(38, 17, 38));
  push -= 40 * max(border - 1, 0) * normalize(fish.at);
  push += visit(sea.shark, fish.at, 10) + visit(sea.pointer, fish.at, 12);
  // Fish swim level.
  push.y -= 0.9 * fish.velocity.y;

  var velocity = fish.velocity + push * sea.delta;
  let speed = length(velocity);
  // Fear makes fast; it passes.
  let calm = mix(speed, 5.5 + 2 * fish.own, 1 - exp(-1.1 * sea.delta));
  velocity *= clamp(calm, 3.5, 15) / max(speed, 1e-3);
  fish.velocity = velocity;
  fish.at += velocity * sea.delta;
  fish.beat = fract(fish.beat + (0.35 * calm + 0.6) * sea.delta);
  moved[i] = fish;
}

fn visit(visitor: Visitor, at: vec3f, reach: f32) -> vec3f {
  let to = visitor.at - at;
  let far = length(to) + 0.01;
  if (visitor.pull > 0) {
    // A lure is seen from afar, and kept a little distance from.
    return visitor.pull * to / far * clamp(far - 4, -4, 12) * smoothstep(45, 20, far);
  }
  let fear = saturate(1 - far / reach);
  return visitor.pull * to / far * fear * fear;
}

// Sorting by cell: count, add up, put in place.

@compute @workgroup_size(256)
fn count(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sea.count) {
    ranks[id.x] = atomicAdd(&counts[numberOf(cellOf(moved[id.x].at))], 1);
  }
}

var<workgroup> sums: array<u32, 256>;

// In one workgroup: each invocation adds up its own part of the cells, then all of them their sums.
@compute @workgroup_size(256)
fn scan(@builtin(local_invocation_index) local: u32) {
  const part = cells / 256;
  var sum = 0u;
  for (var i = 0u; i < part; i++) {
    sum += starts[local * part + i];
  }
  sums[local] = sum;
  for (var step = 1u; step < 256; step *= 2) {
    workgroupBarrier();
    var before = 0u;
    if (local >= step) {
      before = sums[local - step];
    }
    workgroupBarrier();
    sums[local] += before;
  }
  var start = sums[local] - sum;
  for (var i = 0u; i < part; i++) {
    let cell = local * part + i;
    let held = starts[cell];
    starts[cell] = start;
    start += held;
  }
  if (local == 255) {
    starts[cells] = start;
  }
}

@compute @workgroup_size(256)
fn sort(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < sea.count) {
    let fish = moved[id.x];
    school[starts[numberOf(cellOf(fish.at))] + ranks[id.x]] = fish;
  }
}

// What is read back: of all fish together, and how many flocks they are. Sums of whole numbers come out the same in
// whichever order they are added.

struct Statistics {
  // Of the directions, in 4096ths.
  heading: array<atomic<i32>, 3>,
  // In 1024ths of a unit a second.
  speed: atomic<i32>,
  // Of the places, in 256ths of a unit.
  place: array<atomic<i32>, 3>,
  // Flocks of at least twenty, and the fish of the largest.
  flocks: atomic<i32>,
  largest: atomic<i32>,
}

@compute @workgroup_size(256)
fn separate(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < cells) {
    atomicStore(&parents[id.x], id.x);
  }
}

fn lowest(cell: u32) -> u32 {
  var at = cell;
  var parent = atomicLoad(&parents[at]);
  while (parent != at) {
    at = parent;
    parent = atomicLoad(&parents[at]);
  }
  return at;
}

// Cells with fish that touch each other belong to one flock.
@compute @workgroup_size(256)
fn join(@builtin(global_invocation_id) id: vec3u) {
  let number = id.x;
  if (number >= cells || starts[number] == starts[number + 1]) {
    return;
  }
  let cell = vec3i(vec3u(number, number / u32(grid.x), number / u32(grid.x * grid.y))) % grid;
  // Half of the 26 around it: the others look this way.
  for (var side = 14; side < 27; side++) {
    let other = cell + vec3i(side % 3, side / 3 % 3, side / 9) - 1;
    if (any(other < vec3i(0)) || any(other >= grid)) {
      continue;
    }
    let beside = numberOf(other);
    if (starts[beside] == starts[beside + 1]) {
      continue;
    }
    var a = number;
    var b = beside;
    loop {
      a = lowest(a);
      b = lowest(b);
      if (a == b) {
        break;
      }
      // Whoever came in between has hung the higher one elsewhere: that place is to be joined too.
      let high = max(a, b);
      b = min(a, b);
      a = atomicMin(&parents[high], b);
      if (a == high) {
        break;
      }
    }
  }
}

@compute @workgroup_size(256)
fn size(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < cells && starts[id.x] < starts[id.x + 1]) {
    atomicAdd(&sizes[lowest(id.x)], starts[id.x + 1] - starts[id.x]);
  }
}

var<workgroup> own: Statistics;

@compute @workgroup_size(256)
fn measure(@builtin(global_invocation_id) id: vec3u, @builtin(local_invocation_index) local: u32) {
  if (id.x < sea.count) {
    let fish = school[id.x];
    let speed = length(fish.velocity);
    let heading = vec3i(round(4096 * fish.velocity / speed));
    let place = vec3i(round(256 * fish.at));
    for (var i = 0; i < 3; i++) {
      atomicAdd(&own.heading[i], heading[i]);
      atomicAdd(&own.place[i], place[i]);
    }
    atomicAdd(&own.speed, i32(round(1024 * speed)));
  }
  if (id.x < cells) {
    let size = i32(atomicLoad(&sizes[id.x]));
    atomicAdd(&own.flocks, i32(size >= 20));
    atomicMax(&own.largest, size);
  }
  workgroupBarrier();
  if (local == 0) {
    for (var i = 0; i < 3; i++) {
      atomicAdd(&statistics.heading[i], atomicLoad(&own.heading[i]));
      atomicAdd(&statistics.place[i], atomicLoad(&own.place[i]));
    }
    atomicAdd(&statistics.speed, atomicLoad(&own.speed));
    atomicAdd(&statistics.flocks, atomicLoad(&own.flocks));
    atomicMax(&statistics.largest, atomicLoad(&own.largest));
  }
}

// The picture.

struct Water {
  @builtin(position) clip: vec4f,
  @location(0) direction: vec3f,
}

// What the water lets through from a direction: bright above, dark below.
fn depths(direction: vec3f) -> vec3f {
  let up = direction.y;
  let deep = mix(vec3f(0.002, 0.010, 0.032), vec3f(0.006, 0.075, 0.150), smoothstep(-0.7, 0.25, up));
  let bright = mix(deep, vec3f(0.06, 0.36, 0.46), smoothstep(0.05, 0.75, up));
  return bright + vec3f(0.7, 0.95, 0.9) * 0.5 * pow(saturate(dot(direction, sun)), 10);
}

const sun = normalize(vec3f(-0.3, 0.9, -0.35));

@vertex
fn whole(@builtin(vertex_index) index: u32) -> Water {
  let at = vec2f(f32(index & 1) * 4 - 1, f32(index >> 1) * 4 - 1);
  // At the far plane.
  return Water(vec4f(at, 1, 1), sea.ahead + at.x * sea.right + at.y * sea.up);
}

@fragment
fn water(in: Water) -> @location(0) vec4f {
  let direction = normalize(in.direction);
  // Shafts of light fan out from the sun.
  let aside = cross(sun, direction);
  let round = atan2(aside.x, aside.z);
  let t = sea.time;
  let wave = sin(9 * round + 0.32 * t) + sin(17 * round - 0.45 * t) + sin(31 * round + 0.6 * t + 2 * sin(5 * round));
  let shaft = pow(saturate(0.5 + 0.19 * wave), 2) * smoothstep(-0.75, 0.9, dot(sun, direction));
  let light = depths(direction) * (0.78 + 0.85 * shaft);
  // A grain hides the steps between so dark shades.
  let grain = fract(sin(dot(in.clip.xy, vec2f(12.9898, 78.233))) * 43758.5453) - 0.5;
  return vec4f(shown(light) + grain / 160, 1);
}

fn shown(light: vec3f) -> vec3f {
  return pow(light / (1 + 0.35 * light), vec3f(1 / 2.2));
}

struct Body {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) normal: vec3f,
  // How far up on the fish, from -1 to 1; how much it is a shark.
  @location(2) height: f32,
  @location(3) @interpolate(flat) shark: f32,
}

@vertex
fn body(
  @location(0) point: vec3f,
  // To the right of a fish, up and ahead.
  @location(1) normal: vec3f,
  // The fish: where it is and its beat, its velocity and what is its own: more than 1 for the shark.
  @location(2) at: vec4f,
  @location(3) velocity: vec4f,
) -> Body {
  let size = 0.95 + 0.45 * velocity.w;
  let ahead = normalize(velocity.xyz);
  let right = normalize(cross(vec3f(0, 1, 0), ahead));
  let up = cross(ahead, right);
  // The tail beats, the head hardly moves.
  let back = 0.45 - point.z;
  let bend = 0.13 * back * back * sin(6.2831853 * at.w - 3.5 * back);
  let world = at.xyz + (right * (point.x + bend) + up * point.y + ahead * point.z) * size;
  let outward = right * normal.x + up * normal.y + ahead * normal.z;
  return Body(sea.view * vec4f(world, 1), world, outward, point.y / 0.15, step(2, velocity.w));
}

@fragment
fn scales(in: Body) -> @location(0) vec4f {
  let toEye = sea.eye - in.world;
  let far = length(toEye);
  let look = toEye / far;
  let normal = normalize(in.normal);

  // Dark from above, pale from below, and between them mirrors: a fish flashes as it turns.
  let back = smoothstep(-0.1, 0.75, in.height);
  let mirrored = reflect(-look, normal);
  let t = sea.time;
  let ripple = in.world.xz * 0.55 + 0.25 * in.world.y;
  let caustic = 0.75 + 0.9 * pow(saturate(0.5 + 0.25 * (sin(1.7 * ripple.x + t) + sin(1.9 * ripple.y - 1.3 * t) +
    sin(1.3 * (ripple.x + ripple.y) + 1.7 * t))), 2);
  let above = saturate(0.55 + 0.45 * normal.y) * caustic;
  let skin = mix(vec3f(0.30, 0.42, 0.48), vec3f(0.012, 0.06, 0.11), back);
  let flash = pow(saturate(dot(mirrored, sun)), 14) * 3.4 + 0.9 * pow(saturate(mirrored.y), 2);
  var light = skin * (0.10 + 0.75 * above) * vec3f(0.55, 0.95, 1.0);
  light += (1 - 0.86 * back) * vec3f(0.62, 0.9, 0.95) * flash * caustic;
  let hide = mix(vec3f(0.30, 0.36, 0.38), vec3f(0.03, 0.055, 0.07), smoothstep(-0.35, 0.15, in.height));
  light = mix(light, hide * (0.16 + 1.1 * above) + 0.03 * flash, in.shark);

  // The pointer shines where it lures.
  let lamp = sea.pointer.at - in.world;
  let close = 1 / (1 + 0.045 * dot(lamp, lamp));
  let lit = 0.35 + 0.65 * saturate(dot(normal, normalize(lamp)));
  light += max(sea.pointer.pull, 0) * 0.42 * close * lit * vec3f(1.0, 0.48, 0.14);

  // And the water takes it all in, red first.
  let clear = exp(-vec3f(0.032, 0.021, 0.019) * max(far - 16, 0));
  return vec4f(shown(mix(depths(-look), light, clear)), 1);
}
