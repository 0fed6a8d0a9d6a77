// One picture for each canvas. All are drawn as a triangle that covers it.

struct View {
  /** In texels. */
  size: vec2f,
  /** In seconds. */
  time: f32,
}

@group(0) @binding(0) var<uniform> view: View;

@vertex
fn whole(@builtin(vertex_index) i: u32) -> @builtin(position) vec4f {
  return vec4f(vec2f(vec2u(i & 1u, i >> 1u)) * 4.0 - 1.0, 0.0, 1.0);
}

/** The middle is at 0, 0; the nearer edges are at 1 and -1. */
fn place(position: vec4f) -> vec2f {
  let p = (2.0 * position.xy - view.size) / min(view.size.x, view.size.y);
  return vec2f(p.x, -p.y);
}

fn random(p: vec2f) -> vec2f {
  return fract(sin(vec2f(dot(p, vec2f(127.1, 311.7)), dot(p, vec2f(269.5, 183.3)))) * 43758.5453);
}

@fragment
fn lava(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let p = place(position);
  var field = 0.0;
  for (var i = 0.0; i < 6.0; i += 1.0) {
    let t = view.time * (0.25 + 0.05 * i) + 2.1 * i;
    let at = vec2f(0.7 * sin(1.3 * t + i), 0.85 * cos(t));
    field += 0.055 / max(dot(p - at, p - at), 0.002);
  }
  let body = smoothstep(0.85, 1.0, field);
  let rim = exp(-abs(field - 0.95) * 7.0);
  let colour = mix(vec3f(0.09, 0.02, 0.07), mix(vec3f(0.86, 0.2, 0.16), vec3f(1.0, 0.72, 0.3), 0.5 - 0.5 * p.y), body);
  return vec4f(colour + rim * vec3f(0.5, 0.16, 0.1), 1.0);
}

@fragment
fn rings(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let p = place(position);
  let t = view.time * 0.3;
  let a = length(p - 0.35 * vec2f(cos(t), sin(1.3 * t)));
  let b = length(p + 0.35 * vec2f(sin(0.8 * t), cos(t)));
  let lines = smoothstep(-0.35, 0.35, sin(34.0 * a)) - smoothstep(-0.35, 0.35, sin(34.0 * b));
  return vec4f(mix(vec3f(0.03, 0.07, 0.16), vec3f(0.45, 0.7, 1.0), abs(lines) * (1.1 - 0.45 * length(p))), 1.0);
}

@fragment
fn cells(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let p = place(position) * 2.6;
  let tile = floor(p);
  var near = vec2f(9.0);
  var hue = 0.0;
  for (var i = 0; i < 9; i++) {
    let other = tile + vec2f(f32(i % 3 - 1), f32(i / 3 - 1));
    let seed = random(other);
    let d = distance(p, other + 0.5 + 0.42 * sin(view.time * 0.6 + 6.28 * seed));
    if (d < near.x) {
      near = vec2f(d, near.x);
      hue = seed.x;
    } else {
      near.y = min(near.y, d);
    }
  }
  let wall = smoothstep(0.02, 0.09, near.y - near.x);
  let inside = mix(vec3f(0.07, 0.4, 0.36), vec3f(0.64, 0.86, 0.52), hue) * (1.12 - 0.6 * near.x);
  return vec4f(mix(vec3f(0.02, 0.07, 0.08), inside, wall), 1.0);
}

@fragment
fn ribbons(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let p = place(position);
  var colour = mix(vec3f(0.07, 0.05, 0.13), vec3f(0.15, 0.09, 0.24), 0.5 + 0.5 * p.y);
  for (var i = 0.0; i < 7.0; i += 1.0) {
    let y = 0.62 - 0.2 * i + 0.16 * sin(p.x * (1.4 + 0.13 * i) + view.time * (0.35 + 0.06 * i) + i);
    let tint = mix(vec3f(0.98, 0.55, 0.66), vec3f(0.45, 0.33, 0.9), i / 6.0);
    let below = y - p.y;
    colour = mix(colour, tint * (0.75 + 0.5 * exp(-9.0 * max(below, 0.0))), smoothstep(0.0, 0.012, below));
  }
  return vec4f(colour, 1.0);
}

@fragment
fn stars(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let p = place(position);
  var colour = vec3f(0.02, 0.025, 0.05) + vec3f(0.1, 0.07, 0.2) * exp(-2.0 * length(p));
  for (var i = 0.0; i < 4.0; i += 1.0) {
    let depth = fract(0.25 * i + view.time * 0.05);
    let q = p * mix(9.0, 0.7, depth) + 17.0 * i;
    let seed = random(floor(q));
    let away = length(fract(q) - 0.3 - 0.4 * seed);
    let d = away * mix(1.0, 3.2, 1.0 - depth);
    let twinkle = 0.7 + 0.3 * sin(3.0 * view.time + 40.0 * seed.x);
    let glow = twinkle * sin(3.14 * depth) * (0.012 / (d * d + 0.006)) * smoothstep(0.3, 0.04, away);
    colour += glow * mix(vec3f(1.0, 0.7, 0.45), vec3f(0.6, 0.8, 1.0), seed.y) * step(0.45, seed.x);
  }
  return vec4f(colour, 1.0);
}

@fragment
fn weave(@builtin(position) position: vec4f) -> @location(0) vec4f {
  let p = place(position) * 2.2 + vec2f(0.12, 0.07) * view.time;
  let tile = floor(p);
  var q = fract(p) - 0.5;
  if (random(tile).x > 0.5) {
    q.x = -q.x;
  }
  let near = select(q + 0.5, q - 0.5, q.x + q.y > 0.0);
  let d = abs(length(near) - 0.5);
  let thread = smoothstep(0.2, 0.185, d);
  let flow = 0.5 + 0.5 * sin(6.28 * (atan2(near.y, near.x) / 1.57 * select(-1.0, 1.0, (i32(tile.x + tile.y) & 1) == 0)) + 2.0 * view.time);
  let colour = mix(vec3f(0.92, 0.42, 0.14), vec3f(1.0, 0.84, 0.56), flow) * (1.0 - 2.4 * d * d * 5.0);
  return vec4f(mix(vec3f(0.1, 0.075, 0.065), colour, thread), 1.0);
}
