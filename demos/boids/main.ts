import {
  CanvasSurface,
  Loop,
  nextFrame,
  once,
  race,
  ReadbackRing,
  sleep,
  spawn,
  withDevice,
  type Frame,
  type Operation,
  type ReadbackTicket,
} from "awaitframe";
import { mat4, vec3 } from "gl-matrix";
import wgsl from "../../shaders/boids.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const crosshair = document.querySelector<HTMLElement>(".crosshair")!;
const slider = document.querySelector<HTMLInputElement>(".count input")!;
const ways = {
  scare: document.querySelector<HTMLButtonElement>("button.scare")!,
  lure: document.querySelector<HTMLButtonElement>("button.lure")!,
};
type Way = keyof typeof ways;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

/** As in the shader. */
const cells = 48 * 24 * 48;
const [least, most] = [2 ** 11, 2 ** 16];
const fishBytes = 32;

/** A fish one long that swims along z: corners and their normals. Its fins have two sides. */
const mesh = {
  vertices: new Float32Array(
    [
      [0, 0, 0.52, 0, 0, 1], // nose
      [0, 0.145, 0.1, 0, 0.8, 0.1], // back
      [0, -0.15, 0.1, 0, -0.8, 0.1], // belly
      [0.075, 0, 0.1, 1, 0, 0.1], // sides
      [-0.075, 0, 0.1, -1, 0, 0.1],
      [0, 0, -0.34, 0, 0, -1], // root of the tail
      ...[0.8, -0.8].flatMap((side) => [
        [0, 0, -0.3, 0.35 * side, -0.2, -0.9], // fin of the tail
        [0, 0.17, -0.54, 0.35 * side, -0.2, -0.9],
        [0, -0.15, -0.52, 0.35 * side, -0.2, -0.9],
        [0, 0.135, -0.02, 0.35 * side, -0.2, -0.9], // and of the back
        [0, 0.25, -0.17, 0.35 * side, -0.2, -0.9],
        [0, 0.08, -0.15, 0.35 * side, -0.2, -0.9],
      ]),
    ].flat(),
  ),
  indices: new Uint16Array(
    [
      [0, 3, 1, 0, 1, 4, 0, 4, 2, 0, 2, 3, 5, 1, 3, 5, 4, 1, 5, 2, 4, 5, 3, 2],
      [6, 8, 7, 9, 11, 10, 12, 13, 14, 15, 16, 17],
    ].flat(),
  ),
};

export const state = {
  count: 2 ** 14,
  /** What the pointer does to the fish. */
  way: "scare" as Way,
  /** Where it is, from -1 to 1, right and up. */
  pointer: undefined as [x: number, y: number] | undefined,
};

/** The newest statistics that came back, made of this frame's fish. */
export const school = { frame: -1, speed: 0, order: 0, middle: [0, 0, 0], flocks: 0, largest: 0 };

/** What the fish see of the shark, of the pointer and of the picture, as the shader knows it. */
const shark = { at: vec3.fromValues(30, 0, 0), velocity: vec3.fromValues(0, 0, 9) };
const lamp = { at: vec3.create(), pull: 0 };
const camera = {
  view: mat4.create(),
  far: 46,
  eye: vec3.create(),
  goal: vec3.fromValues(0, 3, 0),
  ahead: vec3.create(),
  right: vec3.create(),
  up: vec3.create(),
};

/** What was drawn last. */
export let drawn: { device: GPUDevice; fish: GPUBuffer; pointer: vec3 } | undefined;

export const loop = new Loop();

loop.run(withDevice({ onLost: report.lost }, boids), { name: "boids" });

