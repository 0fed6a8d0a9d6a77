// What the demo gives three.js in WGSL. Each function is a node of its own graph, by wgslFn.

// Where a point of the water stands in the list of all; beyond the edge, it is the edge's.
fn cell(x: i32, z: i32, side: i32) -> u32 {
  return u32(clamp(z, 0, side - 1) * side + clamp(x, 0, side - 1));
}

// How fast the water goes up or down in the next step: drawn to its neighbours' mean, and slowed a little.
fn pull(height: f32, speed: f32, left: f32, right: f32, near: f32, far: f32) -> f32 {
  let mean = 0.25 * (left + right + near + far);
  return (speed + 0.9 * (mean - height)) * 0.992;
}

// What a drop of this radius does to the water at this distance: pressed down, with a rim around.
fn drop(distance: f32, radius: f32, depth: f32) -> f32 {
  let r = distance / radius;
  return depth * (r * r - 1.0) * exp(-r * r);
}

// The light that comes from the water: the sky in it, the sun, and the depth where one looks down into it.
fn water(normal: vec3f, position: vec3f, eye: vec3f, height: f32) -> vec3f {
  let n = normalize(normal);
  let toEye = normalize(eye - position);
  let mirrored = reflect(-toEye, n);
  let sky = mix(vec3f(1.0, 0.62, 0.36), vec3f(0.19, 0.4, 0.62), smoothstep(0.0, 0.75, mirrored.y));
  let sun = pow(max(dot(mirrored, normalize(vec3f(-0.55, 0.36, -0.75))), 0.0), 220.0);
  let glow = pow(max(dot(mirrored, normalize(vec3f(-0.55, 0.3, -0.75))), 0.0), 12.0);
  let fresnel = 0.03 + 0.97 * pow(1.0 - max(dot(n, toEye), 0.0), 5.0);
  let deep = mix(vec3f(0.003, 0.06, 0.1), vec3f(0.02, 0.34, 0.36), smoothstep(-0.25, 0.3, height));
  // Where the pond ends, it goes over into the dark around it.
  let edge = smoothstep(5.0, 3.4, max(abs(position.x), abs(position.z)));
  let light = mix(deep, sky, fresnel) + vec3f(1.0, 0.82, 0.6) * (1.6 * sun + 0.1 * glow);
  return mix(vec3f(0.0033, 0.004, 0.006), light, edge);
}
