import {
  CanvasSurface,
  Channel,
  closed,
  Loop,
  nextFrame,
  once,
  race,
  ReadbackRing,
  spawn,
  withDevice,
  type Operation,
  type Task,
} from "awaitframe";
import { mat4 } from "gl-matrix";
import wgsl from "../../shaders/recorder.wgsl?raw";
import { report } from "../common/report.ts";
import { openPictures, openVideo, type Shot } from "./film.ts";

const canvas = document.querySelector("canvas")!;
const bar = document.querySelector("progress")!;
const status = document.querySelector<HTMLElement>(".status")!;
const film = document.querySelector<HTMLElement>(".film")!;
const choice = (name: string): HTMLSelectElement => document.querySelector(`select.${name}`)!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

/** Frames a second of the film; and how many make the round, after which all is as it was. */
const [rate, round] = [30, 120];

/** While something is recorded: how many frames the preview has drawn, and the longest time between two. */
export const preview = { frames: 0, longest: 0 };
/** The last recording. */
export let result: File | undefined;

export const loop = new Loop();

loop.run(withDevice({ onLost: report.lost }, recorder), { name: "recorder" });

function* recorder(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
  const scene = createScene(device, surface.format);
  yield* spawn(show(device, surface, scene));
  while (true) {
    yield* pressed("record", "r");
    const [width = 0, height = 0] = choice("size").value.split("x").map(Number);
    const shot = { width, height, rate, frames: round };
    begin(shot);
    try {
      // When the button wins, the recording is cancelled, wherever it waits, and gives back all that it holds.
      const stop = yield* race([record(device, scene, shot), pressed("cancel", "Escape")]);
      if (stop) status.textContent = `Cancelled after ${bar.value} of ${bar.max} frames`;
    } finally {
      enable(false);
    }
  }
}

/** The preview, in every frame. */
function* show(device: GPUDevice, surface: CanvasSurface, scene: Scene): Operation<never> {
  while (true) {
    const frame = yield* nextFrame();
    const encoder = device.createCommandEncoder();
    const number = ((frame.time / 1000) * rate) % round;
    scene.draw(encoder, surface.renderPass(frame, { clearValue: night }), surface, number);
    device.queue.submit([encoder.finish()]);
    report.frame(frame);
    preview.frames++;
    preview.longest = Math.max(preview.longest, frame.rawDelta);
  }
}

/** Draws each frame of the film, at a size of its own, and has it read back. */
function* record(device: GPUDevice, scene: Scene, shot: Shot): Operation<void> {
  const target = createTarget(device, scene.format, shot);
  const ring = new ReadbackRing(device, { policy: "every", slots: 4 });
  try {
    const reads = new Channel<Read>(ring.slots);
    const writer = yield* spawn(write(shot, reads));
    for (let number = 0; number < shot.frames; number++) {
      // After the preview's: the film takes what is left of each frame's time.
      yield* nextFrame("after");
      // No frame of a film may be missing: where all slots are taken, this waits.
      yield* ring.ready();
      const encoder = device.createCommandEncoder();
      scene.draw(encoder, target.renderPass, shot, number);
      const ticket = ring.copyTexture(encoder, target.texture, { swizzle: "rgba", as: Uint8Array });
      device.queue.submit([encoder.finish()]);
      // Each is read by a task of its own, and the writer takes these in their order.
      yield* reads.send(yield* spawn(ticket.read()));
      fact("slots").textContent = `${ring.inFlight} of ${ring.slots}`;
    }
    reads.close();
    yield* writer;
  } finally {
    ring.destroy();
    target.destroy();
  }
}

type Read = Task<Uint8Array<ArrayBuffer>>;

/** Encodes what has been read, frame after frame. */
function* write(shot: Shot, reads: Channel<Read>): Operation<void> {
  const video = choice("kind").value === "video" ? yield* openVideo(shot) : null;
  const film = video ?? (yield* openPictures(shot));
  fact("format").textContent = film.format;
  try {
    for (let number = 0; ; number++) {
      const read = yield* reads.receive();
      if (read === closed) break;
      yield* film.add(yield* read, number);
      advance(number + 1);
    }
    play(yield* film.finish(), shot);
  } finally {
    film.close();
  }
}

// What the page tells.

function begin(shot: Shot): void {
  Object.assign(preview, { frames: 0, longest: 0 });
  bar.value = 0;
  bar.max = shot.frames;
  enable(true);
  status.textContent = "Recording";
}

