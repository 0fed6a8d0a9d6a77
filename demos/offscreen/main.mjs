// Draws a film without a page or a window, and writes its frames as PNG files, as fast as the machine can:
//
//   node demos/offscreen/main.mjs --frames 120 --size 640x360 --folder film
//
// WebGPU in Node is Dawn, the implementation of Chromium, as the package "webgpu".

import { mkdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stdout } from "node:process";
import { parseArgs } from "node:util";
import {
  Channel,
  closed,
  Loop,
  nextFrame,
  ReadbackRing,
  spawn,
  timerDriver,
  until,
  withDevice,
} from "awaitframe";
import { encode } from "fast-png";
import { mat4 } from "gl-matrix";
import { create, globals } from "webgpu";

Object.assign(globalThis, globals);
// From version 21 on Node has a navigator, which an assignment can't replace.
Object.defineProperty(globalThis, "navigator", { value: { gpu: create([]) }, configurable: true });

const { values: options } = parseArgs({
  options: {
    frames: { type: "string", default: "120" },
    size: { type: "string", default: "640x360" },
    folder: { type: "string", default: "film" },
  },
});
const frames = Number(options.frames);
const [width = 0, height = 0] = options.size.split("x").map(Number);
if (!(frames > 0 && width > 0 && height > 0))
  throw new Error("--frames 120 --size 640x360: more than nothing");
const code = readFileSync(new URL("../../shaders/cube.wgsl", import.meta.url), "utf8");
const format = "rgba8unorm";

// Frames as fast as they are drawn: nobody watches.
const loop = new Loop({ driver: timerDriver({ interval: 0 }) });
const begin = performance.now();
await loop.run(withDevice({}, film), { name: "film" });
const seconds = (performance.now() - begin) / 1000;
console.log(
  `\n${frames} frames of ${width}×${height} in ${options.folder}, ${(frames / seconds).toFixed(1)} a second`,
);

/**
 * One coroutine draws, another one writes: a channel lies between them, and a ring keeps the GPU busy meanwhile.
 * @param {GPUDevice} device
 * @returns {import("awaitframe").Operation<void>}
 */
function* film(device) {
  const ring = new ReadbackRing(device, { slots: 4 });
  /** @type {Channel<import("awaitframe").Task<ArrayBufferView>>} */
  const shots = new Channel(4);
  const writer = yield* spawn(() => writeShots(shots));
  const target = device.createTexture({
    size: [width, height],
    format,
    usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
  });
  const draw = createScene(device, target);

  for (let index = 0; index < frames; index++) {
    yield* nextFrame();
    yield* ring.ready();
    const encoder = device.createCommandEncoder();
    // By the frame's number, not by the clock: the film runs at its own pace however long a frame takes.
    draw(encoder, index / frames);
    const ticket = ring.copyTexture(encoder, target);
    device.queue.submit([encoder.finish()]);
    // On its way at once, as a task; the writer waits for one after the other.
    yield* shots.send(yield* spawn(ticket.read()));
  }
  shots.close();
  yield* writer;
}

/**
 * @param {Channel<import("awaitframe").Task<ArrayBufferView>>} shots
 * @returns {import("awaitframe").Operation<void>}
 */
function* writeShots(shots) {
  mkdirSync(options.folder, { recursive: true });
  for (let index = 0; ; index++) {
    const shot = yield* shots.receive();
    if (shot === closed) return;
    const data = /** @type {Uint8Array} */ (yield* shot);
    const file = join(options.folder, `${String(index).padStart(5, "0")}.png`);
    yield* until(writeFile(file, encode({ width, height, data, channels: 4 })));
    showProgress(index + 1);
  }
}

/** @param {number} done */
function showProgress(done) {
  if (!stdout.isTTY) return;
  const full = Math.round((done / frames) * 30);
  stdout.write(`\r${"█".repeat(full)}${"░".repeat(30 - full)} ${done} of ${frames}`);
}

/**
 * The cube of the first demo. After half a turn it looks as before, so that the film can go round and round.
 * @param {GPUDevice} device
 * @param {GPUTexture} target
 */
function createScene(device, target) {
  const module = device.createShaderModule({ code });
  const pipeline = device.createRenderPipeline({
    layout: "auto",
    vertex: { module },
    fragment: { module, targets: [{ format }] },
    primitive: { cullMode: "back" },
    depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true },
    multisample: { count: 4 },
  });
  const matrices = new Float32Array(32);
  const [view, model] = [matrices.subarray(0, 16), matrices.subarray(16)];
  mat4.perspectiveZO(view, 2 * Math.atan(0.36), width / height, 1, 20);
  mat4.translate(view, view, [0, 0, -6.5]);
  const usage = GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST;
  const uniforms = device.createBuffer({ size: matrices.byteLength, usage });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });
  /** @param {GPUTextureFormat} format */
  const attachment = (format) =>
    device
      .createTexture({
        size: [width, height],
        format,
        sampleCount: 4,
        usage: GPUTextureUsage.RENDER_ATTACHMENT,
      })
      .createView();
  const depth = attachment("depth24plus");
  const samples = attachment(format);
  const shown = target.createView();

  /** @param {GPUCommandEncoder} encoder @param {number} progress how far along the film is, from 0 to 1 */
  return (encoder, progress) => {
    mat4.fromXRotation(model, 0.5);
    mat4.rotateY(model, model, progress * Math.PI);
    device.queue.writeBuffer(uniforms, 0, matrices);
    const pass = encoder.beginRenderPass({
      colorAttachments: [
        {
          view: samples,
          resolveTarget: shown,
          clearValue: [0.043, 0.051, 0.07, 1],
          loadOp: "clear",
          storeOp: "discard",
        },
      ],
      depthStencilAttachment: {
        view: depth,
        depthClearValue: 1,
        depthLoadOp: "clear",
        depthStoreOp: "discard",
      },
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(36);
    pass.end();
  };
}
