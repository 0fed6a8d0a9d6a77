struct Marble {
  // Its middle, in CSS pixels; its radius; how high it is held, from 0 to 1.
  @location(0) place: vec4f,
  // How far it has rolled, as a quaternion.
  @location(1) turn: vec4f,
  // The colour of its glass, and how much the keyboard's ring around it is seen.
  @location(2) glass: vec4f,
}

// Its width and height, in CSS pixels.
@group(0) @binding(0) var<uniform> table: vec2f;

// x to the right, y down, z out of the screen: the light comes from the upper left, in front.
const light = vec3f(-0.46, -0.6, 0.65);

struct Varying {
  @builtin(position) at: vec4f,
  // In radii from the middle.
  @location(0) p: vec2f,
  @location(1) @interpolate(flat) turn: vec4f,
  @location(2) @interpolate(flat) glass: vec4f,
  @location(3) @interpolate(flat) lift: f32,
}

fn quad(index: u32, middle: vec2f, radius: f32, reach: f32, marble: Marble) -> Varying {
  let p = (2 * vec2f(f32(index & 1), f32(index >> 1)) - 1) * reach;
  let clip = (middle + p * radius) / table * vec2f(2, -2) + vec2f(-1, 1);
  return Varying(vec4f(clip, 0, 1), p, marble.turn, marble.glass, marble.place.w);
}

// The table: dark cloth under a lamp.

struct Cloth {
  @builtin(position) at: vec4f,
  // From the upper left corner to the lower right one.
  @location(0) place: vec2f,
}

@vertex
fn cloth(@builtin(vertex_index) index: u32) -> Cloth {
  let place = vec2f(f32(index & 1), f32(index >> 1)) * 2;
  return Cloth(vec4f(place * vec2f(2, -2) + vec2f(-1, 1), 0, 1), place);
}

@fragment
fn clothColour(in: Cloth) -> @location(0) vec4f {
  let away = in.place - vec2f(0.4, 0.32);
  let lamp = 1 / (1 + 2.2 * dot(away, away));
  // A grain like that of threads hides the steps between so dark shades.
  let grain = fract(sin(dot(in.at.xy, vec2f(12.9898, 78.233))) * 43758.5453) - 0.5;
  return vec4f((vec3f(0.014, 0.019, 0.034) + vec3f(0.065, 0.078, 0.107) * lamp) * (1 + 0.09 * grain), 1);
}

// Under each marble a shadow, and in it the light that its glass has gathered.

@vertex
fn under(@builtin(vertex_index) index: u32, marble: Marble) -> Varying {
  let away = -light.xy * (0.55 + 0.9 * marble.place.w);
  return quad(index, marble.place.xy + away * marble.place.z, marble.place.z, 1.9 + 0.5 * marble.place.w, marble);
}

@fragment
fn underColour(in: Varying) -> @location(0) vec4f {
  let far = length(in.p);
  let soft = 1.0 + in.lift;
  let shade = 0.75 / soft * (1 - smoothstep(1.05 - 0.5 * soft, 0.8 + 0.75 * soft, far));
  let spot = length((in.p - 0.12) * mat2x2f(0.8, 0.3, -0.3, 0.8));
  let gathered = 0.62 / soft * exp(-4.5 * spot * spot / soft) + 0.10 * exp(-1.6 * far * far);
  return vec4f(in.glass.rgb * gathered, shade);
}

// The marble itself.

@vertex
fn above(@builtin(vertex_index) index: u32, marble: Marble) -> Varying {
  let middle = marble.place.xy - vec2f(0, 0.22 * marble.place.w * marble.place.z);
  return quad(index, middle, marble.place.z * (1 + 0.1 * marble.place.w), 1.35, marble);
}

fn unturned(turn: vec4f, v: vec3f) -> vec3f {
  return v + 2 * cross(cross(v, turn.xyz) + turn.w * v, turn.xyz);
}

@fragment
fn aboveColour(in: Varying) -> @location(0) vec4f {
  let far = length(in.p);
  let soft = fwidth(far);
  let ring = in.glass.a * saturate((0.045 - abs(far - 1.2)) / soft + 0.5);
  let cover = saturate((1 - far) / soft + 0.5);
  if (max(cover, ring) == 0) {
    discard;
  }
  let normal = vec3f(in.p, sqrt(max(0, 1 - far * far)));

  // Through the glass, along the bent ray, lie three twisted ribbons.
  let into = refract(vec3f(0, 0, -1), normal, 1 / 1.45);
  let through = -2 * dot(normal, into);
  var seen = vec3f(0);
  var clear = 1.0;
  for (var i = 0; i < 6; i++) {
    let q = unturned(in.turn, normal + into * through * (f32(i) + 0.5) / 6);
    let round = atan2(q.y, q.x) + 2.6 * q.z;
    let out = length(q.xy);
    let ribbon = smoothstep(0.35, 0.95, cos(3 * round)) * smoothstep(0.04, 0.2, out) *
      smoothstep(0.74, 0.5, out) * smoothstep(0.9, 0.72, abs(q.z));
    let milk = mix(vec3f(1.0, 0.93, 0.8), in.glass.rgb * 1.7, smoothstep(0.2, 0.55, out));
    let lit = 0.5 + 0.5 * dot(normalize(q), vec3f(light.xy * -0.5, light.z));
    seen += clear * ribbon * 0.8 * milk * (0.3 + lit);
    clear *= 1 - 0.8 * ribbon;
  }

  // The glass gathers light on the side away from the lamp, and mirrors the lamp and the room.
  let across = dot(normal, vec3f(-light.xy, 0.25));
  let body = in.glass.rgb * (0.07 + 0.85 * pow(saturate(0.5 + 0.62 * across), 3));
  let mirror = 0.03 + 0.97 * pow(1 - normal.z, 4.5);
  let room = mix(vec3f(0.05, 0.06, 0.08), vec3f(0.55, 0.63, 0.78), saturate(0.5 - 0.75 * normal.y));
  let half = normalize(light + vec3f(0, 0, 1));
  let lamp = smoothstep(0.962, 0.985, dot(normal, half)) * (0.75 + 0.25 * normal.y);
  let gleam = 0.5 * pow(max(dot(normal, normalize(vec3f(0.55, 0.66, 0.5))), 0), 60);
  let colour = body * clear + seen + room * mirror * 0.7 + vec3f(1.0, 0.97, 0.92) * lamp + in.glass.rgb * gleam;

  let shown = pow(colour / (1 + 0.15 * colour), vec3f(1 / 2.2));
  return vec4f(mix(vec3f(1.0, 0.6, 0.36) * ring, shown, cover), max(cover, ring));
}
