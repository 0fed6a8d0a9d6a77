import {
  AsyncEvent,
  CanvasSurface,
  Loop,
  nextFrame,
  once,
  race,
  readBuffer,
  sleep,
  spawn,
  withDevice,
  type Operation,
} from "awaitframe";
import wgsl from "../../shaders/sort.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const status = document.querySelector<HTMLElement>(".status")!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;

export const count = 128;
/** Every step of the network: which numbers meet, in runs of `block`, `stride` apart. */
const network = [...bitonic(count)];
const pace = 230;

/** What was read back when the sort had ended, and after how many steps. */
export const result = { numbers: [] as number[], steps: 0, of: network.length };

/** Set while the sort runs by itself. */
const playing = new AsyncEvent();
playing.set();

const loop = new Loop();

loop.run(withDevice({ onLost: report.lost }, sorting), { name: "sorting" });

function* sorting(device: GPUDevice): Operation<never> {
  const scene = createScene(device);
  yield* spawn(show(device, scene));
  yield* spawn(pausing);
  while (true) {
    scene.fill(shuffled());
    // Whatever the sort is waiting for, a new shuffle ends it.
    yield* race([sort(device, scene), pressed("shuffle", "r")]);
  }
}

function* sort(device: GPUDevice, scene: Scene): Operation<never> {
  status.textContent = "Shuffled.";
  yield* race([allSteps(scene), pressed("cancel", "Escape")]);

  // Sorted, or so we think: the numbers themselves know.
  const asked = report.data.frames;
  const row = { offset: 4 * count * scene.row, size: 4 * count, as: Uint32Array };
  const numbers = yield* readBuffer(device, scene.rows, row);
  Object.assign(result, { numbers: [...numbers], steps: scene.row });
  const inPlace = numbers.filter((number, i) => number === i).length;
  report.readback("in place", report.data.frames - asked, `${inPlace} of ${count}`);
  const steps = `${scene.row} of ${network.length} steps`;
  status.textContent =
    inPlace === count ? `Sorted, and checked: ${steps}.` : `Cancelled after ${steps}: ${inPlace} in place.`;
  return yield* sleep(Infinity) as Operation<never>;
}

function* allSteps(scene: Scene): Operation<void> {
  for (const [i, { block, stride }] of network.entries()) {
    // By itself, or by hand.
    const click = yield* race([inTime(), pressed("step", "s")]);
    if (click) play(false);
    scene.step(block, stride);
    status.textContent = `Step ${i + 1} of ${network.length}`;
  }
}

function* inTime(): Operation<void> {
  do {
    yield* playing.wait();
    yield* sleep(pace);
  } while (!playing.isSet);
}

function* pausing(): Operation<never> {
  while (true) {
    yield* pressed("pause", "p");
    play(!playing.isSet);
  }
}

function play(on: boolean): void {
  if (on) playing.set();
  else playing.clear();
  button("pause").textContent = on ? "Pause" : "Go on";
}

/** Waits for a button or its key. */
function pressed(name: string, key: string): Operation<Event> {
  const own = (event: KeyboardEvent): boolean => event.key === key && !event.ctrlKey && !event.metaKey;
  return race([once(button(name), "click"), once(window, "keydown", { filter: own })]);
}

function* bitonic(count: number): Generator<{ block: number; stride: number }> {
  for (let block = 2; block <= count; block *= 2) {
    for (let stride = block / 2; stride >= 1; stride /= 2) yield { block, stride };
  }
}

/** The numbers from 0, in any order. */
function shuffled(): Uint32Array<ArrayBuffer> {
  const numbers = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const other = Math.floor(Math.random() * (i + 1));
    numbers[i] = numbers[other]!;
    numbers[other] = i;
  }
  return numbers;
}

/** Draws the threads as far as the sort has come, softly. */
function* show(device: GPUDevice, scene: Scene): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const threads = createThreads(device, surface, scene);
  while (true) {
    const frame = yield* nextFrame("render");
    scene.shown += (scene.row - scene.shown) * (1 - Math.exp(-frame.delta / 80));
    if (scene.row - scene.shown < 0.002) scene.shown = scene.row;
    threads.draw(surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }), scene.shown);
    report.frame(frame);
    if (scene.shown < scene.row) continue;
    // Nothing moves until the next step; a few frames fit a canvas that has changed its size.
    report.rest();
    scene.changed.clear();
    yield* race([scene.changed.wait(), sleep(250)]);
  }
}

type Scene = ReturnType<typeof createScene>;

function createScene(device: GPUDevice) {
  const module = device.createShaderModule({ code: wgsl });
  const pipeline = device.createComputePipeline({
    layout: "auto",
    compute: { module, entryPoint: "step", constants: { count } },
  });
  const { STORAGE, UNIFORM, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const bytes = 4 * count * (network.length + 1);
  const now = device.createBuffer({ size: 12, usage: UNIFORM | COPY_DST });
  const rows = device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC | COPY_DST });
  const places = device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [now, rows, places].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });

  return {
    module,
    rows,
    places,
    /** How many steps have been done, and how many of them are to be seen. */
    row: 0,
    shown: 0,
    changed: new AsyncEvent(),

    fill(numbers: Uint32Array<ArrayBuffer>): void {
      const inverse = new Uint32Array(count);
      numbers.forEach((number, place) => (inverse[number] = place));
      device.queue.writeBuffer(rows, 0, numbers);
      device.queue.writeBuffer(places, 0, inverse);
      this.row = this.shown = 0;
      this.changed.set();
    },

    step(block: number, stride: number): void {
      device.queue.writeBuffer(now, 0, new Uint32Array([block, stride, this.row]));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(count / 2 / 64);
      pass.end();
      device.queue.submit([encoder.finish()]);
      this.row++;
      this.changed.set();
    },
  };
}

function createThreads(device: GPUDevice, surface: CanvasSurface, { module, places }: Scene) {
  const bindingLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.VERTEX, buffer: {} },
      { binding: 1, visibility: GPUShaderStage.VERTEX, buffer: { type: "read-only-storage" } },
    ],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const constants = { count, steps: network.length };
  const blend: GPUBlendComponent = { srcFactor: "one", dstFactor: "one-minus-src-alpha" };
  const targets = [{ format: surface.format, blend: { color: blend, alpha: blend } }];
  const createPipeline = (entryPoint: string): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, entryPoint, constants },
      fragment: { module, entryPoint: "colour", targets },
      primitive: { topology: "triangle-strip" },
    });
  const thread = createPipeline("thread");
  const head = createPipeline("head");
  const view = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: bindingLayout,
    entries: [view, places].map((buffer, binding) => ({ binding, resource: { buffer } })),
  });

  return {
    draw(renderPass: GPURenderPassDescriptor, shown: number): void {
      const { width, height } = surface;
      const px = width / canvas.clientWidth;
      device.queue.writeBuffer(view, 0, new Float32Array([width, height, shown, px]));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(renderPass);
      pass.setBindGroup(0, bindings);
      if (shown > 0) {
        pass.setPipeline(thread);
        pass.draw(30, count * Math.ceil(shown));
      }
      pass.setPipeline(head);
      pass.draw(4, count);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
