import {
  CanvasSurface,
  closed,
  Loop,
  nextFrame,
  on,
  once,
  race,
  spawn,
  withDevice,
  type Operation,
  type Subscription,
  type Task,
} from "awaitframe";
import { quat } from "gl-matrix";
import wgsl from "../../shaders/drag.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;

interface Point {
  x: number;
  y: number;
}

/** Places and radii in CSS pixels of the canvas, speeds in pixels a millisecond. */
interface Marble extends Point {
  size: number;
  radius: number;
  vx: number;
  vy: number;
  /** How far it has rolled. */
  turn: quat;
  held: boolean;
  /** How high it is: follows `held`. */
  lift: number;
  /** The coroutine that has it in hand. */
  holder?: Task<void>;
}

export const marbles = Array.from({ length: 26 }, (_, i): Marble => {
  const angle = i * 2.39996;
  const far = 0.09 * Math.sqrt(i + 0.5);
  return {
    x: canvas.clientWidth * (0.5 + far * Math.cos(angle)),
    y: canvas.clientHeight * (0.5 + far * Math.sin(angle)),
    size: 0.8 + 0.5 * ((i * 0.618034) % 1),
    radius: 0,
    // They roll apart at first.
    vx: (0.35 + 0.4 * far) * Math.cos(angle),
    vy: (0.35 + 0.4 * far) * Math.sin(angle),
    turn: quat.fromEuler(quat.create(), 67 * i, 41 * i, 23 * i),
    held: false,
    lift: 0,
  };
});

/** What the keyboard aims at. */
let aim: Marble | undefined;

/** Events that change what is to be seen. */
const reasons = ["pointerdown", "keydown", "focus", "blur"] as const;

new Loop().run(withDevice({ onLost: report.lost }, table), { name: "table" });

function* table(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const scene = createScene(device, surface);
  yield* spawn(presses);
  yield* spawn(keys);

  while (true) {
    const frame = yield* nextFrame("render");
    const moving = roll(frame.delta);
    scene.draw(surface.renderPass(frame));
    report.frame(frame);
    if (moving) continue;
    // All lie still: no frame is asked for until there is a reason for one.
    report.rest();
    yield* race([surface.resized(), ...reasons.map((type) => once(canvas, type))]);
  }
}

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

/** Each finger gets a coroutine of its own. */
function* presses(): Operation<void> {
  const presses = yield* on(canvas, "pointerdown");
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    const marble = marbleAt(press.offsetX, press.offsetY);
    if (!marble || !canvas.hasPointerCapture(press.pointerId)) continue;
    // Whoever has it lets go: cancelling ends that coroutine, wherever it waits.
    marble.holder?.cancel();
    marble.holder = yield* spawn(drag(marble, press));
  }
}

/** Press, move, release. */
function* drag(marble: Marble, press: PointerEvent): Operation<void> {
  const own = { filter: (event: PointerEvent) => event.pointerId === press.pointerId };
  const home = { x: marble.x, y: marble.y };
  marble.held = true;
  try {
    const moves = yield* on(canvas, "pointermove", own);
    const end = yield* race([
      carry(marble, press, moves),
      once(canvas, "pointerup", own),
      once(canvas, "pointercancel", own),
      once(window, "keydown", { filter: ({ key }) => key === "Escape" }),
    ]);
    // Let go, it rolls on as fast as the hand was. Called off, it goes back.
    if (end.type !== "pointerup") yield* bring(marble, home);
  } finally {
    marble.held = false;
  }
}

function* carry(marble: Marble, press: PointerEvent, moves: Subscription<PointerEvent>): Operation<never> {
  const [gripX, gripY] = [marble.x - press.offsetX, marble.y - press.offsetY];
  let hand: MouseEvent = press;
  while (true) {
    const { delta } = yield* nextFrame();
    hand = moves.latest() ?? hand;
    pull(marble, { x: hand.offsetX + gripX, y: hand.offsetY + gripY }, delta);
  }
}

function* bring(marble: Marble, to: Point): Operation<void> {
  while (Math.hypot(to.x - marble.x, to.y - marble.y) > 0.5) pull(marble, to, (yield* nextFrame()).delta);
  marble.vx = marble.vy = 0;
}

