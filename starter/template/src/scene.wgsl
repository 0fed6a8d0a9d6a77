struct Scene {
  angle: f32,
  aspect: f32,
  picked: u32,
  blocks: u32,
}

@group(0) @binding(0) var<uniform> scene: Scene;

struct Corner {
  @builtin(position) clip: vec4f,
  @location(0) normal: vec3f,
  @location(1) @interpolate(flat) id: u32,
}

struct Pixel {
  @location(0) colour: vec4f,
  @location(1) id: u32,
}

// Six faces of two triangles each, made from the vertex's number; the blocks stand in a ring.
@vertex
fn vertex(@builtin(vertex_index) index: u32, @builtin(instance_index) block: u32) -> Corner {
  let corners = array(vec2f(-1, -1), vec2f(1, -1), vec2f(1, 1), vec2f(-1, -1), vec2f(1, 1), vec2f(-1, 1));
  let face = index / 6;
  let side = select(-1.0, 1.0, face % 2 == 1);
  let p = vec3f(side, corners[index % 6] * vec2f(side, 1));
  let n = vec3f(side, 0, 0);
  let size = vec3f(0.34, 0.3 + 0.9 * wave(block), 0.22);
  let around = scene.angle + 6.2832 * f32(block) / f32(scene.blocks);
  let corner = array(p.xyz, p.zxy, p.yzx)[face / 2] * size + vec3f(0, size.y - 0.8, 2.6);
  let place = tilt(turn(corner, around)) - vec3f(0, 0, 8);
  let normal = tilt(turn(array(n.xyz, n.zxy, n.yzx)[face / 2], around));

  // Perspective, from 1 to 30 units away; the ring fits into a narrow canvas too.
  let zoom = 2.2 * min(1, scene.aspect);
  let clip = vec4f(place.x * zoom / scene.aspect, place.y * zoom, (-30 * place.z - 30) / 29, -place.z);
  return Corner(clip, normal, block + 1);
}

fn wave(block: u32) -> f32 {
  return 0.5 + 0.5 * sin(3 * scene.angle + 0.8 * f32(block));
}

fn turn(p: vec3f, angle: f32) -> vec3f {
  let c = cos(angle);
  let s = sin(angle);
  return vec3f(c * p.x + s * p.z, p.y, c * p.z - s * p.x);
}

// Towards us, so that we look down on the ring.
fn tilt(p: vec3f) -> vec3f {
  return vec3f(p.x, 0.88 * p.y - 0.47 * p.z, 0.47 * p.y + 0.88 * p.z);
}

@fragment
fn fragment(in: Corner) -> Pixel {
  let hue = 6.2832 * f32(in.id) / f32(scene.blocks);
  let paint = 0.55 + 0.4 * cos(hue + vec3f(0, 2.1, 4.2));
  let light = 0.35 + 0.65 * max(dot(in.normal, normalize(vec3f(-1, 2, 3))), 0);
  let glow = select(0.0, 0.8, in.id == scene.picked);
  return Pixel(vec4f(mix(paint * light, vec3f(1, 0.95, 0.8), glow), 1), in.id);
}
