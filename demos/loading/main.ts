import {
  all,
  breathe,
  CanvasSurface,
  createRenderPipelineAsync,
  Loop,
  nextFrame,
  once,
  race,
  spawn,
  withDevice,
  type Frame,
  type Operation,
  type Task,
} from "awaitframe";
import { mat4 } from "gl-matrix";
import wgsl from "../../shaders/loading.wgsl?raw";
import { report } from "../common/report.ts";

const canvas = document.querySelector("canvas")!;
const bar = document.querySelector("progress")!;
const status = document.querySelector<HTMLElement>(".status")!;
const longest = document.querySelector<HTMLElement>(".facts .longest")!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;

const [worldCount, textureCount, meshCount] = [120, 24, 12];

/** How much has been loaded; while it is, how many frames were drawn, and the longest time between two. */
export const progress = {
  loading: false,
  done: 0,
  of: worldCount + textureCount + meshCount,
  frames: 0,
  longest: 0,
};

new Loop().run(withDevice({ onLost: report.lost }, worlds), { name: "worlds" });

function* worlds(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
  const scene = createScene(device, surface);
  // Draws whatever there is, in every frame.
  yield* spawn(show(scene));
  while (true) {
    scene.clear();
    begin();
    // When the button wins, loading is cancelled: all that it has begun, wherever each part waits.
    const pressed = yield* race([load(device, scene), press("cancel", "Escape")]);
    end(pressed === undefined ? "Loaded" : "Cancelled at");
    yield* press("again", "r");
  }
}

function* load(device: GPUDevice, scene: Scene): Operation<void> {
  const textures = yield* inTurn(textureCount, (i) => makeTexture(device, scene, i));
  const meshes = yield* inTurn(meshCount, (i) => makeMesh(device, scene, i));
  const rest = Array.from({ length: worldCount }, (_, i) => i);

  /** Takes one world after the other, until none is left. */
  function* worker(): Operation<void> {
    for (let i = rest.shift(); i !== undefined; i = rest.shift()) {
      const pipeline = yield* counted(createRenderPipelineAsync(device, scene.pipelineOf(i)));
      // Others may have waited for the same mesh before: a task is made once, and gives its result to all.
      const [mesh, texture] = yield* all([meshes[i % meshCount]!, textures[i % textureCount]!]);
      scene.add(i, pipeline, mesh, texture);
    }
  }
  yield* all(Array.from({ length: 6 }, worker));
}

/** A task for each, which starts when the one before it has ended: they share the time of a frame, not split it. */
function* inTurn<T>(count: number, make: (i: number) => Operation<T>): Operation<Task<T>[]> {
  const tasks: Task<T>[] = [];
  for (let i = 0; i < count; i++) {
    const before = tasks.at(-1);
    const task = yield* spawn(function* () {
      if (before) yield* before;
      return yield* counted(make(i));
    });
    tasks.push(task);
  }
  return tasks;
}

function* counted<T>(operation: Operation<T>): Operation<T> {
  const result = yield* operation;
  progress.done++;
  tell("Loading,");
  return result;
}

/** Clouds, on a map of the whole world. A row takes a fraction of a millisecond. */
function* makeTexture(device: GPUDevice, scene: Scene, seed: number): Operation<GPUTexture> {
  const [width, height] = [192, 96];
  const texels = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y, z] = onSphere(column / width, row / height);
      texels[row * width + column] = 255 * clouds(2.2 * x + 10 * seed, 2.2 * y, 2.2 * z, 5);
    }
    // Is this frame's time used up? Then on in the next one.
    yield* breathe();
  }
  const texture = scene.own(
    device.createTexture({
      size: [width, height],
      format: "r8unorm",
      usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST,
    }),
  );
  device.queue.writeTexture({ texture }, texels, { bytesPerRow: width }, [width, height]);
  return texture;
}

interface Mesh {
  vertices: GPUBuffer;
  indices: GPUBuffer;
}

const [columns, rows] = [28, 18];