function* boids(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
  const sea = createSea(device, surface);
  const ring = new ReadbackRing(device, { policy: "latest" });
  yield* spawn(hunting);
  yield* spawn(pointing);
  yield* spawn(aiming);
  yield* spawn(switching);
  yield* spawn(counting(sea));
  yield* spawn(facts(ring));

  while (true) {
    const frame = yield* nextFrame();
    look(frame, surface.aspect);
    point(frame.delta);

    const encoder = device.createCommandEncoder();
    sea.swim(encoder, frame);
    const ticket = ring.copyBuffer(encoder, sea.statistics, { as: Int32Array });
    sea.draw(encoder, frame);
    device.queue.submit([encoder.finish()]);

    // The answer comes some frames later. Nobody but this task waits for it.
    yield* spawn(measure(ticket, frame.index, state.count));
    drawn = { device, fish: sea.fish, pointer: lamp.at };
    report.frame(frame);
  }
}

function* measure(ticket: ReadbackTicket<Int32Array>, frame: number, count: number): Operation<void> {
  const sums = yield* ticket.read();
  // Of several snapshots that waited in one slot, all give the newest.
  if (frame < school.frame) return;
  const [x, y, z] = [...sums.subarray(0, 3)].map((sum) => sum / 4096 / count);
  Object.assign(school, {
    frame,
    speed: sums[3]! / 1024 / count,
    order: Math.hypot(x!, y!, z!),
    middle: [...sums.subarray(4, 7)].map((sum) => sum / 256 / count),
    flocks: sums[7],
    largest: sums[8],
  });
  report.readback("order", loop.frame!.index - frame, school.order.toFixed(2));
}

/** The shark circles, then strikes through the middle of the school: where that was some frames ago. */
function* hunting(): Operation<never> {
  while (true) {
    yield* race([sleep(5000), chase(aside, 10)]);
    yield* race([sleep(3500), chase(() => school.middle, 19)]);
  }
}

function* chase(goal: () => vec3, speed: number): Operation<never> {
  const wish = vec3.create();
  while (true) {
    const seconds = elapsed(yield* nextFrame());
    vec3.subtract(wish, goal(), shark.at);
    vec3.scale(wish, wish, speed / Math.max(vec3.length(wish), 1));
    vec3.lerp(shark.velocity, shark.velocity, wish, 1 - Math.exp(-1.3 * seconds));
    vec3.scaleAndAdd(shark.at, shark.at, shark.velocity, seconds);
  }
}

/** A little further on the circle round the school. */
function aside(): vec3 {
  const [x, y, z] = school.middle as [number, number, number];
  const angle = Math.atan2(shark.at[2] - z, shark.at[0] - x) + 0.5;
  return [x + 27 * Math.cos(angle), y - 3, z + 27 * Math.sin(angle)];
}

function elapsed(frame: Frame): number {
  return Math.min(frame.delta, 40) / 1000;
}

/** By mouse: while it is over the picture. By touch: while it is down. */
function* pointing(): Operation<never> {
  while (true) {
    aimAt(yield* once(canvas, "pointerenter"));
    yield* race([following(), once(canvas, "pointerleave"), once(canvas, "pointercancel")]);
    state.pointer = undefined;
  }
}

function* following(): Operation<never> {
  while (true) aimAt(yield* once(canvas, "pointermove"));
}

function aimAt({ clientX, clientY }: PointerEvent): void {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  state.pointer = [(2 * (clientX - left)) / width - 1, 1 - (2 * (clientY - top)) / height];
  crosshair.hidden = true;
}

/** By keyboard: the arrow keys move a crosshair, Escape takes it away. */
function* aiming(): Operation<never> {
  const steps = new Map([
    ["ArrowLeft", [-0.06, 0]],
    ["ArrowRight", [0.06, 0]],
    ["ArrowUp", [0, 0.08]],
    ["ArrowDown", [0, -0.08]],
  ]);
  const filter = ({ key }: KeyboardEvent): boolean => steps.has(key) || key === "Escape";
  while (true) {
    const event = yield* race([once(canvas, "keydown", { filter, prevent: true }), once(canvas, "blur")]);
    const step = event instanceof KeyboardEvent && steps.get(event.key);
    crosshair.hidden = !step;
    if (!step) {
      state.pointer = undefined;
      continue;
    }
    const [x, y] = state.pointer ?? [0, 0];
    const within = (value: number): number => Math.min(Math.max(value, -1), 1);
    state.pointer = [within(x + step[0]!), within(y + step[1]!)];
    crosshair.style.left = `${50 + 50 * state.pointer[0]}%`;
    crosshair.style.top = `${50 - 50 * state.pointer[1]}%`;
  }
}

