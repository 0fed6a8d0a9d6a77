struct Scene {
  view: mat4x4f,
  eye: vec3f,
  // In seconds.
  time: f32,
  // In pixels of the canvas: its size, and one CSS pixel.
  size: vec2f,
  px: f32,
  // How much the spinner is seen, from 0 to 1.
  spinner: f32,
}

@group(0) @binding(0) var<uniform> scene: Scene;
@group(0) @binding(1) var clouds: texture_2d<f32>;
@group(0) @binding(2) var smoothly: sampler;

struct World {
  // Where it is, and how large.
  @location(0) place: vec4f,
  // How far it has turned; how much its mote is still seen.
  @location(1) state: vec2f,
}

// A world. Each has a pipeline of its own, made of these.

override pattern: u32 = 0;
override tint: u32 = 0;
override seed: f32 = 0;

struct Varying {
  @builtin(position) clip: vec4f,
  @location(0) world: vec3f,
  @location(1) normal: vec3f,
  @location(2) uv: vec2f,
}

@vertex
fn world(
  @location(2) position: vec3f,
  @location(3) normal: vec3f,
  @location(4) uv: vec2f,
  own: World,
) -> Varying {
  let c = cos(own.state.x);
  let s = sin(own.state.x);
  let turn = mat3x3f(vec3f(c, 0, -s), vec3f(0, 1, 0), vec3f(s, 0, c));
  let at = own.place.xyz + turn * position * own.place.w;
  return Varying(scene.view * vec4f(at, 1), at, turn * normal, uv);
}

@fragment
fn worldColour(in: Varying) -> @location(0) vec4f {
  let h = textureSample(clouds, smoothly, in.uv).r;
  let fine = textureSample(clouds, smoothly, in.uv * 3 + fract(seed * vec2f(0.618, 0.379))).r;
  let darks = array(vec3f(0.55, 0.08, 0.02), vec3f(0.02, 0.08, 0.38), vec3f(0.36, 0.20, 0.10), vec3f(0.01, 0.17, 0.17),
    vec3f(0.16, 0.04, 0.36));
  let lights = array(vec3f(1.0, 0.48, 0.14), vec3f(0.22, 0.52, 1.0), vec3f(1.0, 0.84, 0.58), vec3f(0.20, 0.78, 0.55),
    vec3f(0.62, 0.36, 0.98));
  let dark = darks[tint];
  let bright = lights[tint];

  var stone = vec3f(0);
  var shine = vec3f(0);
  var gloss = 0.0;
  switch pattern {
    case 0: {
      // Bands of cloud.
      let band = 0.5 + 0.5 * sin(in.uv.y * (24 + fract(seed * 0.37) * 22) + 5 * h + 1.5 * fine);
      stone = mix(dark, bright, band);
    }
    case 1: {
      // Sea, shore and snow.
      let land = smoothstep(0.50, 0.53, h + 0.15 * (fine - 0.5));
      stone = mix(dark * 0.6, mix(bright, vec3f(0.9), smoothstep(0.6, 0.72, h)), land);
      gloss = 1 - land;
    }
    case 2: {
      // Fire under a dark crust.
      stone = mix(vec3f(0.05), dark * 0.4, fine);
      shine = bright * 1.6 * pow(1 - saturate(abs(h - 0.5) * 11), 2);
    }
    case 3: {
      // Ice with cracks.
      stone = mix(vec3f(0.82, 0.88, 0.95), bright, 0.35 * fine);
      stone = mix(stone, dark, 0.8 * (1 - smoothstep(0.0, 0.035, abs(fine - 0.5))));
      gloss = 0.8;
    }
    default: {
      // Dust and craters.
      stone = mix(dark, bright, 0.25 + 0.6 * h) * (0.55 + 0.45 * smoothstep(0.36, 0.46, fine));
    }
  }

  let normal = normalize(in.normal);
  let toEye = normalize(scene.eye - in.world);
  let toLamp = normalize(vec3f(-0.6, 0.62, 0.5));
  let diffuse = max(dot(normal, toLamp), 0);
  let glint = gloss * pow(max(dot(normal, normalize(toLamp + toEye)), 0), 40);
  let rim = pow(1 - max(dot(normal, toEye), 0), 3) * (0.25 + diffuse);
  let light = stone * (0.07 + 1.15 * diffuse) + shine + 0.7 * glint + 0.55 * bright * rim;
  let far = saturate((length(scene.eye - in.world) - 8) / 13);
  let seen = mix(light, vec3f(0.0035, 0.0045, 0.0075), 0.8 * far);
  return vec4f(pow(seen / (1 + 0.2 * seen), vec3f(1 / 2.2)), 1);
}

// A mote: stands for a world that is still to come.

struct Flat {
  @builtin(position) clip: vec4f,
  @location(0) p: vec2f,
  @location(1) @interpolate(flat) seen: f32,
}

fn corner(index: u32) -> vec2f {
  return 2 * vec2f(f32(index & 1), f32(index >> 1)) - 1;
}

@vertex
fn mote(@builtin(vertex_index) index: u32, own: World) -> Flat {
  let clip = scene.view * vec4f(own.place.xyz, 1);
  let p = corner(index) * 1.5;
  let offset = p * 2.2 * scene.px / scene.size * 2 * clip.w;
  return Flat(clip + vec4f(offset, 0, 0), p, own.state.y);
}

@fragment
fn moteColour(in: Flat) -> @location(0) vec4f {
  let cover = saturate((1 - length(in.p)) * 2.2 * scene.px + 0.5) * in.seen;
  return vec4f(vec3f(0.34, 0.39, 0.48) * cover, cover);
}

// The spinner: would any frame be late, it would stumble.

const radius = 26;

@vertex
fn spin(@builtin(vertex_index) index: u32) -> Flat {
  let p = corner(index) * 1.3;
  return Flat(vec4f(p * radius * scene.px / scene.size * 2, 0, 1), p, scene.spinner);
}

@fragment
fn spinColour(in: Flat) -> @location(0) vec4f {
  let far = length(in.p);
  let ring = saturate((0.09 - abs(far - 0.9)) * radius * scene.px + 0.5);
  let behind = fract(atan2(in.p.y, in.p.x) / 6.2831853 + 0.9 * scene.time);
  let tail = mix(0.12, 1.0, pow(saturate(1 - behind * 1.35), 1.5));
  let plate = 0.72 * saturate((1.28 - far) * radius * scene.px) * in.seen;
  let cover = ring * tail * in.seen;
  return vec4f(vec3f(1.0, 0.6, 0.36) * cover + vec3f(0.043, 0.051, 0.07) * plate * (1 - cover),
    cover + plate * (1 - cover));
}
