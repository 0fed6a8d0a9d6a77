import {
  CanvasSurface,
  closed,
  Loop,
  nextFrame,
  on,
  readTexture,
  spawn,
  withDevice,
  type Frame,
  type Operation,
} from "awaitframe";
import { mat4, vec4 } from "gl-matrix";
import wgsl from "../../shaders/picking.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const crosshair = document.querySelector<HTMLElement>(".crosshair")!;
const tag = document.querySelector<HTMLElement>(".tag")!;

export const count = 420;
export const eye: [number, number, number] = [0, 4.3, 7.4];

/** The last pick: the number of the crystal, or 0 for none, that was at this texel at this time. */
export const picked = { id: 0, texel: [0, 0] as Texel, time: 0 };

/** The time of what was drawn last. */
export let shown = 0;

type Texel = [x: number, y: number];
type Pick = (texel: Texel) => Operation<void>;

const loop = new Loop();

loop.run(withDevice({ onLost: report.lost }, crystals), { name: "crystals" });

function* crystals(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
  const scene = createScene(device, surface);
  yield* spawn(clicks(surface, pick));
  yield* spawn(aiming(surface, pick));

  while (true) {
    const frame = yield* nextFrame();
    scene.move(frame.time);
    scene.draw(frame);
    report.frame(frame);
  }

  /** While the GPU works, this task alone waits. Frames go on being drawn. */
  function* pick(texel: Texel): Operation<void> {
    const asked = report.data.frames;
    const time = shown;
    const numbers = scene.drawNumbers(texel);
    const [id = 0] = yield* readTexture(device, numbers, { origin: texel, size: [1, 1], as: Uint32Array });
    Object.assign(picked, { id, texel, time });
    report.readback("crystal", report.data.frames - asked, id ? `#${id}` : "none");
  }
}

/** Each click gets a task of its own, so that several can wait at once. */
function* clicks(surface: CanvasSurface, pick: Pick): Operation<void> {
  const presses = yield* on(canvas, "pointerdown");
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    yield* spawn(pick(surface.pixelAt(press)));
  }
}

/** The same by keyboard: the arrow keys move a crosshair, Enter picks what is under it. */
function* aiming(surface: CanvasSurface, pick: Pick): Operation<void> {
  const steps = new Map([
    ["ArrowLeft", [-12, 0]],
    ["ArrowRight", [12, 0]],
    ["ArrowUp", [0, -12]],
    ["ArrowDown", [0, 12]],
    ["Enter", [0, 0]],
  ]);
  let [x, y] = [0.5 * canvas.clientWidth, 0.5 * canvas.clientHeight];
  const presses = yield* on(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    const [right = 0, down = 0] = steps.get(press.key) ?? [];
    x = Math.min(Math.max(x + right, 0), canvas.clientWidth);
    y = Math.min(Math.max(y + down, 0), canvas.clientHeight);
    crosshair.hidden = false;
    crosshair.style.translate = `${x}px ${y}px`;
    const { left, top } = canvas.getBoundingClientRect();
    if (press.key === "Enter") yield* spawn(pick(surface.pixelAt({ clientX: left + x, clientY: top + y })));
  }
}

/** Crystal 0 stands in the middle; the others move in a ring around it, each on an orbit of its own. */
export function place(model: mat4, i: number, time: number): void {
  const random = (salt: number): number => Math.abs((Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453) % 1);
  const seconds = time / 1000;
  const middle = i === 0;
  const far = middle ? 0 : 1.7 + 2.6 * random(1) ** 0.8;
  const angle = 2 * Math.PI * random(2) + (0.9 * seconds) / (far + 1) ** 1.5;
  const height = middle ? 0 : 0.55 * (random(3) + random(4) + random(5) - 1.5);
  const size = middle ? 0.55 : 0.05 + 0.12 * random(6) ** 2;
  const spin = 6 * random(7) + seconds * (middle ? 0.3 : 0.4 + random(8));
  mat4.fromTranslation(model, [far * Math.cos(angle), height, far * Math.sin(angle)]);
  mat4.rotate(model, model, spin, middle ? [0, 1, 0] : [random(9) - 0.5, 1, random(10) - 0.5]);
  mat4.scale(model, model, [size, size, size]);
}