function* switching(): Operation<never> {
  const filter = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean => key === "t" && !ctrlKey && !metaKey;
  while (true) {
    const chosen = yield* race([chose("scare"), chose("lure"), once(window, "keydown", { filter })]);
    state.way = typeof chosen === "string" ? chosen : state.way === "scare" ? "lure" : "scare";
    for (const [way, button] of Object.entries(ways)) {
      button.setAttribute("aria-pressed", String(way === state.way));
    }
  }
}

function* chose(way: Way): Operation<Way> {
  yield* once(ways[way], "click");
  return way;
}

/** How many fish: fewer where the GPU is slow, until the visitor decides. */
function* counting(sea: Pick<ReturnType<typeof createSea>, "add">): Operation<never> {
  const change = (count: number): void => {
    if (count > state.count) sea.add(state.count, count);
    state.count = count;
    slider.value = String(Math.log2(count));
    slider.ariaValueText = `${count.toLocaleString("en")} fish`;
    fact("count").textContent = count.toLocaleString("en");
  };
  change(state.count);
  yield* race([halving(change), once(slider, "input")]);
  while (true) {
    change(2 ** Number(slider.value));
    yield* once(slider, "input");
  }
}

function* halving(change: (count: number) => void): Operation<void> {
  // The first frames have other work too.
  for (let i = 0; i < 5; i++) yield* nextFrame();
  while (state.count > least) {
    const frames = 5;
    const { timestamp } = yield* nextFrame();
    for (let i = 1; i < frames; i++) yield* nextFrame();
    const last = yield* nextFrame();
    const interval = (last.timestamp - timestamp) / frames;
    if (interval < 34) return;
    change(Math.max(least, state.count / (interval < 100 ? 2 : 4)));
  }
}

function* facts(ring: ReadbackRing<"latest">): Operation<never> {
  while (true) {
    yield* sleep(200);
    if (!ring.latest) continue;
    fact("speed").textContent = `${school.speed.toFixed(1)}`;
    fact("order").textContent = school.order.toFixed(2);
    fact("flocks").textContent = String(school.flocks);
    fact("largest").textContent = `${school.largest.toLocaleString("en")} fish`;
    fact("age").textContent = ring.latest.age === 1 ? "1 frame" : `${ring.latest.age} frames`;
  }
}

/** The camera goes round where the school is, a little below it, so that there is light above. */
function look({ time, delta }: Frame, aspect: number): void {
  const { view, eye, goal, ahead, right, up } = camera;
  // Softly: the school moves, and may become smaller.
  const follow = 1 - Math.exp(-delta / 1500);
  vec3.lerp(goal, goal, [school.middle[0]! / 2, 3, school.middle[2]! / 2], follow);
  camera.far += (26 + 20 * Math.cbrt(state.count / 2 ** 14) - camera.far) * follow;
  const angle = 0.045 * (time / 1000) + 0.4;
  vec3.set(eye, goal[0] + camera.far * Math.cos(angle), -8, goal[2] + camera.far * Math.sin(angle));
  const wide = 0.5 * Math.max(1, 1.25 / aspect);
  mat4.perspectiveZO(view, 2 * Math.atan(wide), aspect, 0.5, 200);
  mat4.multiply(view, view, mat4.lookAt(mat4.create(), eye, goal, [0, 1, 0]));
  vec3.normalize(ahead, vec3.subtract(ahead, goal, eye));
  vec3.normalize(right, vec3.cross(right, ahead, [0, 1, 0]));
  vec3.scale(up, vec3.cross(up, right, ahead), wide);
  vec3.scale(right, right, wide * aspect);
}

