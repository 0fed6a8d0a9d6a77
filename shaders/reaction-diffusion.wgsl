// Two substances in a dish (Gray and Scott): one is fed everywhere and eaten by the other, which decays. Where they
// meet, patterns grow. Then the second one's height is lit like enamel.

const width = 400u;
const height = 256u;

struct Scene {
  // Of the canvas, in texels.
  size: vec2f,
  feed: f32,
  kill: f32,
  // From the ground up to the crests; the colour of the light that grazes them.
  colours: array<vec4f, 4>,
}

@group(0) @binding(0) var<uniform> scene: Scene;
@group(0) @binding(1) var<storage, read> now: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> next: array<vec2f>;

// What lies left of the first column is the last one, and so on: the dish has no rim.
fn at(x: u32, y: u32) -> vec2f {
  return now[(y % height) * width + x % width];
}

@compute @workgroup_size(16, 16)
fn step(@builtin(global_invocation_id) id: vec3u) {
  let x = id.x + width;
  let y = id.y + height;
  let here = at(x, y);
  let beside = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
  let across = at(x - 1, y - 1) + at(x + 1, y - 1) + at(x - 1, y + 1) + at(x + 1, y + 1);
  let spread = vec2f(1, 0.5) * (0.2 * beside + 0.05 * across - here);
  let eaten = here.x * here.y * here.y;
  let change = vec2f(scene.feed * (1 - here.x) - eaten, eaten - (scene.feed + scene.kill) * here.y);
  next[id.y * width + id.x] = saturate(here + spread + change);
}

// Strokes of the pointer, each from one cell to another.
@group(0) @binding(3) var<storage, read> strokes: array<vec4f>;

@compute @workgroup_size(16, 16)
fn pour(@builtin(global_invocation_id) id: vec3u) {
  var far = 1e9;
  for (var i = 0u; i < arrayLength(&strokes); i++) {
    let along = strokes[i].zw - strokes[i].xy;
    let way = vec2f(id.xy) - strokes[i].xy;
    far = min(far, length(way - along * saturate(dot(way, along) / max(dot(along, along), 1e-6))));
  }
  let i = id.y * width + id.x;
  next[i] = mix(next[i], vec2f(0.3, 0.5), smoothstep(5.5, 3.5, far));
}

// What light needs to know of each cell: height, slope, and how much of the first substance there is.
@group(0) @binding(4) var relief: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(16, 16)
fn carve(@builtin(global_invocation_id) id: vec3u) {
  let x = id.x + width;
  let y = id.y + height;
  var sum = vec2f();
  var slope = vec2f();
  for (var i = 0u; i < 9; i++) {
    let by = vec2i(i32(i % 3), i32(i / 3)) - 1;
    let weight = vec2f(2 - abs(by)) / 4;
    let near = at(x + u32(by.x), y + u32(by.y));
    sum += near * weight.x * weight.y;
    slope += vec2f(by) * near.y * vec2f(weight.y, weight.x);
  }
  textureStore(relief, id.xy, vec4f(sum.y, slope, sum.x));
}

@vertex
fn whole(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
  return vec4f(f32(index & 1) * 4 - 1, f32(index >> 1) * 4 - 1, 0, 1);
}

@group(0) @binding(1) var carved: texture_2d<f32>;
@group(0) @binding(2) var smoothly: sampler;

@fragment
fn enamel(@builtin(position) at: vec4f) -> @location(0) vec4f {
  let dish = vec2f(f32(width), f32(height));
  // The dish covers the canvas.
  let scale = min(dish.x / scene.size.x, dish.y / scene.size.y);
  let point = (at.xy - 0.5 * scene.size) * scale / dish + 0.5;
  let here = textureSample(carved, smoothly, point);

  let level = smoothstep(0.02, 0.34, here.x);
  let low = mix(scene.colours[0].rgb, scene.colours[1].rgb, smoothstep(0, 0.5, level));
  var paint = mix(low, scene.colours[2].rgb, smoothstep(0.45, 1, level));
  // The ground is darker where the first substance is used up.
  paint *= mix(0.55, 1, saturate(here.w + level));

  let normal = normalize(vec3f(-9 * here.yz, 1));
  let sun = normalize(vec3f(-0.55, -0.65, 0.6));
  let shine = normalize(sun + vec3f(0, 0, 1));
  let lit = saturate(dot(normal, sun));
  let gloss = pow(saturate(dot(normal, shine)), 70);
  let edge = 1 - normal.z;
  var light = paint * (0.32 + 1.05 * lit) + 0.55 * gloss;
  light += scene.colours[3].rgb * edge * edge * saturate(0.55 + 0.6 * dot(normal.xy, vec2f(0.6, 0.8)));

  let corner = 2 * at.xy / scene.size - 1;
  light *= 1 - 0.16 * dot(corner, corner);
  return vec4f(sqrt(saturate(light)), 1);
}
