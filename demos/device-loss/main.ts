import {
  all,
  AsyncEvent,
  CanvasSurface,
  closed,
  compileShader,
  createRenderPipelineAsync,
  DeviceLostError,
  Loop,
  nextFrame,
  on,
  once,
  onSubmittedWorkDone,
  race,
  readBuffer,
  sleep,
  spawn,
  withDevice,
  type Operation,
} from "awaitframe";
import wgsl from "../../shaders/device-loss.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const overlay = document.querySelector<HTMLElement>(".stage .gone")!;
const editor = document.querySelector<HTMLTextAreaElement>("textarea")!;
const mistake = document.querySelector<HTMLElement>(".mistake")!;
const log = document.querySelector<HTMLElement>(".log")!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

/** The ground, in cells: as in the shader. */
const [across, down] = [384, 240];
const walkerCount = 16_000;

// What outlives a device.

/** What was on the device after so many steps: read back twice a second. */
export let checkpoint = beginning();
/** The shader but for its first lines, which are edited; and of these, the last ones that worked. */
const rest = wgsl.slice(wgsl.indexOf("// ---"));
let colour = (editor.value = wgsl.replace(rest, ""));
const brush = { x: 0, y: 0, pressure: 0, held: false };
/** How often it was lost, and how that went the last time. */
export const story = { devices: 0, losses: 0, surrenders: 0, step: 0, stepsBack: 0, stoodStill: 0 };
let lastFrame = NaN;

const retries = 5;
/** Set while each device is to be lost. */
const doomed = new AsyncEvent();

export const loop = new Loop();

loop.run(function* mould() {
  while (true) {
    try {
      yield* withDevice({ retries, onLost: lost }, life);
    } catch (error) {
      // Lost too often: the next one would be lost too.
      if (!(error instanceof DeviceLostError)) throw error;
      gaveUp();
    }
    yield* pressed("again", "r");
  }
});

/** All that happens on one device. It is cancelled when the device is lost, wherever it waits. */
function* life(device: GPUDevice): Operation<never> {
  story.devices++;
  yield* race([growth(device), pressed("lose", "l"), doom()]);

  // To lose it as by a fault: behind the kit's back. `device.destroy()` would be what we asked for, and nobody would
  // begin again. Firefox shows nothing any more if frames are still on their way to the screen then.
  yield* onSubmittedWorkDone(device.queue);
  GPUDevice.prototype.destroy.call(device);
  return yield* sleep(Infinity) as Operation<never>;
}

function* growth(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const ground = createGround(device, surface.format);
  let pipeline = yield* compile(device, ground, colour);
  yield* spawn(editing(device, ground, (edited) => (pipeline = edited)));
  yield* spawn(checkpoints(device, ground));
  story.stepsBack = story.step - checkpoint.step;
  story.step = checkpoint.step;

  for (let first = true; ; first = false) {
    const frame = yield* nextFrame();
    story.step++;
    ground.draw(surface.view(frame), pipeline, frame.time, [surface.width, surface.height]);
    if (!brush.held) brush.pressure *= 0.8;
    if (first) arrived(frame.timestamp - lastFrame);
    lastFrame = frame.timestamp;
    report.frame(frame);
  }
}

function* checkpoints(device: GPUDevice, { trail, walkers }: Ground): Operation<never> {
  while (true) {
    yield* sleep(500);
    const { step } = story;
    const asked = report.data.frames;
    const read = (buffer: GPUBuffer) => readBuffer(device, buffer, { as: Float32Array });
    // Both are copied now, after the same step, and arrive some frames later.
    const copies = yield* all([read(trail), read(walkers)]);
    checkpoint = { step, trail: copies[0], walkers: copies[1] };
    report.readback("step", report.data.frames - asked, step);
  }
}

/** It may live for a moment. */
function* doom(): Operation<void> {
  yield* doomed.wait();
  yield* sleep(200);
}

/** Compiles what is in the editor, whenever that changes. What doesn't compile is told; what worked goes on. */
function* editing(
  device: GPUDevice,
  ground: Ground,
  use: (pipeline: GPURenderPipeline) => void,
): Operation<void> {
  const edits = yield* on(editor, "input", { overflow: "latest" });
  while (true) {
    const { value } = editor;
    const attempt = yield* spawn(function* attempt() {
      try {
        use(yield* compile(device, ground, value));
        colour = value;
        say("");
      } catch (error) {
        if (error instanceof DeviceLostError) throw error;
        say((error as Error).message);
      }
    });
    if ((yield* edits.next()) === closed) return;
    // A newer text makes the older one's result useless.
    attempt.cancel();
  }
}