/** A sphere with hills. */
function* makeMesh(device: GPUDevice, scene: Scene, seed: number): Operation<Mesh> {
  const rough = 0.1 + 0.25 * (seed / meshCount) ** 2;
  const hill = (u: number, v: number): [number, number, number] => {
    const [x, y, z] = onSphere(u, v);
    const high = 1 + rough * (clouds(1.3 * x + 30 * seed, 1.3 * y, 1.3 * z, 3) - 0.5);
    return [x * high, y * high, z * high];
  };
  const floats = 8;
  const vertices = new Float32Array(floats * (columns + 1) * (rows + 1));
  const indices: number[] = [];
  for (let row = 0; row <= rows; row++) {
    for (let column = 0; column <= columns; column++) {
      const [u, v] = [column / columns, row / rows];
      const position = hill(u, v);
      // Near enough for hills this soft.
      const normal = position.map((part, axis) => 2 * onSphere(u, v)[axis]! - part);
      const i = row * (columns + 1) + column;
      vertices.set([...position, ...normal, u, v], floats * i);
      const below = i + columns + 1;
      if (row < rows && column < columns) indices.push(i, i + 1, below, below, i + 1, below + 1);
    }
    yield* breathe();
  }
  const { VERTEX, INDEX, COPY_DST } = GPUBufferUsage;
  const data = new Uint16Array(indices);
  const mesh = {
    vertices: scene.own(device.createBuffer({ size: vertices.byteLength, usage: VERTEX | COPY_DST })),
    indices: scene.own(device.createBuffer({ size: data.byteLength, usage: INDEX | COPY_DST })),
  };
  device.queue.writeBuffer(mesh.vertices, 0, vertices);
  device.queue.writeBuffer(mesh.indices, 0, data);
  return mesh;
}

function onSphere(u: number, v: number): [x: number, y: number, z: number] {
  const [a, b] = [2 * Math.PI * u, Math.PI * v];
  return [Math.sin(b) * Math.cos(a), Math.cos(b), Math.sin(b) * Math.sin(a)];
}

/** Smooth noise from 0 to 1, with finer and finer detail. */
function clouds(x: number, y: number, z: number, octaves: number): number {
  let [sum, weight, most] = [0, 1, 0];
  for (let octave = 0; octave < octaves; octave++) {
    const scale = 2 ** octave;
    sum += weight * noise(x * scale, y * scale, z * scale);
    most += weight;
    weight /= 2;
  }
  return sum / most;
}

function noise(x: number, y: number, z: number): number {
  const [i, j, k] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  const [tx, ty, tz] = [smooth(x - i), smooth(y - j), smooth(z - k)];
  const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
  const line = (j: number, k: number): number => mix(dice(i, j, k), dice(i + 1, j, k), tx);
  return mix(mix(line(j, k), line(j + 1, k), ty), mix(line(j, k + 1), line(j + 1, k + 1), ty), tz);
}