/** The whole ring fits in, also on a narrow screen. */
export function camera(view: mat4, aspect: number): void {
  mat4.perspectiveZO(view, 2 * Math.atan(0.42 * Math.max(1, 1.4 / aspect)), aspect, 0.1, 40);
  mat4.multiply(view, view, mat4.lookAt(mat4.create(), eye, [0, -0.55, 0], [0, 1, 0]));
}

function createScene(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const bindingLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT, buffer: {} },
      { binding: 1, visibility: GPUShaderStage.VERTEX, buffer: { type: "read-only-storage" } },
    ],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const createPipeline = (entryPoint: string, format: GPUTextureFormat, samples: number): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module },
      fragment: { module, entryPoint, targets: [{ format }] },
      primitive: { cullMode: "back" },
      depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true },
      multisample: { count: samples },
    });
  const inColour = createPipeline("colour", surface.format, surface.sampleCount);
  const inNumbers = createPipeline("number", "r32uint", 1);

  const createBuffer = (size: number, usage: GPUBufferUsageFlags): GPUBuffer =>
    device.createBuffer({ size, usage: usage | GPUBufferUsage.COPY_DST });
  const uniforms = createBuffer(96, GPUBufferUsage.UNIFORM);
  const matrices = createBuffer(64 * count, GPUBufferUsage.STORAGE);
  const bindings = device.createBindGroup({
    layout: bindingLayout,
    entries: [
      { binding: 0, resource: { buffer: uniforms } },
      { binding: 1, resource: { buffer: matrices } },
    ],
  });

  const view = new Float32Array(16);
  const models = new Float32Array(16 * count);
  const model = (i: number): Float32Array => models.subarray(16 * i, 16 * i + 16);
  let numbers: GPUTexture | undefined;
  let depth: GPUTexture | undefined;

  function drawAll(
    encoder: GPUCommandEncoder,
    pass: GPURenderPassEncoder,
    pipeline: GPURenderPipeline,
  ): void {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(24, count);
    pass.end();
    device.queue.submit([encoder.finish()]);
  }

  return {
    move(time: number): void {
      shown = time;
      camera(view, surface.aspect);
      for (let i = 0; i < count; i++) place(model(i), i, time);
      const shine = 1 + 1.5 * Math.exp((picked.time - time) / 400);
      device.queue.writeBuffer(uniforms, 0, view);
      device.queue.writeBuffer(uniforms, 64, new Float32Array([...eye, shine]));
      device.queue.writeBuffer(uniforms, 80, new Uint32Array([picked.id]));
      device.queue.writeBuffer(matrices, 0, models);

      tag.hidden = picked.id === 0;
      if (tag.hidden) return;
      const toClip = mat4.multiply(mat4.create(), view, model(picked.id - 1));
      const [x, y, , w] = vec4.transformMat4(vec4.create(), [0, 0, 0, 1], toClip) as [
        number,
        number,
        number,
        number,
      ];
      tag.textContent = `#${picked.id}`;
      tag.style.left = `${50 + (50 * x) / w}%`;
      tag.style.top = `${50 - (50 * y) / w}%`;
    },

    draw(frame: Frame): void {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(
        surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }),
      );
      drawAll(encoder, pass, inColour);
    },

    /** What was drawn last once more, as numbers; of these no more than the one texel that is asked for. */
    drawNumbers([x, y]: Texel): GPUTexture {
      const { width, height } = canvas;
      if (!numbers || !depth || numbers.width !== width || numbers.height !== height) {
        numbers?.destroy();
        depth?.destroy();
        const usage = GPUTextureUsage.RENDER_ATTACHMENT;
        numbers = device.createTexture({
          size: [width, height],
          format: "r32uint",
          usage: usage | GPUTextureUsage.COPY_SRC,
        });
        depth = device.createTexture({ size: [width, height], format: "depth24plus", usage });
      }
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view: numbers.createView(), loadOp: "clear", storeOp: "store" }],
        depthStencilAttachment: {
          view: depth.createView(),
          depthClearValue: 1,
          depthLoadOp: "clear",
          depthStoreOp: "discard",
        },
      });
      pass.setScissorRect(x, y, 1, 1);
      drawAll(encoder, pass, inNumbers);
      return numbers;
    },
  };
}
