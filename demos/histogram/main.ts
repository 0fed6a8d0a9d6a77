import {
  CanvasSurface,
  closed,
  Loop,
  nextFrame,
  on,
  once,
  race,
  ReadbackRing,
  sleep,
  spawn,
  withDevice,
  type Operation,
  type ReadbackTicket,
} from "awaitframe";
import wgsl from "../../shaders/histogram.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const auto = document.querySelector<HTMLButtonElement>("button.auto")!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

const bins = 128;
/** As in the shader: the bin of brightness 1, and how many of them make a stop. */
const [one, perStop] = [96, 8];

/** The newest histogram that came back, and the frame whose image it is of. */
export const measured = { frame: -1, counts: new Uint32Array(bins) };

/** Stops by which the image is brightened; the sun's place in its day, from 0 to 1; whether light sets the exposure. */
export const state = { exposure: -3, day: 0.06, auto: true };

/** What was drawn last. */
export let drawn: { device: GPUDevice; image: GPUTexture } | undefined;

export const loop = new Loop();

loop.run(withDevice({ onLost: report.lost }, mountains), { name: "mountains" });

function* mountains(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const darkroom = createDarkroom(device, surface.format);
  const ring = new ReadbackRing(device, { policy: "drop" });
  yield* spawn(dragging);
  yield* spawn(keys);
  yield* spawn(switching);
  yield* spawn(facts(ring));

  while (true) {
    const frame = yield* nextFrame();
    state.day += frame.delta / 40_000;
    if (state.auto) {
      state.exposure +=
        (rightExposure(measured.counts) - state.exposure) * (1 - Math.exp(-frame.delta / 300));
    }
    const view = surface.view(frame);
    const image = darkroom.imageFor(surface.width, surface.height);

    const encoder = device.createCommandEncoder();
    darkroom.shoot(encoder, frame.time);
    darkroom.count(encoder);
    const ticket = ring.copyBuffer(encoder, darkroom.counts, { as: Uint32Array });
    darkroom.develop(encoder, view, surface.width / canvas.clientWidth);
    device.queue.submit([encoder.finish()]);

    // The wait is a task of its own: the next frames don't wait with it.
    if (ticket) yield* spawn(measure(ticket, frame.index));
    drawn = { device, image };
    report.frame(frame);
  }
}

function* measure(ticket: ReadbackTicket<Uint32Array>, frame: number): Operation<void> {
  measured.counts.set(yield* ticket.read());
  measured.frame = frame;
  report.readback("median", loop.frame!.index - frame, stops(quantile(measured.counts, 0.5)));
}

/** Brings the middle of the image to a middle grey; the night may stay a little darker, noon a little brighter. */
export function rightExposure(counts: Uint32Array): number {
  const middle = [0.2, 0.35, 0.5, 0.65, 0.8].map((part) => quantile(counts, part));
  const mean = middle.reduce((sum, stop) => sum + stop, 0) / middle.length;
  return Math.min(Math.max(-2.1 - 0.88 * mean, -6), 8);
}

/** The brightness that a part of the image lies below, in stops over 1. */
export function quantile(counts: Uint32Array, part: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  const bin = counts.findIndex((count) => (below += count) >= part * total);
  return (bin - one) / perStop;
}