function dice(i: number, j: number, k: number): number {
  let h = Math.imul(i, 374761393) ^ Math.imul(j, 668265263) ^ Math.imul(k, 2147483647);
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

// What the page tells.

function begin(): void {
  Object.assign(progress, { loading: true, done: 0, frames: 0, longest: 0 });
  button("cancel").disabled = false;
  button("again").disabled = true;
  tell("Loading,");
}

function end(how: string): void {
  progress.loading = false;
  button("cancel").disabled = true;
  button("again").disabled = false;
  tell(how);
}

function tell(how: string): void {
  bar.max = progress.of;
  bar.value = progress.done;
  status.textContent = `${how} ${progress.done} of ${progress.of}`;
}

function press(name: string, key: string): Operation<Event> {
  const own = (event: KeyboardEvent): boolean => event.key === key && !event.ctrlKey && !event.metaKey;
  return race([once(button(name), "click"), once(window, "keydown", { filter: own })]);
}

function* show(scene: Scene): Operation<never> {
  while (true) {
    const frame = yield* nextFrame("render");
    scene.draw(frame);
    report.frame(frame);
    if (!progress.loading) continue;
    progress.frames++;
    progress.longest = Math.max(progress.longest, frame.rawDelta);
    longest.textContent = `${progress.longest.toFixed(1)} ms`;
  }
}

type Scene = ReturnType<typeof createScene>;

function createScene(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const bindingLayout = device.createBindGroupLayout({
    entries: [
      { binding: 0, visibility: GPUShaderStage.VERTEX | GPUShaderStage.FRAGMENT, buffer: {} },
      { binding: 1, visibility: GPUShaderStage.FRAGMENT, texture: {} },
      { binding: 2, visibility: GPUShaderStage.FRAGMENT, sampler: {} },
    ],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const floats = 6;
  const worldLayout: GPUVertexBufferLayout = {
    arrayStride: 4 * floats,
    stepMode: "instance",
    attributes: [
      { shaderLocation: 0, offset: 0, format: "float32x4" },
      { shaderLocation: 1, offset: 16, format: "float32x2" },
    ],
  };
  const meshLayout: GPUVertexBufferLayout = {
    arrayStride: 32,
    attributes: [
      { shaderLocation: 2, offset: 0, format: "float32x3" },
      { shaderLocation: 3, offset: 12, format: "float32x3" },
      { shaderLocation: 4, offset: 24, format: "float32x2" },
    ],
  };
  const blend: GPUBlendComponent = { srcFactor: "one", dstFactor: "one-minus-src-alpha" };
  const createFlat = (entryPoint: string, depthCompare: GPUCompareFunction): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, entryPoint, buffers: entryPoint === "mote" ? [worldLayout] : [] },
      fragment: {
        module,
        entryPoint: `${entryPoint}Colour`,
        targets: [{ format: surface.format, blend: { color: blend, alpha: blend } }],
      },
      primitive: { topology: "triangle-strip" },
      depthStencil: { format: "depth24plus", depthCompare, depthWriteEnabled: false },
      multisample: { count: surface.sampleCount },
    });
  const mote = createFlat("mote", "less");
  const spin = createFlat("spin", "always");

  const { UNIFORM, VERTEX, COPY_DST } = GPUBufferUsage;
  const data = new Float32Array(24);
  const uniforms = device.createBuffer({ size: data.byteLength, usage: UNIFORM | COPY_DST });
  const places = new Float32Array(floats * worldCount);
  const instances = device.createBuffer({ size: places.byteLength, usage: VERTEX | COPY_DST });
  const smoothly = device.createSampler({
    addressModeU: "repeat",
    addressModeV: "repeat",
    magFilter: "linear",
  });
  const bind = (texture: GPUTexture): GPUBindGroup =>
    device.createBindGroup({
      layout: bindingLayout,
      entries: [{ buffer: uniforms }, texture.createView(), smoothly].map((resource, binding) => ({
        binding,
        resource,
      })),
    });
  const { TEXTURE_BINDING } = GPUTextureUsage;
  const blank = bind(device.createTexture({ size: [1, 1], format: "r8unorm", usage: TEXTURE_BINDING }));

  interface World {
    pipeline: GPURenderPipeline;
    mesh: Mesh;
    bindings: GPUBindGroup;
    /** How large it has grown: 1 in the end. */
    grown: number;
  }
  const worlds = new Map<number, World>();
  const owned: { destroy(): void }[] = [];
  let spinner = 1;

  return {
    /** Each world's pipeline is another one. */
    pipelineOf(i: number): GPURenderPipelineDescriptor {
      const constants = { pattern: i % 5, tint: Math.floor(i / 3) % 5, seed: i };
      return {
        layout,
        vertex: { module, entryPoint: "world", buffers: [worldLayout, meshLayout] },
        fragment: { module, entryPoint: "worldColour", constants, targets: [{ format: surface.format }] },
        primitive: { cullMode: "back" },
        depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true },
        multisample: { count: surface.sampleCount },
      };
    },

    /** Keeps it until all is cleared. */
    own<T extends { destroy(): void }>(resource: T): T {
      owned.push(resource);
      return resource;
    },

    add(i: number, pipeline: GPURenderPipeline, mesh: Mesh, texture: GPUTexture): void {
      worlds.set(i, { pipeline, mesh, bindings: bind(texture), grown: 0 });
    },

    clear(): void {
      worlds.clear();
      for (const resource of owned.splice(0)) resource.destroy();
    },

    draw(frame: Frame): void {
      const seconds = frame.time / 1000;
      spinner += (Number(progress.loading) - spinner) * (1 - Math.exp(-frame.delta / 150));
      const view = data.subarray(0, 16);
      const eye: [number, number, number] = [0, 6.4, 9.4];
      const { width, height, aspect } = surface;
      mat4.perspectiveZO(view, 2 * Math.atan(0.44 * Math.max(1, 1.6 / aspect)), aspect, 0.1, 60);
      mat4.multiply(view, view, mat4.lookAt(mat4.create(), eye, [0, -1.1, 0], [0, 1, 0]));
      data.set([...eye, seconds, width, height, width / canvas.clientWidth, spinner], 16);
      for (let i = 0; i < worldCount; i++) {
        const world = worlds.get(i);
        if (world) world.grown += (1 - world.grown) * (1 - Math.exp(-frame.delta / 180));
        const grown = world?.grown ?? 0;
        const own = (i * 0.7548777) % 1;
        const far = 1.5 + 0.53 * Math.sqrt(i);
        const angle = i * 2.39996 - 0.06 * seconds;
        const bob = 0.16 * Math.sin(0.7 * seconds + 9 * own);
        const size = (0.2 + 0.2 * own) * grown;
        const place = [far * Math.cos(angle), bob, far * Math.sin(angle), size];
        places.set([...place, (0.3 + own) * seconds, 1 - grown], floats * i);
      }
      device.queue.writeBuffer(uniforms, 0, data);
      device.queue.writeBuffer(instances, 0, places);

      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(
        surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }),
      );
      pass.setVertexBuffer(0, instances);
      for (const [i, { pipeline, mesh, bindings }] of worlds) {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.setVertexBuffer(1, mesh.vertices);
        pass.setIndexBuffer(mesh.indices, "uint16");
        pass.drawIndexed(6 * columns * rows, 1, 0, 0, i);
      }
      pass.setBindGroup(0, blank);
      pass.setPipeline(mote);
      pass.draw(4, worldCount);
      if (spinner > 0.01) {
        pass.setPipeline(spin);
        pass.draw(4);
      }
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
