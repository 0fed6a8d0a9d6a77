import {
  AsyncEvent,
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
import wgsl from "../../shaders/occlusion.wgsl?raw";
import { report } from "../common/report.ts";
import { boxBytes, createCity, pitch, rows, type Lot } from "./city.ts";

const canvas = document.querySelector("canvas")!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

const calm = matchMedia("(prefers-reduced-motion: reduce)");

export const city = createCity();

export const state = {
  /** Whether the answers are used. */
  culling: true,
  /** Seen from the sky, and how far up the view is on its way there: from 0 to 1. */
  sky: false,
  above: 0,
  /** Where the walker is, which way the street goes, and which way he looks beside it. */
  at: [pitch / 2, -3.5 * pitch] as [x: number, z: number],
  street: 0,
  look: 0,
  /** How far he came in the last frame. */
  step: 0,
};

/** Set while he walks. */
const walking = new AsyncEvent();
walking.set();

/** What was asked: of which lots, with an eye at this place, and how far it may move before the answer is too old. */
interface Question {
  frame: number;
  eye: vec3;
  reach: number;
  /** Of the lots that are asked about: which turned out to be hidden. */
  asked: boolean[];
  hidden: boolean[];
}

/** The newest question that was answered. */
export let answer: Question | undefined;

/** Which lots were drawn, which were hidden, which out of view, in the last frame; and with what. */
export let shown: { device: GPUDevice; scene: Scene; drawn: Lot[]; hidden: Lot[] } | undefined;

export const loop = new Loop();

loop.run(withDevice({ onLost: report.lost }, streets), { name: "streets" });

function* streets(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
  const scene = createScene(device, surface);
  const ring = new ReadbackRing(device, { policy: "drop" });
  answer = undefined;
  yield* spawn(touring);
  yield* spawn(looking);
  yield* spawn(switching("walk", " ", walk));
  yield* spawn(switching("sky", "t", (on) => (state.sky = on)));
  yield* spawn(switching("culling", "o", (on) => (state.culling = on)));
  yield* spawn(facts(ring));

  while (true) {
    const frame = yield* nextFrame("render");
    const { eye, matrix } = viewFrom(street(), surface.aspect);
    const inView = city.lots.filter((lot) => isWithin(planesOf(matrix), lot) !== "out");
    const hidden = inView.filter((lot) => isHidden(lot, eye));
    const drawn = inView.filter((lot) => !hidden.includes(lot));
    const question = ask(eye, surface.aspect, frame.index, ring.latency);

    const encoder = device.createCommandEncoder();
    scene.ask(encoder, question, surface.aspect);
    const ticket = ring.copyBuffer(encoder, scene.samples, { as: BigUint64Array });
    scene.prepare(frame, drawn, hidden);
    scene.draw(encoder, surface.renderPass(frame), drawn);
    device.queue.submit([encoder.finish()]);

    if (ticket) yield* spawn(hear(ticket, question));
    shown = { device, scene, drawn, hidden };
    report.frame(frame);
  }
}

/** The answer comes some frames later, and is good as long as the eye is near where it was. */
function* hear(ticket: ReadbackTicket<BigUint64Array>, question: Question): Operation<void> {
  yield* ticket.borrow((samples) => {
    question.hidden = question.asked.map((asked, i) => asked && samples[i] === 0n);
  });
  if (answer && answer.frame > question.frame) return;
  answer = question;
  report.readback("hidden lots", loop.frame!.index - question.frame, question.hidden.filter(Boolean).length);
}

/**
 * A lot is left out only if that is sure. What hides it depends on where the eye is, not on where it looks; and walls
 * count as a little smaller than they are, so that what they hide stays hidden while the eye moves by `reach`.
 */
function isHidden(lot: Lot, eye: vec3): boolean {
  if (!state.culling || !answer || vec3.distance(eye, answer.eye) > answer.reach) return false;
  return answer.hidden[city.lots.indexOf(lot)]!;
}

/** Asks of all lots in a view somewhat wider than what is seen: he may turn before the answer comes. */
function ask(eye: vec3, aspect: number, frame: number, latency: number): Question {
  // As far as he comes until the next answer, and a little more.
  const reach = Math.min(Math.max((latency + 4) * state.step, 0.3), 4);
  const planes = planesOf(viewFrom(street(), aspect, wider).matrix);
  const asked = city.lots.map((lot) => isWithin(planes, lot) === "in" && distance(lot, eye) > reach + 0.5);
  return { frame, eye: vec3.clone(eye), reach, asked, hidden: [] };
}

const wider = 1.5;

/** The sides of a box, each of two triangles; a corner's number has a bit for each axis. */
const cube = new Uint16Array(
  [
    [0, 4, 6, 2],
    [1, 3, 7, 5],
    [0, 1, 5, 4],
    [2, 6, 7, 3],
    [0, 2, 3, 1],
    [4, 5, 7, 6],
  ].flatMap(([a, b, c, d]) => [a!, b!, c!, a!, c!, d!]),
);

function distance({ low, high }: Lot, eye: vec3): number {
  return Math.hypot(...[0, 1, 2].map((i) => Math.max(low[i]! - eye[i]!, 0, eye[i]! - high[i]!)));
}

// Who walks, and how it is seen.

/** From crossing to crossing, and sometimes round the corner. */
function* touring(): Operation<never> {
  const edge = (rows / 2 - 2) * pitch;
  while (true) {
    const ahead = [0, 0, 1, -1].toSorted(() => Math.random() - 0.5);
    const turn = [...ahead, 2].find((turn) => {
      const angle = state.street + (turn * Math.PI) / 2;
      const [x, z] = [state.at[0] + pitch * Math.sin(angle), state.at[1] + pitch * Math.cos(angle)];
      return Math.abs(x) < edge && Math.abs(z) < edge;
    })!;
    yield* over(700 * Math.abs(turn), (part) => (state.street += (part * turn * Math.PI) / 2));
    const [x, z] = [Math.round(Math.sin(state.street)), Math.round(Math.cos(state.street))];
    yield* over(5000, (part) => {
      state.at[0] += x * part * pitch;
      state.at[1] += z * part * pitch;
      state.step = part * pitch;
    });
    state.step = 0;
  }
}

/** Calls in each frame with the part that is done in it, as long as the walker walks. */
function* over(duration: number, advance: (part: number) => void): Operation<void> {
  let left = duration;
  while (left > 0) {
    yield* walking.wait();
    const { delta } = yield* nextFrame();
    const done = Math.min(delta, left, 50);
    advance(done / duration);
    left -= done;
  }
}

function walk(on: boolean): void {
  if (on) walking.set();
  else walking.clear();
  state.step = 0;
}

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

/** A drag, or the arrow keys, turn the head. */
function* looking(): Operation<never> {
  yield* spawn(function* keys(): Operation<never> {
    const steps = new Map([
      ["ArrowLeft", 0.1],
      ["ArrowRight", -0.1],
    ]);
    while (true) {
      const press = yield* once(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
      state.look += steps.get(press.key)!;
    }
  });
  while (true) {
    const press = yield* once(canvas, "pointerdown");
    if (!canvas.hasPointerCapture(press.pointerId)) continue;
    yield* race([turning(press), once(canvas, "lostpointercapture")]);
  }
}

function* turning(from: PointerEvent): Operation<never> {
  while (true) {
    const to = yield* once(canvas, "pointermove");
    state.look += (to.clientX - from.clientX) * 0.004;
    from = to;
  }
}

/** A button that is on or off, and its key. */
function* switching(name: string, key: string, set: (on: boolean) => void): Operation<never> {
  const filter = (event: KeyboardEvent): boolean =>
    event.key === key && !event.ctrlKey && !event.metaKey && !(event.target instanceof HTMLButtonElement);
  while (true) {
    yield* race([once(button(name), "click"), once(window, "keydown", { filter, prevent: true })]);
    const on = button(name).getAttribute("aria-pressed") !== "true";
    button(name).setAttribute("aria-pressed", String(on));
    set(on);
  }
}

function* facts(ring: ReadbackRing<"drop">): Operation<never> {
  while (true) {
    yield* sleep(150);
    if (!shown) continue;
    const { drawn, hidden } = shown;
    const boxes = (lots: Lot[]): string =>
      lots.reduce((sum, lot) => sum + lot.boxes.count, 0).toLocaleString("en");
    fact("drawn").textContent = `${drawn.length} lots, ${boxes(drawn)} boxes`;
    fact("hidden").textContent = `${hidden.length} lots, ${boxes(hidden)} boxes`;
    fact("outside").textContent = `${city.lots.length - drawn.length - hidden.length} lots`;
    fact("age").textContent = ring.latest ? `${ring.latest.age} frames` : "–";
    fact("reach").textContent = answer ? `${answer.reach.toFixed(1)} m` : "–";
  }
}

interface Camera {
  eye: vec3;
  goal: vec3;
}

/** Upright, from one point to another: the tangent of half the height of the view is `steep`. */
function viewFrom({ eye, goal }: Camera, aspect: number, widened = 1) {
  const steep = 0.5 * Math.max(1, 0.9 / aspect) * widened;
  const matrix = mat4.perspectiveZO(mat4.create(), 2 * Math.atan(steep), aspect, 0.3, 900);
  mat4.multiply(matrix, matrix, mat4.lookAt(mat4.create(), eye, goal, [0, 1, 0]));
  const ahead = vec3.normalize(vec3.create(), vec3.subtract(vec3.create(), goal, eye));
  const right = vec3.normalize(vec3.create(), vec3.cross(vec3.create(), ahead, [0, 1, 0]));
  const up = vec3.scale(vec3.create(), vec3.cross(vec3.create(), right, ahead), steep);
  return { eye, matrix, steep, ahead, right: vec3.scale(right, right, steep * aspect), up };
}

function heading(): [x: number, z: number] {
  const angle = state.street + state.look;
  return [Math.sin(angle), Math.cos(angle)];
}

/** As the walker sees it. */
function street(): Camera {
  const [x, z] = state.at;
  const [right, back] = heading();
  return { eye: [x, 3.2, z], goal: [x + right, 3.36, z + back] };
}

/** On the way from the street to the sky, behind and above him. */
function flying(): Camera {
  const { eye, goal } = street();
  const [x, z] = heading();
  const part = state.above * state.above * (3 - 2 * state.above);
  const to = (from: vec3, [right, up, back]: [number, number, number]): vec3 =>
    vec3.lerp(vec3.create(), from, [eye[0] + right, up, eye[2] + back], part);
  return { eye: to(eye, [-72 * x, 150, -72 * z]), goal: to(goal, [66 * x, 0, 66 * z]) };
}

type Plane = [x: number, y: number, z: number, w: number];

/** The six sides of what a view shows; a point is within if it is on the positive side of all. */
function planesOf(matrix: mat4): Plane[] {
  const row = (i: number): Plane => [matrix[i]!, matrix[4 + i]!, matrix[8 + i]!, matrix[12 + i]!];
  const [x, y, z, w] = [row(0), row(1), row(2), row(3)];
  const plus = (a: Plane, b: Plane, sign: number): Plane => a.map((v, i) => v + sign * b[i]!) as Plane;
  return [plus(w, x, 1), plus(w, x, -1), plus(w, y, 1), plus(w, y, -1), z, plus(w, z, -1)];
}

function isWithin(planes: Plane[], { low, high }: Lot): "in" | "out" | "across" {
  let result: "in" | "across" = "in";
  for (const [x, y, z, w] of planes) {
    const far = (positive: Lot["low"], negative: Lot["low"]): number =>
      w + [x, y, z].reduce((sum, part, i) => sum + part * (part > 0 ? positive[i]! : negative[i]!), 0);
    if (far(high, low) < 0) return "out";
    if (far(low, high) < 0) result = "across";
  }
  return result;
}

export type Scene = ReturnType<typeof createScene>;

function createScene(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const { VERTEX, FRAGMENT } = GPUShaderStage;
  const bindingLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: VERTEX | FRAGMENT, buffer: {} },
      { binding: 1, visibility: VERTEX, buffer: { type: "read-only-storage" } },
    ],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const boxes = (colour: GPUVertexFormat): GPUVertexBufferLayout[] => [
    {
      arrayStride: boxBytes,
      stepMode: "instance",
      attributes: [
        { shaderLocation: 0, offset: 0, format: "float32x3" },
        { shaderLocation: 1, offset: 12, format: "float32" },
        { shaderLocation: 2, offset: 16, format: "float32x3" },
        { shaderLocation: 3, offset: 28, format: colour },
      ],
    },
  ];
  const draw = (
    vertex: Omit<GPUVertexState, "module">,
    entryPoint: string,
    depthWriteEnabled = true,
    blend?: GPUBlendState,
  ): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, ...vertex },
      fragment: { module, entryPoint, targets: [{ format: surface.format, ...(blend && { blend }) }] },
      primitive: { cullMode: vertex.buffers ? "back" : "none" },
      depthStencil: { format: "depth24plus", depthCompare: "less-equal", depthWriteEnabled },
      multisample: { count: surface.sampleCount },
    });
  const through: GPUBlendComponent = { srcFactor: "src-alpha", dstFactor: "one-minus-src-alpha" };
  const painting = draw({ entryPoint: "solid", buffers: boxes("unorm8x4") }, "paint");
  const paving = draw({ entryPoint: "ground" }, "pave");
  const airing = draw({ entryPoint: "whole" }, "air", false);
  const haunting = draw({ entryPoint: "haunting", buffers: boxes("uint32") }, "haunt", true, {
    color: through,
    alpha: through,
  });
  // Of the question nothing is seen: it has a depth, and no colour. Boxes are asked about from all sides.
  const question = (entryPoint: string, depthWriteEnabled: boolean): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, entryPoint, buffers: boxes("uint32") },
      depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled },
    });
  const hiding = question("hiding", true);
  const asking = question("asking", false);

  const { UNIFORM, STORAGE, VERTEX: CORNERS, INDEX, COPY_SRC, COPY_DST, QUERY_RESOLVE } = GPUBufferUsage;
  const createBuffer = (content: AllowSharedBufferSource | number, usage: GPUBufferUsageFlags): GPUBuffer => {
    const size = typeof content === "number" ? content : content.byteLength;
    const buffer = device.createBuffer({ size, usage: usage | COPY_DST });
    if (typeof content !== "number") device.queue.writeBuffer(buffer, 0, content);
    return buffer;
  };
  const { lots } = city;
  const corners = createBuffer(cube, INDEX);
  const bricks = createBuffer(city.boxes, CORNERS);
  const walls = createBuffer(city.walls, CORNERS);
  const bounds = createBuffer(
    new Float32Array(
      lots.flatMap(({ low, high }) => [
        ...low.map((from, i) => (from + high[i]!) / 2),
        1,
        ...low.map((from, i) => (high[i]! - from) / 2),
        0,
      ]),
    ),
    CORNERS,
  );
  const states = createBuffer(4 * lots.length, STORAGE);
  const createView = () => {
    const buffer = createBuffer(144, UNIFORM);
    const resources = [{ buffer }, { buffer: states }];
    return {
      buffer,
      bindings: device.createBindGroup({
        layout: bindingLayout,
        entries: resources.map((resource, binding) => ({ binding, resource })),
      }),
    };
  };
  const [camera, test] = [createView(), createView()];
  const writeView = (
    { buffer }: typeof camera,
    { eye, matrix, ahead, right, up }: ReturnType<typeof viewFrom>,
    [above, reach, texel, cone]: [above: number, reach: number, texel: number, cone: number],
  ): void => {
    const data = [...matrix, ...eye, above, ...ahead, reach, ...right, texel, ...up, cone];
    device.queue.writeBuffer(buffer, 0, new Float32Array([...data, ...state.at, ...heading()]));
  };

  const queries = device.createQuerySet({ type: "occlusion", count: lots.length });
  const samples = createBuffer(8 * lots.length, QUERY_RESOLVE | COPY_SRC);
  let depth: GPUTexture | undefined;

  return {
    /** How many samples of each lot passed. */
    samples,

    ask(encoder: GPUCommandEncoder, { asked, reach }: Question, aspect: number): void {
      const height = 384;
      const width = Math.ceil(height * aspect);
      if (depth?.width !== width) {
        depth?.destroy();
        const usage = GPUTextureUsage.RENDER_ATTACHMENT;
        depth = device.createTexture({ size: [width, height], format: "depth24plus", usage });
      }
      const view = viewFrom(street(), aspect, wider);
      writeView(test, view, [0, reach, (2 * view.steep) / height, 0]);
      const pass = encoder.beginRenderPass({
        colorAttachments: [],
        depthStencilAttachment: {
          view: depth.createView(),
          depthClearValue: 1,
          depthLoadOp: "clear",
          depthStoreOp: "discard",
        },
        occlusionQuerySet: queries,
      });
      pass.setBindGroup(0, test.bindings);
      pass.setIndexBuffer(corners, "uint16");
      pass.setPipeline(hiding);
      pass.setVertexBuffer(0, walls);
      pass.drawIndexed(cube.length, city.walls.byteLength / boxBytes);
      pass.setPipeline(asking);
      pass.setVertexBuffer(0, bounds);
      for (const [i, wanted] of asked.entries()) {
        if (!wanted) continue;
        pass.beginOcclusionQuery(i);
        pass.drawIndexed(cube.length, 1, 0, 0, i);
        pass.endOcclusionQuery();
      }
      pass.end();
      encoder.resolveQuerySet(queries, 0, lots.length, samples, 0);
    },

    prepare({ delta }: Frame, drawn: Lot[], hidden: Lot[]): void {
      // Who wants no motion is there at once.
      const step = calm.matches ? 1 : Math.min(delta, 50) / 1400;
      state.above = Math.min(Math.max(state.above + (state.sky ? step : -step), 0), 1);
      const { aspect } = surface;
      const { steep } = viewFrom(street(), aspect);
      writeView(camera, viewFrom(flying(), aspect), [state.above, 0, 0, Math.cos(Math.atan(steep * aspect))]);
      const marks = lots.map((lot) => (drawn.includes(lot) ? 0 : hidden.includes(lot) ? 1 : 2));
      device.queue.writeBuffer(states, 0, new Uint32Array(marks));
    },

    draw(encoder: GPUCommandEncoder, target: GPURenderPassDescriptor, drawn: Lot[]): void {
      const pass = encoder.beginRenderPass(target);
      pass.setBindGroup(0, camera.bindings);
      pass.setIndexBuffer(corners, "uint16");
      pass.setPipeline(painting);
      pass.setVertexBuffer(0, bricks);
      // The nearest first: what is behind them is not painted in vain.
      const { eye } = street();
      const nearest = drawn.toSorted((a, b) => distance(a, eye) - distance(b, eye));
      for (const { boxes } of nearest) pass.drawIndexed(cube.length, boxes.count, 0, 0, boxes.first);
      pass.setPipeline(paving);
      pass.draw(3);
      pass.setPipeline(airing);
      pass.draw(3);
      if (state.above > 0) {
        pass.setPipeline(haunting);
        pass.setVertexBuffer(0, walls);
        pass.drawIndexed(cube.length, city.walls.byteLength / boxBytes);
      }
      pass.end();
    },
  };
}