/** The pointer is as far away as the school's middle. It comes and goes softly. */
function point(delta: number): void {
  const { eye, ahead, right, up } = camera;
  const pull = state.pointer ? { scare: -170, lure: 3.4 }[state.way] : 0;
  lamp.pull += (pull - lamp.pull) * (1 - Math.exp(-delta / 120));
  if (!state.pointer) return;
  const [x, y] = state.pointer;
  const far = vec3.dot(ahead, vec3.subtract(vec3.create(), school.middle, eye));
  vec3.scaleAndAdd(lamp.at, eye, ahead, far);
  vec3.scaleAndAdd(lamp.at, lamp.at, right, far * x);
  vec3.scaleAndAdd(lamp.at, lamp.at, up, far * y);
}

/** A flock, somewhere in the sea. */
function createFish(count: number): Float32Array<ArrayBuffer> {
  const fish = new Float32Array((fishBytes / 4) * count);
  const angle = 2 * Math.PI * Math.random();
  const from = [24 * Math.cos(angle), 8 * (Math.random() - 0.5), 24 * Math.sin(angle)];
  const size = 0.75 * Math.cbrt(count);
  const about = (): number => Math.random() + Math.random() + Math.random() - 1.5;
  for (let i = 0; i < fish.length; i += 8) {
    const at = from.map((place) => place + size * about());
    const velocity = [5 * Math.sin(angle) + about(), about(), -5 * Math.cos(angle) + about()];
    fish.set([...at, Math.random(), ...velocity, Math.random()], i);
  }
  return fish;
}