function stops(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)} stops`;
}

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

/** The sun follows the finger. */
function* dragging(): Operation<never> {
  while (true) {
    const press = yield* once(canvas, "pointerdown");
    if (!canvas.hasPointerCapture(press.pointerId)) continue;
    yield* race([follow(press), once(canvas, "lostpointercapture")]);
  }
}

function* follow(from: PointerEvent): Operation<never> {
  while (true) {
    const to = yield* once(canvas, "pointermove");
    state.day += (0.4 * (to.clientX - from.clientX)) / canvas.clientWidth;
    from = to;
  }
}

function* keys(): Operation<void> {
  const steps = new Map([
    ["ArrowLeft", -0.02],
    ["ArrowRight", 0.02],
  ]);
  const presses = yield* on(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    state.day += steps.get(press.key) ?? 0;
  }
}

function* switching(): Operation<never> {
  while (true) {
    yield* race([once(auto, "click"), once(window, "keydown", { filter: ({ key }) => key === "e" })]);
    state.auto = !state.auto;
    auto.setAttribute("aria-pressed", String(state.auto));
    auto.textContent = `Auto-exposure ${state.auto ? "on" : "off"}`;
  }
}

function* facts(ring: ReadbackRing<"drop">): Operation<never> {
  while (true) {
    yield* sleep(250);
    fact("exposure").textContent = stops(state.exposure);
    fact("slots").textContent = `${ring.inFlight} of 3, ${(ring.bytes / 1024).toFixed(1)} kB`;
    fact("age").textContent = ring.latest ? `${ring.latest.age} frames` : "–";
    fact("dropped").textContent = ring.dropped.toLocaleString("en");
  }
}

function createDarkroom(device: GPUDevice, format: GPUTextureFormat) {
  const module = device.createShaderModule({ code: wgsl });
  const createPipeline = (entryPoint: string, format: GPUTextureFormat): GPURenderPipeline =>
    device.createRenderPipeline({
      layout: "auto",
      vertex: { module, entryPoint: "whole" },
      fragment: { module, entryPoint, targets: [{ format }] },
    });
  const shooting = createPipeline("image", "rgba16float");
  const developing = createPipeline("develop", format);
  const counting = device.createComputePipeline({ layout: "auto", compute: { module, entryPoint: "count" } });

  const { UNIFORM, STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const scene = device.createBuffer({ size: 16, usage: UNIFORM | COPY_DST });
  const print = device.createBuffer({ size: 16 + 4 * bins, usage: UNIFORM | COPY_DST });
  const counts = device.createBuffer({ size: 4 * bins, usage: STORAGE | COPY_SRC | COPY_DST });
  const smoothly = device.createSampler({ magFilter: "linear", minFilter: "linear" });
  const bind = (pipeline: GPUPipelineBase, resources: GPUBindingResource[]): GPUBindGroup =>
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  const shot = bind(shooting, [{ buffer: scene }]);

  let canvasSize = [0, 0];
  let image: GPUTexture;
  let [counted, developed]: GPUBindGroup[] = [];
  const draw = (pass: GPURenderPassEncoder, pipeline: GPURenderPipeline, bindings: GPUBindGroup): void => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(3);
    pass.end();
  };

  return {
    counts,

    /** The image has the shape of the canvas, and no more than so many texels. */
    imageFor(width: number, height: number): GPUTexture {
      if (canvasSize[0] === width && canvasSize[1] === height) return image;
      canvasSize = [width, height];
      image?.destroy();
      const scale = Math.min(1, Math.sqrt(140_000 / (width * height)));
      const { RENDER_ATTACHMENT, TEXTURE_BINDING, COPY_SRC } = GPUTextureUsage;
      image = device.createTexture({
        size: [Math.ceil(width * scale), Math.ceil(height * scale)],
        format: "rgba16float",
        usage: RENDER_ATTACHMENT | TEXTURE_BINDING | COPY_SRC,
      });
      counted = bind(counting, [image.createView(), { buffer: counts }]);
      developed = bind(developing, [{ buffer: print }, image.createView(), smoothly]);
      return image;
    },

    shoot(encoder: GPUCommandEncoder, time: number): void {
      const { width, height } = image;
      device.queue.writeBuffer(scene, 0, new Float32Array([width, height, state.day, time / 1000]));
      const view = image.createView();
      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }],
      });
      draw(pass, shooting, shot);
    },

    count(encoder: GPUCommandEncoder): void {
      encoder.clearBuffer(counts);
      const pass = encoder.beginComputePass();
      pass.setPipeline(counting);
      pass.setBindGroup(0, counted!);
      pass.dispatchWorkgroups(Math.ceil(image.width / 16), Math.ceil(image.height / 16));
      pass.end();
    },

    /** Onto the canvas, with the histogram that came back last. */
    develop(encoder: GPUCommandEncoder, view: GPUTextureView, px: number): void {
      const data = new Float32Array(4 + bins);
      data.set([state.exposure, px, ...canvasSize]);
      const tallest = Math.max(1, ...measured.counts);
      measured.counts.forEach((count, bin) => (data[4 + bin] = Math.sqrt(count / tallest)));
      device.queue.writeBuffer(print, 0, data);
      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }],
      });
      draw(pass, developing, developed!);
    },
  };
}