/** Gives it the speed that takes it softly to a place, alike at any frame rate. */
function pull(marble: Marble, to: Point, delta: number): void {
  if (delta === 0) return;
  const part = (1 - Math.exp(-delta / 45)) / delta;
  marble.vx = (to.x - marble.x) * part;
  marble.vy = (to.y - marble.y) * part;
}

const steps = new Map([
  ["ArrowLeft", [-1, 0]],
  ["ArrowRight", [1, 0]],
  ["ArrowUp", [0, -1]],
  ["ArrowDown", [0, 1]],
]);

/** The same by keyboard: the arrow keys choose, Enter takes. */
function* keys(): Operation<void> {
  const used = new Set([...steps.keys(), "Enter", " ", "Escape"]);
  const presses = yield* on(canvas, "keydown", { filter: ({ key }) => used.has(key), prevent: true });
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    aim ??= marbleAt(canvas.clientWidth / 2, canvas.clientHeight / 2, Infinity)!;
    const step = steps.get(press.key);
    if (step) aim = beside(aim, step);
    else if (press.key !== "Escape") {
      aim.holder?.cancel();
      aim.holder = yield* spawn(dragByKeys(aim, presses));
      yield* aim.holder;
    }
  }
}

/** The arrow keys carry, Enter lets go, Escape brings it back. */
function* dragByKeys(marble: Marble, presses: Subscription<KeyboardEvent>): Operation<void> {
  const home = { x: marble.x, y: marble.y };
  const hand = { ...home };
  marble.held = true;
  try {
    while (true) {
      const press = yield* race([presses.next(), follow(marble, hand)]);
      if (press === closed || press.key === "Escape") return yield* bring(marble, home);
      const [right = 0, down = 0] = steps.get(press.key) ?? [];
      if (!right && !down) return;
      hand.x = Math.min(Math.max(hand.x + 32 * right, 0), canvas.clientWidth);
      hand.y = Math.min(Math.max(hand.y + 32 * down, 0), canvas.clientHeight);
    }
  } finally {
    marble.held = false;
  }
}

function* follow(marble: Marble, hand: Point): Operation<never> {
  while (true) pull(marble, hand, (yield* nextFrame()).delta);
}

/** The nearest marble, if it is no further from a point than `reach`, in radii. */
function marbleAt(x: number, y: number, reach = 1.25): Marble | undefined {
  const far = (marble: Marble): number => Math.hypot(marble.x - x, marble.y - y);
  const [nearest] = marbles.toSorted((a, b) => far(a) - far(b));
  return nearest && far(nearest) <= reach * nearest.radius ? nearest : undefined;
}

/** The next marble in a direction; the same if there is none. */
function beside(from: Marble, [right = 0, down = 0]: number[]): Marble {
  let [best, least] = [from, Infinity];
  for (const marble of marbles) {
    const [x, y] = [marble.x - from.x, marble.y - from.y];
    const along = x * right + y * down;
    const far = along + 2 * Math.abs(x * down + y * right);
    if (along > 1 && far < least) [best, least] = [marble, far];
  }
  return best;
}

/** Moves all marbles; tells whether any of them moves. */
function roll(delta: number): boolean {
  const parts = Math.ceil(delta / 8);
  for (let part = 0; part < parts; part++) {
    for (const marble of marbles) move(marble, delta / parts);
    marbles.forEach((a, i) => marbles.slice(i + 1).forEach((b) => collide(a, b)));
  }
  return marbles.some(({ vx, vy, held, lift }) => held || lift > 0.01 || Math.hypot(vx, vy) > 0.001);
}

function move(marble: Marble, time: number): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  marble.radius = 0.045 * marble.size * Math.sqrt(width * height);
  marble.lift += (Number(marble.held) - marble.lift) * (1 - Math.exp(-time / 70));
  const { vx, vy, radius } = marble;
  const speed = Math.hypot(vx, vy);
  if (speed > 0) {
    marble.x += vx * time;
    marble.y += vy * time;
    const angle = ((1 - marble.lift) * speed * time) / radius;
    const turn = quat.setAxisAngle(quat.create(), [-vy / speed, vx / speed, 0], angle);
    quat.normalize(marble.turn, quat.multiply(quat.create(), turn, marble.turn));
  }
  if (!marble.held) {
    const slower = Math.max(0, Math.exp(-time / 1600) - (0.00006 * time) / (speed || 1));
    marble.vx *= slower;
    marble.vy *= slower;
  }
  // Off the cushions.
  const [x, y] = [marble.x, marble.y];
  marble.x = Math.max(radius, Math.min(width - radius, x));
  marble.y = Math.max(radius, Math.min(height - radius, y));
  if ((marble.x - x) * marble.vx < 0) marble.vx *= -0.75;
  if ((marble.y - y) * marble.vy < 0) marble.vy *= -0.75;
}