function* compile(device: GPUDevice, ground: Ground, colour: string): Operation<GPURenderPipeline> {
  // What is edited comes first, so that the compiler counts lines as the editor does.
  const module = yield* compileShader(device, { label: "picture", code: colour + rest });
  return yield* createRenderPipelineAsync(device, ground.pictureOf(module));
}

// What needs no device goes on without one.

loop.run(function* breaking() {
  const name = button("break").textContent;
  while (true) {
    yield* pressed("break", "b");
    edit(editor.value.replace("smoothstep", "smoothstop"));
    button("break").textContent = "Mend it";
    yield* pressed("break", "b");
    edit(colour);
    button("break").textContent = name;
  }
});

loop.run(function* dooming() {
  while (true) {
    yield* pressed("doom", "d");
    if (doomed.isSet) doomed.clear();
    else doomed.set();
    button("doom").setAttribute("aria-pressed", String(doomed.isSet));
  }
});

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

loop.run(function* painting() {
  while (true) {
    const press = yield* once(canvas, "pointerdown");
    paint(press.offsetX, press.offsetY);
    if (!canvas.hasPointerCapture(press.pointerId)) continue;
    brush.held = true;
    yield* race([follow(), once(canvas, "lostpointercapture")]);
    brush.held = false;
  }
});

function* follow(): Operation<never> {
  while (true) {
    const { offsetX, offsetY } = yield* once(canvas, "pointermove");
    paint(offsetX, offsetY);
  }
}

