import {
  CanvasSurface,
  compileShader,
  createRenderPipelineAsync,
  Loop,
  nextFrame,
  once,
  readTexture,
  spawn,
  withDevice,
  type Operation,
} from "awaitframe";
import { hot } from "awaitframe/hot";
import wgsl from "./scene.wgsl?raw";

const blocks = 24;
const canvas = document.querySelector("canvas")!;
const output = document.querySelector("output")!;

// Save this file or the shader while it runs: the scene is replaced; the page, the device and what is kept live on.
const { keep, swap } = hot(import.meta.hot);
const state = keep("state", () => ({ picked: 0, angle: 0 }));
const loop = keep("loop", () => new Loop());
const body = swap(scene);
// Should the device be lost, the scene begins again on a new one.
keep("app", () => loop.run(withDevice({}, body), { name: "app" }));
import.meta.hot?.accept();

// What every coroutine waits for, while you develop.
if (import.meta.env.DEV)
  void import("awaitframe/inspector").then(({ inspect }) => keep("inspector", inspect));

function* scene(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus" });
  const module = yield* compileShader(device, { label: "scene.wgsl", code: wgsl });
  const pipeline = yield* createRenderPipelineAsync(device, {
    layout: "auto",
    vertex: { module },
    fragment: { module, targets: [{ format: surface.format }, { format: "r32uint" }] },
    primitive: { cullMode: "back" },
    depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true },
  });
  const uniforms = device.createBuffer({ size: 16, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });

  // The number of the block at each pixel, from 1.
  let ids = createIds(device, surface);
  yield* spawn(function* picking() {
    while (true) {
      const click = yield* once(canvas, "pointerdown");
      [state.picked = 0] = yield* readTexture(device, ids, {
        origin: surface.pixelAt(click),
        size: [1, 1],
        as: Uint32Array,
      });
      output.textContent = state.picked ? `Block ${state.picked}` : "You missed.";
    }
  });

  while (true) {
    const frame = yield* nextFrame();
    state.angle += frame.delta * 0.0004;
    device.queue.writeBuffer(uniforms, 0, new Float32Array([state.angle, surface.aspect]));
    device.queue.writeBuffer(uniforms, 8, new Uint32Array([state.picked, blocks]));

    const encoder = device.createCommandEncoder();
    const { colorAttachments, ...others } = surface.renderPass(frame, {
      clearValue: [0.043, 0.051, 0.07, 1],
    });
    if (ids.width !== surface.width || ids.height !== surface.height) {
      ids.destroy();
      ids = createIds(device, surface);
    }
    const pass = encoder.beginRenderPass({
      ...others,
      colorAttachments: [...colorAttachments, { view: ids.createView(), loadOp: "clear", storeOp: "store" }],
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(36, blocks);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }
}

function createIds(device: GPUDevice, { width, height }: CanvasSurface): GPUTexture {
  return device.createTexture({
    size: [width, height],
    format: "r32uint",
    usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_SRC,
  });
}
