// Boxes with round corners, in device pixels. Enough for bars, dots, ticks and lines.

struct Shape {
  // Left, top, right, bottom.
  @location(0) box: vec4f,
  @location(1) colour: vec4f,
  // Radius of the corners; how far light spills over the edge; width of the outline, or 0 for a filled shape; phase of
  // a wave that runs down the shape, or 0 for an even colour.
  @location(2) style: vec4f,
}

@group(0) @binding(0) var<uniform> size: vec2f;

struct Varying {
  @builtin(position) at: vec4f,
  @location(0) @interpolate(flat) box: vec4f,
  @location(1) @interpolate(flat) colour: vec4f,
  @location(2) @interpolate(flat) style: vec4f,
}

@vertex
fn vertex(@builtin(vertex_index) index: u32, shape: Shape) -> Varying {
  let corner = vec2f(f32(index & 1), f32(index >> 1));
  // One pixel more on each side for the soft edge.
  let margin = shape.style.y + 1;
  let pixel = mix(shape.box.xy - margin, shape.box.zw + margin, corner);
  let clip = vec4f(pixel / size * vec2f(2, -2) + vec2f(-1, 1), 0, 1);
  return Varying(clip, shape.box, shape.colour, shape.style);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4f {
  let radius = in.style.x;
  let glow = in.style.y;
  let outline = in.style.z;
  let wave = in.style.w;

  let half = (in.box.zw - in.box.xy) / 2;
  let outside = abs(in.at.xy - (in.box.xy + in.box.zw) / 2) - half + radius;
  let distance = length(max(outside, vec2f(0))) + min(max(outside.x, outside.y), 0) - radius;
  let edge = select(distance, abs(distance + outline / 2) - outline / 2, outline > 0);
  let spill = select(0, 0.35 * pow(saturate(1 - distance / glow), 2.5), glow > 0);
  let pulse = select(1, 0.75 + 0.25 * cos((in.at.y - in.box.y) * 0.09 - wave), wave != 0);
  return in.colour * max(saturate(0.5 - edge), spill) * pulse;
}