loop.run(function* keys() {
  const steps = new Map([
    ["ArrowLeft", [-12, 0]],
    ["ArrowRight", [12, 0]],
    ["ArrowUp", [0, -12]],
    ["ArrowDown", [0, 12]],
  ]);
  const presses = yield* on(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
  let [x, y] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
  while (true) {
    const event = yield* race([presses.next(), once(canvas, "keyup"), once(canvas, "blur")]);
    if (event === closed) return;
    brush.held = event.type === "keydown";
    const [right = 0, below = 0] = ("key" in event && brush.held && steps.get(event.key)) || [];
    x = Math.min(Math.max(x + right, 0), canvas.clientWidth);
    y = Math.min(Math.max(y + below, 0), canvas.clientHeight);
    if (brush.held) paint(x, y);
  }
});

/** As the shader has it: the ground covers the canvas, from the middle. */
function paint(x: number, y: number): void {
  const { clientWidth, clientHeight } = canvas;
  const scale = Math.max(clientWidth / across, clientHeight / down);
  brush.x = (x - clientWidth / 2) / scale + across / 2;
  brush.y = (y - clientHeight / 2) / scale + down / 2;
  brush.pressure = 1;
}

loop.run(function* facts() {
  while (true) {
    yield* sleep(250);
    fact("step").textContent = story.step.toLocaleString("en");
    fact("checkpoint").textContent = `${story.step - checkpoint.step} steps ago`;
  }
});

/** Waits for a button or its key, if it isn't typed into the shader. */
function pressed(name: string, key: string): Operation<Event> {
  const own = (event: KeyboardEvent): boolean =>
    event.key === key && !event.ctrlKey && !event.metaKey && event.target !== editor;
  return race([once(button(name), "click"), once(window, "keydown", { filter: own })]);
}

function edit(text: string): void {
  editor.value = text;
  editor.dispatchEvent(new Event("input"));
}

// What the page tells.

function lost(_: DeviceLostError, retry: number): void {
  story.losses++;
  report.rest();
  const plan = `Retry ${retry} of ${retries} in ${100 * 2 ** (retry - 1)} ms`;
  tell(`Device ${story.devices} lost at step ${story.step}. ${plan}.`);
  cover(`The device is lost. ${plan} …`);
}

function gaveUp(): void {
  story.surrenders++;
  doomed.clear();
  button("doom").setAttribute("aria-pressed", "false");
  tell(`Given up after ${retries} retries.`);
  cover(`The device was lost too often: given up after ${retries} retries.`);
  button("again").hidden = false;
}

function arrived(stoodStill: number): void {
  cover("");
  button("again").hidden = true;
  if (story.losses === 0) return;
  story.stoodStill = stoodStill;
  fact("stood-still").textContent = `${stoodStill.toFixed(0)} ms`;
  tell(`Device ${story.devices}: on from step ${checkpoint.step}, ${story.stepsBack} back.`);
}

/** Over the picture, while there is no device. */
function cover(text: string): void {
  overlay.hidden = text === "";
  overlay.querySelector("p")!.textContent = text;
}

function tell(text: string): void {
  const line = document.createElement("li");
  line.textContent = text;
  log.append(line);
  if (log.children.length > 5) log.firstElementChild!.remove();
}

function say(text: string): void {
  mistake.textContent = text;
  mistake.hidden = text === "";
}

// The ground, and all who walk on it.

interface Checkpoint {
  step: number;
  trail: Float32Array<ArrayBuffer>;
  walkers: Float32Array<ArrayBuffer>;
}

/** All start from anywhere, in any direction. */
function beginning(): Checkpoint {
  const walkers = new Float32Array(4 * walkerCount);
  const most = [across, down, 2 * Math.PI, 0];
  walkers.forEach((_, i) => (walkers[i] = most[i % 4]! * Math.random()));
  return { step: 0, trail: new Float32Array(across * down), walkers };
}

type Ground = ReturnType<typeof createGround>;

/** As it was at the last checkpoint. */
function createGround(device: GPUDevice, format: GPUTextureFormat) {
  const module = device.createShaderModule({ code: wgsl });
  const createPipeline = (entryPoint: string): GPUComputePipeline =>
    device.createComputePipeline({ layout: "auto", compute: { module, entryPoint } });
  const walking = createPipeline("walk");
  const spreading = createPipeline("spread");
  const bindingLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.FRAGMENT, buffer: {} },
      { binding: 1, visibility: GPUShaderStage.FRAGMENT, buffer: { type: "read-only-storage" } },
    ],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });

  const { UNIFORM, STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const create = (size: number, usage: GPUBufferUsageFlags): GPUBuffer =>
    device.createBuffer({ size, usage: usage | COPY_SRC | COPY_DST });
  const now = create(32, UNIFORM);
  const trail = create(checkpoint.trail.byteLength, STORAGE);
  const visits = create(trail.size, STORAGE);
  const walkers = create(checkpoint.walkers.byteLength, STORAGE);
  const spread = create(trail.size, STORAGE);
  device.queue.writeBuffer(trail, 0, checkpoint.trail);
  device.queue.writeBuffer(walkers, 0, checkpoint.walkers);

  /** By their numbers in the shader. */
  const buffers = [now, trail, visits, walkers, spread];
  const bind = (layout: GPUBindGroupLayout, bindings: number[]): GPUBindGroup =>
    device.createBindGroup({
      layout,
      entries: bindings.map((binding) => ({ binding, resource: { buffer: buffers[binding]! } })),
    });
  const walked = bind(walking.getBindGroupLayout(0), [0, 1, 2, 3]);
  const spreaded = bind(spreading.getBindGroupLayout(0), [0, 1, 2, 4]);
  const pictured = bind(bindingLayout, [0, 1]);

  return {
    trail,
    walkers,

    pictureOf: (module: GPUShaderModule): GPURenderPipelineDescriptor => ({
      layout,
      vertex: { module, entryPoint: "whole" },
      fragment: { module, entryPoint: "picture", targets: [{ format }] },
    }),

    /** One step, and a picture of it. */
    draw(view: GPUTextureView, pipeline: GPURenderPipeline, time: number, size: [number, number]): void {
      const scene = [story.step, time / 1000, ...size, brush.x, brush.y, brush.pressure];
      device.queue.writeBuffer(now, 0, new Float32Array(scene));
      const encoder = device.createCommandEncoder();
      const step = encoder.beginComputePass();
      step.setPipeline(walking);
      step.setBindGroup(0, walked);
      step.dispatchWorkgroups(walkerCount / 64);
      step.setPipeline(spreading);
      step.setBindGroup(0, spreaded);
      step.dispatchWorkgroups(across / 8, down / 8);
      step.end();
      encoder.copyBufferToBuffer(spread, 0, trail, 0, trail.size);

      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }],
      });
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, pictured);
      pass.draw(3);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
