// The evening sky behind the birds: a mesh of PixiJS with a shader of its own.

struct Sky {
  /** Width over height of the canvas. */
  aspect: f32,
  /** In seconds. */
  time: f32,
}

@group(0) @binding(0) var<uniform> sky: Sky;

struct Vertex {
  @builtin(position) position: vec4f,
  @location(0) place: vec2f,
}

@vertex
fn corner(@location(0) aPosition: vec2f) -> Vertex {
  return Vertex(vec4f(aPosition, 0.0, 1.0), aPosition);
}

/** The ridge of a chain of hills: how high it is here. */
fn ridge(x: f32, seed: f32) -> f32 {
  return 0.09 * sin(1.7 * x + seed) + 0.05 * sin(3.9 * x + 2.3 * seed) + 0.02 * sin(9.7 * x + 5.1 * seed);
}

@fragment
fn evening(@location(0) place: vec2f) -> @location(0) vec4f {
  let x = place.x * sky.aspect;
  let y = place.y;
  var colour = mix(vec3f(0.98, 0.56, 0.36), vec3f(0.36, 0.25, 0.47), smoothstep(-0.75, 0.05, y));
  colour = mix(colour, vec3f(0.055, 0.075, 0.16), smoothstep(-0.15, 1.0, y));
  let sun = length(vec2f(x - 0.5, y + 0.52));
  colour += vec3f(1.0, 0.62, 0.3) * (0.55 * exp(-3.2 * sun) + smoothstep(0.165, 0.155, sun) * 0.5);
  // Three chains, each nearer and darker, which pass by slowly.
  for (var i = 0.0; i < 3.0; i += 1.0) {
    let top = -0.5 - 0.16 * i + ridge(x * (1.0 + 0.25 * i) + sky.time * 0.012 * (i + 1.0), 4.0 * i);
    let hill = mix(vec3f(0.42, 0.25, 0.38), vec3f(0.05, 0.05, 0.11), (i + 0.6) / 2.6);
    colour = mix(colour, hill, smoothstep(0.004, -0.004, y - top));
  }
  return vec4f(colour, 1.0);
}
