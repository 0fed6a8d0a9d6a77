import {
  CanvasSurface,
  closed,
  compileShader,
  Loop,
  nextFrame,
  on,
  once,
  race,
  spawn,
  withDevice,
  type Operation,
} from "awaitframe";
import { hot } from "awaitframe/hot";
import { mat4 } from "gl-matrix";
import wgsl from "../../shaders/cube.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const { keep, swap } = hot(import.meta.hot);
const aim = keep("aim", () => ({ yaw: 0.7, pitch: 0.55 }));

// While you edit this file or the shader, the cube is replaced; the device and what is kept live on.
const scene = swap(cube);
const loop = keep("loop", () => new Loop());
// Should the device be lost, by a driver that is updated say, the cube begins again on a new one.
keep("app", () => loop.run(withDevice({ onLost: report.lost }, scene), { name: "app" }));
import.meta.hot?.accept();

function* cube(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });

  const module = yield* compileShader(device, { label: "cube.wgsl", code: wgsl });
  const pipeline = device.createRenderPipeline({
    layout: "auto",
    vertex: { module },
    fragment: { module, targets: [{ format: surface.format }] },
    primitive: { cullMode: "back" },
    depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true },
    multisample: { count: 4 },
  });
  // As in the shader: where the cube is seen from, and how it is turned.
  const matrices = new Float32Array(32);
  const [view, model] = [matrices.subarray(0, 16), matrices.subarray(16)];
  const uniforms = device.createBuffer({
    size: matrices.byteLength,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });

  yield* spawn(dragging);
  yield* spawn(keys);
  const turned = { ...aim };

  while (true) {
    const frame = yield* nextFrame();

    // The cube follows its aim softly, alike at any frame rate. Left alone, it turns by itself.
    aim.yaw += frame.delta * 0.0004;
    const follow = 1 - Math.exp(-frame.delta / 90);
    turned.yaw += (aim.yaw - turned.yaw) * follow;
    turned.pitch += (aim.pitch - turned.pitch) * follow;
    mat4.fromXRotation(model, turned.pitch);
    mat4.rotateY(model, model, turned.yaw);
    mat4.perspectiveZO(view, 2 * Math.atan(0.36 * Math.max(1, 1 / surface.aspect)), surface.aspect, 1, 20);
    mat4.translate(view, view, [0, 0, -6.5]);
    device.queue.writeBuffer(uniforms, 0, matrices);

    const encoder = device.createCommandEncoder();
    const pass = encoder.beginRenderPass(surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }));
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(36);
    pass.end();
    device.queue.submit([encoder.finish()]);
    report.frame(frame);
  }
}

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

/** Press, move, release: in the order in which it happens. */
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
    aim.yaw += (to.clientX - from.clientX) * 0.01;
    aim.pitch += (to.clientY - from.clientY) * 0.01;
    from = to;
  }
}

function* keys(): Operation<void> {
  const steps = new Map([
    ["ArrowLeft", [-0.25, 0]],
    ["ArrowRight", [0.25, 0]],
    ["ArrowUp", [0, -0.25]],
    ["ArrowDown", [0, 0.25]],
  ]);
  const pressed = yield* on(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
  while (true) {
    const event = yield* pressed.next();
    if (event === closed) return;
    const [yaw = 0, pitch = 0] = steps.get(event.key) ?? [];
    aim.yaw += yaw;
    aim.pitch += pitch;
  }
}
