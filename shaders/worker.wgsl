// A field of columns that waves run through, seen from above; and in the corner, the number of the frame.

struct Scene {
  // In pixels of the display.
  size: vec2f,
  // Where the pointer is, in the same, and how hard it presses: from 0 to 1.
  pointer: vec2f,
  press: f32,
  // In seconds.
  time: f32,
  // One CSS pixel.
  px: f32,
  // How many frames have been drawn.
  frame: f32,
}

@group(0) @binding(0) var<uniform> scene: Scene;

// Columns in each direction: set by the program.
override across: u32;

struct Varying {
  @builtin(position) clip: vec4f,
  @location(0) light: vec3f,
}

// The field lies on one of its corners, and is seen so steeply that it fills the picture.

fn steepness() -> f32 {
  return clamp(0.62 * scene.size.y / scene.size.x, 0.5, 0.75);
}

fn scale() -> f32 {
  let half = f32(across) * 0.7071;
  return min(0.66 * scene.size.x / half, 0.43 * scene.size.y / (half * steepness() + 2));
}

fn middle() -> vec2f {
  return scene.size * vec2f(0.5, 0.52);
}

fn toPixel(place: vec3f) -> vec2f {
  let ground = vec2f(place.x - place.y, (place.x + place.y) * steepness()) * 0.7071;
  return middle() + scale() * (ground - vec2f(0, place.z * sqrt(1 - steepness() * steepness())));
}

fn toGround(pixel: vec2f) -> vec2f {
  let ground = (pixel - middle()) / (scale() * 0.7071 * vec2f(1, steepness()));
  return 0.5 * vec2f(ground.y + ground.x, ground.y - ground.x);
}

/// How high the column at this place is.
fn heightAt(place: vec2f) -> f32 {
  let far = length(place);
  let near = distance(place, toGround(scene.pointer));
  let swell = 1.1 * sin(0.62 * far - 2.6 * scene.time) * exp(-0.035 * far);
  let hill = 2.6 * exp(-0.13 * near * near);
  let splash = 1.3 * scene.press * sin(1.5 * near - 9 * scene.time) * exp(-0.16 * near);
  return swell + hill + splash;
}

fn toClip(pixel: vec2f) -> vec4f {
  return vec4f(pixel / scene.size * vec2f(2, -2) + vec2f(-1, 1), 0, 1);
}

// Three faces of each column are seen: the top, and two sides. From the back to the front, each hides what is behind it.
@vertex
fn column(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Varying {
  let corners = array(vec2f(0, 0), vec2f(1, 0), vec2f(0, 1), vec2f(0, 1), vec2f(1, 0), vec2f(1, 1));
  let corner = corners[vertex % 6];
  let face = vertex / 6;
  let cell = vec2f(f32(instance / across), f32(instance % across)) - 0.5 * f32(across) + 0.5;
  let high = heightAt(cell);

  // On the sides, the corner's second part runs upwards.
  let top = vec3f(corner - 0.5, 0);
  let side = vec3f(0.5, corner.x - 0.5, corner.y - 1);
  var local = select(side, top, face == 0);
  if (face == 2) { local = side.yxz; }
  let up = select(corner.y, 1, face == 0);
  let place = vec3f(cell + local.xy * 0.88, select(-5, high, up > 0.5));

  let blue = mix(vec3f(0.006, 0.018, 0.10), vec3f(0.035, 0.19, 0.86), smoothstep(-1.2, 1.0, high));
  let fire = mix(vec3f(1.0, 0.15, 0.02), vec3f(1.0, 0.80, 0.46), smoothstep(1.8, 3.6, high));
  let coat = mix(blue, fire, smoothstep(0.3, 2.4, high));
  let lamps = array(1.0, 0.34, 0.13);
  return Varying(toClip(toPixel(place)), coat * lamps[face] * mix(0.03, 1, up));
}

// Five digits, each of three by five points. A point that is dark is drawn nowhere.
@vertex
fn counter(@builtin(vertex_index) vertex: u32, @builtin(instance_index) instance: u32) -> Varying {
  let font = array(0x7b6f, 0x2c97, 0x73e7, 0x73cf, 0x5bc9, 0x79cf, 0x79ef, 0x7249, 0x7bef, 0x7bcf);
  let tens = array(10000u, 1000u, 100u, 10u, 1u);
  let digit = instance / 15;
  let point = instance % 15;
  let value = u32(scene.frame) / tens[digit];
  let lit = (font[value % 10] >> (14 - point)) & 1;

  let unit = 3 * scene.px;
  let corner = vec2f(f32(vertex & 1), f32(vertex >> 1)) * f32(lit) * 0.9;
  let at = vec2f(f32(digit * 4 + point % 3), f32(point / 3)) + corner;
  let origin = vec2f(scene.size.x - 24 * unit, 6 * unit);
  // Zeros in front are dim.
  let light = select(vec3f(0.035), vec3f(1.0, 0.34, 0.10), value > 0);
  return Varying(toClip(origin + at * unit), light);
}

@fragment
fn colour(in: Varying) -> @location(0) vec4f {
  return vec4f(pow(in.light, vec3f(1 / 2.2)), 1);
}