function advance(done: number): void {
  bar.value = done;
  status.textContent = `Recording, ${done} of ${bar.max} frames`;
  fact("frames").textContent = preview.frames.toLocaleString("en");
  fact("longest").textContent = `${preview.longest.toFixed(1)} ms`;
}

function enable(recording: boolean): void {
  button("cancel").disabled = !recording;
  for (const control of [button("record"), choice("size"), choice("kind")]) control.disabled = recording;
}

/** Shows what was recorded, to be looked at and to be saved. */
function play(file: File, shot: Shot): void {
  result = file;
  status.textContent = `Recorded ${shot.frames} frames`;
  const video = film.querySelector("video")!;
  const link = film.querySelector("a")!;
  URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.textContent = `Save ${file.name}, ${(file.size / 1e6).toFixed(1)} MB`;
  video.hidden = !file.type.startsWith("video");
  if (!video.hidden) video.src = link.href;
  film.hidden = false;
}

/** Waits for a button or its key. */
function pressed(name: string, key: string): Operation<Event> {
  const own = (event: KeyboardEvent): boolean => event.key === key && !event.ctrlKey && !event.metaKey;
  return race([once(button(name), "click"), once(window, "keydown", { filter: own })]);
}

// The scene.

const night = [0.043, 0.051, 0.07, 1];

/** What a film is drawn to: as the canvas is, but for the size. */
function createTarget(device: GPUDevice, format: GPUTextureFormat, { width, height }: Shot) {
  const { RENDER_ATTACHMENT, COPY_SRC } = GPUTextureUsage;
  const create = (format: GPUTextureFormat, sampleCount: number, usage = RENDER_ATTACHMENT): GPUTexture =>
    device.createTexture({ size: [width, height], format, sampleCount, usage });
  const texture = create(format, 1, RENDER_ATTACHMENT | COPY_SRC);
  const samples = create(format, 4);
  const depth = create("depth24plus", 4);
  const renderPass: GPURenderPassDescriptor = {
    colorAttachments: [
      {
        view: samples.createView(),
        resolveTarget: texture.createView(),
        clearValue: night,
        loadOp: "clear",
        storeOp: "discard",
      },
    ],
    depthStencilAttachment: {
      view: depth.createView(),
      depthClearValue: 1,
      depthLoadOp: "clear",
      depthStoreOp: "discard",
    },
  };
  return {
    texture,
    renderPass,
    destroy(): void {
      for (const each of [texture, samples, depth]) each.destroy();
    },
  };
}

type Scene = ReturnType<typeof createScene>;

function createScene(device: GPUDevice, format: GPUTextureFormat) {
  const beads = 288;
  const module = device.createShaderModule({ code: wgsl });
  const bindingLayout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.VERTEX, buffer: {} }],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const createPipeline = (vertex: string, fragment: string, inFront: boolean): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, entryPoint: vertex, constants: inFront ? {} : { beads } },
      fragment: { module, entryPoint: fragment, targets: [{ format }] },
      primitive: { topology: "triangle-strip" },
      depthStencil: {
        format: "depth24plus",
        depthCompare: inFront ? "always" : "less",
        depthWriteEnabled: !inFront,
      },
      multisample: { count: 4, alphaToCoverageEnabled: !inFront },
    });
  const bead = createPipeline("bead", "shade", false);
  const lamp = createPipeline("lamp", "lampLight", true);
  const uniforms = device.createBuffer({ size: 80, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: bindingLayout,
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });
  const data = new Float32Array(20);
  const view = data.subarray(0, 16);

  return {
    format,

    draw(
      encoder: GPUCommandEncoder,
      renderPass: GPURenderPassDescriptor,
      { width, height }: { width: number; height: number },
      number: number,
    ): void {
      const aspect = width / height;
      mat4.perspectiveZO(view, 2 * Math.atan(0.42 * Math.max(1, 1.3 / aspect)), aspect, 0.1, 40);
      mat4.multiply(view, view, mat4.lookAt(mat4.create(), [0, 6.3, 4.9], [0, -0.2, 0.1], [0, 1, 0]));
      data.set([width, height, number / round, number], 16);
      device.queue.writeBuffer(uniforms, 0, data);
      const pass = encoder.beginRenderPass(renderPass);
      pass.setBindGroup(0, bindings);
      pass.setPipeline(bead);
      pass.draw(4, beads);
      pass.setPipeline(lamp);
      pass.draw(4, 8);
      pass.end();
    },
  };
}
