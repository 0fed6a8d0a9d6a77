import {
  AsyncEvent,
  CanvasSurface,
  Loop,
  nextFrame,
  once,
  race,
  sleep,
  withDevice,
  type Operation,
  type Task,
} from "awaitframe";
import wgsl from "../../shaders/tasks.wgsl?raw";
import { report } from "../common/report.ts";

// The program: coroutines on one loop, each waiting for its own time.

function* main(): Operation<void> {
  yield* sleep(1000);
  say("main", "main slept");
  yield* sleep(1000);
  say("main", "main slept");
  start("harry", sub("harry", 3));
  start("ron", sub("ron", 4));
  start("fail", fail());
}

function* sub(name: string, times: number): Operation<void> {
  for (let i = 0; i < times; i++) {
    yield* sleep(100);
    say(name, `${name} slept`);
  }
}

function* fail(): Operation<void> {
  yield* sleep(2000);
  throw new Error("Meh");
}

// What is kept of it: a lane for each task, with what it said and when.

interface Lane {
  name: string;
  task: Task<void>;
  from: number;
  to: number | undefined;
  said: { at: number; failed: boolean }[];
}

let lanes: Lane[] = [];
/** When there were frames. */
let frames: number[] = [];
let begun = 0;
const changed = new AsyncEvent();
const running = (): boolean => lanes.some(({ to }) => to === undefined);
const now = (): number => (loop.frame?.time ?? 0) - begun;

const loop = new Loop({
  // Where the error of a root task ends up. The other tasks don't notice.
  onError(error, task) {
    const lane = lanes.find((lane) => lane.task === task);
    if (lane) say(lane.name, String(error), true);
    else reportError(error);
  },
});

function start(name: string, program: Operation<void>): void {
  const lane: Omit<Lane, "task"> = { name, from: now(), to: undefined, said: [] };
  const task = loop.run(
    function* () {
      try {
        yield* program;
      } finally {
        lane.to = now();
      }
    },
    { name },
  );
  lanes.push(Object.assign(lane, { task }));
}

// The picture: bars while a task sleeps, a dot each time it goes on, and on the left a tick for each frame.

const canvas = document.querySelector("canvas")!;
const stage = document.querySelector<HTMLElement>(".stage")!;
const labels = document.querySelector<HTMLElement>(".labels")!;
const log = document.querySelector<HTMLElement>(".log")!;
const again = document.querySelector<HTMLElement>(".again")!;

loop.run(function* program() {
  while (true) {
    for (const { task } of lanes) task.cancel();
    [lanes, frames] = [[], []];
    log.replaceChildren();
    labels.replaceChildren();
    begun += now();
    start("main", main());
    changed.set();
    const pressed = once(window, "keydown", { filter: ({ key }) => key === "r" });
    yield* race([once(again, "click"), pressed, ticks()]);
  }
});

function* ticks(): Operation<never> {
  while (running()) {
    yield* nextFrame();
    frames.push(now());
  }
  return yield* sleep(Infinity) as Operation<never>;
}

loop.run(withDevice({ onLost: report.lost }, timeline), { name: "timeline" });

function* timeline(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const shapes = createShapes(device, surface);
  while (true) {
    const frame = yield* nextFrame("render");
    compose(shapes, surface);
    shapes.draw(surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }));
    report.frame(frame);
    if (running()) continue;
    // Nothing moves any more, and no frame is asked for but a few to fit a canvas that has changed its size.
    report.rest();
    changed.clear();
    yield* race([changed.wait(), sleep(250)]);
  }
}

const colours = { main: 0xf2f0ea, harry: 0x6ea8ff, ron: 0x5fd6b0, fail: 0xb9a0ff };
const [grey, red, accent] = [0x8b94a7, 0xff5d6c, 0xff9a5c];

