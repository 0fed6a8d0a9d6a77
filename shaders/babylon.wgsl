// The floor under the lights, in the WGSL that Babylon.js takes: it declares what is bound.

attribute position: vec3f;
uniform worldViewProjection: mat4x4f;
varying place: vec2f;

@vertex
fn main(input: VertexInputs) -> FragmentInputs {
  vertexOutputs.place = vertexInputs.position.xz;
  vertexOutputs.position = uniforms.worldViewProjection * vec4f(vertexInputs.position, 1.0);
}

// ---- Its fragments

uniform levels: vec4f;
uniform ripples: vec4f;
varying place: vec2f;

// The light that one of the four throws on the floor, and the ring that runs out when it was pressed.
fn thrown(place: vec2f, at: vec2f, colour: vec3f, level: f32, ripple: f32) -> vec3f {
  let d = distance(place, at);
  let pool = level * exp(-0.55 * d) + 0.05 * exp(-1.2 * d);
  let edge = (d - 1.05 - 5.0 * ripple) * 5.0;
  let ring = (1.0 - ripple) * exp(-edge * edge) * step(0.001, ripple);
  return colour * (pool + 0.7 * ring);
}

@fragment
fn main(input: FragmentInputs) -> FragmentOutputs {
  let p = fragmentInputs.place;
  let l = uniforms.levels;
  let r = uniforms.ripples;
  var light = vec3f(0.01, 0.012, 0.016);
  light += thrown(p, vec2f(-1.6, 1.6), vec3f(1.0, 0.5, 0.2), l.x, r.x);
  light += thrown(p, vec2f(1.6, 1.6), vec3f(0.3, 0.6, 1.0), l.y, r.y);
  light += thrown(p, vec2f(-1.6, -1.6), vec3f(0.25, 0.9, 0.6), l.z, r.z);
  light += thrown(p, vec2f(1.6, -1.6), vec3f(1.0, 0.36, 0.55), l.w, r.w);
  // Tiles, so that one sees how the light lies.
  let tile = abs(fract(p * 0.8) - 0.5);
  let joint = smoothstep(0.475, 0.495, max(tile.x, tile.y));
  let shade = mix(1.0, 0.55, joint) * smoothstep(7.5, 2.5, length(p));
  fragmentOutputs.color = vec4f(vec3f(0.043, 0.051, 0.07) + 0.95 * pow(light * shade, vec3f(1.0 / 2.2)), 1.0);
}