function collide(a: Marble, b: Marble): void {
  const [x, y] = [b.x - a.x, b.y - a.y];
  const far = Math.hypot(x, y) || 1;
  const overlap = a.radius + b.radius - far;
  if (overlap <= 0) return;
  const [nx, ny] = [x / far, y / far];
  // One that is held gives way to none.
  const ease = (marble: Marble): number => (marble.held ? 0 : 1 / marble.size ** 3);
  const sum = ease(a) + ease(b);
  if (sum === 0) return;
  const meeting = (a.vx - b.vx) * nx + (a.vy - b.vy) * ny;
  const push = Math.max(0, meeting) * 1.86;
  for (const [marble, sign] of [
    [a, -1],
    [b, 1],
  ] as const) {
    const part = (sign * ease(marble)) / sum;
    marble.x += nx * overlap * part;
    marble.y += ny * overlap * part;
    marble.vx += nx * push * part;
    marble.vy += ny * push * part;
  }
}

const glasses = [
  [1.0, 0.24, 0.04],
  [0.06, 0.26, 0.9],
  [0.95, 0.72, 0.42],
  [0.04, 0.52, 0.36],
  [0.42, 0.14, 0.85],
  [0.85, 0.07, 0.14],
  [0.1, 0.55, 0.85],
] as const;

function createScene(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const bindingLayout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT, buffer: {} }],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const floats = 12;
  const blend: GPUBlendComponent = { srcFactor: "one", dstFactor: "one-minus-src-alpha" };
  const createPipeline = (entryPoint: string, buffers: GPUVertexBufferLayout[]): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, entryPoint, buffers },
      fragment: {
        module,
        entryPoint: `${entryPoint}Colour`,
        targets: [{ format: surface.format, blend: { color: blend, alpha: blend } }],
      },
      primitive: { topology: "triangle-strip" },
    });
  const marbleLayout: GPUVertexBufferLayout = {
    arrayStride: 4 * floats,
    stepMode: "instance",
    attributes: [0, 1, 2].map((i) => ({ shaderLocation: i, offset: 16 * i, format: "float32x4" })),
  };
  const cloth = createPipeline("cloth", []);
  const under = createPipeline("under", [marbleLayout]);
  const above = createPipeline("above", [marbleLayout]);

  const data = new Float32Array(floats * marbles.length);
  const instances = device.createBuffer({
    size: data.byteLength,
    usage: GPUBufferUsage.VERTEX | GPUBufferUsage.COPY_DST,
  });
  const size = device.createBuffer({ size: 8, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: bindingLayout,
    entries: [{ binding: 0, resource: { buffer: size } }],
  });

  return {
    draw(renderPass: GPURenderPassDescriptor): void {
      // What is held lies over the others.
      const order = marbles.map((_, i) => i).toSorted((a, b) => marbles[a]!.lift - marbles[b]!.lift);
      order.forEach((i, place) => {
        const marble = marbles[i]!;
        const ring = marble === aim && document.activeElement === canvas ? 1 : 0;
        const { x, y, radius, lift, turn } = marble;
        data.set([x, y, radius, lift, ...turn, ...glasses[i % glasses.length]!, ring], floats * place);
      });
      device.queue.writeBuffer(instances, 0, data);
      device.queue.writeBuffer(size, 0, new Float32Array([canvas.clientWidth, canvas.clientHeight]));

      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(renderPass);
      pass.setBindGroup(0, bindings);
      pass.setVertexBuffer(0, instances);
      pass.setPipeline(cloth);
      pass.draw(3);
      for (const pipeline of [under, above]) {
        pass.setPipeline(pipeline);
        pass.draw(4, marbles.length);
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
