import {
  CanvasSurface,
  GpuTimer,
  Loop,
  nextFrame,
  once,
  race,
  sleep,
  spawn,
  withDevice,
  type Frame,
  type Operation,
} from "awaitframe";
import { mat4 } from "gl-matrix";
import wgsl from "../../shaders/gpu-timer.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const graph = document.querySelector<HTMLElement>(".graph")!;
const dynamic = document.querySelector<HTMLButtonElement>("button.dynamic")!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

/** The passes, in the order in which they run, and what the load of each one means. */
const passes = {
  shadow: { level: 2, load: (level: number) => 256 << level, unit: "² map" },
  scene: { level: 2, load: (level: number) => 16 * level, unit: "² pillars" },
  glow: { level: 3, load: (level: number) => level, unit: " rounds" },
  film: { level: 1, load: (level: number) => 2 << level, unit: " samples" },
};
type Pass = keyof typeof passes;
const names = Object.keys(passes) as Pass[];
const load = (name: Pass): number => passes[name].load(passes[name].level);

export const state = {
  /** Whether the device can measure. */
  timed: false,
  /** Whether the resolution follows the times, and what it is: 1 for all pixels of the display. */
  dynamic: true,
  /** Milliseconds of the GPU's time for a frame. */
  budget: 12,
  scale: 0.5,
  yaw: 0.6,
};

/** The times of the last frames, oldest first, in milliseconds. */
export const measured: ReadonlyMap<string, number>[] = [];
const kept = 200;

/** Of a pillar: its sides, its bevel, its top; by the corners of its foot, its shoulder and its top ring. */
const triangles = new Uint16Array([
  ...[0, 1, 2, 3, 4, 5].flatMap((i) => {
    const next = (i + 1) % 6;
    return [0, 6].flatMap((ring) => [i, i + 6, next, next, i + 6, next + 6].map((corner) => corner + ring));
  }),
  ...[1, 2, 3, 4].flatMap((i) => [12, 13 + i, 12 + i]),
]);

const loop = new Loop();

loop.run(withDevice({ onLost: report.lost, device: withTimestamps }, pillars), { name: "pillars" });

/** Asks for the timestamps where the adapter has them: a device without them is still one to draw with. */
function withTimestamps({ features }: GPUAdapter): GPUDeviceDescriptor {
  return { requiredFeatures: features.has("timestamp-query") ? ["timestamp-query"] : [] };
}

function* pillars(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device);
  const studio = createStudio(device, surface);
  const timer = new GpuTimer(device);
  state.timed = timer.supported;
  graph.classList.toggle("untimed", !timer.supported);
  yield* spawn(dragging);
  yield* spawn(keys);
  yield* spawn(loads);
  yield* spawn(switching);
  yield* spawn(scaling);
  yield* spawn(showing(surface));

  while (true) {
    const frame = yield* nextFrame();
    const view = surface.view(frame);
    studio.prepare(frame);

    const encoder = device.createCommandEncoder();
    studio.shadow(encoder, timer.pass("shadow"));
    studio.scene(encoder, timer.pass("scene"));
    // Several passes of one name: their times are added up.
    studio.glow(encoder, () => timer.pass("glow"));
    studio.film(encoder, timer.pass("film"), view);
    timer.resolve(encoder);
    device.queue.submit([encoder.finish()]);

    yield* spawn(note(timer, frame.index));
    report.frame(frame);
  }
}

/** The times come some frames later. Without the feature there are none, and nobody waits. */
function* note(timer: GpuTimer, frame: number): Operation<void> {
  const times = yield* timer.read();
  if (times.size === 0 || times === measured.at(-1)) return;
  measured.push(times);
  if (measured.length > kept) measured.shift();
  report.readback("GPU time", loop.frame!.index - frame, `${sum(times).toFixed(1)} ms`);
}

