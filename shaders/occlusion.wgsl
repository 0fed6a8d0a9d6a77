// A city by day. What stands behind other houses need not be drawn: which lots that are, occlusion queries tell.

struct View {
  matrix: mat4x4f,
  eye: vec3f,
  // 0 in the street, 1 in the sky.
  above: f32,
  // The directions of the middle of the picture, and of its right and upper edges from there.
  ahead: vec3f,
  // How much walls are shrunk where they may hide something: so far, and so much of their distance.
  reach: f32,
  right: vec3f,
  texel: f32,
  up: vec3f,
  // Whoever walks there, as seen from the sky: where, which way, and the cosine of how far to the sides he sees.
  cone: f32,
  walker: vec2f,
  heading: vec2f,
}

@group(0) @binding(0) var<uniform> view: View;

struct Box {
  @location(0) middle: vec3f,
  // How wide the top is: 0 comes to a point.
  @location(1) top: f32,
  @location(2) half: vec3f,
  @location(3) colour: vec4f,
}

struct Wall {
  @location(0) middle: vec3f,
  @location(2) half: vec3f,
  @location(3) lot: u32,
}

// The eight corners of a box, from -1 to 1.
fn corner(vertex: u32) -> vec3f {
  return vec3f(vec3u(vertex, vertex >> 1, vertex >> 2) & vec3u(1)) * 2 - 1;
}

struct Solid {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) @interpolate(flat) colour: vec4f,
}

@vertex
fn solid(@builtin(vertex_index) vertex: u32, box: Box) -> Solid {
  let to = corner(vertex);
  let taper = select(1.0, box.top, to.y > 0);
  let world = box.middle + box.half * to * vec3f(taper, 1, taper);
  return Solid(view.matrix * vec4f(world, 1), world, box.colour.bgra);
}

const sun = normalize(vec3f(-0.55, 0.62, 0.45));

fn sky(direction: vec3f) -> vec3f {
  let up = saturate(direction.y);
  let blue = mix(vec3f(0.95, 0.72, 0.56), vec3f(0.30, 0.49, 0.72), 1 - exp(-3.4 * up));
  let near = saturate(dot(direction, sun));
  return blue + vec3f(0.9, 0.6, 0.3) * (0.25 * pow(near, 6) + 0.5 * pow(near, 60));
}

// The light on a surface, and the air before it.
fn lit(world: vec3f, normal: vec3f, albedo: vec3f, gloss: f32) -> vec3f {
  let to = view.eye - world;
  let far = length(to);
  let look = to / far;
  let day = vec3f(1.0, 0.80, 0.58) * 2.1 * max(dot(normal, sun), 0);
  let shade = mix(vec3f(0.42, 0.35, 0.38), vec3f(0.50, 0.58, 0.78), 0.5 + 0.5 * normal.y);
  // Light is scarce down between the houses.
  let deep = 1 - 0.42 * exp(-0.22 * max(world.y, 0));
  var light = albedo * (day + shade) * deep;
  let mirrored = reflect(-look, normal);
  let mirror = gloss * (0.18 + 0.82 * pow(1 - saturate(dot(look, normal)), 4));
  light = mix(light, sky(mirrored) * deep, mirror);
  let air = 1 - exp(-pow(far / 190, 1.6));
  return mix(light, sky(-look * vec3f(1, 0, 1)), air * (1 - view.above));
}

fn shown(light: vec3f) -> vec4f {
  let film = light * 0.62;
  return vec4f(pow(saturate(film * (2.51 * film + 0.03) / (film * (2.43 * film + 0.59) + 0.14)), vec3f(1 / 2.2)), 1);
}

@fragment
fn paint(in: Solid) -> @location(0) vec4f {
  // The sides are flat: what is seen of one tells where it faces.
  let normal = normalize(cross(dpdy(in.world), dpdx(in.world)));
  return shown(lit(in.world, normal, pow(in.colour.rgb, vec3f(2.2)), in.colour.a));
}

// The ground, on and on.

struct Ground {
  @builtin(position) clip: vec4f,
  @location(0) world: vec2f,
}

@vertex
fn ground(@builtin(vertex_index) vertex: u32) -> Ground {
  let at = (4 * vec2f(f32(vertex & 1), f32(vertex >> 1)) - 1) * 900;
  return Ground(view.matrix * vec4f(at.x, 0, at.y, 1), at);
}

const pitch = 30.0;
const rows = 15.0;