function createSea(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });

  const { COMPUTE, VERTEX: VERTICES, FRAGMENT: FRAGMENTS } = GPUShaderStage;
  const storage = (binding: number): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: COMPUTE,
    buffer: { type: "storage" },
  });
  const swimming = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: COMPUTE, buffer: {} }, ...[1, 2, 3, 4, 5, 6, 7].map(storage)],
  });
  const seeing = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: VERTICES | FRAGMENTS, buffer: {} }],
  });
  const layoutOf = (layout: GPUBindGroupLayout): GPUPipelineLayout =>
    device.createPipelineLayout({ bindGroupLayouts: [layout] });

  const computing = layoutOf(swimming);
  const compute = (entryPoint: string): GPUComputePipeline =>
    device.createComputePipeline({ layout: computing, compute: { module, entryPoint } });
  const [swim, count, scan, sort] = [compute("swim"), compute("count"), compute("scan"), compute("sort")];
  const [separate, join, size, measure] = [
    compute("separate"),
    compute("join"),
    compute("size"),
    compute("measure"),
  ];
  const drawing = layoutOf(seeing);
  const draw = (vertex: GPUVertexState, entryPoint: string, depthWriteEnabled: boolean): GPURenderPipeline =>
    device.createRenderPipeline({
      layout: drawing,
      vertex,
      fragment: { module, entryPoint, targets: [{ format: surface.format }] },
      primitive: { cullMode: "back" },
      depthStencil: { format: "depth24plus", depthCompare: "less-equal", depthWriteEnabled },
      multisample: { count: surface.sampleCount },
    });
  const attributes = (first: number, stride: number, format: GPUVertexFormat): GPUVertexAttribute[] => [
    { shaderLocation: first, offset: 0, format },
    { shaderLocation: first + 1, offset: stride / 2, format },
  ];
  const water = draw({ module, entryPoint: "whole" }, "water", false);
  const buffers: GPUVertexBufferLayout[] = [
    { arrayStride: 24, attributes: attributes(0, 24, "float32x3") },
    { arrayStride: fishBytes, stepMode: "instance", attributes: attributes(2, fishBytes, "float32x4") },
  ];
  const bodies = draw({ module, entryPoint: "body", buffers }, "scales", true);

  const { UNIFORM, STORAGE, VERTEX, INDEX, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const createBuffer = (size: number, usage = STORAGE): GPUBuffer =>
    device.createBuffer({ size, usage: usage | COPY_SRC | COPY_DST });
  const uniforms = createBuffer(160, UNIFORM);
  const fish = createBuffer(fishBytes * most, STORAGE | VERTEX);
  const hunter = createBuffer(fishBytes, VERTEX);
  const [vertices, indices] = [
    createBuffer(mesh.vertices.byteLength, VERTEX),
    createBuffer(mesh.indices.byteLength, INDEX),
  ];
  device.queue.writeBuffer(vertices, 0, mesh.vertices);
  device.queue.writeBuffer(indices, 0, mesh.indices);
  const counts = createBuffer(4 * (cells + 1));
  const sizes = createBuffer(4 * cells);
  const statistics = createBuffer(36);
  const bind = (layout: GPUBindGroupLayout, buffers: GPUBuffer[]): GPUBindGroup =>
    device.createBindGroup({
      layout,
      entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
  const swum = bind(swimming, [
    uniforms,
    fish,
    createBuffer(fishBytes * most),
    counts,
    createBuffer(4 * most),
    createBuffer(4 * cells),
    sizes,
    statistics,
  ]);
  const seen = bind(seeing, [uniforms]);
  const data = new Float32Array(40);
  const whole = new Uint32Array(data.buffer);

  const add = (from: number, to: number): void => {
    // A school is made of several flocks, that find each other.
    for (let at = from; at < to; at += 2048) {
      device.queue.writeBuffer(fish, fishBytes * at, createFish(Math.min(2048, to - at)));
    }
  };
  add(0, state.count);

  return {
    fish,
    statistics,
    add,

    swim(encoder: GPUCommandEncoder, frame: Frame): void {
      const { view, eye, ahead, right, up } = camera;
      data.set(view);
      data.set([...eye, frame.time / 1000, ...ahead, elapsed(frame), ...right, 0, ...up], 16);
      data.set([...shark.at, -150, ...lamp.at, lamp.pull], 32);
      whole[27] = state.count;
      device.queue.writeBuffer(uniforms, 0, data);
      const beat = 0.0007 * frame.time;
      device.queue.writeBuffer(hunter, 0, new Float32Array([...shark.at, beat, ...shark.velocity, 15]));

      const pass = (clear: GPUBuffer[], steps: [GPUComputePipeline, invocations: number][]): void => {
        for (const buffer of clear) encoder.clearBuffer(buffer);
        const pass = encoder.beginComputePass();
        pass.setBindGroup(0, swum);
        for (const [pipeline, invocations] of steps) {
          pass.setPipeline(pipeline);
          pass.dispatchWorkgroups(Math.ceil(invocations / (pipeline === swim ? 64 : 256)));
        }
        pass.end();
      };
      const n = state.count;
      pass([], [[swim, n]]);
      pass(
        [counts, sizes, statistics],
        [
          [count, n],
          [scan, 256],
          [sort, n],
          [separate, cells],
          [join, cells],
          [size, cells],
          [measure, Math.max(n, cells)],
        ],
      );
    },

    draw(encoder: GPUCommandEncoder, frame: Frame): void {
      const pass = encoder.beginRenderPass(surface.renderPass(frame));
      pass.setBindGroup(0, seen);
      pass.setPipeline(bodies);
      pass.setVertexBuffer(0, vertices);
      pass.setIndexBuffer(indices, "uint16");
      pass.setVertexBuffer(1, fish);
      pass.drawIndexed(mesh.indices.length, state.count);
      pass.setVertexBuffer(1, hunter);
      pass.drawIndexed(mesh.indices.length);
      pass.setPipeline(water);
      pass.draw(3);
      pass.end();
    },
  };
}