function sum(times: ReadonlyMap<string, number>): number {
  return [...times.values()].reduce((sum, time) => sum + time, 0);
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

/** As many pixels as the GPU has time for: by its own times or, without them, by how far apart the frames are. */
function* scaling(): Operation<never> {
  // How far apart frames are tells nothing of the time left over: once too large, the image doesn't grow again.
  let fits = true;
  while (true) {
    const count = 8;
    const first = yield* nextFrame();
    for (let i = 1; i < count; i++) yield* nextFrame();
    const last = yield* nextFrame();
    const interval = (last.timestamp - first.timestamp) / count;
    const spent = state.timed ? mean(measured.slice(-count).map(sum)) / state.budget : interval / 24;
    const eighths = (scale: number): number => Math.min(Math.max(Math.floor(8 * scale) / 8, 0.25), 1);
    fits &&= spent <= 1;
    if (!state.dynamic) state.scale = 1;
    else if (spent > 1) state.scale = eighths(state.scale / Math.sqrt(spent));
    else if (state.timed ? spent < 0.4 : fits) state.scale = eighths(state.scale + 0.125);
  }
}

function* switching(): Operation<never> {
  const filter = ({ key, ctrlKey, metaKey }: KeyboardEvent): boolean => key === "r" && !ctrlKey && !metaKey;
  while (true) {
    yield* race([once(dynamic, "click"), once(window, "keydown", { filter })]);
    state.dynamic = !state.dynamic;
    dynamic.setAttribute("aria-pressed", String(state.dynamic));
    dynamic.textContent = `Dynamic resolution ${state.dynamic ? "on" : "off"}`;
  }
}

/** A slider for each pass. */
function* loads(): Operation<never> {
  const list = document.querySelector<HTMLElement>(".loads")!;
  while (true) {
    for (const slider of list.querySelectorAll("input")) {
      const pass = passes[slider.name as Pass];
      pass.level = Number(slider.value);
      const text = `${pass.load(pass.level)}${pass.unit}`;
      slider.ariaValueText = text;
      slider.parentElement!.querySelector("output")!.textContent = text;
    }
    yield* once(list, "input");
  }
}

// At once: when a coroutine goes on, a short tap may be over, and then there is nothing to capture any more.
canvas.addEventListener("pointerdown", ({ pointerId }) => canvas.setPointerCapture(pointerId));

function* dragging(): Operation<never> {
  while (true) {
    const press = yield* once(canvas, "pointerdown");
    if (!canvas.hasPointerCapture(press.pointerId)) continue;
    yield* race([turn(press), once(canvas, "lostpointercapture")]);
  }
}

function* turn(from: PointerEvent): Operation<never> {
  while (true) {
    const to = yield* once(canvas, "pointermove");
    state.yaw -= (to.clientX - from.clientX) * 0.006;
    from = to;
  }
}

function* keys(): Operation<never> {
  const steps = new Map([
    ["ArrowLeft", 0.12],
    ["ArrowRight", -0.12],
  ]);
  while (true) {
    const press = yield* once(canvas, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
    state.yaw += steps.get(press.key)!;
  }
}

/** The graph, and the numbers. */
function* showing(surface: CanvasSurface): Operation<never> {
  const areas = names.map((name) => graph.querySelector(`path.${name}`)!);
  while (true) {
    yield* sleep(120);
    const [width, height] = [surface.width * state.scale, surface.height * state.scale].map(Math.round);
    fact("pixels").textContent = `${width} × ${height}`;
    if (!state.timed) continue;
    const recent = measured.slice(-30);
    for (const name of names) {
      graph.querySelector(`dd.${name}`)!.textContent = ms(mean(recent.map((times) => times.get(name)!)));
    }
    fact("sum").textContent = ms(mean(recent.map(sum)));

    if (measured.length < 2) continue;
    // The scale fits nearly all frames: a single slow one may stand out.
    const high = measured.map(sum).toSorted((a, b) => a - b)[Math.floor(0.95 * measured.length)] ?? 0;
    const power = 10 ** Math.floor(Math.log10(Math.max(high, 1)));
    const top = power * [1, 2, 5, 10].find((step) => step * power > 1.1 * high || step === 10)!;
    graph.querySelector(".top")!.textContent = `${top} ms`;
    // One area upon the other: each from the line below it to its own.
    let below = measured.map(() => 0);
    for (const [i, name] of names.entries()) {
      const line = measured.map((times, at) => below[at]! + times.get(name)! / top);
      const point = (y: number, at: number): string => `${kept - line.length + at} ${1 - Math.min(y, 1)}`;
      areas[i]!.setAttribute("d", `M${[...line.map(point), ...below.map(point).toReversed()].join("L")}Z`);
      below = line;
    }
  }
}

function ms(time: number): string {
  return `${time.toFixed(time < 9.95 ? 2 : 1)} ms`;
}

function createStudio(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const hdr = "rgba16float";
  const depth = { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true } as const;
  const shadowing = device.createRenderPipeline({
    layout: "auto",
    vertex: { module, entryPoint: "casting" },
    primitive: { cullMode: "back" },
    depthStencil: { ...depth, format: "depth32float", depthBias: 2, depthBiasSlopeScale: 1.5 },
  });
  const standing = device.createRenderPipeline({
    layout: "auto",
    vertex: { module, entryPoint: "standing" },
    fragment: { module, entryPoint: "stone", targets: [{ format: hdr }] },
    primitive: { cullMode: "back" },
    depthStencil: depth,
    multisample: { count: 4 },
  });
  const overAll = (entryPoint: string, format: GPUTextureFormat): GPURenderPipeline =>
    device.createRenderPipeline({
      layout: "auto",
      vertex: { module, entryPoint: "whole" },
      fragment: { module, entryPoint, targets: [{ format }] },
    });
  const [brightening, blurring, developing] = [
    overAll("bright", hdr),
    overAll("blur", hdr),
    overAll("develop", surface.format),
  ];
  const smoothly = device.createSampler({ magFilter: "linear", minFilter: "linear" });
  const nearer = device.createSampler({ compare: "less", magFilter: "linear", minFilter: "linear" });
  const bind = (pipeline: GPURenderPipeline, resources: Record<number, GPUBindingResource>): GPUBindGroup =>
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: Object.entries(resources).map(([binding, resource]) => ({ binding: +binding, resource })),
    });

  const { UNIFORM, INDEX, COPY_DST } = GPUBufferUsage;
  const createBuffer = (size: number, usage = UNIFORM): GPUBuffer =>
    device.createBuffer({ size, usage: usage | COPY_DST });
  const uniforms = createBuffer(176);
  const film = createBuffer(8);
  const indices = createBuffer(2 * triangles.length, INDEX);
  device.queue.writeBuffer(indices, 0, triangles);
  // For each round two steps: to the sides, then up and down; each round reaches further.
  const most = 2 * 8;
  const steps = createBuffer(256 * most);
  for (let i = 0; i < most; i++) {
    const far = 1 + 0.7 * Math.floor(i / 2);
    device.queue.writeBuffer(steps, 256 * i, new Float32Array(i % 2 ? [0, far] : [far, 0]));
  }

  const { RENDER_ATTACHMENT, TEXTURE_BINDING } = GPUTextureUsage;
  const createTexture = (size: number[], format: GPUTextureFormat, sampleCount = 1): GPUTexture => {
    const usage = RENDER_ATTACHMENT | (sampleCount === 1 ? TEXTURE_BINDING : 0);
    return device.createTexture({ size, format, sampleCount, usage });
  };

  let shadowMap: { texture: GPUTexture; view: GPUTextureView; standing: GPUBindGroup } | undefined;
  let image: ReturnType<typeof createImage> | undefined;
  const shadowed = bind(shadowing, { 0: { buffer: uniforms } });

  function createImage(width: number, height: number) {
    const quarter = [width, height].map((size) => Math.ceil(size / 4));
    const textures = {
      samples: createTexture([width, height], hdr, 4),
      depth: createTexture([width, height], depth.format, 4),
      picture: createTexture([width, height], hdr),
      glow: createTexture(quarter, hdr),
      across: createTexture(quarter, hdr),
    };
    const views = {
      samples: textures.samples.createView(),
      depth: textures.depth.createView(),
      picture: textures.picture.createView(),
      glow: textures.glow.createView(),
      across: textures.across.createView(),
    };
    return {
      width,
      height,
      views,
      brightened: bind(brightening, { 1: views.picture, 2: smoothly }),
      blurred: Array.from({ length: most }, (_, i) =>
        bind(blurring, {
          0: { buffer: steps, offset: 256 * i, size: 8 },
          1: i % 2 ? views.across : views.glow,
          2: smoothly,
        }),
      ),
      developed: bind(developing, { 0: { buffer: film }, 1: views.picture, 2: smoothly, 3: views.glow }),
      destroy(): void {
        for (const texture of Object.values(textures)) texture.destroy();
      },
    };
  }

  const cover = (
    encoder: GPUCommandEncoder,
    view: GPUTextureView,
    pipeline: GPURenderPipeline,
    bindings: GPUBindGroup,
    timed: object,
  ): void => {
    const pass = encoder.beginRenderPass({
      colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }],
      ...timed,
    });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.draw(3);
    pass.end();
  };

  const drawPillars = (
    pass: GPURenderPassEncoder,
    pipeline: GPURenderPipeline,
    bindings: GPUBindGroup,
  ): void => {
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, bindings);
    pass.setIndexBuffer(indices, "uint16");
    pass.drawIndexed(triangles.length, load("scene") ** 2);
    pass.end();
  };

  return {
    /** What the frame needs: textures of the right size, and where all is seen from. */
    prepare(frame: Frame): void {
      const size = load("shadow");
      if (shadowMap?.texture.width !== size) {
        shadowMap?.texture.destroy();
        const texture = createTexture([size, size], "depth32float");
        const view = texture.createView();
        shadowMap = {
          texture,
          view,
          standing: bind(standing, { 0: { buffer: uniforms }, 1: view, 2: nearer }),
        };
      }
      const [width, height] = [surface.width, surface.height].map((size) => Math.ceil(size * state.scale));
      if (image?.width !== width || image?.height !== height) {
        image?.destroy();
        image = createImage(width!, height!);
      }

      const seconds = frame.time / 1000;
      const angle = state.yaw + 0.03 * seconds;
      const eye: [number, number, number] = [13.5 * Math.sin(angle), 8.2, 13.5 * Math.cos(angle)];
      const moon: [number, number, number] = [-0.62, 0.5, -0.6];
      const data = new Float32Array(44);
      const [view, lit] = [data.subarray(0, 16), data.subarray(16, 32)];
      const wide = 2 * Math.atan(0.36 * Math.max(1, 1.5 / surface.aspect));
      mat4.perspectiveZO(view, wide, surface.aspect, 1, 60);
      mat4.multiply(view, view, mat4.lookAt(mat4.create(), eye, [0, -0.7, 0], [0, 1, 0]));
      mat4.orthoZO(lit, -10, 10, -8, 8, 0, 40);
      const away = moon.map((part) => 20 * part) as typeof moon;
      mat4.multiply(lit, lit, mat4.lookAt(mat4.create(), away, [0, 0, 0], [0, 1, 0]));
      data.set([...eye, seconds, ...moon, load("scene")], 32);
      const [fast, slow] = [0.24 * seconds, 0.15 * seconds];
      data.set([5 * Math.cos(fast), 5 * Math.sin(fast), -6 * Math.sin(slow), -6 * Math.cos(slow)], 40);
      device.queue.writeBuffer(uniforms, 0, data);
      device.queue.writeBuffer(film, 0, new Float32Array([load("film"), seconds % 10]));
    },

    shadow(encoder: GPUCommandEncoder, timed: object): void {
      const pass = encoder.beginRenderPass({
        colorAttachments: [],
        depthStencilAttachment: {
          view: shadowMap!.view,
          depthClearValue: 1,
          depthLoadOp: "clear",
          depthStoreOp: "store",
        },
        ...timed,
      });
      drawPillars(pass, shadowing, shadowed);
    },

    scene(encoder: GPUCommandEncoder, timed: object): void {
      const { samples, depth, picture } = image!.views;
      const clearValue = [0.0016, 0.0022, 0.0045, 1];
      const pass = encoder.beginRenderPass({
        colorAttachments: [
          { view: samples, resolveTarget: picture, clearValue, loadOp: "clear", storeOp: "discard" },
        ],
        depthStencilAttachment: {
          view: depth,
          depthClearValue: 1,
          depthLoadOp: "clear",
          depthStoreOp: "discard",
        },
        ...timed,
      });
      drawPillars(pass, standing, shadowMap!.standing);
    },

    glow(encoder: GPUCommandEncoder, timed: () => object): void {
      const { views, brightened, blurred } = image!;
      cover(encoder, views.glow, brightening, brightened, timed());
      for (let i = 0; i < 2 * load("glow"); i++) {
        cover(encoder, i % 2 ? views.glow : views.across, blurring, blurred[i]!, timed());
      }
    },

    film(encoder: GPUCommandEncoder, timed: object, view: GPUTextureView): void {
      cover(encoder, view, developing, image!.developed, timed);
    },
  };
}