@fragment
fn pave(in: Ground) -> @location(0) vec4f {
  let soft = fwidth(in.world);
  // From the middle of the nearest street.
  let street = abs(fract(in.world / pitch) - 0.5) * pitch;
  let town = max(abs(in.world.x), abs(in.world.y)) < 0.5 * rows * pitch + 5;
  let nearest = min(street.x, street.y);
  let wide = max(soft.x, soft.y);
  let curb = smoothstep(2.9 - wide, 2.9 + wide, nearest);
  var colour = mix(vec3f(0.20, 0.19, 0.21), vec3f(0.42, 0.37, 0.33), curb);
  // Stripes in the middle, and where one crosses.
  let along = select(in.world.x, in.world.y, street.x < street.y);
  let dash = smoothstep(0.12 + wide, 0.12 - wide, nearest) * step(0.5, fract(along / 5));
  let crossing = max(street.x, street.y);
  let zebra = (1 - curb) * step(3.3, crossing) * step(crossing, 5) * step(0.5, fract(nearest / 1.1));
  colour = mix(colour, vec3f(0.75), saturate(dash * step(5.5, crossing) + zebra) * saturate(1.2 - wide));
  colour = mix(vec3f(0.36, 0.40, 0.26), colour, f32(town));

  // Seen from the sky, what the walker has in view is bright.
  let to = in.world - view.walker;
  let inView = dot(normalize(to), view.heading);
  let edge = max(wide / max(length(to), 1), 0.002);
  let cone = smoothstep(view.cone - edge, view.cone + edge, inView);
  let light = lit(vec3f(in.world.x, 0, in.world.y), vec3f(0, 1, 0), colour, 0);
  let seen = light * mix(0.42, 1.1, cone);
  let foot = smoothstep(2.6 + wide, 2.6 - wide, length(to));
  return shown(mix(light, mix(seen, vec3f(2.2, 0.5, 0.06), foot), view.above));
}

struct Sky {
  @builtin(position) clip: vec4f,
  @location(0) direction: vec3f,
}

@vertex
fn whole(@builtin(vertex_index) index: u32) -> Sky {
  let at = vec2f(f32(index & 1) * 4 - 1, f32(index >> 1) * 4 - 1);
  return Sky(vec4f(at, 1, 1), view.ahead + at.x * view.right + at.y * view.up);
}

@fragment
fn air(in: Sky) -> @location(0) vec4f {
  return shown(sky(normalize(in.direction)));
}

// The question: walls, a little smaller than they are, and behind or before them each lot as a box.

@vertex
fn hiding(@builtin(vertex_index) vertex: u32, wall: Wall) -> @builtin(position) vec4f {
  // So much smaller that whatever they hide stays hidden while the eye moves by its reach, and seen from between two
  // texels too.
  let less = view.reach + view.texel * length(wall.middle - view.eye);
  var world = wall.middle + max(wall.half - less, vec3f(0)) * corner(vertex);
  // They stand on the ground: nobody looks through below.
  world.y = select(world.y, -1.0, world.y < wall.middle.y);
  return view.matrix * vec4f(world, 1);
}

@vertex
fn asking(@builtin(vertex_index) vertex: u32, wall: Wall) -> @builtin(position) vec4f {
  return view.matrix * vec4f(wall.middle + wall.half * corner(vertex), 1);
}

// From the sky: what is not drawn, as a ghost of its walls.

struct Ghost {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) @interpolate(flat) state: f32,
}

// For each lot 0 where it is drawn, 1 where it is hidden, 2 out of view.
@group(0) @binding(1) var<storage, read> states: array<u32>;

@vertex
fn haunting(@builtin(vertex_index) vertex: u32, wall: Wall) -> Ghost {
  let state = states[wall.lot];
  let world = wall.middle + wall.half * corner(vertex);
  return Ghost(select(view.matrix * vec4f(world, 1), vec4f(2, 2, 2, 1), state == 0), world, f32(state));
}

@fragment
fn haunt(in: Ghost) -> @location(0) vec4f {
  let normal = normalize(cross(dpdy(in.world), dpdx(in.world)));
  let light = 0.55 + 0.45 * max(dot(normal, sun), 0) + 0.2 * normal.y;
  let colour = select(vec3f(0.55, 0.60, 0.66), vec3f(0.20, 0.48, 0.98), in.state == 1);
  return vec4f(colour * light, view.above * select(0.16, 0.5, in.state == 1));
}