/** Lays the run out, in pixels. The page's style places the text by the same measures. */
function compose(shapes: Shapes, { width, height }: CanvasSurface): void {
  const px = width / canvas.clientWidth;
  // A page that was in the background takes longer.
  const span = Math.max(4200, ...lanes.map(({ to }) => to ?? now()));
  stage.style.setProperty("--span", String(span));
  const x = (lane: number): number => 44 * px + (lane * (width - 44 * px)) / 4 + 14 * px;
  const y = (at: number): number => 56 * px + (at / span) * (height - 84 * px);
  const line = (left: number, right: number, at: number, colour: number, alpha: number, glow = 0): void =>
    shapes.add([left, at - px / 2, right, at + px / 2], colour, { alpha, glow });
  const dot = (lane: number, at: number, size: number, colour: number, style: Style = {}): void =>
    shapes.add([x(lane) - size, y(at) - size, x(lane) + size, y(at) + size], colour, {
      radius: size,
      ...style,
    });

  for (const lane of [0, 1, 2, 3]) {
    shapes.add([x(lane) - 14 * px, 0, x(lane) - 13 * px, height], grey, { alpha: 0.16 });
  }
  for (let second = 0; second <= 4; second++) line(44 * px, width, y(1000 * second), grey, 0.16);
  for (const at of frames) line(30 * px, 38 * px, y(at), grey, 0.7);

  lanes.forEach(({ name, from, to, said }, lane) => {
    const colour = colours[name as keyof typeof colours];
    if (lane > 0) line(x(lane - 1), x(lane), y(from), grey, 0.6);
    const turns = [from, ...said.map(({ at }) => at), to ?? now()];
    turns.slice(1).forEach((until, i) => {
      const [top, bottom] = [y(turns[i]!), y(until)];
      const asleep = to === undefined && i === turns.length - 2;
      const style = { alpha: 0.45, radius: 4 * px, wave: asleep ? 1 + now() / 120 : 0 };
      if (bottom > top) shapes.add([x(lane) - 4 * px, top, x(lane) + 4 * px, bottom], colour, style);
    });
    dot(lane, from, 5.5 * px, 0x0b0d12);
    dot(lane, from, 5.5 * px, colour, { outline: 2 * px });
    for (const { at, failed } of said) dot(lane, at, 5.5 * px, failed ? red : colour, { glow: 14 * px });
  });
  if (running()) line(30 * px, width, y(now()), accent, 1, 10 * px);
}

function say(name: string, text: string, failed = false): void {
  const lane = lanes.findIndex((lane) => lane.name === name);
  const at = now();
  lanes[lane]!.said.push({ at, failed });

  const label = document.createElement("span");
  label.textContent = text;
  label.classList.toggle("failed", failed);
  label.style.setProperty("--lane", String(lane));
  label.style.setProperty("--at", String(at));
  labels.append(label);

  const entry = document.createElement("li");
  const time = document.createElement("time");
  time.textContent = `${(at / 1000).toFixed(2)} s`;
  entry.append(time, text);
  entry.classList.toggle("failed", failed);
  log.append(entry);
}

interface Style {
  alpha?: number;
  radius?: number;
  glow?: number;
  outline?: number;
  wave?: number;
}

type Shapes = ReturnType<typeof createShapes>;

/** Boxes with round corners: all of a frame in one draw. */
function createShapes(device: GPUDevice, surface: CanvasSurface) {
  const most = 4096;
  const floats = 12;
  const data = new Float32Array(most * floats);
  let count = 0;

  const module = device.createShaderModule({ code: wgsl });
  const blend: GPUBlendComponent = { srcFactor: "one", dstFactor: "one-minus-src-alpha" };
  const pipeline = device.createRenderPipeline({
    layout: "auto",
    vertex: {
      module,
      buffers: [
        {
          arrayStride: 4 * floats,
          stepMode: "instance",
          attributes: [
            { shaderLocation: 0, offset: 0, format: "float32x4" },
            { shaderLocation: 1, offset: 16, format: "float32x4" },
            { shaderLocation: 2, offset: 32, format: "float32x4" },
          ],
        },
      ],
    },
    fragment: { module, targets: [{ format: surface.format, blend: { color: blend, alpha: blend } }] },
    primitive: { topology: "triangle-strip" },
  });
  const shapes = device.createBuffer({
    size: data.byteLength,
    usage: GPUBufferUsage.VERTEX | GPUBufferUsage.COPY_DST,
  });
  const size = device.createBuffer({ size: 8, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: size } }],
  });

  return {
    add(box: [left: number, top: number, right: number, bottom: number], colour: number, style: Style): void {
      if (count === most) return;
      const { alpha = 1, radius = 0, glow = 0, outline = 0, wave = 0 } = style;
      const rgb = [colour >> 16, (colour >> 8) & 255, colour & 255].map((part) => (part / 255) * alpha);
      data.set([...box, ...rgb, alpha, radius, glow, outline, wave], floats * count++);
    },

    draw(renderPass: GPURenderPassDescriptor): void {
      device.queue.writeBuffer(size, 0, new Float32Array([surface.width, surface.height]));
      device.queue.writeBuffer(shapes, 0, data, 0, floats * count);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(renderPass);
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.setVertexBuffer(0, shapes);
      pass.draw(4, count);
      pass.end();
      device.queue.submit([encoder.finish()]);
      count = 0;
    },
  };
}
